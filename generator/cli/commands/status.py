"""obsgen status"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
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
from generator.render import mute_words
from generator.wording import format_utc, pluralize

if TYPE_CHECKING:
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.operate.status import MonitoringRole
    from generator.rollout.operate.status_sections import EnvironmentStatus, IncidentCounts

SHOWN = 10


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
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.desired import channels_of
    from generator.rollout.operate.status import MOST_COUNTED, StatusCollector
    from generator.rollout.progress import SilentReporter

    wanted, shown = desired_from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    with as_built(out / wanted.environment):
        queues, channels, role = _queues(wanted), tuple(channels_of(wanted.files)), _role(wanted)
    with exit_on_aws_error(shown):
        caller = aws(profile)
        table = table_of(wanted, caller, MOST_COUNTED)
        management = aws(management_profile) if management_profile else None
        session = AwsSession(wanted, caller, SilentReporter(), members, management)
        found = StatusCollector(session, queues, table, channels, role).collect()
    click.echo(
        json.dumps({**asdict(found), "well": found.well}, indent=1) if as_json else "\n".join(_said(found, wanted))
    )
    raise click.exceptions.Exit(0 if found.well else FINDINGS)


def _queues(wanted: DesiredState) -> dict[str, bool]:
    """The hub's queues by name, and whether each is for dead letters."""
    found = queues_in(manifest_in(wanted.files[MANIFEST], Path(MANIFEST)), MANIFEST)
    alive = (found.incidents.name, found.wake_ups.name, *(queue.name for queue in found.more))
    return {**dict.fromkeys(alive, False), **{one.name: True for one in found.dead_letters}}


def _role(wanted: DesiredState) -> MonitoringRole | None:
    from generator.rollout.deploy.desired import external_id_of
    from generator.rollout.operate.status import MonitoringRole

    external_id = external_id_of(wanted.files)
    return MonitoringRole(external_id) if external_id is not None else None


def _said(found: EnvironmentStatus, wanted: DesiredState) -> Iterator[str]:
    yield f"{wanted.environment} of account {wanted.hub.account}, {wanted.hub.region}: {_verdict(found)}"
    stack = f"{found.stack}, changed {found.updated}" if found.stack else "is not there"
    yield f"  Hub, {wanted.hub.name}: {stack}"
    yield from (f"  Hub, {name}: {word or 'is not there'}" for name, word in found.further.items())
    sets = ", ".join(one.name for one in wanted.sets)
    yield f"  Members, {sets}: {_instances(found)}"
    for one in found.behind:
        name = wanted.names.get(one.account, one.account)
        yield f"    {name} {one.account} {one.region} is {one.status}: {one.reason or one.detail}"
    if found.alarms:
        yield "  Alarms"
        yield from (f"    {line}" for line in _alarms(found))
    if found.queues:
        yield "  Queues"
        yield from (f"    {_queue(one.name, one.number, dead=one.dead)}" for one in found.queues)
    for address in found.unconfirmed:
        yield f"  Not confirmed: {address} gets no mail until the link in AWS's own is followed"
    if found.incidents:
        yield from _incidents(found.incidents, wanted)
    yield from mute_words.section(found.mutes, {**wanted.names, wanted.hub.account: "hub"})
    yield from (f"  Missing: {missing}; `obsgen deploy` puts it there" for missing in found.missing)
    for where, names in sorted(found.absent.items()):
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"  Not there: {pluralize(len(names), 'alarm')} of {where}, {', '.join(names[:SHOWN])}{more}"
    yield from (f"  Older: {one} is not the one in out/; `obsgen deploy` brings it" for one in sorted(found.older))
    yield from (
        f"  Left out: {one} is there all the same; `obsgen deploy` deletes it" for one in sorted(found.unwanted)
    )
    yield from (f"  Stopped: {stopped}" for stopped in found.stopped)
    if found.notifier_silent:
        yield "  Silent: the notifier has not looked at what is owed for minutes; nothing is sent to anybody"
    yield from (f"  Not seen: {unseen}" for unseen in _together(found.unseen))


def _verdict(found: EnvironmentStatus) -> str:
    if not found.well:
        return "somebody should look"
    return "nothing is wrong in what was seen" if found.unseen else "all is well"


def _instances(found: EnvironmentStatus) -> str:
    if not found.set_there:
        return "is not there"
    counts = Counter(one.status for one in found.instances)
    return ", ".join([f"{pluralize(len(found.instances), 'stack')}", *(f"{n} {s}" for s, n in sorted(counts.items()))])


def _alarms(found: EnvironmentStatus) -> Iterator[str]:
    for account, states in sorted(found.alarms.items()):
        counts = ", ".join(f"{len(names)} {state}" for state, names in sorted(states.items())) or "none"
        yield f"{account}: {counts}"
        firing = sorted(states.get("ALARM", []))
        yield from (f"  ALARM {name}" for name in firing[:SHOWN])
        if len(firing) > SHOWN:
            yield f"  and {len(firing) - SHOWN} more"


def _incidents(found: IncidentCounts, wanted: DesiredState) -> Iterator[str]:
    newest = ""
    if found.newest:
        account = wanted.names.get(found.newest.account, found.newest.account)
        newest = f", the newest {found.newest.alarm} in {account}, {format_utc(found.newest.opened)}"
    yield f"  Incidents: {_up_to(found.open)} open{newest}"
    for one in found.down:
        yield f"    {one.name} has not answered since {format_utc(one.down_since)}: {' '.join(one.reason.split())}"
    if found.owed:
        yield f"    owed: {', '.join(f'{_up_to(count)} to {name}' for name, count in sorted(found.owed.items()))}"
    if found.lost:
        yield f"    given up or refused: {_up_to(found.lost)}; `obsgen redrive` shows them"
    if found.down or found.owed:
        yield "    `obsgen incidents` says what, and why"


def _up_to(number: int) -> str:
    from generator.rollout.operate.status import MOST_COUNTED

    return f"{number} or more" if number >= MOST_COUNTED else str(number)


def _queue(name: str, number: int, *, dead: bool) -> str:
    hint = "; `obsgen redrive` shows them" if dead and number else ""
    return f"{name}: {pluralize(number, 'message')}{hint}"


def _together(unseen: list[str]) -> Iterator[str]:
    """Many accounts that refuse for one reason are one line."""
    reasons: dict[str, list[str]] = {}
    for one in unseen:
        what, _, reason = one.partition(" (")
        reasons.setdefault(reason, []).append(what)
    for reason, whats in reasons.items():
        more = f" and {len(whats) - SHOWN} more" if len(whats) > SHOWN else ""
        yield f"{', '.join(whats[:SHOWN])}{more} ({reason}"
