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
        raise click.BadParameter("the maximum is 30d; without --for, it lasts until the incident ends")
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
    from generator.rollout.deploy.desired import accepts_command
    from generator.rollout.operate.incident_items import Acknowledgement

    if undo and (lasts or by):
        raise click.UsageError("--undo cannot be combined with --for or --by")
    desired = desired_from_out(out, environment)
    with as_built(out / desired.environment):
        counts = accepts_command(desired.files)
    if not counts and not undo:
        message = f"`incidents.acknowledge` of {desired.environment} does not include `command`"
        raise usage_error(
            message, "add `command` to it, build and deploy, or acknowledge in one of the ways that it includes"
        )
    with exit_on_aws_error(progress()):
        caller = aws(profile)
        arn = sign_in(caller, desired)
        warn_about_clock(caller)
        table = table_of(desired, caller, None)
        open_incident = _meant(incident, table.open(), desired)
        if undo:
            withdrawn = table.withdraw(open_incident)
            click.echo(
                f"{'acknowledgement withdrawn' if withdrawn else 'not acknowledged'}: {_line(open_incident, desired)}"
            )
            raise click.exceptions.Exit(0 if withdrawn else FINDINGS)
        now = caller.now_ms()
        who = _name(by or arn.rpartition("/")[2] or arn)
        until = None if lasts is None else now + 1000 * lasts
        table.acknowledge(open_incident, Acknowledgement(who, now, open_incident.severity, until))
    end = format_utc(until) if until else "it ends"
    click.echo(f"acknowledged by {who} until {end}: {_line(open_incident, desired)}")


def _name(text: str) -> str:
    """One line of text as any terminal and ticket takes it."""
    return " ".join("".join(char for char in text if char.isprintable()).split())[:BY_LIMIT]


def _meant(text: str, opened: list[Incident], desired: DesiredState) -> Incident:
    """The one open incident whose id begins like that; anything else ends the command."""
    digits = text.strip().lower().removeprefix(LABEL)
    listed = f"run `obsgen incidents --environment {desired.environment}` to list open incidents"
    if len(digits) < FEWEST_DIGITS:
        raise usage_error(f"`{text}` is too short to identify an incident", f"use at least {FEWEST_DIGITS} digits")
    matches = [incident for incident in opened if incident.id.startswith(digits)]
    if not matches:
        raise usage_error(f"no open incident of {desired.environment} begins with `{digits}`", listed)
    if len(matches) > 1:
        listing = "\n".join(f"    {incident.id}  {_line(incident, desired)}" for incident in matches)
        raise usage_error(f"{len(matches)} open incidents begin with `{digits}`:\n{listing}", "use more digits")
    return matches[0]


def _line(incident: Incident, desired: DesiredState) -> str:
    return words.one_line(incident, {**desired.names, desired.hub.account: "hub"})
