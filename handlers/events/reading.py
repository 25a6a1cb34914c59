"""From a message of the hub's queue to what it means; pure.

The account is the one that EventBridge wrote into the envelope. The Region that it writes is that of the endpoint that
was called, which is the hub's; so the detail of an agent's event names the agent's.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
Alarms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from handlers.common.contributor_names import name_of
from handlers.common.printable import printable
from handlers.events.canary_runs import failed_run
from handlers.events.fields import (
    account_of,
    choice,
    iso_time_ms,
    lines_of,
    list_of,
    object_of,
    quoted,
    region_of,
    required_text,
    text_of,
    time_ms,
    whole,
)
from handlers.events.fields import matching as matching_text
from handlers.events.ids import event_id
from handlers.events.messages import (
    FUNCTIONS,
    SERVICES,
    AgentWindow,
    Ignored,
    Meaning,
    MonitoringMessage,
    Occurrence,
    Tick,
    Unreadable,
)
from handlers.events.records import Event, EventType, Source
from handlers.events.settings import Settings

AGENT_SOURCE, WINDOW, MONITORING_EVENT = "obsgen.error-logs", "Error Log Window", "Monitoring Event"
ALARM_SOURCE, ALARM_CHANGE = "aws.cloudwatch", "CloudWatch Alarm State Change"
VERSION = 1
PASSES, KINDS = ("first", "final"), ("log", "lambda")
TYPES = tuple(map(str, (EventType.TASK_FAILURE, EventType.DEPLOYMENT, EventType.HEALTH)))
STATES = ("ALARM", "OK", "")
MOST_ERRORS, MOST_PARTS, MOST_GROUPS, MOST_FACTS, MOST_LINES, MOST_SUBJECTS = 2_000, 1_000, 200, 10, 10, 500
# Kept of what an agent says of itself, and of the log groups of one error.
MOST_KEYS = 30
GROUPS_KEPT = 20
TITLE, SHAPE, SAMPLE, LINE, WORD, NAME = 200, 400, 1_000, 300, 128, 512
MOST_COUNT = 10**12
# Of a window. How far what an agent says may be ahead of the time that EventBridge wrote.
SHORTEST_MS, LONGEST_MS, MOST_AHEAD_MS = 60_000, 86_400_000, 300_000
_FINGERPRINT = re.compile(r"[0-9]{1,3}-[0-9a-f]{16}")
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:/._+=@-]{0,199}")
_UNFIT = re.compile(r"[^A-Za-z0-9:/._+=@-]+")


class _NoAgent(Exception):
    """From where no agent is; the text says where some are."""


def read(body: str, settings: Settings) -> Meaning:
    """What a message says. Raises Unreadable and nothing else."""
    try:
        data = printable(json.loads(body))
    except (ValueError, RecursionError):
        raise Unreadable("the message is not JSON") from None
    if not isinstance(data, dict):
        raise Unreadable("the message is not a JSON object")
    if "tick" in data:
        return Tick(iso_time_ms(object_of(data, "tick"), "at"))
    match data.get("source"), data.get("detail-type"):
        case "obsgen.error-logs", "Error Log Window" | "Monitoring Event" as kind:
            try:
                return (_window if kind == WINDOW else _monitoring_event)(data, settings)
            except _NoAgent as why:
                return Ignored(str(why))
        case "aws.cloudwatch", "CloudWatch Alarm State Change":
            return _alarm(data, settings)
        case "aws.cloudwatch", "CloudWatch Alarm Contributor State Change":
            return _contributor(data, settings)
        case "aws.synthetics", "Synthetics Canary TestRun Failure":
            return failed_run(data, settings)
        case "aws.cloudwatch", kind:
            return Ignored(f"{quoted(kind)} is not a stored type")
        case source, kind:
            raise Unreadable(f"no handler for events of source {quoted(source)}, detail-type {quoted(kind)}")


def _detail(data: Mapping[str, Any], settings: Settings) -> tuple[Mapping[str, Any], Source]:
    """The detail of an agent's event, and where the agent is."""
    detail = object_of(data, "detail")
    if detail.get("version") != VERSION:
        raise Unreadable(f"version is {quoted(detail.get('version'))}, not {VERSION}; deploy the hub before the agents")
    if detail.get("environment") != settings.environment:
        raise Unreadable(
            f"environment is {quoted(detail.get('environment'))}; this is the hub of {settings.environment}"
        )
    region = region_of(detail)
    if settings.regions and region not in settings.regions:
        # Each Region that a member names would be an agent to watch. One that was taken out of the file sends on until
        # its stack is gone.
        raise _NoAgent(f"no agent is deployed in {region}, only in {', '.join(settings.regions)}")
    return detail, Source(_member(data, settings), region)


