"""What people look at: dashboards and their widgets, before they are laid out."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path
from generator.model.places import Account
from generator.model.signals import Metric, Operand


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a graph. account: None means the hub's own metric."""

    metric: Metric
    statistic: str
    account: Account | None
    label: str


@dataclass(frozen=True, slots=True)
class Search:
    """Every series that a SEARCH expression finds, in all linked accounts or in one."""

    expression: str
    label: str


@dataclass(frozen=True, slots=True)
class Formula:
    """One line that an expression makes of metrics which are not drawn themselves."""

    expression: str
    operands: tuple[Operand, ...]
    label: str


Line = Series | Search | Formula


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line in a graph: the threshold of an alarm."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class MetricWidget:
    """A graph. period: seconds."""

    title: str
    series: tuple[Line, ...]
    period: int
    levels: tuple[Level, ...] = ()
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class AlarmWidget:
    """The state of alarms, by ARN."""

    title: str
    arns: tuple[str, ...]
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class LogWidget:
    """The result of a Logs Insights query over log groups, given by name, or by ARN when in a member."""

    title: str
    sources: tuple[str, ...]
    query: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class TextWidget:
    """Markdown."""

    markdown: str
    width: int | None = None
    height: int | None = None


Widget = MetricWidget | AlarmWidget | LogWidget | TextWidget


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard in the hub; `overview` marks the one that the build derived.

    written: for each widget the number of the one in the YAML that it comes from, which may become several.
    """

    key: str
    name: str
    logical_id: str
    path: Path
    widgets: tuple[Widget, ...]
    overview: bool = False
    written: tuple[int, ...] = ()

    def place(self, index: int) -> Path:
        """Where a widget stands in the YAML."""
        return self.path if self.overview else (*self.path, "widgets", self.written[index])
