"""obsgen outputs"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import FINDINGS, usage_error, with_hint
from generator.cli.option_groups import environment_option, members_profile_option, out_option, profile_option
from generator.cli.progress import Progress
from generator.cli.rollout import as_built, aws, desired_from_out, exit_on_aws_error, progress
from generator.findings import suggest

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

    desired, reporter, caller = desired_from_out(out, environment), progress(), aws(profile)
    hub = desired.hub
    if of_members:
        _members(desired, caller, reporter, aws(members_profile) if members_profile else None, name, as_json=as_json)
        return
    with exit_on_aws_error(reporter):
        session = AwsSession(desired, caller, reporter)
        session.sign_in()
        with session.errors("cloudformation:DescribeStacks"):
            stacks = [(address, session.stack(address).describe()) for address in desired.stacks]
    if stacks[0][1] is None:
        click.echo(with_hint(f"stack {hub.name} not found", f"run `obsgen deploy -e {desired.environment}`"), err=True)
        raise click.exceptions.Exit(FINDINGS)
    _print_outputs(tuple(rows(desired, stacks)), name, as_json=as_json)


def _print_outputs(outputs: Sequence[tuple[str, str, str]], name: str | None, *, as_json: bool) -> None:
    """Print keys, values and descriptions, or the value of one key."""
    values = {key: value for key, value, _ in outputs}
    descriptions = {key: description for key, _, description in outputs}
    if name is not None:
        if name not in values:
            raise usage_error(f"there is no output `{name}`", suggest(name, sorted(values)))
        click.echo(values[name])
    elif as_json:
        click.echo(json.dumps(values, indent=1, sort_keys=True))
    else:
        for key in sorted(values):
            click.echo(
                f"{key}: {descriptions[key]}\n  {values[key]}" if descriptions[key] else f"{key}\n  {values[key]}"
            )


def _members(
    desired: DesiredState, caller: Aws, reporter: Progress, members: Aws | None, name: str | None, *, as_json: bool
) -> None:
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.desired import external_id_of
    from generator.rollout.operate.member_outputs import MemberOutputs

    with as_built(Path(desired.environment)):
        external_id = external_id_of(desired.files)
    if external_id is None:
        raise usage_error(
            "outputs of members require MonitoringRole", "set `access: {monitoring_role: true}` and deploy"
        )
    with exit_on_aws_error(reporter):
        session = AwsSession(desired, caller, reporter, members)
        session.sign_in()
        stacks = MemberOutputs(session, external_id).read()
    names = desired.names
    chosen = [(stack, {k: v for k, v in stack.outputs.items() if name in (None, k)}) for stack in stacks]
    if as_json:
        data: dict[str, dict[str, dict[str, str]]] = {}
        for stack, values in chosen:
            data.setdefault(names.get(stack.account, stack.account), {})[stack.region] = values
        click.echo(json.dumps(data, indent=1, sort_keys=True))
    else:
        for stack, values in chosen:
            where = f"{names.get(stack.account, stack.account)} {stack.region}"
            click.echo("\n".join(f"{where} {key}: {values[key]}" for key in sorted(values)) or f"{where}: no outputs")
    unread = [stack for stack in stacks if stack.unseen]
    for stack in unread:
        click.echo(f"unavailable: {names.get(stack.account, stack.account)} {stack.region} ({stack.unseen})", err=True)
    if unread or not stacks:
        raise click.exceptions.Exit(FINDINGS)
