"""obsgen deploy"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from generator.build import HUB, MEMBER, Built
from generator.cli.exit import AWS_REFUSED, FINDINGS, AwsRefused, colour, fail, out_of
from generator.cli.options import Place, compiled_or_exit, place, place_options
from generator.manifest import MANIFEST
from generator.rollout.deploy import Plan, Rollout
from generator.rollout.members import in_words
from generator.rollout.refused import Refused
from generator.rollout.stack import Change, ChangeSet
from generator.rollout.stack_set import Failure
from generator.rollout.wanted import NotWhatWasBuilt, Wanted, read

ESTATE = "estate.json"
SECURITY = ("AWS::IAM::", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::Events::EventBusPolicy", "AWS::Oam::")


@click.command(name="deploy")
@place_options
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="The plan as data.")
@click.option("--profile", help="The AWS profile to use, instead of the usual chain.")
def command(
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    only_plan: bool,
    yes: bool,
    as_json: bool,
    profile: str | None,
) -> None:
    """Roll out exactly what lies in out/: the hub by a change set, then the members by their stack set.

    Refuses where out/ is not what `obsgen build` would write. What was cut off is finished by running it again.

    \b
    Examples:
      obsgen deploy -e prod --plan
      obsgen deploy -e prod
      obsgen deploy -e prod --yes        in a pipeline

    Exit codes: 0 done, or nothing to do; 1 out/ is stale, or --plan has something to do; 2 bad input; 3 AWS refused.
    """
    where = place(file, out, environment)
    built = compiled_or_exit(where, lint=True)
    if not only_plan and not yes and (as_json or not sys.stdin.isatty()):
        raise fail("nobody is here to be asked", "--plan only shows, --yes does not ask")
    name = _environment(built)
    wanted = _wanted(built, where, name)
    rollout = Rollout(wanted, built.packages[name], _aws(profile), lambda line: click.echo(f"  {line}", err=True))
    try:
        rollout.sign_in()
        plan = rollout.plan()
        click.echo(_as_json(plan, wanted) if as_json else "\n".join(_shown(plan, wanted)))
        if plan.empty or only_plan:
            rollout.withdraw(plan)
            raise click.exceptions.Exit(0 if plan.empty else FINDINGS)
        if not yes and not click.confirm(f"Deploy {name}?"):
            rollout.withdraw(plan)
            raise click.exceptions.Exit(FINDINGS)
        failures = rollout.perform(plan)
    except Refused as error:
        raise AwsRefused(f"{error}\n  = try: {error.hint}") from None
    except KeyboardInterrupt:
        click.echo(
            "stopped looking; what was begun goes on at AWS. Run deploy again to follow and finish it.", err=True
        )
        raise click.exceptions.Exit(130) from None
    for failure in failures:
        click.echo(_failed(failure, wanted), err=True)
    if failures:
        click.echo(f"{len(failures)} instances failed; mend that, and run deploy again", err=True)
        raise click.exceptions.Exit(AWS_REFUSED)
    click.echo(f"{name} is deployed")


def _aws(profile: str | None) -> Any:
    from generator.rollout.aws import Aws

    return Aws(profile)


def _environment(built: Built) -> str:
    """One at a time: two rollouts are two decisions. What accounts have once is made by its owner, who goes first."""
    names = list(built.estates)
    if len(names) == 1:
        return names[0]
    first = next((name for name, estate in built.estates.items() if estate.sharing and estate.sharing.make), names[0])
    raise fail(f"there are {len(names)} environments: {', '.join(names)}", f"one at a time: --environment {first}")


def _wanted(built: Built, where: Place, name: str) -> Wanted:
    import yaml

    from generator.workspace import changes

    artifacts = {path: text for path, text in built.artifacts.items() if path.startswith(f"{name}/")}
    stale = [c.path for c in changes(where.out, artifacts, built.environments) if c.path.startswith(f"{name}/")]
    if stale:
        click.echo(
            f"{', '.join(stale)}: not what build would write\n  = try: obsgen build, and have it reviewed", err=True
        )
        raise click.exceptions.Exit(FINDINGS)
    files = {path.rpartition("/")[2]: content for path, content in artifacts.items()}
    try:
        manifest = yaml.load(files[MANIFEST], Loader=yaml.CSafeLoader)
        return read(manifest, files, built.estates[name].organization.id)
    except NotWhatWasBuilt as error:
        raise fail(str(error), "obsgen build") from None


def _shown(plan: Plan, wanted: Wanted) -> Iterator[str]:
    yield f"{wanted.environment} to account {wanted.hub.account}, {wanted.hub.region}"
    if plan.empty:
        yield "  nothing to do"
        return
    yield from _in_alarm_language(plan, wanted)
    if plan.bucket_new:
        yield "  Bucket for packages and templates: new"
    yield from (f"  Upload {key}" for key in plan.uploads)
    yield f"  Hub, {wanted.hub.name}"
    if plan.hub is None:
        yield f"    is made anew; its {_resources(wanted)} resources are in out/{wanted.environment}/{HUB}"
    else:
        yield from _changes(plan.hub)
    yield f"  Members, {wanted.members.name}"
    yield from (f"    {in_words(operation, wanted.members.names)}" for operation in plan.operations)
    if not plan.operations:
        yield "    nothing to do"


def _resources(wanted: Wanted) -> int:
    from generator.render.yaml_text import parse_template

    return len(parse_template(wanted.files[HUB].decode())["Resources"])


def _changes(change_set: ChangeSet) -> Iterator[str]:
    """What is lost or made anew first, then what concerns who may do what, then the rest."""
    if not change_set.changes:
        yield "    nothing to do"
    groups: dict[str, list[Change]] = {"REMOVED": [], "REPLACED": [], "permissions": [], "other": []}
    for change in change_set.changes:
        if change.action == "Remove":
            groups["REMOVED"].append(change)
        elif change.replaced in ("True", "Conditional"):
            groups["REPLACED"].append(change)
        else:
            groups["permissions" if change.type.startswith(SECURITY) else "other"].append(change)
    signs = {"Add": "+", "Remove": "-", "Modify": "~"}
    for title, changes in groups.items():
        if not changes:
            continue
        if title != "other":
            yield f"    {title}"
        for change in sorted(changes, key=lambda change: change.logical_id):
            perhaps = " (perhaps)" if change.replaced == "Conditional" else ""
            yield f"    {signs.get(change.action, '?')} {change.logical_id} ({change.type}){perhaps}"


def _in_alarm_language(plan: Plan, wanted: Wanted) -> Iterator[str]:
    """What the change means, against the last complete rollout."""
    from generator.render.diff import difference, render_diff

    compared = difference(wanted.environment, _side(plan.before), _side(wanted.files))
    if plan.before and compared.changes:
        text = render_diff([compared], "text", colour(out_of("out"))).splitlines()
        yield from (
            f"  {line.strip()}" for line in text[1 : text.index("  Resources") if "  Resources" in text else None]
        )


def _side(files: Mapping[str, bytes]) -> Any:
    from generator.render.diff import Side, as_data
    from generator.render.yaml_text import parse_template

    estate = as_data(files[ESTATE].decode()) if ESTATE in files else None
    return Side(estate, {name: parse_template(files[name].decode()) for name in (HUB, MEMBER) if name in files})


def _failed(failure: Failure, wanted: Wanted) -> str:
    name = wanted.members.names.get(failure.account, failure.account)
    return f"{name} {failure.account} {failure.region}: {failure.reason}"


def _as_json(plan: Plan, wanted: Wanted) -> str:
    data = {
        "environment": wanted.environment,
        "account": wanted.hub.account,
        "region": wanted.hub.region,
        "nothing_to_do": plan.empty,
        "bucket_new": plan.bucket_new,
        "uploads": list(plan.uploads),
        "hub": asdict(plan.hub) if plan.hub else None,
        "members": [asdict(operation) for operation in plan.operations],
    }
    return json.dumps(data, indent=1)
