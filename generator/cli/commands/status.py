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
from generator.render.incident_words import format_utc
from generator.render.quantities import pluralize

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
    from generator.rollout.deploy.desired import channels_of
    from generator.rollout.operate.status import MOST_COUNTED, StatusCollector

    desired, reporter = desired_from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    with as_built(out / desired.environment):
        queues, channels, role = _queues(desired), tuple(channels_of(desired.files)), _role(desired)
    with exit_on_aws_error(reporter):
        caller = aws(profile)
        table = table_of(desired, caller, MOST_COUNTED)
        management = aws(management_profile) if management_profile else None
        status = StatusCollector(desired, caller, queues, table, channels, role, members, management).look()
    click.echo(
        json.dumps({**asdict(status), "well": status.well}, indent=1) if as_json else "\n".join(_said(status, desired))
    )
    raise click.exceptions.Exit(0 if status.well else FINDINGS)


def _queues(desired: DesiredState) -> dict[str, bool]:
    """The hub's queues by name, and whether each is for dead letters."""
    queues = queues_in(manifest_in(desired.files[MANIFEST], Path(MANIFEST)), MANIFEST)
    alive = (queues.incidents.name, queues.wake_ups.name, *(queue.name for queue in queues.more))
    return {**dict.fromkeys(alive, False), **{queue.name: True for queue in queues.dead_letters}}


def _role(desired: DesiredState) -> MonitoringRole | None:
    from generator.rollout.deploy.desired import external_id_of
    from generator.rollout.operate.status import MonitoringRole

    external_id = external_id_of(desired.files)
    return MonitoringRole(external_id) if external_id is not None else None


def _said(status: EnvironmentStatus, desired: DesiredState) -> Iterator[str]:
    yield f"{desired.environment} of account {desired.hub.account}, {desired.hub.region}: {_verdict(status)}"
    stack = f"{status.stack}, changed {status.updated}" if status.stack else "is not there"
    yield f"  Hub, {desired.hub.name}: {stack}"
    yield from (f"  Hub, {name}: {word or 'is not there'}" for name, word in status.further.items())
    sets = ", ".join(one.name for one in desired.sets)
    yield f"  Members, {sets}: {_instances(status)}"
    for one in status.behind:
        name = desired.names.get(one.account, one.account)
        yield f"    {name} {one.account} {one.region} is {one.status}: {one.reason or one.detail}"
    if status.alarms:
        yield "  Alarms"
        yield from (f"    {line}" for line in _alarms(status))
    if status.queues:
        yield "  Queues"
        yield from (f"    {_queue(one.name, one.number, dead=one.dead)}" for one in status.queues)
    for address in status.unconfirmed:
        yield f"  Not confirmed: {address} gets no mail until the link in AWS's own is followed"
    if status.incidents:
        yield from _incidents(status.incidents, desired)
    yield from mute_words.section(status.mutes, {**desired.names, desired.hub.account: "hub"})
    yield from (f"  Missing: {missing}; `obsgen deploy` puts it there" for missing in status.missing)
    for where, names in sorted(status.absent.items()):
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"  Not there: {pluralize(len(names), 'alarm')} of {where}, {', '.join(names[:SHOWN])}{more}"
    yield from (f"  Older: {one} is not the one in out/; `obsgen deploy` brings it" for one in sorted(status.older))
    yield from (
        f"  Left out: {one} is there all the same; `obsgen deploy` deletes it" for one in sorted(status.unwanted)
    )
    yield from (f"  Stopped: {stopped}" for stopped in status.stopped)
    if status.notifier_silent:
        yield "  Silent: the notifier has not looked at what is owed for minutes; nothing is sent to anybody"
    yield from (f"  Not seen: {check}" for check in _together(status.unseen))


def _verdict(status: EnvironmentStatus) -> str:
    if not status.well:
        return "somebody should look"
    return "nothing is wrong in what was seen" if status.unseen else "all is well"


def _instances(status: EnvironmentStatus) -> str:
    if not status.set_there:
        return "is not there"
    counts = Counter(instance.status for instance in status.instances)
    return ", ".join([f"{pluralize(len(status.instances), 'stack')}", *(f"{n} {s}" for s, n in sorted(counts.items()))])


def _alarms(status: EnvironmentStatus) -> Iterator[str]:
    for account, states in sorted(status.alarms.items()):
        counts = ", ".join(f"{len(names)} {state}" for state, names in sorted(states.items())) or "none"
        yield f"{account}: {counts}"
        firing = sorted(states.get("ALARM", []))
        yield from (f"  ALARM {name}" for name in firing[:SHOWN])
        if len(firing) > SHOWN:
            yield f"  and {len(firing) - SHOWN} more"


def _incidents(incidents: IncidentCounts, desired: DesiredState) -> Iterator[str]:
    newest = ""
    if incidents.newest:
        account = desired.names.get(incidents.newest.account, incidents.newest.account)
        newest = f", the newest {incidents.newest.alarm} in {account}, {format_utc(incidents.newest.opened)}"
    yield f"  Incidents: {_up_to(incidents.open)} open{newest}"
    for channel in incidents.down:
        reason = " ".join(channel.reason.split())
        yield f"    {channel.name} has not responded since {format_utc(channel.down_since)}: {reason}"
    if incidents.owed:
        yield f"    owed: {', '.join(f'{_up_to(count)} to {name}' for name, count in sorted(incidents.owed.items()))}"
    if incidents.lost:
        yield f"    given up or refused: {_up_to(incidents.lost)}; `obsgen redrive` shows them"
    if incidents.down or incidents.owed:
        yield "    `obsgen incidents` says what, and why"


def _up_to(number: int) -> str:
    from generator.rollout.operate.status import MOST_COUNTED

    return f"{number} or more" if number >= MOST_COUNTED else str(number)


def _queue(name: str, number: int, *, dead: bool) -> str:
    hint = "; `obsgen redrive` shows them" if dead and number else ""
    return f"{name}: {pluralize(number, 'message')}{hint}"


def _together(checks: list[str]) -> Iterator[str]:
    """Many accounts that refuse for one reason are one line."""
    reasons: dict[str, list[str]] = {}
    for check in checks:
        what, _, reason = check.partition(" (")
        reasons.setdefault(reason, []).append(what)
    for reason, whats in reasons.items():
        more = f" and {len(whats) - SHOWN} more" if len(whats) > SHOWN else ""
        yield f"{', '.join(whats[:SHOWN])}{more} ({reason}"
