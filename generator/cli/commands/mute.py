"""obsgen mute"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.commands.incidents import table_of
from generator.cli.exit import FINDINGS, usage_error
from generator.cli.mute_request import BY_LIMIT, REASON_LIMIT, MuteRequest, one_line
from generator.cli.option_groups import environment_option, out_option, profile_option
from generator.cli.rollout import as_built, aws, desired_from_out, exit_on_aws_error, progress, warn_about_clock
from generator.render import mute_words as words
from generator.rollout.deploy.desired import DesiredState
from generator.wording import pluralize

if TYPE_CHECKING:
    from generator.cli.muted_alarms import SelectedAlarms
    from generator.rollout.operate.mute_items import StoredMute


@click.command(name="mute")
@click.argument("globs", metavar="[GLOB]...", nargs=-1)
@click.option("--service", "services", multiple=True, help="Alarms of this service. Repeatable.")
@click.option("--owner", "owners", multiple=True, help="Alarms of this owner.")
@click.option("--account", "accounts", multiple=True, help="Only in this account; `hub` is the hub account.")
@click.option("--for", "lasts", metavar="DURATION", help="Duration, such as 30m, 2h or 1d. The maximum is 15d.")
@click.option("--until", metavar="TIME", help="End, with an offset: 2026-11-30T08:00+01:00, or …T07:00Z.")
@click.option("--reason", help="Reason, shown in messages when the mute ends.")
@click.option("--by", help="Name of the person.  [default: the caller identity of AWS]")
@click.option("--list", "listing", is_flag=True, help="List mutes, with author, end and reason.")
@click.option("--all", "everything", is_flag=True, help="(--list) Include mutes that have ended.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="(--list) Output format.")
@click.option("--dry-run", is_flag=True, help="Show what would be muted, and exit.")
@click.option("--cloudwatch", is_flag=True, help="Use CloudWatch alarm mute rules, in one account.")
@environment_option
@out_option
@click.option("--region", help="(--cloudwatch) Region of the member.")
@profile_option
def command(
    cloudwatch: bool, environment: str | None, out: Path, reason: str | None, by: str | None, **options: Any
) -> None:
    """Suppress notifications of alarms in all accounts for a limited time.

    GLOB matches keys or full names of alarms; '*' matches all. If several of GLOB, --service, --owner and --account
    are given, all of them must apply. Credentials of the hub account are sufficient: its incident function suppresses
    the notifications. Alarms on alarm delivery itself are muted by their own keys only.

    CloudWatch continues to evaluate muted alarms. An alarm that is still in ALARM when the mute ends is notified then.
    The end of an incident that was notified is always sent.

    \b
    Examples:
      obsgen mute 'settlement-*' --for 2h --reason 'moving the queue'
      obsgen mute --service checkout --account ledger --until 2026-11-30T08:00+01:00 --reason 'migration'
      obsgen mute --list
      obsgen mute 'errors' --cloudwatch --account ledger --profile ledger --for 30m --reason 'load test'

    \b
    Exit codes:
      0  muted
      1  no mutes (--list), or no such alarm in the account (--cloudwatch)
      2  bad usage
      3  AWS refused
    """
    desired = desired_from_out(out, environment)
    who, why = one_line(by or "", BY_LIMIT), one_line(reason or "", REASON_LIMIT)
    request = MuteRequest(reason=why, by=who, now=time.time_ns() // 1_000_000, **options)
    if cloudwatch:
        _by_rules(desired, request)
    elif request.region:
        raise click.UsageError("--region requires --cloudwatch")
    elif request.listing:
        _list(desired, request)
    else:
        _mute(desired, request)


def _mute(desired: DesiredState, request: MuteRequest) -> None:
    from generator.cli.muted_alarms import AlarmSelection, select_alarms

    selection = AlarmSelection(request.globs, request.services, request.owners, request.accounts)
    request.end(names_alarms=request.names_alarms)
    with as_built(Path(desired.environment)):
        alarms = select_alarms(desired, selection)
    mute = _of(request, alarms) if request.dry_run else _set(desired, request, alarms)
    scope = words.where(mute, names_of(desired))
    summary = f"{pluralize(len(alarms.names), 'alarm')} {scope} until {words.moment_in_words(mute.until)}"
    click.echo(f"would mute {summary}" if request.dry_run else f"mute {mute.id}: {summary}")
    for line in words.alarm_lines(alarms.names):
        click.echo(line)
    if alarms.own:
        click.echo(
            f"not muted: {pluralize(len(alarms.own), 'alarm')} on alarm delivery itself; name their keys to mute them"
        )
    if not request.dry_run:
        click.echo(
            f"alarms still in ALARM at the end are notified then; run `obsgen unmute {mute.id}` to end it earlier"
        )


def _of(request: MuteRequest, alarms: SelectedAlarms) -> StoredMute:
    """The mute of a request, from its time on."""
    from generator.rollout.operate.mute_items import StoredMute

    end = request.end(names_alarms=True)
    return StoredMute(
        uuid.uuid4().hex[:8], request.by, "", request.now, end, request.reason, alarms.names, alarms.accounts
    )


def _set(desired: DesiredState, request: MuteRequest, alarms: SelectedAlarms) -> StoredMute:
    """Write the mute, which begins and ends by AWS's clock: the functions compare it with theirs."""
    from generator.rollout.aws.clients import sign_in
    from generator.rollout.operate.mute_list import MOST, MuteList

    with exit_on_aws_error(progress()):
        caller = aws(request.profile)
        arn = sign_in(caller, desired)
        warn_about_clock(caller)
        mute = _of(replace(request, now=caller.now_ms()), alarms)
        mutes = MuteList(table_of(desired, caller, None))
        if len(mutes.in_force(mute.at)) >= MOST:
            raise usage_error(
                f"the limit of {MOST} mutes in force is reached",
                "end some: run `obsgen mute --list` and `obsgen unmute ID`",
            )
        mutes.put(replace(mute, by=mute.by or one_line(arn.rpartition("/")[2] or arn, BY_LIMIT), caller=arn))
    return mute


