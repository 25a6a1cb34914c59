"""From what arrives to what it means; pure.

An alarm speaks in three forms, and each is read here:
- EventBridge: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
- SNS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
- a Lambda action: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
A check speaks in one, as an event that its own role puts on the hub's bus (finding.py). An event that a rule of the
file takes comes whole, in an envelope that only the hub's own rules put into the queue (event_rules.py).
Reminders of the version before have `source: obsgen`; they come from its schedules straight into the queue, and no rule
of the bus takes that source. What is none of these is Unreadable, with a reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handlers.common.event_names import event_name
from handlers.common.printable import printable
from handlers.incident.fields import InvalidField, object_of, shown, text_of
from handlers.incident.finding import HUB_SOURCE, SOURCES, Finding, read_finding, read_state
from handlers.incident.message.measured import measured

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
OWN_SOURCE = "obsgen"
RULES_SOURCE, RULES_VERSION, EDGES = "obsgen.event-rules", 1, ("begin", "end")
LOOK_AGAIN = "Look Again"
NAME_LIMIT = 255
REASON_LIMIT = 1_000
_ACCOUNT = re.compile(r"[0-9]{12}")
_RULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_EVENT_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
# It becomes the host of the links to the console.
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Key:
    """What an episode belongs to: one alarm in one account and Region, or what a check looked at (finding.name_of)."""

    account: str
    region: str
    alarm: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why actions are held. mute: the end of the mute window. by, until: what suppresses, and its end where known.

    Times are milliseconds since 1970.
    """

    mute: int | None = None
    by: str | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One alarm changed its state. Times are milliseconds since 1970; `at` is the state change's own timestamp.

    before, before_at: the state that ended, and since when it had held, where the event says so. finding: what a check
    says, where it is a finding and no alarm; environment: the one that it is of. hub: the account that sent it, where
    only the hub may: see admission.py.
    """

    key: Key
    state: str
    at: int
    reason: str = ""
    before: str | None = None
    before_at: int | None = None
    before_by: str | None = None
    suppression: Suppression = Suppression()
    measured: str = ""
    finding: Finding | None = None
    environment: str = ""
    hub: str = ""


@dataclass(frozen=True, slots=True)
class Recheck:
    """The function's own reminder to look at an episode that was held."""

    key: Key


@dataclass(frozen=True, slots=True)
class RuleEvent:
    """An event of AWS that an event rule of the file took; event_rules.change_of says what it means.

    key: where it is parked while no build knows the rule. is_end: whether it ends what another one has begun. at: the
    event's own time. event: as EventBridge has it.
    """

    key: Key
    rule: str
    is_end: bool
    at: int
    id: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """A known event that tells nobody anything."""

    why: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What nobody can handle, now or later."""

    reason: str


Meaning = Change | RuleEvent | Recheck | IgnoredEvent | Unreadable


def read(body: str) -> Meaning:
    """What a message says. Never raises."""
    try:
        data = printable(json.loads(body))
    except (ValueError, RecursionError):
        return Unreadable("the message is not JSON")
    try:
        return _read(data)
    except InvalidField as error:
        return Unreadable(str(error))


def _read(data: Any) -> Meaning:
    if not isinstance(data, dict):
        return Unreadable("the message is not a JSON object")
    if data.get("Type") == "Notification" and "Message" in data:
        meaning = read(text_of(data, "Message"))
        is_finding = isinstance(meaning, RuleEvent) or (isinstance(meaning, Change) and meaning.finding)
        return Unreadable("findings are accepted from the event bus only, not from SNS") if is_finding else meaning
    if "alarmData" in data:
        return _lambda_action(data)
    if "NewStateValue" in data:
        return _sns(data)
    match data.get("source"), data.get("detail-type"):
        case "aws.cloudwatch", "CloudWatch Alarm State Change":
            return _event(data)
        case "aws.cloudwatch", "CloudWatch Alarm Configuration Change":
            return IgnoredEvent("the alarm's configuration changed")
        case "aws.cloudwatch", "CloudWatch Alarm Contributor State Change":
            return IgnoredEvent("one contributor changed; the alarm's own state change is sent separately")
        case "obsgen", "Look Again":
            return Recheck(_key(data, object_of(data, "detail"), "alarm"))
        case "obsgen.event-rules", None:
            return _rule_event(data)
        case str(source), str(kind) if kind in SOURCES.get(source, {}):
            return _finding(data, source, SOURCES[source][kind])
        case source, kind:
            return Unreadable(f"no handler for events of source {shown(source)}, detail-type {shown(kind)}")


def _event(data: Mapping[str, Any]) -> Meaning:
    detail = object_of(data, "detail")
    return _change(_key(data, detail, "alarmName"), detail)


def _finding(data: Mapping[str, Any], source: str, check: str) -> Change:
    """The account is the one that EventBridge wrote; the hub's own check names another, and whether it was the hub is
    for admission.py to see. The Region that EventBridge writes is that of the endpoint that was called, which is the
    hub's; so the detail names the checker's.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
    """
    detail = object_of(data, "detail")
    name, state, at = read_state(detail, check)
    of_hub = source == HUB_SOURCE
    account = detail.get("account") if of_hub else data.get("account")
    location = {"account": account, "region": detail.get("region", data.get("region"))}
    key = _key(location, {"subject": name}, "subject")
    finding, environment = read_finding(detail, key.region), text_of(detail, "environment")
    hub = text_of(data, "account") if of_hub else ""
    return Change(key, state, at, finding=finding, environment=environment, hub=hub)


def _rule_event(data: Mapping[str, Any]) -> RuleEvent:
    """Account, Region, time and id are the event's, which EventBridge wrote in the account where it happened.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    """
    version, rule, edge, event = data.get("version"), text_of(data, "rule"), data.get("edge"), object_of(data, "event")
    if type(version) is not int or version != RULES_VERSION:
        raise InvalidField(f"version is {shown(version)}, not {RULES_VERSION}")
    if edge not in EDGES:
        raise InvalidField(f"edge is {shown(edge)}, not one of {', '.join(EDGES)}")
    id_ = text_of(event, "id")
    if not _RULE.fullmatch(rule):
        raise InvalidField(f"rule is {shown(rule)}, not the key of an event rule")
    if not _EVENT_ID.fullmatch(id_):
        raise InvalidField(f"id is {shown(id_)}, not the id of an event")
    key = _key(event, {"name": event_name(rule, id_)}, "name")
    return RuleEvent(key, rule, edge == "end", _time(event, "time"), id_, event)


