"""What a state change leaves behind on its way to people: in the audit trail, and in the function's memory; pure.

The other side of the wire: handlers/incident/store.py has the key, handlers/incident/history.py the shape.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SORT = "EPISODES"


@dataclass(frozen=True, slots=True)
class Record:
    """What the function remembers of one drill. Times are milliseconds since 1970.

    fired: when the alarm went to ALARM; None where the function does not know. ended: whether it knows of an OK since.
    held: why nobody is told, such as a mute window. told: by channel, as the function wrote it down.
    """

    fired: int | None = None
    ended: bool = False
    episode: str = ""
    held: str = ""
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def knows(self, state: str) -> bool:
        """Whether the function has read that state change."""
        return self.fired is not None and (state == "ALARM" or self.ended)

    def heard(self, channel: str, state: str) -> bool:
        """Whether the channel took what it was told about that state change."""
        told = self.told.get(channel, {})
        of_alarm = told.get("state", "") in ("ALARM", "OK") and told.get("alarm", 0) >= (self.fired or 0)
        return self.fired is not None and of_alarm and (state == "ALARM" or told["state"] == "OK")

    def ref(self, channel: str) -> str:
        """The ticket, or whatever the channel is found again by."""
        return str(self.told.get(channel, {}).get("ref") or "")

    def failures(self, channel: str) -> int:
        """Attempts in vain since the last success."""
        return int(self.told.get(channel, {}).get("failures", 0))


def key(account: str, region: str, alarm: str) -> dict[str, dict[str, str]]:
    """Of an alarm's item in the function's table."""
    return {"pk": {"S": f"ALARM#{account}#{region}#{alarm}"}, "sk": {"S": SORT}}


def record(item: Mapping[str, Any] | None, mark: str) -> Record:
    """What an item says about the drill with this mark."""
    history = _history(item)
    points = history.get("points", [])
    fired = next((p for p in points if p["state"] == "ALARM" and mark in p.get("reason", "")), None)
    if not fired:
        return Record()
    at = int(fired["at"])
    # An episode begins with an ALARM and takes in those that follow soon; so it is the last that began by then.
    episode = _last(history, at)
    return Record(
        at,
        any(point["state"] == "OK" and point["at"] > at for point in points),
        str(episode.get("id", "")),
        _held(fired),
        episode.get("told", {}),
    )


def last_refs(item: Mapping[str, Any] | None) -> dict[str, str]:
    """The tickets of the last episode there was, by channel; {} where there was none."""
    told = _last(_history(item)).get("told", {})
    return {channel: str(one.get("ref") or "") for channel, one in told.items()}


def audited(message: str, mark: str) -> tuple[str, int] | None:
    """State and time of a state change of the drill, from a line of the audit trail; None where it is another's.

    The drill's own changes have its mark in their reason. Where CloudWatch ends the ALARM, only the state before has.
    """
    try:
        detail = json.loads(message)["detail"]
        state, before = detail["state"], detail.get("previousState") or {}
        ours = mark in str(state.get("reason", ""))
        if ours or (state["value"] == "OK" and mark in str(before.get("reason", ""))):
            return str(state["value"]), round(datetime.fromisoformat(state["timestamp"]).timestamp() * 1000)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def _last(history: Mapping[str, Any], by: float = float("inf")) -> dict[str, Any]:
    """The last episode that began by then; {} where there is none."""
    begun = [episode for episode in history.get("episodes", []) if episode["at"] <= by]
    found: dict[str, Any] = max(begun, key=lambda episode: int(episode["at"]), default={})
    return found


def _history(item: Mapping[str, Any] | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(item["history"]["S"]) if item else {}
    return found


def _held(point: Mapping[str, Any]) -> str:
    if point.get("mute"):
        return f"the alarm is muted until {datetime.fromtimestamp(point['mute'] / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"CloudWatch suppresses it ({point['by']})" if point.get("by") else ""
