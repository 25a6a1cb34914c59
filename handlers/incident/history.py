"""What the function remembers of one alarm in one account and Region: its state changes, its episodes, who was told.

Frozen values, and how they become JSON and back. Times are milliseconds since 1970.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Point:
    """The alarm's state from `at` on.

    new: an ALARM of which is proved that it begins an episode. implied: known only from what a later event says.
    mute: end of the mute window that held it. by, until: what suppressed it, and until when, where that is known.
    """

    at: int
    state: str
    reason: str = ""
    measured: str = ""
    new: bool = False
    implied: bool = False
    mute: int | None = None
    by: str | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one channel was told about one episode.

    state: the last state told ("" for nothing yet). alarm: time of the last ALARM told. noticed: time of the last
    INSUFFICIENT_DATA told. ref: how the sink finds its ticket or thread again. claimed: until when somebody is at
    it; past that, he died at it. unsure: the last attempt may have succeeded. wait: not to be tried before.
    failures: attempts in vain since the last success.
    """

    state: str = ""
    alarm: int = 0
    noticed: int = 0
    ref: str | None = None
    claimed: int = 0
    unsure: bool = False
    wait: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode that people are told about. at: the ALARM that it was made for; it stays in the episode for ever."""

    id: str
    at: int
    severity: str
    told: dict[str, Told] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """points: by time. horizon: the time up to which everything is forgotten, because it is over and told."""

    points: tuple[Point, ...] = ()
    episodes: tuple[Episode, ...] = ()
    notice: Episode | None = None
    horizon: int = 0


def to_json(history: History) -> str:
    """The history as compact JSON; what has its default value is left out."""
    data = {
        "points": [_lean(point) for point in history.points],
        "episodes": [_episode(episode) for episode in history.episodes],
        "notice": _episode(history.notice) if history.notice else None,
        "horizon": history.horizon,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> History:
    """The reverse of to_json."""
    data = json.loads(text)
    return History(
        tuple(Point(**point) for point in data["points"]),
        tuple(_read_episode(episode) for episode in data["episodes"]),
        _read_episode(data["notice"]) if data["notice"] else None,
        data["horizon"],
    )


def _lean(value: Point | Told) -> dict[str, Any]:
    defaults = {f.name: f.default for f in fields(value)}
    return {name: held for name, held in asdict(value).items() if held != defaults[name]}


def _episode(episode: Episode) -> dict[str, Any]:
    told = {channel: _lean(held) for channel, held in episode.told.items()}
    return {"id": episode.id, "at": episode.at, "severity": episode.severity, "told": told}


def _read_episode(data: dict[str, Any]) -> Episode:
    told = {channel: Told(**held) for channel, held in data["told"].items()}
    return Episode(data["id"], data["at"], data["severity"], told)
