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
    from generator.rollout.deploy.drift import DriftDetection

    desired, reporter = desired_from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    management = aws(management_profile) if management_profile else None
    with exit_on_aws_error(reporter):
        drift = DriftDetection(desired, aws(profile), reporter, members, management).run()
        reporter.end()
    click.echo(json.dumps(asdict(drift), indent=1) if as_json else "\n".join(_shown(drift, desired)))
    raise click.exceptions.Exit(0 if drift.fine else FINDINGS)


def _shown(drift: DriftReport, desired: DesiredState) -> Iterator[str]:
    yield f"{desired.environment} of account {desired.hub.account}, {desired.hub.region}"
    for stack in desired.stacks:
        label = desired.label(stack)
        changed = [resource for resource in drift.hub if resource.stack == ("" if stack is desired.hub else label)]
        exists = drift.hub_there if stack is desired.hub else label not in drift.missing
        yield f"  Hub, {label}: {_state(exists, len(changed))}"
        yield from _resources(changed)
    for members in desired.sets:
        is_first = members is desired.members
        instances = drift.instances if is_first else drift.further.get(members.name, ())
        exists = drift.set_there if is_first else members.name not in drift.missing
        yield f"  Members, {members.name}: {_state(exists, len(instances))}"
        for account, region, status in instances:
            yield f"    {desired.members.names.get(account, account)} {account} {region}: {status}"

    yield from _management(drift, desired)


def _management(drift: DriftReport, desired: DesiredState) -> Iterator[str]:
    for stack in desired.management.stacks if desired.management else ():
        label = desired.label_there(stack)
        changed = [resource for resource in drift.management if resource.stack == label]
        yield f"  Members, {label}: {_state(label not in drift.missing, len(changed))}"
        yield from _resources(changed)


def _resources(resources: Iterable[ResourceDrift]) -> Iterator[str]:
    for resource in resources:
        yield f"    {resource.logical_id} ({resource.type}){' is gone' if resource.status == 'DELETED' else ''}"
        yield from (
            f"      {difference.path}: {difference.actual}, deployed {difference.expected}"
            for difference in resource.differences
        )


def _state(exists: bool, number: int) -> str:
    if not exists:
        return "is not there"
    return f"{number} changed" if number else "as it was deployed"