def _lambda_action(data: Mapping[str, Any]) -> Meaning:
    detail = object_of(data, "alarmData")
    location = {"account": data.get("accountId"), "region": data.get("region")}
    return _change(_key(location, detail, "alarmName"), detail)


def _change(key: Key, detail: Mapping[str, Any]) -> Change:
    state, before = object_of(detail, "state"), detail.get("previousState")
    before = before if isinstance(before, dict) else {}
    configuration = detail.get("configuration")
    configuration = configuration if isinstance(configuration, dict) else {}
    at = _time(state, "timestamp")
    before_state = before.get("value") if before.get("value") in STATES else None
    return Change(
        key,
        _state(state, "value"),
        at,
        _reason(state.get("reason")),
        before_state,
        _time(before, "timestamp") if before_state and before.get("timestamp") else None,
        before.get("actionsSuppressedBy") if before_state == "ALARM" else None,
        _suppression(state, detail, configuration, at),
        measured(configuration, state),
    )


def _suppression(
    state: Mapping[str, Any], detail: Mapping[str, Any], configuration: Mapping[str, Any], at: int
) -> Suppression:
    by = state.get("actionsSuppressedBy")
    until = None
    period = {"WaitPeriod": "actionsSuppressorWaitPeriod", "ExtensionPeriod": "actionsSuppressorExtensionPeriod"}
    seconds = configuration.get(period.get(by, "")) if isinstance(by, str) else None
    if isinstance(seconds, int):
        until = at + seconds * 1000
    mute = detail.get("muteDetail")
    end = _time(mute, "muteWindowEnd") if isinstance(mute, dict) and mute.get("muteWindowEnd") else None
    return Suppression(end if end and end > at else None, by if isinstance(by, str) else None, until)


def _sns(data: Mapping[str, Any]) -> Meaning:
    if "AlarmContributorId" in data:
        return IgnoredEvent("one contributor changed; the alarm's own state change is sent separately")
    # The field Region holds a name for people ("US East (N. Virginia)"); the ARN has the code.
    parts = text_of(data, "AlarmArn").split(":")
    if len(parts) < 7:
        raise InvalidField("AlarmArn is not the ARN of an alarm")
    key = _key({"account": data.get("AWSAccountId"), "region": parts[3]}, data, "AlarmName")
    before = data.get("OldStateValue")
    trigger = data.get("Trigger")
    watched = ""
    if isinstance(trigger, dict) and isinstance(trigger.get("MetricName"), str):
        statistic = trigger.get("Statistic") or trigger.get("ExtendedStatistic") or ""
        watched = f"{trigger['MetricName']} {str(statistic).capitalize()}, threshold {trigger.get('Threshold')}"
    return Change(
        key,
        _state(data, "NewStateValue"),
        _time(data, "StateChangeTime"),
        _reason(data.get("NewStateReason")),
        before if before in STATES else None,
        measured=watched,
    )


def _key(location: Mapping[str, Any], detail: Mapping[str, Any], name: str) -> Key:
    account, region, alarm = text_of(location, "account"), text_of(location, "region"), text_of(detail, name)
    if not _ACCOUNT.fullmatch(account):
        raise InvalidField(f"account is {shown(account)}, not an account ID")
    if not _REGION.fullmatch(region):
        raise InvalidField(f"region is {shown(region)}, not a Region")
    if len(alarm) > NAME_LIMIT:
        raise InvalidField(f"{name} has {len(alarm)} characters; CloudWatch allows {NAME_LIMIT}")
    return Key(account, region, alarm)


def _state(data: Mapping[str, Any], name: str) -> str:
    value = text_of(data, name)
    if value not in STATES:
        raise InvalidField(f"{name} is {shown(value)}, not one of {', '.join(STATES)}")
    return value


def _time(data: Mapping[str, Any], name: str) -> int:
    text = text_of(data, name)
    try:
        parsed = datetime.fromisoformat(text)
        return round((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidField(f"{name} is {shown(text)}, not a time") from None


def _reason(value: Any) -> str:
    return value[:REASON_LIMIT] if isinstance(value, str) else ""