def _member(data: Mapping[str, Any], settings: Settings) -> str:
    account = account_of(data)
    if settings.accounts_closed and account not in settings.accounts and account != settings.hub_account:
        raise Unreadable(f"account {account} is not a member")
    return account


# -- windows


def _window(data: Mapping[str, Any], settings: Settings) -> AgentWindow:
    detail, source = _detail(data, settings)
    sent_at, times = iso_time_ms(data, "time"), object_of(detail, "window")
    start, end = time_ms(times, "start"), time_ms(times, "end")
    if not SHORTEST_MS <= end - start <= LONGEST_MS:
        raise Unreadable(f"the window has {end - start:,} ms; the limits are a minute and a day")
    _check_time("the window's end", end, sent_at)
    parts = whole(detail, "parts", 1, MOST_PARTS)
    agent = object_of(detail, "agent")
    return AgentWindow(
        source=source,
        start=start,
        end=end,
        final=choice(detail, "pass", PASSES) == "final",
        part=whole(detail, "part", 1, parts),
        parts=parts,
        sent_at=sent_at,
        correlation=text_of(detail, "correlation", WORD),
        agent={name: agent[name] for name in sorted(agent)[:MOST_KEYS] if _is_small(agent[name])},
        errors=_occurrences(detail, start, end, settings.environment),
        unhealthy=_unhealthy(agent),
        unknown=frozenset(kind for kind in (SERVICES, FUNCTIONS) if kind in _unavailable(agent)),
        partial=detail.get("partial") is True,
    )


def _occurrences(detail: Mapping[str, Any], start: int, end: int, environment: str) -> tuple[Occurrence, ...]:
    occurrences: dict[str, Occurrence] = {}
    for entry in list_of(detail, "errors", MOST_ERRORS):
        if not isinstance(entry, dict):
            raise Unreadable(f"an error is {quoted(entry)}, not an object")
        occurrence = _occurrence(entry, start, end, environment)
        if occurrence.fingerprint in occurrences:
            raise Unreadable(f"{occurrence.fingerprint} occurs twice")
        occurrences[occurrence.fingerprint] = occurrence
    return tuple(occurrences.values())


def _occurrence(data: Mapping[str, Any], start: int, end: int, environment: str) -> Occurrence:
    groups = object_of(data, "groups") if "groups" in data else {}
    if len(groups) > MOST_GROUPS or not all(type(count) is int for count in groups.values()):
        raise Unreadable(f"groups is not an object with at most {MOST_GROUPS} counts")
    # A time that is none of the window's is not worth the loss of the window.
    first, last = (min(max(time_ms(data, name), start), end - 1) for name in ("first", "last"))
    names = tuple(sorted(groups, key=lambda name: (-groups[name], name))[:GROUPS_KEPT])
    return Occurrence(
        fingerprint=matching_text(data, "fingerprint", _FINGERPRINT, "1-0123456789abcdef"),
        kind=choice(data, "kind", KINDS),
        title=required_text(data, "title", TITLE),
        shape=lines_of(data, "shape", SHAPE),
        sample=lines_of(data, "sample", SAMPLE),
        count=whole(data, "count", 1, MOST_COUNT),
        exact=data.get("exact", True) is True,
        first=min(first, last),
        last=max(first, last),
        groups=names,
        service=_service(text_of(data, "service", WORD), names, environment),
        stream=text_of(data, "stream", NAME),
        request=text_of(data, "request", WORD),
        source_path=text_of(data, "source_path", NAME),
        literal=lines_of(data, "literal", TITLE),
        also=tuple(
            fingerprint
            for fingerprint in list_of(data, "also", 10)
            if _is_of_other_rules(fingerprint, data["fingerprint"])
        ),
    )


def _is_of_other_rules(other: Any, fingerprint: Any) -> bool:
    """Whether it is a fingerprint by another version of the rules, which can be of the same error; others cannot."""
    is_one = isinstance(other, str) and _FINGERPRINT.fullmatch(other) is not None
    return is_one and other.partition("-")[0] != str(fingerprint).partition("-")[0]


def _service(service: str, groups: tuple[str, ...], environment: str) -> str:
    """A log group such as /aws/application/prod ends in the environment; the service is what stands before it."""
    parts = [part for part in groups[0].split("/") if part] if groups else []
    return parts[-2] if service == environment and len(parts) > 1 and parts[-1] == environment else service


