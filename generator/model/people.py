"""Who hears about it: channels, and the routes from a severity to channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.findings import Path
from generator.model.delivery import DeliveryPolicy

AlarmSeverity = Literal["critical", "high", "medium", "low", "none"]
SEVERITIES: tuple[AlarmSeverity, ...] = ("critical", "high", "medium", "low", "none")


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach people. `secret` names a Secrets Manager secret in the hub; never its value.

    delivery: how fast, how long and in which form messages are sent.
    settings: what else the incident function needs to know (URL, project, priorities), sorted, JSON-able.
    """

    name: str
    type: str
    path: Path
    delivery: DeliveryPolicy
    addresses: tuple[str, ...] = ()
    secret: str | None = None
    settings: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The channels that hear about alarms of one severity, in the order given."""

    severity: AlarmSeverity
    channels: tuple[str, ...]
    path: Path
