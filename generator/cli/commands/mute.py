"""obsgen mute"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.commands.incidents import table_of
from generator.cli.exit import FINDINGS, usage_error
from generator.cli.option_groups import environment_option, out_option, profile_option
from generator.cli.rollout import as_built, aws, desired_from_out, exit_on_aws_error, progress, warn_about_clock
from generator.render import mute_words as words
from generator.rollout.deploy.desired import DesiredState
from generator.wording import format_utc, pluralize

if TYPE_CHECKING:
    from generator.cli.muted_alarms import SelectedAlarms
    from generator.rollout.operate.mute_items import StoredMute

SHORTEST_MS = 60_000
REASON_LIMIT, BY_LIMIT = 200, 80


@dataclass(frozen=True, slots=True)
class _Asked:
    """The words of the command line. now: milliseconds since 1970."""

    globs: tuple[str, ...]
    services: tuple[str, ...]
    owners: tuple[str, ...]
    accounts: tuple[str, ...]
    lasts: str | None
    until: str | None
    reason: str
    by: str
    listing: bool
    everything: bool
    form: str
    dry_run: bool
    region: str | None
    profile: str | None
    now: int

    def end(self, names_alarms: bool) -> int:
        """When it ends, in milliseconds since 1970; ends the command where that, alarms or the reason is missing."""
        if not names_alarms or not (self.lasts or self.until) or not self.reason:
            raise usage_error(
                "a mute says which alarms, --for how long or --until when, and --reason why",
                "obsgen mute 'errors*' --for 2h --reason …",
            )
        return _end(self.lasts, self.until, self.now)


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
    globs: tuple[str, ...],
    services: tuple[str, ...],
    owners: tuple[str, ...],
    accounts: tuple[str, ...],
    lasts: str | None,
    until: str | None,
    reason: str | None,
    by: str | None,
    listing: bool,
    everything: bool,
    form: str,
    dry_run: bool,
    cloudwatch: bool,
    environment: str | None,
    out: Path,
    region: str | None,
    profile: str | None,
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
    wanted = desired_from_out(out, environment)
    now = time.time_ns() // 1_000_000
    why, who = one_line(reason or "", REASON_LIMIT), one_line(by or "", BY_LIMIT)
    asked = _Asked(
        globs,
        services,
        owners,
        accounts,
        lasts,
        until,
        why,
        who,
        listing,
        everything,
        form,
        dry_run,
        region,
        profile,
        now,
    )
    if cloudwatch:
        _by_rules(wanted, asked)
    elif region:
        raise click.UsageError("--region goes with --cloudwatch")
    elif listing:
        _list(wanted, asked)
    else:
        _mute(wanted, asked)


def _mute(wanted: DesiredState, asked: _Asked) -> None:
    from generator.cli.muted_alarms import AlarmSelection, select_alarms

    selection = AlarmSelection(asked.globs, asked.services, asked.owners, asked.accounts)
    asked.end(not selection.is_empty)
    with as_built(Path(wanted.environment)):
        found = select_alarms(wanted, selection)
    mute = _of(asked, found) if asked.dry_run else _set(wanted, asked, found)
    place = words.where(mute, names_of(wanted))
    said = f"{pluralize(len(found.names), 'alarm')} {place} until {words.moment_in_words(mute.until)}"
    click.echo(f"would mute {said}" if asked.dry_run else f"mute {mute.id}: {said}")
    for line in words.alarm_lines(found.names):
        click.echo(line)
    if found.own:
        click.echo(f"not muted: {pluralize(len(found.own), 'alarm')} of the monitoring path itself; only their keys do")
    if not asked.dry_run:
        click.echo(f"alarms still in ALARM then are notified then; `obsgen unmute {mute.id}` ends it earlier")


def _of(asked: _Asked, found: SelectedAlarms) -> StoredMute:
    """The mute that was asked for, from now on."""
    from generator.rollout.operate.mute_items import StoredMute

    end = asked.end(names_alarms=True)
    return StoredMute(uuid.uuid4().hex[:8], asked.by, "", asked.now, end, asked.reason, found.names, found.accounts)


def _set(wanted: DesiredState, asked: _Asked, found: SelectedAlarms) -> StoredMute:
    """Write the mute, which begins and ends by AWS's clock: the functions compare it with theirs."""
    from generator.rollout.aws.clients import sign_in
    from generator.rollout.operate.mute_list import MOST, MuteList

    with exit_on_aws_error(progress()):
        caller = aws(asked.profile)
        arn = sign_in(caller, wanted)
        warn_about_clock(caller)
        mute = _of(replace(asked, now=caller.now_ms()), found)
        mutes = MuteList(table_of(wanted, caller, None))
        if len(mutes.in_force(mute.at)) >= MOST:
            raise usage_error(
                f"{MOST} mutes are in force already", "end some: `obsgen mute --list`, `obsgen unmute ID`"
            )
        mutes.put(replace(mute, by=mute.by or one_line(arn.rpartition("/")[2] or arn, BY_LIMIT), caller=arn))
    return mute


