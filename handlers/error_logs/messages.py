"""From a message of the queue to what it means; pure. Times are milliseconds since 1970.

EventBridge's events: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/eventbridge-resources.html.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# Of a message in a reason, which may not be longer than an attribute.
SHOWN_LIMIT = 100
TASK, DEPLOYMENT, STACK = (
    "ECS Task State Change",
    "ECS Deployment State Change",
    "CloudFormation Stack Status Change",
)
_HANDLED = {("aws.ecs", TASK), ("aws.ecs", DEPLOYMENT), ("aws.cloudformation", STACK)}


class Unreadable(Exception):
    """What nobody can handle, now or later; the text says why."""


@dataclass(frozen=True, slots=True)
class WindowDue:
    """The schedule's message. at: the time that it names."""

    at: int


@dataclass(frozen=True, slots=True)
class AwsEvent:
    """An event of the account's default bus. kind: TASK, DEPLOYMENT or STACK. at: of the envelope."""

    kind: str
    at: int
    id: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]


Meaning = WindowDue | AwsEvent


def read(body: str) -> Meaning:
    """What a message says. Raises Unreadable and nothing else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("the message is not JSON") from None
    if not isinstance(data, dict):
        raise Unreadable("the message is not a JSON object")
    if "detail-type" in data:
        return _event(data)
    if "window" in data:
        return WindowDue(time_ms(_object(data, "window").get("at"), "window.at"))
    raise Unreadable("the message has neither window nor detail-type")


def time_ms(value: Any, name: str) -> int:
    """A time in ISO 8601, UTC unless it says otherwise. Raises Unreadable."""
    try:
        time = datetime.fromisoformat(str(value))
        at = round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Unreadable(f"{name} is {_quoted(value)}, not a time such as 2026-11-29T06:00:00Z") from None
    if at <= 0:
        raise Unreadable(f"{name} is {_quoted(value)}, before 1970")
    return at


def _event(data: Mapping[str, Any]) -> AwsEvent:
    kind = data["detail-type"]
    if (data.get("source"), kind) not in _HANDLED:
        raise Unreadable(f"no handler for events of source {_quoted(data.get('source'))}, detail-type {_quoted(kind)}")
    resources = data.get("resources")
    return AwsEvent(
        kind=str(kind),
        at=time_ms(data.get("time"), "time"),
        id=str(data.get("id", "")),
        resources=tuple(map(str, resources)) if isinstance(resources, list) else (),
        detail=_object(data, "detail"),
    )


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is {_quoted(value)}, not an object")
    return value


def _quoted(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN_LIMIT else f"{text[:SHOWN_LIMIT]}…"
