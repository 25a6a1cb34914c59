"""obsgen incidents"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.exit import FINDINGS, usage_error
from generator.cli.option_groups import environment_option, out_option, profile_option
from generator.cli.rollout import as_built, aws, desired_from_out, exit_on_aws_error, progress, warn_about_clock
from generator.findings import suggest
from generator.manifest import MANIFEST
from generator.render import incident_words as words
from generator.render import mute_words

if TYPE_CHECKING:
    from generator.rollout.aws.clients import Aws
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.operate.incident_state import IncidentSnapshot
    from generator.rollout.operate.incidents import IncidentTable
    from generator.rollout.operate.mute_items import StoredMute

SHOWN = 20


@click.command(name="incidents")
@environment_option
@out_option
@click.option("--all", "everything", is_flag=True, help="Print complete lists.")
@click.option("--channel", help="Only this channel.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
@profile_option
def command(
    environment: str | None, out: Path, everything: bool, channel: str | None, form: str, profile: str | None
) -> None:
    """Show open incidents, what each channel was sent, and which deliveries are pending.

    Also lists channels that do not respond, deliveries that were given up or rejected, alarms unknown to the deployed
    build, and mutes.

    \b
    Examples:
      obsgen incidents -e prod
      obsgen incidents -e prod --channel ops-jira --all

    \b
    Exit codes:
      0  all channels work
      1  a channel does not respond, or a delivery was given up, was rejected, or has waited for more than 15 minutes
      2  bad usage, no out/, or no such channel
      3  AWS refused
    """
    from generator.rollout.aws.clients import sign_in
    from generator.rollout.deploy.desired import channels_of
    from generator.rollout.operate.incident_state import MOST
    from generator.rollout.operate.mute_list import MuteList

    desired, reporter = desired_from_out(out, environment), progress()
    with as_built(out / desired.environment):
        configured = channels_of(desired.files)
    with exit_on_aws_error(reporter):
        caller = aws(profile)
        sign_in(caller, desired)
        warn_about_clock(caller)
        table = table_of(desired, caller, None if everything else MOST)
        state = table.read(configured, channel)
        mutes = MuteList(table).in_force(state.now)
    if channel and not state.channels:
        raise usage_error(f"there is no channel `{channel}`", suggest(channel, configured))
    _print_state(state, mutes, desired, as_json=form == "json", most=None if everything else SHOWN)
    raise click.exceptions.Exit(0 if words.is_well(state) else FINDINGS)


def _print_state(
    state: IncidentSnapshot, mutes: Sequence[StoredMute], desired: DesiredState, *, as_json: bool, most: int | None
) -> None:
    """Print the state of incidents and channels, and the mutes. most: rows of each list; None for all."""
    from generator.render.incident_data import as_data

    names = {**desired.names, desired.hub.account: "hub"}
    if as_json:
        muted = [mute_words.as_data(mute, names, state.now) for mute in mutes]
        head = {"environment": desired.environment, "account": desired.hub.account, "region": desired.hub.region}
        click.echo(json.dumps({**head, **as_data(state, names), "mutes": muted}, indent=1))
    else:
        click.echo(
            f"{desired.environment} of account {desired.hub.account}, {desired.hub.region}: {words.summary(state)}"
        )
        for line in words.lines(state, names, desired.environment, most):
            click.echo(line)
        for line in mute_words.section(mutes, names):
            click.echo(line)


def table_of(desired: DesiredState, caller: Aws, most: int | None) -> IncidentTable:
    """The table in which the incident functions keep their state. most: rows that are read, None for all."""
    import yaml

    from generator.rollout.aws.errors import aws_errors
    from generator.rollout.operate.incidents import IncidentTable

    manifest: Any = yaml.load(desired.files[MANIFEST], Loader=yaml.CSafeLoader)
    try:
        name, account, region = (str(manifest["table"][key]) for key in ("name", "account", "region"))
    except (KeyError, TypeError):
        raise usage_error(
            "the manifest in out/ does not name the table", "run `obsgen build` to write it again"
        ) from None
    # To make a client of DynamoDB botocore may need the credentials already.
    with aws_errors("dynamodb:Query", name, account, region):
        client = caller.client("dynamodb", region)
    return IncidentTable(client, name, account, region, most, caller.now_ms)
