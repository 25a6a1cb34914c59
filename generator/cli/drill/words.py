"""The result of a drill of a deployed alarm: line by line, as data, and where to check for missing hops."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from generator.drill.vendors.kit.registry import vendor_class
from generator.rollout.drill.calls import DrilledChannel, Target
from generator.rollout.drill.delivery_trace import ChannelDelivery
from generator.rollout.drill.drill import (
    AUDIT,
    CHANNEL,
    CLOUDWATCH,
    DRILL,
    FUNCTION,
    NEVER,
    REAL_ALARM,
    Drill,
    End,
    Hop,
)
from generator.wording import format_utc, list_in_words, pluralize

COLUMNS = 120
LEAD = " " * 12


def format_utc_seconds(at_s: float) -> str:
    """`2026-11-20T10:00:00Z`, of seconds since 1970."""
    return format_utc(int(at_s * 1000))


def has_ticket(target: Target, name: str) -> bool:
    """True if the references of the channel are tickets, which people know."""
    return any(channel.name == name and vendor_class(channel.type).kind == "ticket" for channel in target.channels)


def line(drill: Drill, progress: Hop | End) -> Iterator[str]:
    """A hop that was reached or missed, or the end of the ALARM."""
    if isinstance(progress, End):
        yield ""
        yield from wrapped(_end(progress), "", "  ")
    elif progress.seconds is None:
        places = ", ".join(advice(drill, progress))
        yield from wrapped(missing(drill, progress) + (f"; check {places}" if places else ""), LEAD)
    else:
        yield f"{progress.seconds:8.1f} s  {_reached(drill, progress)}"


def _reached(drill: Drill, hop: Hop) -> str:
    if hop.kind == AUDIT:
        return f"{hop.name} has the event{f' of {hop.state}, late' if hop.late else ''}"
    if hop.kind == FUNCTION:
        late = f" on {hop.state}, late" if hop.late else ""
        return f"{hop.name} has decided{late}{f', incident {hop.ref}' if hop.ref else ''}"
    target = drill.client.target
    channel_type = next(channel.type for channel in target.channels if channel.name == hop.name)
    ticket = hop.link or (hop.ref if has_ticket(target, hop.name) else "")
    late = f" of {hop.state}, late" if hop.late else ""
    return f"{hop.name} is notified{late} ({channel_type}){f': {ticket}' if ticket else ''}"


def _end(end: End) -> str:
    reason = " ".join(end.reason.split())
    return {
        DRILL: f"OK, reset at {format_utc_seconds(end.at)}",
        CLOUDWATCH: f"OK, reset by CloudWatch at {format_utc_seconds(end.at)}: {reason}",
        REAL_ALARM: f"ALARM, a real one since {format_utc_seconds(end.at)}, not reset: {reason}",
        NEVER: "never set to ALARM",
    }[end.by]


def ended(drill: Drill) -> str:
    """The state of the alarm after an interrupted drill."""
    name = drill.client.target.alarm
    if drill.end is None:
        return f"{name} may still be in ALARM"
    return f"{name}: {_end(drill.end)}"


def missing(drill: Drill, hop: Hop) -> str:
    """The hop that was missed."""
    if hop.kind == CHANNEL:
        tried = _tried(drill, hop.name)
        withheld = drill.record.withheld
        reason = f": {withheld}" if withheld else f" in {drill.wait:g} s{tried}"
        return f"{hop.name} did not receive {hop.state}{reason}"
    verb = "did not receive" if hop.kind == AUDIT else "did not decide on"
    return f"{hop.name} {verb} {hop.state} in {drill.wait:g} s"


def _tried(drill: Drill, channel: str) -> str:
    """The failed attempts, the reason of the last one, and the time of the next one."""
    delivery = drill.record.deliveries.get(channel, ChannelDelivery())
    if delivery.status in ("given-up", "refused"):
        return f", and will not: {delivery.reason}"
    if not delivery.attempts:
        return ""
    attempts = f"{pluralize(delivery.attempts, 'failed attempt')}"
    return f", after {attempts} ({delivery.reason}); next attempt at {format_utc(delivery.not_before)}"


def advice(drill: Drill, hop: Hop) -> list[str]:
    """The advice on a missing hop; none where an earlier hop is missing, which has the advice."""
    target, e = drill.client.target, drill.client.target.environment
    redrive, bus = f"`obsgen redrive -e {e}`", f"observability-bus-{e}"
    has_decided = drill.reached(hop.state, FUNCTION, target.function)
    if hop.kind == CHANNEL:
        is_sent = has_decided and not drill.record.withheld
        return [target.notifier_log_group, f"`obsgen incidents -e {e}`"] if is_sent else []
    audited = drill.reached(hop.state, AUDIT, target.audit)
    forwarding = [f"hub-forwarding-rule-{e}"]
    if target.forwarding:
        forwarding = [f"alarm-forwarding-rule-{e} and {target.forwarding.name} in {target.account_name}"]
    if hop.kind == AUDIT:
        return [f"alarm-state-change-rule-{e} on {bus}", redrive] if has_decided else [*forwarding, bus, redrive]
    if target.audit and not audited:
        return []
    return [
        *([] if audited else forwarding),
        f"incident-rule-{e} on {bus}",
        target.queue.name,
        target.log_group,
        redrive,
    ]


def problems(drill: Drill, hops: list[Hop], dead: Mapping[str, int]) -> list[str]:
    """Everything that is wrong; empty where every channel was notified in time."""
    problems = [missing(drill, hop) for hop in hops if hop.seconds is None]
    if drill.end and drill.end.by == REAL_ALARM:
        problems.append(_end(drill.end))
    if problems:
        problems += [f"{name} has {_more(count)}" for name, count in dead.items()]
    return problems


def closing(drill: Drill, hops: list[Hop], dead: Mapping[str, int], *, quiet: bool) -> Iterator[str]:
    """New dead letters, then the verdict."""
    if dead and not quiet:
        yield ""
        for name, count in dead.items():
            yield f"{name} has {_more(count)}: `obsgen redrive -e {drill.client.target.environment}` shows why"
    yield from ([] if quiet else [""])
    yield verdict(drill, hops)


def verdict(drill: Drill, hops: list[Hop]) -> str:
    """The verdict in one line."""
    target = drill.client.target
    alarm = f"{target.alarm} in {target.account_name}"
    failures = [
        f"{state} did not reach {', '.join(names)}"
        for state in ("ALARM", "OK")
        if (names := [hop.name for hop in hops if hop.state == state and hop.seconds is None])
    ]
    if drill.end and drill.end.by == REAL_ALARM:
        failures.append("a real ALARM began during the drill")
    if failures:
        return f"FAILED: {alarm}: {'; '.join(failures)}"
    if not target.channels:
        return f"{alarm} has severity {target.severity}: no channel is to be notified; {target.audit} has both changes"
    by_content = _by_content(target)
    text = ", ".join(f"{list_in_words(names)} {{}}{content}" for content, names in by_content.items())
    line = f"{alarm}: {text.replace('{}', 'received ', 1).replace('{}', '')}"
    if len(line) <= COLUMNS:
        return line
    content = "what they are sent at this time" if len(by_content) > 1 else "ALARM and OK"
    return f"{alarm}: all {len(target.channels)} channels received {content}"


def _by_content(target: Target) -> dict[str, list[str]]:
    """The channels by what of the drill they receive, and the reason for less than everything."""
    by_content: dict[str, list[str]] = {}
    for channel in target.channels:
        reason = f"({channel.withheld_reason})"
        content = {2: "ALARM and OK", 1: f"ALARM only {reason}", 0: f"nothing {reason}"}[len(channel.states)]
        by_content.setdefault(content, []).append(channel.name)
    return by_content


def _more(count: int) -> str:
    return f"{pluralize(count, 'more message')} than before"


def withheld(channel: DrilledChannel) -> str:
    """A suffix for a channel that does not receive both changes during the drill; empty for one that does."""
    if not channel.withheld_reason:
        return ""
    reason = [channel.withheld_reason, *([channel.hours] if channel.hours else [])]
    return f"; receives {'no OK' if channel.states else 'nothing'} ({' '.join(reason)})"


def as_data(drill: Drill, hops: list[Hop], dead: Mapping[str, int], problems: list[str]) -> dict[str, Any]:
    """The drill as an object of `--json`."""
    target, end = drill.client.target, drill.end
    return {
        "alarm": target.alarm,
        "account": target.account,
        "account_name": target.account_name,
        "region": target.region,
        "environment": target.environment,
        "severity": target.severity,
        "drill": drill.drill_id,
        "reason": drill.reason,
        "expected": [channel.name for channel in target.channels if channel.states],
        "hear_less": {
            channel.name: f"{channel.withheld_reason} {channel.hours}".strip()
            for channel in target.channels
            if channel.withheld_reason
        },
        "incident": drill.record.incident or None,
        "hops": [
            {
                "state": hop.state,
                "kind": hop.kind,
                "name": hop.name,
                "seconds": None if hop.seconds is None else round(hop.seconds, 3),
                "late": hop.late,
                "ref": hop.ref or None,
                "link": hop.link or None,
                **({"look_at": advice(drill, hop)} if hop.seconds is None else {}),
            }
            for hop in hops
        ],
        "end": {"by": end.by, "at": format_utc_seconds(end.at), "reason": end.reason or None} if end else None,
        "more_dead_letters": dict(dead),
        "problems": problems,
        "verdict": verdict(drill, hops),
    }


def wrapped(text: str, lead: str, hanging: str | None = None) -> Iterator[str]:
    """The text, wrapped at the width of the output."""
    yield from textwrap.wrap(
        text,
        COLUMNS,
        initial_indent=lead,
        subsequent_indent=lead + "  " if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
