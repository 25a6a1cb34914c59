"""What `obsgen shards` asks AWS for: the map of what is deployed, and which retired stacks are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from generator.cli.exit import FINDINGS, exit_code_of, out_of, print_findings, usage_error
from generator.cli.options import build_inputs, build_target, built_of
from generator.cli.rollout import aws, desired_from_out, desired_of, exit_on_aws_error, one_environment, progress
from generator.findings import has_errors
from generator.rollout.aws.session import AwsSession
from generator.rollout.deploy.deployed import DeployedStacks
from generator.shards.assignments import ShardAssignments
from generator.shards.spread import file_of, shown_by
from generator.shards.text import SHARDS, SIDES, NotAMap, read_map, whole_text
from generator.wording import pluralize

SHOWN = 20
WORDS = dict(zip(SIDES, ("hub", "members"), strict=True))


def rebuild(file: Path, out: Path, environment: str | None, profile: str | None, members_profile: str | None) -> None:
    """Write the map from the templates that are deployed, compared with the record of the last rollout."""
    from generator.render.yaml_text import parse_template

    where = build_target(file, out, (environment,) if environment else ())
    # As if nothing had been built: what is lost is no reason to end here.
    built = built_of(replace(build_inputs(where, lint=False), before={}))
    if has_errors(built.findings):
        print_findings(built, "nothing to show", out=out_of("err"))
        raise click.exceptions.Exit(exit_code_of(built))
    name = one_environment(built)
    shown = progress()
    members = aws(members_profile) if members_profile else None
    deployed = DeployedStacks(AwsSession(desired_of(built, name), aws(profile), shown, members))
    with exit_on_aws_error(shown):
        found = deployed.stacks(only_made=True)
        texts = {file_of(one.side, one.number): deployed.template(one).encode() for one in found}
        record = deployed.recorded(SHARDS)
    shown.end()
    if not found:
        raise usage_error(
            f"nothing of {name} is deployed, so no map is to be kept to",
            f"remove {out / name}/manifest.yaml, and `obsgen build` places everything anew",
        )
    _refuse_twice(texts, parse_template)
    places = {side: shown_by(texts, side, parse_template) for side in SIDES}
    (out / name).mkdir(parents=True, exist_ok=True)
    (out / name / SHARDS).write_text(whole_text(places), encoding="utf-8", newline="\n")
    stacks = [sum(one.side == side for one in found) for side in SIDES]
    click.echo(
        f"{out / name / SHARDS} is written from {pluralize(stacks[0], 'stack')} of the hub and"
        f" {pluralize(stacks[1], 'stack set')} of the members"
    )
    for line in _compared(places, record):
        click.echo(line)
    click.echo("obsgen build keeps to it")


def prune(out: Path, environment: str | None, profile: str | None, members_profile: str | None) -> None:
    """Have the map forget the retired stacks that AWS has no more; ends with 1 where some are still there."""
    wanted, shown = desired_from_out(out, environment), progress()
    path = out / wanted.environment / SHARDS
    try:
        places = read_map(path.read_text("utf-8"))
    except FileNotFoundError:
        raise usage_error(f"{wanted.environment} has one stack of each side, and no map") from None
    except NotAMap as error:
        raise usage_error(f"{path}:{error.line}: {error}", "`obsgen shards rebuild`") from None
    if not any(one.retired for one in places.values()):
        click.echo(f"{wanted.environment} has no retired stack")
        return
    members = aws(members_profile) if members_profile else None
    deployed = DeployedStacks(AwsSession(wanted, aws(profile), shown, members))
    with exit_on_aws_error(shown):
        there = deployed.stacks()
    shown.end()
    stay = [one for one in there if one.number in places[one.side].retired]
    gone = {side: one.retired - {at.number for at in stay if at.side == side} for side, one in places.items()}
    kept = {side: replace(one, retired=one.retired - gone[side]) for side, one in places.items()}
    if any(gone.values()):
        path.write_text(whole_text(kept), encoding="utf-8", newline="\n")
    for side, numbers in gone.items():
        for number in sorted(numbers):
            click.echo(f"stack {number} of the {WORDS[side]} is gone, and the map forgets it")
    if any(gone.values()):
        click.echo("obsgen build writes the manifest without them")
    for one in stay:
        click.echo(f"{one.name} is still there; obsgen deploy -e {wanted.environment} deletes it", err=True)
    if stay:
        raise click.exceptions.Exit(FINDINGS)


def _refuse_twice(texts: Mapping[str, bytes], parse: Any) -> None:
    """A resource is in one stack; where it is in two, one of them was made by hand, or a rollout was cut off."""
    seen: dict[tuple[str, str], str] = {}
    for file, text in texts.items():
        for logical_id in parse(text.decode()).get("Resources", {}):
            other = seen.setdefault((file.partition("-")[0].partition(".")[0], logical_id), file)
            if other != file:
                raise usage_error(
                    f"{logical_id} is in two stacks at AWS: those of {other} and {file}",
                    "finish the rollout that was cut off, from the branch that it was of; then run this again",
                )


def _compared(places: Mapping[str, ShardAssignments], record: bytes | None) -> Iterator[str]:
    """Where the record of the last complete rollout says otherwise."""
    if record is None:
        yield "the last rollout left no map to compare it with"
        return
    try:
        before = read_map(record.decode("utf-8", "replace"))
    except NotAMap as error:
        yield f"the map that the last rollout left is none: line {error.line}: {error}"
        return
    lines = []
    for side in SIDES:
        now, then = places[side].stacks, before[side].stacks
        for logical_id in sorted(now.keys() | then.keys()):
            if now.get(logical_id) != then.get(logical_id):
                here, there = (f"in stack {one[logical_id]}" if logical_id in one else "in none" for one in (now, then))
                lines.append(f"  {WORDS[side]}, {logical_id}: {here}, and {there} after the last complete rollout")
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more"
    if not lines:
        yield "the last complete rollout left the same map"
