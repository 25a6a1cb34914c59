"""From a message of the queue to what it means; pure.

EventBridge's events: https://docs.aws.amazon.com/ec2/latest/devguide/monitoring-instance-state-changes.html and
https://docs.aws.amazon.com/tag-editor/latest/userguide/monitor-tag-changes.html. Everything else the checker sends to
itself, or its schedules and `obsgen compliance scan` send. Times are milliseconds since 1970.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handlers.compliance.ledger import Key
from handlers.compliance.resource import EC2_INSTANCE

_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
# Of a message in a reason, which may not be longer than an attribute.
SHOWN_LIMIT = 100


class Unreadable(Exception):
    """What nobody can handle, now or later; the text says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """A resource to be looked at. state: the one that it came into; empty where that is not what changed.

    event_at: when it came into it, 0 for none. tag_keys: keys of tags that changed, None where it is not said, or
    another thing changed. tag_version: the version of its tags, 0 for none.
    """

    key: Key
    state: str = ""
    event_at: int = 0
    tag_keys: tuple[str, ...] | None = None
    tag_version: int = 0

    @property
    def is_of_tags(self) -> bool:
        """Whether a tag event told of it."""
        return self.tag_version > 0 or self.tag_keys is not None

    def to_check(self) -> dict[str, Any]:
        """The message that makes the checker look again. A tag event's is counted by no metric any more."""
        return {"look": {"type": self.key.type, "id": self.key.id, "state": self.state, "event_at": self.event_at}}


@dataclass(frozen=True, slots=True)
class StartScan:
    """A scan to begin; its time is its id. by: schedule, hand or event."""

    at: int
    by: str


@dataclass(frozen=True, slots=True)
class ScanStep:
    """A scan that goes on. message: the whole, see steps.py."""

    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tick:
    """The regular look at what is owed."""


@dataclass(frozen=True, slots=True)
class FindLauncher:
    """People have a finding of an instance: who launched it?"""

    key: Key

    def to_message(self) -> dict[str, Any]:
        """The message that says so."""
        return {"launcher": {"type": self.key.type, "id": self.key.id}}


@dataclass(frozen=True, slots=True)
class Ignored:
    """A known event that is about nothing that is checked."""

    why: str


Meaning = Change | StartScan | ScanStep | Tick | FindLauncher | Ignored


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
    for name, reader in _OWN.items():
        if name in data:
            return reader(data)
    raise Unreadable(f"the message has none of {', '.join(_OWN)} and detail-type")


def _event(data: Mapping[str, Any]) -> Meaning:
    detail = _object(data, "detail")
    match data.get("source"), data["detail-type"]:
        case "aws.ec2", "EC2 Instance State-change Notification":
            return _state_change(data, detail)
        case "aws.tag", "Tag Change on Resource":
            return _tag_change(data, detail)
        case source, kind:
            raise Unreadable(f"no handler for events of source {_quoted(source)}, detail-type {_quoted(kind)}")


def _state_change(data: Mapping[str, Any], detail: Mapping[str, Any]) -> Meaning:
    id_ = detail.get("instance-id")
    if not id_:
        return StartScan(_time(data, "time"), "event")
    return Change(Key(EC2_INSTANCE, _instance(id_)), str(detail.get("state") or ""), _time(data, "time"))


def _tag_change(data: Mapping[str, Any], detail: Mapping[str, Any]) -> Meaning:
    if (detail.get("service"), detail.get("resource-type")) != ("ec2", "instance"):
        kind = f"{detail.get('service')}:{detail.get('resource-type')}"
        return Ignored(f"tags of {_quoted(kind)} are checked by scans only")
    resources = data.get("resources")
    if not isinstance(resources, list) or not resources:
        return StartScan(_time(data, "time"), "event")
    keys, version = detail.get("changed-tag-keys"), detail.get("version")
    return Change(
        Key(EC2_INSTANCE, _instance(str(resources[0]).rpartition("/")[2])),
        tag_keys=tuple(str(key) for key in keys) if isinstance(keys, list) else None,
        tag_version=_whole(version) if version is not None else 0,
    )


def _scan(data: Mapping[str, Any]) -> Meaning:
    scan = _object(data, "scan")
    return StartScan(_time(scan, "at"), str(scan.get("by") or "schedule"))


def _step(data: Mapping[str, Any]) -> Meaning:
    _object(data, "step")
    return ScanStep(data)


def _change_check(data: Mapping[str, Any]) -> Meaning:
    body = _object(data, "look")
    return Change(_key(body, "look"), str(body.get("state") or ""), _whole(body.get("event_at", 0)))


def _launcher(data: Mapping[str, Any]) -> Meaning:
    return FindLauncher(_key(_object(data, "launcher"), "launcher"))


def _tick(_data: Mapping[str, Any]) -> Meaning:
    return Tick()


_OWN = {"scan": _scan, "step": _step, "look": _change_check, "tick": _tick, "launcher": _launcher}


def _key(data: Mapping[str, Any], name: str) -> Key:
    type_, id_ = data.get("type"), data.get("id")
    if not isinstance(type_, str) or not isinstance(id_, str) or not type_ or not id_:
        raise Unreadable(f"{name} has no type and ID")
    return Key(type_, id_)


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is {_quoted(value)}, not an object")
    return value


def _time(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name)
    try:
        parsed = datetime.fromisoformat(str(value))
        at = round((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Unreadable(f"{name} is {_quoted(value)}, not a time such as 2026-11-29T06:00:00Z") from None
    if at <= 0:
        raise Unreadable(f"{name} is {_quoted(value)}, before 1970")
    return at


def _whole(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(f"{_quoted(value)} is not a whole number") from None
    return max(0, number)


def _instance(value: Any) -> str:
    if not isinstance(value, str) or not _INSTANCE.fullmatch(value):
        raise Unreadable(f"{_quoted(value)} is not an instance ID")
    return value


def _quoted(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN_LIMIT else f"{text[:SHOWN_LIMIT]}…"