def _list(wanted: DesiredState, asked: _Asked) -> None:
    """Show the mutes in force; ends the command."""
    from generator.rollout.aws.clients import sign_in
    from generator.rollout.operate.mute_list import MuteList

    with exit_on_aws_error(progress()):
        caller = aws(asked.profile)
        sign_in(caller, wanted)
        warn_about_clock(caller)
        now = caller.now_ms()
        mutes = MuteList(table_of(wanted, caller, None))
        found = mutes.all() if asked.everything else mutes.in_force(now)
    names = names_of(wanted)
    if asked.form == "json":
        click.echo(json.dumps([words.as_data(mute, names, now) for mute in found], indent=1))
    else:
        click.echo("\n".join(line for mute in found for line in words.lines(mute, names)) or "nothing is muted")
    raise click.exceptions.Exit(0 if any(mute.is_in_force(now) for mute in found) else FINDINGS)


def _by_rules(wanted: DesiredState, asked: _Asked) -> None:
    from generator.cli import cloudwatch_mutes

    if asked.services or asked.owners or len(asked.accounts) > 1 or len(asked.globs) > 1:
        raise click.UsageError("--cloudwatch takes one GLOB and at most one --account")
    account = "".join(asked.accounts)
    mutes = cloudwatch_mutes.mute_rules_of(wanted, account, asked.region, aws(asked.profile))
    if asked.listing:
        cloudwatch_mutes.show(mutes)
    lasts = timedelta(milliseconds=asked.end(bool(asked.globs)) - asked.now)
    reason, dry_run = asked.reason, asked.dry_run
    cloudwatch_mutes.mute(wanted, mutes, asked.globs[0], lasts, reason, of_member=account, dry_run=dry_run)


def names_of(wanted: DesiredState) -> dict[str, str]:
    """Account id to the name people use."""
    return {**wanted.names, wanted.hub.account: "hub"}


def one_line(text: str, limit: int) -> str:
    """One line of text as any terminal and ticket takes it."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:limit]


def _end(lasts: str | None, until: str | None, now: int) -> int:
    """When a mute that begins now ends; ends the command where that cannot be."""
    if lasts and until:
        raise click.UsageError("--for and --until say the same; give one of them")
    from generator.rollout.operate.mute_items import LONGEST_MS

    name, end = ("--for", now + 1000 * _seconds(lasts)) if lasts else ("--until", _moment(until or "", now))
    if not SHORTEST_MS <= end - now <= LONGEST_MS:
        raise usage_error(
            f"{name}: a mute lasts for one minute to fifteen days",
            f"--for 2h, or a time within fifteen days; it is {format_utc(now)}",
        )
    return end


def _seconds(text: str) -> int:
    from pydantic_core import PydanticCustomError

    from generator.spec.scalars import duration

    try:
        return duration(text)
    except PydanticCustomError as error:
        context = error.context or {}
        raise usage_error(f"--for: {context.get('message', error)}", str(context.get("hint", ""))) from None


def _moment(text: str, now: int) -> int:
    """A time with its offset, in milliseconds since 1970."""
    example = format_utc(now + 3_600_000)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise usage_error(f"--until: `{text}` is not a time", f"such as {example}, or 2026-11-30T08:00+01:00") from None
    if found.tzinfo is None:
        hint = f"{text}Z for UTC, or its offset: {text}+01:00"
        raise usage_error(f"--until: `{text}` does not say in which time zone", hint)
    return round(1000 * found.timestamp())