def _unhealthy(agent: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What does not run; None where the agent did not look, or could not."""
    if "unhealthy" not in agent or "health" in _unavailable(agent):
        return None
    return tuple(subject_of(str(subject)) for subject in list_of(agent, "unhealthy", MOST_SUBJECTS))


def _unavailable(agent: Mapping[str, Any]) -> list[Any]:
    return list_of(agent, "unavailable", MOST_SUBJECTS)


def _is_small(value: Any) -> bool:
    """Whether a value is kept: nothing large, and no number that JSON has no word for, such as 1e999."""
    try:
        return len(json.dumps(value, allow_nan=False)) <= 2_000
    except (ValueError, RecursionError):
        return False


# -- what happened once


def _monitoring_event(data: Mapping[str, Any], settings: Settings) -> MonitoringMessage:
    detail, source = _detail(data, settings)
    sent_at, at = iso_time_ms(data, "time"), time_ms(detail, "at")
    _check_time("at", at, sent_at)
    type_ = EventType(choice(detail, "type", TYPES))
    subject, title = subject_of(required_text(detail, "subject", NAME)), required_text(detail, "title", TITLE)
    body: dict[str, Any] = {
        "facts": [_fact(fact) for fact in list_of(detail, "facts", MOST_FACTS)],
        "lines": [lines_of({"line": fact}, "line", LINE) for fact in list_of(detail, "lines", MOST_LINES)],
        "service": text_of(detail, "service", WORD),
        "log_group": text_of(detail, "log_group", NAME),
        "correlation": text_of(detail, "correlation", WORD),
    }
    owner, runbook = settings.owner_and_runbook((body["log_group"],), body["service"], "")
    body |= {"owner": owner, "runbook": runbook, "account_name": settings.account(source.account)}
    kind = "task" if type_ is EventType.TASK_FAILURE else str(type_)
    severity = settings.severity.get(kind, "") if type_ is not EventType.DEPLOYMENT else ""
    return MonitoringMessage(
        Event(event_id(source, type_, subject, at), type_, source, at, severity, title, subject, _without_empty(body)),
        choice(detail, "state", STATES) if "state" in detail else "",
        sent_at,
        body["correlation"],
        body["service"],
        body["log_group"],
    )


def _contributor(data: Mapping[str, Any], settings: Settings) -> Meaning:
    """One contributor's change, where each has incidents of its own."""
    detail = object_of(data, "detail")
    alarm = required_text(detail, "alarmName", 255)
    if "contributors" not in settings.alarms.get(alarm, {}):
        return Ignored("the alarm has one incident for all of its contributors")
    try:
        return _alarm(data, settings, name_of(alarm, object_of(detail, "alarmContributor")))
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _alarm(data: Mapping[str, Any], settings: Settings, contributor: str = "") -> MonitoringMessage:
    """An alarm's change; the incident function is told of it by another rule. contributor: its name, if it is one's."""
    detail = object_of(data, "detail")
    source = Source(_member(data, settings), region_of(data))
    state = object_of(detail, "state")
    name, value = required_text(detail, "alarmName", 255), choice(state, "value", ("ALARM", "OK", "INSUFFICIENT_DATA"))
    at, before = iso_time_ms(state, "timestamp"), detail.get("previousState")
    known, name = settings.alarms.get(name, {}), contributor or name
    body = {
        "state": value,
        "before": before.get("value", "") if isinstance(before, dict) else "",
        "reason": text_of(state, "reason", SAMPLE),
        "owner": known.get("owner", ""),
        "account_name": settings.account(source.account),
    }
    id_ = event_id(source, EventType.ALARM, f"{name}|{value}", at)
    title = f"{name} is {value}"
    severity = known.get("severity_by_account", {}).get(source.account, known.get("severity", ""))
    subject = subject_of(name) if contributor else name
    event = Event(id_, EventType.ALARM, source, at, severity, title, subject, _without_empty(body))
    return MonitoringMessage(event, value, iso_time_ms(data, "time"), "")


def subject_of(text: str) -> str:
    """What a finding can be about: letters, digits and :/._+=@-; anything else becomes a hyphen."""
    subject = _UNFIT.sub("-", text).lstrip(":/._+=@-")[:200]
    if not _SUBJECT.fullmatch(subject):
        raise Unreadable(f"subject is {quoted(text)}, which has no letter and no digit")
    return subject


def _fact(data: Any) -> list[str]:
    if not isinstance(data, list) or len(data) != 2 or not all(isinstance(part, str) for part in data):
        raise Unreadable(f"a fact is {quoted(data)}, not a name and a value")
    return [text_of({"name": data[0]}, "name", 60), text_of({"value": data[1]}, "value", LINE)]


def _check_time(what: str, at: int, sent_at: int) -> None:
    """Not by the hub's own clock, which may be wrong by itself: by the time that EventBridge wrote."""
    if at > sent_at + MOST_AHEAD_MS:
        raise Unreadable(f"{what} is {(at - sent_at) // 1000:,} s after the event itself; check the agent's clock")


def _without_empty(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value}
