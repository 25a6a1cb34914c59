"""obsgen outputs"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import FINDINGS, usage_error
from generator.cli.option_groups import environment_option, members_profile_option, out_option, profile_option
from generator.cli.progress import Progress
from generator.cli.rollout import as_built, aws, desired_from_out, exit_on_aws_error, progress
from generator.findings import did_you_mean

if TYPE_CHECKING:
    from generator.rollout.aws.clients import Aws
    from generator.rollout.deploy.desired import DesiredState


@click.command(name="outputs")
@click.argument("name", required=False)
@environment_option
@out_option
@click.option(
    "--members", "of_members", is_flag=True, help="Print outputs of the member stacks, by account and Region."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@profile_option
@members_profile_option
def command(
    name: str | None,
    environment: str | None,
    out: Path,
    of_members: bool,
    as_json: bool,
    profile: str | None,
    members_profile: str | None,
) -> None:
    """Print the outputs of the hub stacks: topic, bus, roles, queues, dashboards. NAME prints one value.

    Outputs of a stack in another Region have the Region in their names, such as SinkArnEuWest1.

    With --members, outputs are read with MonitoringRole-<AccountId>, which the caller must be able to assume.

    \b
    Examples:
      obsgen outputs -e prod
      obsgen outputs -e prod DashboardOverviewUrl
      obsgen outputs -e prod --members MonitoringRoleArn

    \b
    Exit codes:
      0  printed
      1  not deployed
      2  bad usage, no out/, or no such output
      3  AWS refused
    """
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.hub_outputs import rows

    wanted, shown, caller = desired_from_out(out, environment), progress(), aws(profile)
    hub = wanted.hub
    if of_members:
        _members(wanted, caller, shown, aws(members_profile) if members_profile else None, name, as_json=as_json)
        return
    with exit_on_aws_error(shown):
        session = AwsSession(wanted, caller, shown)
        session.sign_in()
        with session.errors("cloudformation:DescribeStacks"):
            found = [(one, session.stack(one).describe()) for one in wanted.stacks]
    if found[0][1] is None:
        click.echo(f"{hub.name} is not there\n  = help: obsgen deploy -e {wanted.environment}", err=True)
        raise click.exceptions.Exit(FINDINGS)
    given = tuple(rows(wanted, found))
    values = {key: value for key, value, _ in given}
    about = {key: description for key, _, description in given}
    if name is not None:
        if name not in values:
            near = did_you_mean(name, values).strip() or f"one of {', '.join(sorted(values))}"
            raise usage_error(f"there is no output `{name}`", near)
        click.echo(values[name])
    elif as_json:
        click.echo(json.dumps(values, indent=1, sort_keys=True))
    else:
        for key in sorted(values):
            click.echo(f"{key}: {about[key]}\n  {values[key]}" if about[key] else f"{key}\n  {values[key]}")


def _members(
    wanted: DesiredState, caller: Aws, shown: Progress, members: Aws | None, name: str | None, *, as_json: bool
) -> None:
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.desired import external_id_of
    from generator.rollout.operate.member_outputs import MemberOutputs

    with as_built(Path(wanted.environment)):
        external_id = external_id_of(wanted.files)
    if external_id is None:
        raise usage_error(
            "members' outputs are read with MonitoringRole", "access: {monitoring_role: true}, and deploy"
        )
    with exit_on_aws_error(shown):
        session = AwsSession(wanted, caller, shown, members)
        session.sign_in()
        found = MemberOutputs(session, external_id).read()
    names = wanted.names
    chosen = [(one, {k: v for k, v in one.outputs.items() if name in (None, k)}) for one in found]
    if as_json:
        data: dict[str, dict[str, dict[str, str]]] = {}
        for one, values in chosen:
            data.setdefault(names.get(one.account, one.account), {})[one.region] = values
        click.echo(json.dumps(data, indent=1, sort_keys=True))
    else:
        for one, values in chosen:
            where = f"{names.get(one.account, one.account)} {one.region}"
            click.echo("\n".join(f"{where} {key}: {values[key]}" for key in sorted(values)) or f"{where}: nothing")
    unseen = [one for one in found if one.unseen]
    for one in unseen:
        click.echo(f"not seen: {names.get(one.account, one.account)} {one.region} ({one.unseen})", err=True)
    if unseen or not found:
        raise click.exceptions.Exit(FINDINGS)
