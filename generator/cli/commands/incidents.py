"""obsgen incidents"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.exit import FINDINGS, usage_error
from generator.cli.option_groups import environment_option, out_option, profile_option
from generator.cli.rollout import as_built, aws, desired_from_out, exit_on_aws_error, progress, warn_about_clock
from generator.findings import did_you_mean
from generator.manifest import MANIFEST
from generator.render import incident_words as words
from generator.render import mute_words

if TYPE_CHECKING:
    from generator.rollout.aws.clients import Aws
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.operate.incidents import IncidentTable

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
    from generator.render.incident_data import as_data
    from generator.rollout.aws.clients import sign_in
    from generator.rollout.deploy.desired import channels_of
    from generator.rollout.operate.incident_state import MOST
    from generator.rollout.operate.mute_list import MuteList

    wanted, shown = desired_from_out(out, environment), progress()
    with as_built(out / wanted.environment):
        configured = channels_of(wanted.files)
    with exit_on_aws_error(shown):
        caller = aws(profile)
        sign_in(caller, wanted)
        warn_about_clock(caller)
        table = table_of(wanted, caller, None if everything else MOST)
        found = table.read(configured, channel)
        mutes = MuteList(table).in_force(found.now)
    if channel and not found.channels:
        raise usage_error(f"there is no channel `{channel}`", did_you_mean(channel, configured).strip())
    names = {**wanted.names, wanted.hub.account: "hub"}
    if form == "json":
        muted = [mute_words.as_data(mute, names, found.now) for mute in mutes]
        head = {"environment": wanted.environment, "account": wanted.hub.account, "region": wanted.hub.region}
        click.echo(json.dumps({**head, **as_data(found, names), "mutes": muted}, indent=1))
    else:
        click.echo(f"{wanted.environment} of account {wanted.hub.account}, {wanted.hub.region}: {words.summary(found)}")
        for line in words.lines(found, names, wanted.environment, None if everything else SHOWN):
            click.echo(line)
        for line in mute_words.section(mutes, names):
            click.echo(line)
    raise click.exceptions.Exit(0 if words.is_well(found) else FINDINGS)


def table_of(wanted: DesiredState, caller: Aws, most: int | None) -> IncidentTable:
    """The functions' table."""
    import yaml

    from generator.rollout.aws.errors import aws_errors
    from generator.rollout.operate.incidents import IncidentTable

    manifest: Any = yaml.load(wanted.files[MANIFEST], Loader=yaml.CSafeLoader)
    try:
        name, account, region = (str(manifest["table"][key]) for key in ("name", "account", "region"))
    except (KeyError, TypeError):
        raise usage_error(
            "the manifest in out/ does not say which table there is", "`obsgen build` writes it anew"
        ) from None
    # To make a client of DynamoDB botocore may need the credentials already.
    with aws_errors("dynamodb:Query", name, account, region):
        client = caller.client("dynamodb", region)
    return IncidentTable(client, name, account, region, most, caller.now_ms)
