"""obsgen drift"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import FINDINGS
from generator.cli.option_groups import (
    environment_option,
    management_profile_option,
    members_profile_option,
    out_option,
    profile_option,
)
from generator.cli.rollout import aws, desired_from_out, exit_on_aws_error, progress

if TYPE_CHECKING:
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.deploy.drift import DriftReport, ResourceDrift


@click.command(name="drift")
@environment_option
@out_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@profile_option
@members_profile_option
@management_profile_option
def command(
    environment: str | None,
    out: Path,
    as_json: bool,
    profile: str | None,
    members_profile: str | None,
    management_profile: str | None,
) -> None:
    """Detect changes made outside obsgen, in the hub and in all members. Detection takes minutes.

    \b
    Examples:
      obsgen drift -e prod

    \b
    Exit codes:
      0  everything is in sync
      1  a stack has drifted or was not found
      2  bad usage, or no out/
      3  AWS refused
    """
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.drift import DriftDetection

    wanted, shown = desired_from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    management = aws(management_profile) if management_profile else None
    with exit_on_aws_error(shown):
        found = DriftDetection(AwsSession(wanted, aws(profile), shown, members, management)).run()
        shown.end()
    click.echo(json.dumps(asdict(found), indent=1) if as_json else "\n".join(_shown(found, wanted)))
    raise click.exceptions.Exit(0 if found.fine else FINDINGS)


def _shown(found: DriftReport, wanted: DesiredState) -> Iterator[str]:
    yield f"{wanted.environment} of account {wanted.hub.account}, {wanted.hub.region}"
    for stack in wanted.stacks:
        label = wanted.label(stack)
        changed = [one for one in found.hub if one.stack == ("" if stack is wanted.hub else label)]
        there = found.hub_there if stack is wanted.hub else label not in found.missing
        yield f"  Hub, {label}: {_state(there, len(changed))}"
        yield from _resources(changed)
    for members in wanted.sets:
        is_first = members is wanted.members
        instances = found.instances if is_first else found.further.get(members.name, ())
        there = found.set_there if is_first else members.name not in found.missing
        yield f"  Members, {members.name}: {_state(there, len(instances))}"
        for account, region, status in instances:
            yield f"    {wanted.members.names.get(account, account)} {account} {region}: {status}"

    yield from _management(found, wanted)


def _management(found: DriftReport, wanted: DesiredState) -> Iterator[str]:
    for stack in wanted.management.stacks if wanted.management else ():
        label = wanted.label_there(stack)
        changed = [one for one in found.management if one.stack == label]
        yield f"  Members, {label}: {_state(label not in found.missing, len(changed))}"
        yield from _resources(changed)


def _resources(found: Iterable[ResourceDrift]) -> Iterator[str]:
    for one in found:
        yield f"    {one.logical_id} ({one.type}){' is gone' if one.status == 'DELETED' else ''}"
        yield from (f"      {each.path}: {each.actual}, deployed {each.expected}" for each in one.differences)


def _state(there: bool, number: int) -> str:
    if not there:
        return "is not there"
    return f"{number} changed" if number else "as it was deployed"
