"""What came of a drill of a deployed alarm: line by line, as data, and where to look for what is missing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from generator.rollout.drill.calls import Listener, Target
from generator.rollout.drill.delivery_trace import Sent
from generator.rollout.drill.drill import AUDIT, CHANNEL, CLOUDWATCH, DRILL, FUNCTION, NEVER, NOBODY, Drill, End, Hop

COLUMNS = 120
# Whose references are known to people.
SHOWN = ("jira", "opsitem")
LEAD = " " * 12


def moment(at: float) -> str:
    """`2026-11-20T10:00:00Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(target: Target, channel: str) -> bool:
    """Whether the channel's references say anything to people."""
    return any(one.name == channel and one.type in SHOWN for one in target.listeners)


def line(drilled: Drill, findings: Hop | End) -> Iterator[str]:
    """One thing that happened, or did not."""
    if isinstance(findings, End):
        yield ""
        yield from wrapped(_end(findings), "", "  ")
    elif findings.seconds is None:
        look = ", ".join(advice(drilled, findings))
        yield from wrapped(missing(drilled, findings) + (f"; look at {look}" if look else ""), LEAD)
    else:
        late = f" of {findings.state}, late" if findings.late else ""
        yield f"{findings.seconds:8.1f} s  {_reached(drilled, findings, late)}"


def _reached(drilled: Drill, hop: Hop, late: str) -> str:
    if hop.kind == AUDIT:
        return f"{hop.name} has the event{late}"
    if hop.kind == FUNCTION:
        return f"{hop.name} has decided{late}{f', incident {hop.ref}' if hop.ref else ''}"
    kind = next(one.type for one in drilled.calls.target.listeners if one.name == hop.name)
    ticket = hop.link or (hop.ref if shown(drilled.calls.target, hop.name) else "")
    return f"{hop.name} heard{late} ({kind}){f': {ticket}' if ticket else ''}"


def _end(end: End) -> str:
    said = " ".join(end.reason.split())
    return {
        DRILL: f"OK, put back at {moment(end.at)}",
        CLOUDWATCH: f"OK, put back by CloudWatch itself at {moment(end.at)}: {said}",
        NOBODY: f"ALARM, a real one since {moment(end.at)}, and left as it is: {said}",
        NEVER: "it was never set to ALARM",
    }[end.by]


def ended(drilled: Drill) -> str:
    """How the alarm stands after a drill that was cut off."""
    name = drilled.calls.target.alarm
    if drilled.end is None:
        return f"{name} may be left in ALARM"
    return f"{name}: {_end(drilled.end)}"


def missing(drilled: Drill, hop: Hop) -> str:
    """What did not happen."""
    if hop.kind == CHANNEL:
        tried = _tried(drilled, hop.name)
        held = f": {drilled.record.held}" if drilled.record.held else f" in {drilled.wait:g} s{tried}"
        return f"{hop.name} did not hear of {hop.state}{held}"
    what = "had no event of" if hop.kind == AUDIT else "did not decide on"
    return f"{hop.name} {what} {hop.state} in {drilled.wait:g} s"


def _tried(drilled: Drill, channel: str) -> str:
    """Attempts in vain, why the last one was, and when the next one is made."""
    sent = drilled.record.sent.get(channel, Sent())
    if sent.status in ("given-up", "refused"):
        return f", and never will: {sent.reason}"
    if not sent.attempts:
        return ""
    attempts = f"{sent.attempts} attempt{'' if sent.attempts == 1 else 's'}"
    return f", after {attempts} in vain ({sent.reason}); the next is made at {moment(sent.not_before / 1000)}"


def advice(drilled: Drill, hop: Hop) -> list[str]:
    """Where to look for what is missing; nothing where an earlier hop is missing, which says it."""
    target, e = drilled.calls.target, drilled.calls.target.environment
    redrive, bus = f"`obsgen redrive -e {e}`", f"observability-bus-{e}"
    heard_of = drilled.reached(hop.state, FUNCTION, target.function)
    if hop.kind == CHANNEL:
        known = heard_of and not drilled.record.held
        return [target.notifier_log_group, f"`obsgen incidents -e {e}`"] if known else []
    audited = drilled.reached(hop.state, AUDIT, target.audit)
    way = [f"hub-forwarding-rule-{e}"]
    if target.forwarding:
        way = [f"alarm-forwarding-rule-{e} and {target.forwarding.name} in {target.account_name}"]
    if hop.kind == AUDIT:
        return [f"alarm-state-change-rule-{e} on {bus}", redrive] if heard_of else [*way, bus, redrive]
    if target.audit and not audited:
        return []
    return [*([] if audited else way), f"incident-rule-{e} on {bus}", target.queue.name, target.log_group, redrive]


def problems(drilled: Drill, hops: list[Hop], dead: Mapping[str, int]) -> list[str]:
    """Everything that is not as it should be; empty where everybody heard in time."""
    found = [missing(drilled, hop) for hop in hops if hop.seconds is None]
    if drilled.end and drilled.end.by == NOBODY:
        found.append(_end(drilled.end))
    if found:
        found += [f"{name} has {more} more than before" for name, more in dead.items()]
    return found


def closing(drilled: Drill, hops: list[Hop], dead: Mapping[str, int], *, quiet: bool) -> Iterator[str]:
    """The verdict, and before it what is worth knowing."""
    if dead and not quiet:
        yield ""
        for name, more in dead.items():
            yield f"{name} has {more} more than before: `obsgen redrive -e {drilled.calls.target.environment}` says why"
    yield from ([] if quiet else [""])
    yield verdict(drilled, hops)


def verdict(drilled: Drill, hops: list[Hop]) -> str:
    """One line."""
    target = drilled.calls.target
    where = f"{target.alarm} in {target.account_name}"
    short = [
        f"{state} did not reach {', '.join(names)}"
        for state in ("ALARM", "OK")
        if (names := [hop.name for hop in hops if hop.state == state and hop.seconds is None])
    ]
    if drilled.end and drilled.end.by == NOBODY:
        short.append("it is in ALARM for real by now")
    if short:
        return f"NOT AS IT SHOULD BE: {where}: {'; '.join(short)}"
    if not target.listeners:
        return f"{where} is of severity {target.severity}: nobody is to hear, and {target.audit} has both changes"
    (first, *others) = [f"{_listed(names)} {{}}of {what}" for what, names in _by_what_they_hear(target).items()]
    text = ", ".join([f"{where}: {first.format('heard ')}", *(one.format("") for one in others)])
    if len(text) <= COLUMNS:
        return text
    what = "what they are sent at this time" if others else "of ALARM and of OK"
    return f"{where}: all {len(target.listeners)} channels heard {what}"


def _by_what_they_hear(target: Target) -> dict[str, list[str]]:
    """The channels by what of the drill they are to hear, and why that is not all of it."""
    found: dict[str, list[str]] = {}
    for one in target.listeners:
        what = {2: "ALARM and of OK", 1: f"ALARM alone ({one.why_less})", 0: f"neither ({one.why_less})"}[
            len(one.hears)
        ]
        found.setdefault(what, []).append(one.name)
    return found


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def less(listener: Listener) -> str:
    """What is added to the name of a channel that does not hear of everything during the drill."""
    if not listener.why_less:
        return ""
    why = [listener.why_less, *([listener.hours] if listener.hours else [])]
    return f"; hears nothing of {'the end' if listener.hears else 'it'} ({' '.join(why)})"


def as_data(drilled: Drill, hops: list[Hop], dead: Mapping[str, int], problems: list[str]) -> dict[str, Any]:
    """For `--json`."""
    target, end = drilled.calls.target, drilled.end
    return {
        "alarm": target.alarm,
        "account": target.account,
        "account_name": target.account_name,
        "region": target.region,
        "environment": target.environment,
        "severity": target.severity,
        "drill": drilled.mark,
        "reason": drilled.reason,
        "expected": [one.name for one in target.listeners if one.hears],
        "hear_less": {one.name: f"{one.why_less} {one.hours}".strip() for one in target.listeners if one.why_less},
        "incident": drilled.record.incident or None,
        "hops": [
            {
                "state": hop.state,
                "kind": hop.kind,
                "name": hop.name,
                "seconds": None if hop.seconds is None else round(hop.seconds, 3),
                "late": hop.late,
                "ref": hop.ref or None,
                "link": hop.link or None,
                **({"look_at": advice(drilled, hop)} if hop.seconds is None else {}),
            }
            for hop in hops
        ],
        "end": {"by": end.by, "at": moment(end.at), "reason": end.reason or None} if end else None,
        "more_dead_letters": dict(dead),
        "problems": problems,
        "verdict": verdict(drilled, hops),
    }


def wrapped(text: str, lead: str, hanging: str | None = None) -> Iterator[str]:
    """Within the columns."""
    yield from textwrap.wrap(
        text,
        COLUMNS,
        initial_indent=lead,
        subsequent_indent=lead + "  " if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
