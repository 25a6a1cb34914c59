"""The status of an environment, as lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.render import mute_words
from generator.wording import format_utc, pluralize

if TYPE_CHECKING:
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.operate.status_sections import EnvironmentStatus, OpenIncidentCounts

SHOWN = 10


def status_lines(status: EnvironmentStatus, desired: DesiredState) -> Iterator[str]:
    """Stacks, alarms, queues, subscriptions, incidents and mutes; then what is missing, outdated or unavailable."""
    yield f"{desired.environment} of account {desired.hub.account}, {desired.hub.region}: {_verdict(status)}"
    yield from _stack_lines(status, desired)
    if status.alarms:
        yield "  Alarms"
        yield from (f"    {line}" for line in _alarms(status))
    if status.queues:
        yield "  Queues"
        yield from (f"    {_queue(queue.name, queue.number, dead=queue.dead)}" for queue in status.queues)
    for address in status.unconfirmed:
        yield f"  Not confirmed: {address} has not confirmed its SNS subscription and receives no mail"
    if status.incidents:
        yield from _incidents(status.incidents, desired)
    yield from mute_words.section(status.mutes, {**desired.names, desired.hub.account: "hub"})
    yield from _problem_lines(status)
    yield from (f"  Unavailable: {check}" for check in _by_reason(status.unseen))


def _stack_lines(status: EnvironmentStatus, desired: DesiredState) -> Iterator[str]:
    stack = f"{status.stack}, changed {status.updated}" if status.stack else "not found"
    yield f"  Hub, {desired.hub.name}: {stack}"
    yield from (f"  Hub, {name}: {word or 'not found'}" for name, word in status.further.items())
    sets = ", ".join(stack_set.name for stack_set in desired.sets)
    yield f"  Members, {sets}: {_instances(status)}"
    for instance in status.behind:
        name = desired.names.get(instance.account, instance.account)
        reason = instance.reason or instance.detail
        yield f"    {name} {instance.account} {instance.region} is {instance.status}: {reason}"


def _problem_lines(status: EnvironmentStatus) -> Iterator[str]:
    yield from (f"  Missing: {name}; `obsgen deploy` creates it" for name in status.missing)
    for where, names in sorted(status.absent.items()):
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"  Missing: {pluralize(len(names), 'alarm')} of {where}, {', '.join(names[:SHOWN])}{more}"
    yield from (
        f"  Outdated: {name} is not the one in out/; `obsgen deploy` updates it" for name in sorted(status.older)
    )
    for name in sorted(status.unwanted):
        yield f"  Left over: {name} is not part of out/; `obsgen deploy` deletes it"
    yield from (f"  Stopped: {name}" for name in status.stopped)
    if status.notifier_silent:
        yield "  Silent: the notifier has not processed pending notifications for minutes; no notification is sent"


def _verdict(status: EnvironmentStatus) -> str:
    if not status.well:
        return "needs attention"
    return "healthy, as far as available" if status.unseen else "healthy"


def _instances(status: EnvironmentStatus) -> str:
    if not status.set_there:
        return "not found"
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


def _incidents(incidents: OpenIncidentCounts, desired: DesiredState) -> Iterator[str]:
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
        yield f"    given up or refused: {_up_to(incidents.lost)}; `obsgen redrive` lists them"
    if incidents.down or incidents.owed:
        yield "    `obsgen incidents` shows details"


def _up_to(number: int) -> str:
    from generator.rollout.operate.status import MOST_COUNTED

    return f"{number} or more" if number >= MOST_COUNTED else str(number)


def _queue(name: str, number: int, *, dead: bool) -> str:
    hint = "; `obsgen redrive` lists them" if dead and number else ""
    return f"{name}: {pluralize(number, 'message')}{hint}"


def _by_reason(checks: list[str]) -> Iterator[str]:
    """One line for all accounts that are unavailable for the same reason."""
    reasons: dict[str, list[str]] = {}
    for check in checks:
        what, _, reason = check.partition(" (")
        reasons.setdefault(reason, []).append(what)
    for reason, whats in reasons.items():
        more = f" and {len(whats) - SHOWN} more" if len(whats) > SHOWN else ""
        yield f"{', '.join(whats[:SHOWN])}{more} ({reason}"
