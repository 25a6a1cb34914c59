"""What a capture has, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class MetricDataWindow:
    """The time of metric data: minutes from fine_from_ms on, five minutes before. statistics: those of every metric."""

    from_ms: int
    fine_from_ms: int
    to_ms: int
    statistics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CapturedAccount:
    """An account. name: that of the environment's file, or the ID."""

    id: str
    name: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A call that AWS refused, or that failed. part: the file that misses its answer."""

    account: str
    region: str
    part: str
    call: str
    code: str
    message: str


class CapturedAlarm(NamedTuple):
    """An alarm. kind: AWS's AlarmType. tags: None where they could not be read. definition: the whole row."""

    name: str
    arn: str
    kind: str
    tags: Mapping[str, str] | None
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """An item of an alarm's history. kind: AWS's HistoryItemType. data: HistoryData, parsed where it is JSON."""

    alarm: str
    alarm_type: str
    at_ms: int
    kind: str
    summary: str
    data: Any
    row: Mapping[str, Any]


class ListedMetric(NamedTuple):
    """A metric with data in the last two weeks. account: its owner. dimensions: sorted by name."""

    account: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
