"""Log groups, and what is counted in them."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path
from generator.model.places import Side
from generator.model.signals import Metric


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group. `create` is false where somebody else makes it and we only read or count in it."""

    key: str
    name: str
    logical_id: str
    path: Path
    side: Side
    create: bool
    retention_days: int


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """A metric filter: which lines of a log group count, and as what metric.

    value: a number or `$field`. default: emitted in minutes in which lines came but none matched.
    dimensions: dimension name to `$field`. match, ignore: example lines that the build tries.
    """

    key: str
    name: str
    logical_id: str
    path: Path
    log_group: str
    side: Side
    pattern: str
    metric: Metric
    value: str
    default: float | None
    unit: str | None
    dimensions: tuple[tuple[str, str], ...] = ()
    match: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InsightFilter:
    """One condition of a Contributor Insights rule; operator in CloudWatch's own spelling (`EqualTo`)."""

    match: str
    operator: str
    value: float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Insight:
    """A Contributor Insights rule: who contributes most to what the log shows. `fields` only for CLF."""

    key: str
    name: str
    logical_id: str
    path: Path
    log_group: str
    format: str
    fields: tuple[tuple[int, str], ...]
    keys: tuple[str, ...]
    filters: tuple[InsightFilter, ...]
    aggregate: str
    value_of: str | None
