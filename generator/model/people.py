"""Who hears about it: channels, and the routes from a severity to channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.findings import Path

AlarmSeverity = Literal["critical", "high", "medium", "low", "none"]
SEVERITIES: tuple[AlarmSeverity, ...] = ("critical", "high", "medium", "low", "none")


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach people. `secret` names a Secrets Manager secret in the hub; never its value.

    settings: what else the incident function needs to know (URL, project, priorities), sorted, JSON-able.
    """

    name: str
    type: str
    path: Path
    addresses: tuple[str, ...] = ()
    secret: str | None = None
    settings: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The channels that hear about alarms of one severity, in the order given."""

    severity: AlarmSeverity
    channels: tuple[str, ...]
    path: Path
