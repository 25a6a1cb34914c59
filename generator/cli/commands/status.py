"""obsgen status"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.commands.incidents import table_of
from generator.cli.exit import FINDINGS
from generator.cli.option_groups import (
    environment_option,
    management_profile_option,
    members_profile_option,
    out_option,
    profile_option,
)
from generator.cli.rollout import as_built, aws, desired_from_out, exit_on_aws_error, manifest_in, progress, queues_in
from generator.manifest import MANIFEST

if TYPE_CHECKING:
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.operate.status import StatusReaderRole


@click.command(name="status")
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
    """Show the status of stacks, packages, alarms, queues, subscriptions, incidents, mutes and the notifier.

    Member alarms are read with MonitoringRole-<AccountId>, which the caller must be able to assume.

    \b
    Examples:
      obsgen status -e prod

    \b
    Exit codes:
      0  healthy
      1  something is outdated, missing, disabled, unconfirmed, or does not respond
      2  bad usage, or no out/
      3  AWS refused
    """
    from generator.cli.status_lines import status_lines
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.desired import channels_of
    from generator.rollout.operate.status import MOST_COUNTED, StatusCollector
    from generator.rollout.progress import SilentReporter

    desired, reporter = desired_from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    with as_built(out / desired.environment):
        queues, channels, role = _queues(desired), tuple(channels_of(desired.files)), _role(desired)
    with exit_on_aws_error(reporter):
        caller = aws(profile)
        table = table_of(desired, caller, MOST_COUNTED)
        management = aws(management_profile) if management_profile else None
        session = AwsSession(desired, caller, SilentReporter(), members, management)
        status = StatusCollector(session, queues, table, channels, role).collect()
    click.echo(
        json.dumps({**asdict(status), "well": status.well}, indent=1)
        if as_json
        else "\n".join(status_lines(status, desired))
    )
    raise click.exceptions.Exit(0 if status.well else FINDINGS)


def _queues(desired: DesiredState) -> dict[str, bool]:
    """The hub's queues by name, and whether each is for dead letters."""
    queues = queues_in(manifest_in(desired.files[MANIFEST], Path(MANIFEST)), MANIFEST)
    alive = (queues.incidents.name, queues.wake_ups.name, *(queue.name for queue in queues.more))
    return {**dict.fromkeys(alive, False), **{queue.name: True for queue in queues.dead_letters}}


def _role(desired: DesiredState) -> StatusReaderRole | None:
    from generator.rollout.deploy.desired import external_id_of
    from generator.rollout.operate.status import StatusReaderRole

    external_id = external_id_of(desired.files)
    return StatusReaderRole(external_id) if external_id is not None else None
