"""obsgen ack"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.commands.incidents import table_of
from generator.cli.exit import FINDINGS, usage_error
from generator.cli.option_groups import environment_option, out_option, profile_option
from generator.cli.rollout import as_built, aws, desired_from_out, exit_on_aws_error, progress, warn_about_clock
from generator.render import incident_words as words
from generator.wording import format_utc

if TYPE_CHECKING:
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.operate.incident_items import Incident

# What tickets and messages write before an incident's id, and as many of its digits as have to be given.
LABEL, FEWEST_DIGITS = "obsgen-", 4
LONGEST = 30 * 86_400
BY_LIMIT = 200


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    from generator.spec.scalars import duration

    if value is None:
        return None
    try:
        seconds = duration(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}") from None
    if seconds > LONGEST:
        raise click.BadParameter("30d at most; without it, until the incident ends")
    return seconds


@click.command(name="ack")
@click.argument("incident")
@click.option(
    "--for",
    "lasts",
    metavar="DURATION",
    callback=_seconds,
    help="Duration, such as 2h.  [default: until the incident ends]",
)
@click.option("--by", help="Name of the person.  [default: the caller identity of AWS]")
@click.option("--undo", is_flag=True, help="Withdraw the acknowledgement.")
@environment_option
@out_option
@profile_option
def command(
    incident: str,
    lasts: int | None,
    by: str | None,
    undo: bool,
    environment: str | None,
    out: Path,
    profile: str | None,
) -> None:
    """Acknowledge INCIDENT: stop its reminders and its escalation.

    INCIDENT is the ID that tickets and messages show, or its first digits. An acknowledgement expires when the
    incident becomes more severe or, without --for, when it ends.

    \b
    Examples:
      obsgen ack 3f9a1c
      obsgen ack obsgen-3f9a1c0d55e2b784 --for 2h --by 'Ana, on call'
      obsgen ack 3f9a1c --undo

    \b
    Exit codes:
      0  acknowledged, or withdrawn
      1  no acknowledgement to withdraw
      2  no open incident with this ID, or `incidents.acknowledge` excludes `command`
      3  AWS refused
    """
    from generator.rollout.aws.clients import sign_in
    from generator.rollout.deploy.desired import takes_command
    from generator.rollout.operate.incident_items import Acknowledgement

    if undo and (lasts or by):
        raise click.UsageError("--undo goes with neither --for nor --by")
    wanted = desired_from_out(out, environment)
    with as_built(out / wanted.environment):
        counts = takes_command(wanted.files)
    if not counts and not undo:
        message = f"`incidents.acknowledge` of {wanted.environment} leaves `command` out, so this does not count"
        raise usage_error(message, "add `command` to it, build and deploy; or acknowledge in another way that it names")
    with exit_on_aws_error(progress()):
        caller = aws(profile)
        arn = sign_in(caller, wanted)
        warn_about_clock(caller)
        table = table_of(wanted, caller, None)
        found = _meant(incident, table.open(), wanted)
        if undo:
            withdrawn = table.withdraw(found)
            click.echo(
                f"{'not acknowledged any more' if withdrawn else 'it was not acknowledged'}: {_line(found, wanted)}"
            )
            raise click.exceptions.Exit(0 if withdrawn else FINDINGS)
        now = caller.now_ms()
        who = _name(by or arn.rpartition("/")[2] or arn)
        until = None if lasts is None else now + 1000 * lasts
        table.acknowledge(found, Acknowledgement(who, now, found.severity, until))
    click.echo(f"acknowledged by {who} until {format_utc(until) if until else 'it ends'}: {_line(found, wanted)}")


def _name(text: str) -> str:
    """One line of text as any terminal and ticket takes it."""
    return " ".join("".join(char for char in text if char.isprintable()).split())[:BY_LIMIT]


def _meant(given: str, opened: list[Incident], wanted: DesiredState) -> Incident:
    """The one open incident whose id begins like that; anything else ends the command."""
    digits = given.strip().lower().removeprefix(LABEL)
    listed = f"`obsgen incidents --environment {wanted.environment}` lists the open ones"
    if len(digits) < FEWEST_DIGITS:
        raise usage_error(
            f"`{given}` is too short to say which incident is meant", f"give {FEWEST_DIGITS} digits at least"
        )
    found = [one for one in opened if one.id.startswith(digits)]
    if not found:
        raise usage_error(f"no open incident of {wanted.environment} begins with `{digits}`", listed)
    if len(found) > 1:
        meant = "\n".join(f"    {one.id}  {_line(one, wanted)}" for one in found)
        raise usage_error(f"{len(found)} open incidents begin with `{digits}`:\n{meant}", "give more digits")
    return found[0]


def _line(incident: Incident, wanted: DesiredState) -> str:
    return words.one_line(incident, {**wanted.names, wanted.hub.account: "hub"})
