"""Commands of `obsgen shards` that call AWS: rebuild the map from deployed stacks, and prune deleted stacks."""

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
from generator.wording import first_lines, pluralize

SHOWN = 20
WORDS = dict(zip(SIDES, ("hub", "members"), strict=True))


def rebuild(file: Path, out: Path, environment: str | None, profile: str | None, members_profile: str | None) -> None:
    """Write the map from the templates that are deployed, compared with the record of the last rollout."""
    from generator.render.yaml_text import parse_template

    where = build_target(file, out, (environment,) if environment else ())
    # As if nothing had been built: what is lost is no reason to end here.
    built = built_of(replace(build_inputs(where, lint=False), before={}))
    if has_errors(built.findings):
        print_findings(built, "no output: fix the errors first", out=out_of("err"))
        raise click.exceptions.Exit(exit_code_of(built))
    name = one_environment(built)
    reporter = progress()
    members = aws(members_profile) if members_profile else None
    deployed = DeployedStacks(AwsSession(desired_of(built, name), aws(profile), reporter, members))
    with exit_on_aws_error(reporter):
        deployed_stacks = deployed.stacks(only_made=True)
        texts = {file_of(stack.side, stack.number): deployed.template(stack).encode() for stack in deployed_stacks}
        record = deployed.recorded(SHARDS)
    reporter.end()
    if not deployed_stacks:
        raise usage_error(
            f"no stack of {name} is deployed, so there is no map to restore",
            f"remove {out / name}/manifest.yaml and run `obsgen build` to place all resources again",
        )
    _refuse_twice(texts, parse_template)
    places = {side: shown_by(texts, side, parse_template) for side in SIDES}
    (out / name).mkdir(parents=True, exist_ok=True)
    (out / name / SHARDS).write_text(whole_text(places), encoding="utf-8", newline="\n")
    stacks = [sum(stack.side == side for stack in deployed_stacks) for side in SIDES]
    click.echo(
        f"wrote {out / name / SHARDS} from {pluralize(stacks[0], 'stack')} of the hub and"
        f" {pluralize(stacks[1], 'stack set')} of the members"
    )
    for line in _compared(places, record):
        click.echo(line)
    click.echo("`obsgen build` uses it")


def prune(out: Path, environment: str | None, profile: str | None, members_profile: str | None) -> None:
    """Remove retired stacks that no longer exist in AWS from the map; ends with exit 1 if some still exist."""
    desired, reporter = desired_from_out(out, environment), progress()
    path = out / desired.environment / SHARDS
    try:
        places = read_map(path.read_text("utf-8"))
    except FileNotFoundError:
        raise usage_error(f"{desired.environment} has one hub stack and one stack set, and no map") from None
    except NotAMap as error:
        raise usage_error(f"{path}:{error.line}: {error}", "run `obsgen shards rebuild`") from None
    if not any(stacks.retired for stacks in places.values()):
        click.echo(f"{desired.environment} has no retired stack")
        return
    members = aws(members_profile) if members_profile else None
    deployed = DeployedStacks(AwsSession(desired, aws(profile), reporter, members))
    with exit_on_aws_error(reporter):
        existing = deployed.stacks()
    reporter.end()
    still_deployed = [stack for stack in existing if stack.number in places[stack.side].retired]
    removed = {
        side: stacks.retired - {stack.number for stack in still_deployed if stack.side == side}
        for side, stacks in places.items()
    }
    remaining = {side: replace(stacks, retired=stacks.retired - removed[side]) for side, stacks in places.items()}
    if any(removed.values()):
        path.write_text(whole_text(remaining), encoding="utf-8", newline="\n")
    for side, numbers in removed.items():
        for number in sorted(numbers):
            click.echo(f"stack {number} of the {WORDS[side]} is deleted; removed from the map")
    if any(removed.values()):
        click.echo("run `obsgen build` to remove them from the manifest")
    for stack in still_deployed:
        click.echo(f"{stack.name} still exists; `obsgen deploy -e {desired.environment}` deletes it", err=True)
    if still_deployed:
        raise click.exceptions.Exit(FINDINGS)


def _refuse_twice(texts: Mapping[str, bytes], parse: Any) -> None:
    """End the command if a resource is in two stacks: one was created manually, or a rollout was interrupted."""
    file_of_resource: dict[tuple[str, str], str] = {}
    for file, text in texts.items():
        for logical_id in parse(text.decode()).get("Resources", {}):
            other = file_of_resource.setdefault((file.partition("-")[0].partition(".")[0], logical_id), file)
            if other != file:
                raise usage_error(
                    f"{logical_id} is in two deployed stacks: those of {other} and {file}",
                    "finish the interrupted rollout from its branch, then run this command again",
                )


def _compared(places: Mapping[str, ShardAssignments], record: bytes | None) -> Iterator[str]:
    """Differences from the map that the last complete rollout recorded."""
    if record is None:
        yield "the last rollout recorded no map for comparison"
        return
    try:
        before = read_map(record.decode("utf-8", "replace"))
    except NotAMap as error:
        yield f"the map that the last rollout recorded is invalid: line {error.line}: {error}"
        return
    lines = []
    for side in SIDES:
        now, then = places[side].stacks, before[side].stacks
        for logical_id in sorted(now.keys() | then.keys()):
            if now.get(logical_id) != then.get(logical_id):
                current, recorded = (
                    f"in stack {stacks[logical_id]}" if logical_id in stacks else "in no stack"
                    for stacks in (now, then)
                )
                lines.append(
                    f"  {WORDS[side]}, {logical_id}: {current}, and {recorded} after the last complete rollout"
                )
    yield from first_lines(lines, SHOWN, "  ")
    if not lines:
        yield "the last complete rollout recorded the same map"