def _list(desired: DesiredState, request: MuteRequest) -> None:
    """Show the mutes in force; ends the command."""
    from generator.rollout.aws.clients import sign_in
    from generator.rollout.operate.mute_list import MuteList

    with exit_on_aws_error(progress()):
        caller = aws(request.profile)
        sign_in(caller, desired)
        warn_about_clock(caller)
        now = caller.now_ms()
        mutes = MuteList(table_of(desired, caller, None))
        listed = mutes.all() if request.everything else mutes.in_force(now)
    names = names_of(desired)
    if request.form == "json":
        click.echo(json.dumps([words.as_data(mute, names, now) for mute in listed], indent=1))
    else:
        click.echo("\n".join(line for mute in listed for line in words.lines(mute, names)) or "no mutes")
    raise click.exceptions.Exit(0 if any(mute.is_in_force(now) for mute in listed) else FINDINGS)


def _by_rules(desired: DesiredState, request: MuteRequest) -> None:
    from generator.cli import cloudwatch_mutes

    if request.services or request.owners or len(request.accounts) > 1 or len(request.globs) > 1:
        raise click.UsageError("--cloudwatch allows one GLOB and at most one --account")
    account = "".join(request.accounts)
    mutes = cloudwatch_mutes.mute_rules_of(desired, account, request.region, aws(request.profile))
    if request.listing:
        cloudwatch_mutes.show(mutes)
    lasts = timedelta(milliseconds=request.end(names_alarms=bool(request.globs)) - request.now)
    reason, dry_run = request.reason, request.dry_run
    cloudwatch_mutes.mute(desired, mutes, request.globs[0], lasts, reason, of_member=account, dry_run=dry_run)


def names_of(desired: DesiredState) -> dict[str, str]:
    """Account ID to account name."""
    return {**desired.names, desired.hub.account: "hub"}
