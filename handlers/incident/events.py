"""From what arrives to what it means; pure.

An alarm speaks in three forms, and each is read here:
- EventBridge: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
- SNS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
- a Lambda action: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
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

from handlers.common.printable import printable
from handlers.incident.measured import measured

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
OWN_SOURCE = "obsgen"
LOOK_AGAIN = "Look Again"
NAME_LIMIT = 255
REASON_LIMIT = 1_000
_ACCOUNT = re.compile(r"[0-9]{12}")
# It becomes the host of the links to the console.
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Key:
    """What an episode belongs to: one alarm in one account and Region."""

    account: str
    region: str
    alarm: str


@dataclass(frozen=True, slots=True)
class Held:
    """Why actions are held. mute: the end of the mute window. by, until: what suppresses, and its end where known.

    Times are milliseconds since 1970.
    """

    mute: int | None = None
    by: str | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One alarm changed its state. Times are milliseconds since 1970; `at` is the state change's own timestamp.

    before, before_at: the state that ended, and since when it had held, where the event says so.
    """

    key: Key
    state: str
    at: int
    reason: str = ""
    before: str | None = None
    before_at: int | None = None
    before_by: str | None = None
    held: Held = Held()
    measured: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """The function's own reminder to look at an episode that was held."""

    key: Key


@dataclass(frozen=True, slots=True)
class NotNews:
    """A known event that tells nobody anything."""

    why: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What nobody can handle, now or later."""

    reason: str


Meaning = Change | Look | NotNews | Unreadable


class _Bad(Exception):
    """A field is not what it has to be; ends as Unreadable."""


def read(body: str) -> Meaning:
    """What a message says. Never raises."""
    try:
        data = printable(json.loads(body))
    except (ValueError, RecursionError):
        return Unreadable("the message is not JSON")
    try:
        return _read(data)
    except _Bad as error:
        return Unreadable(str(error))


def _read(data: Any) -> Meaning:
    if not isinstance(data, dict):
        return Unreadable("the message is not a JSON object")
    if data.get("Type") == "Notification" and "Message" in data:
        return read(_text(data, "Message"))
    if "alarmData" in data:
        return _lambda_action(data)
    if "NewStateValue" in data:
        return _sns(data)
    match data.get("source"), data.get("detail-type"):
        case "aws.cloudwatch", "CloudWatch Alarm State Change":
            return _event(data)
        case "aws.cloudwatch", "CloudWatch Alarm Configuration Change":
            return NotNews("an alarm's configuration changed")
        case "aws.cloudwatch", "CloudWatch Alarm Contributor State Change":
            return NotNews("one contributor changed; the alarm's own state change tells")
        case "obsgen", "Look Again":
            return Look(_key(data, _map(data, "detail"), "alarm"))
        case source, kind:
            return Unreadable(f"nobody handles events of source {_shown(source)}, detail-type {_shown(kind)}")


def _event(data: Mapping[str, Any]) -> Meaning:
    detail = _map(data, "detail")
    return _change(_key(data, detail, "alarmName"), detail)


def _lambda_action(data: Mapping[str, Any]) -> Meaning:
    detail = _map(data, "alarmData")
    place = {"account": data.get("accountId"), "region": data.get("region")}
    return _change(_key(place, detail, "alarmName"), detail)


def _change(key: Key, detail: Mapping[str, Any]) -> Change:
    state, before = _map(detail, "state"), detail.get("previousState")
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
        _held(state, detail, configuration, at),
        measured(configuration, state),
    )


def _held(state: Mapping[str, Any], detail: Mapping[str, Any], configuration: Mapping[str, Any], at: int) -> Held:
    by = state.get("actionsSuppressedBy")
    until = None
    period = {"WaitPeriod": "actionsSuppressorWaitPeriod", "ExtensionPeriod": "actionsSuppressorExtensionPeriod"}
    seconds = configuration.get(period.get(by, "")) if isinstance(by, str) else None
    if isinstance(seconds, int):
        until = at + seconds * 1000
    mute = detail.get("muteDetail")
    end = _time(mute, "muteWindowEnd") if isinstance(mute, dict) and mute.get("muteWindowEnd") else None
    return Held(end if end and end > at else None, by if isinstance(by, str) else None, until)


def _sns(data: Mapping[str, Any]) -> Meaning:
    if "AlarmContributorId" in data:
        return NotNews("one contributor changed; the alarm's own state change tells")
    # The field Region holds a name for people ("US East (N. Virginia)"); the ARN has the code.
    parts = _text(data, "AlarmArn").split(":")
    if len(parts) < 7:
        raise _Bad("AlarmArn is no ARN of an alarm")
    key = _key({"account": data.get("AWSAccountId"), "region": parts[3]}, data, "AlarmName")
    before = data.get("OldStateValue")
    trigger = data.get("Trigger")
    shown = ""
    if isinstance(trigger, dict) and isinstance(trigger.get("MetricName"), str):
        statistic = trigger.get("Statistic") or trigger.get("ExtendedStatistic") or ""
        shown = f"{trigger['MetricName']} {str(statistic).capitalize()}, threshold {trigger.get('Threshold')}"
    return Change(
        key,
        _state(data, "NewStateValue"),
        _time(data, "StateChangeTime"),
        _reason(data.get("NewStateReason")),
        before if before in STATES else None,
        measured=shown,
    )


def _key(place: Mapping[str, Any], detail: Mapping[str, Any], name: str) -> Key:
    account, region, alarm = _text(place, "account"), _text(place, "region"), _text(detail, name)
    if not _ACCOUNT.fullmatch(account):
        raise _Bad(f"account is {_shown(account)}, not an account id")
    if not _REGION.fullmatch(region):
        raise _Bad(f"region is {_shown(region)}, not a Region")
    if len(alarm) > NAME_LIMIT:
        raise _Bad(f"{name} has {len(alarm)} characters; CloudWatch allows {NAME_LIMIT}")
    return Key(account, region, alarm)


def _map(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise _Bad(f"{name} is missing or no object")
    return value


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _Bad(f"{name} is missing or no text")
    return value


def _state(data: Mapping[str, Any], name: str) -> str:
    value = _text(data, name)
    if value not in STATES:
        raise _Bad(f"{name} is {_shown(value)}, not one of {', '.join(STATES)}")
    return value


def _time(data: Mapping[str, Any], name: str) -> int:
    text = _text(data, name)
    try:
        moment = datetime.fromisoformat(text)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise _Bad(f"{name} is {_shown(text)}, not a time") from None


def _reason(value: Any) -> str:
    return value[:REASON_LIMIT] if isinstance(value, str) else ""


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
