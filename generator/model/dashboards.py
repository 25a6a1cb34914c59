"""Dashboards and their widgets, before they have a layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from generator.aws.regions import console_of
from generator.findings import Path
from generator.model.accounts import Account, Hub
from generator.model.alarm_rules import State
from generator.model.alarms import Comparison
from generator.model.dashboard_style import GraphStyle
from generator.model.dashboard_variables import ReaderVariable
from generator.model.metric_references import MetricReference
from generator.model.signals import Metric, Operand

View = Literal["timeSeries", "singleValue", "gauge", "bar", "pie", "table"]
LogView = Literal["table", "timeSeries", "bar", "pie"]
AlarmOrder = Literal["default", "stateUpdatedTimestamp", "timestamp"]
VariableName = Literal["account", "region"]
Background = Literal["solid", "transparent"]
PeriodOverride = Literal["inherit", "auto"]
RawKind = Literal["metric", "log", "alarm", "text", "explorer", "custom"]
MatrixColumn = Literal["service", "severity", "owner", "alarm"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a widget is on the grid of 24 columns: its left column and its upper row, from 0."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a graph. account: None means the hub's own metric. right: on the axis there.

    label: empty for the one that CloudWatch makes. color: empty for the next one of CloudWatch. region: its own; empty
    for that of the graph. period: its own in seconds; 0 for that of the graph.
    """

    metric: Metric
    statistic: str
    account: Account | None
    label: str
    right: bool = False
    color: str = ""
    region: str = ""
    period: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """The result of an expression over SEARCH: every series that it finds, or one of them all."""

    expression: str
    label: str
    right: bool = False
    color: str = ""
    region: str = ""
    period: int = 0


@dataclass(frozen=True, slots=True)
class Formula:
    """One line that an expression makes of metrics which are not drawn themselves.

    regions, periods: the operands that are not of the graph's Region or period, with theirs.
    """

    expression: str
    operands: tuple[Operand, ...]
    label: str
    right: bool = False
    color: str = ""
    regions: tuple[tuple[str, str], ...] = ()
    period: int = 0
    periods: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that is true or false in a period: an expression over metrics, compared with a number."""

    expression: str
    comparison: Comparison
    threshold: float
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """The number of conditions that are true, as one line. period: seconds, the same for every metric in it.

    AWS does not say what an expression over metrics of different periods gives, so there is never more than one.
    """

    conditions: tuple[Condition, ...]
    label: str
    period: int


Line = Series | Search | Formula | Count


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line in a graph: the threshold of an alarm."""

    value: float
    label: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class GraphExpression:
    """Metric math of the file. name: its label, and its ID where it is one. ids: of the lines that it may use.

    combined: whether each of those lines is one over all accounts, and so an expression itself.
    """

    name: str
    source: str
    path: Path
    ids: tuple[str, ...]
    combined: bool


@dataclass(frozen=True, slots=True)
class MetricWidget:
    """A graph. period: seconds. min, max: of the left axis; None where CloudWatch chooses. region: empty for the hub's.
    start: how far back it looks, such as -P30D, whatever the dashboard shows; empty for the dashboard's own.

    measured: the metrics of the widget itself, and in no alarm; of a search, with dimensions of no value.
    expressions: as they are in the file, each once.
    """

    title: str
    series: tuple[Line, ...]
    period: int
    levels: tuple[Level, ...] = ()
    width: int | None = None
    height: int | None = None
    path: Path = ()
    view: View = "timeSeries"
    stacked: bool = False
    min: float | None = None
    max: float | None = None
    measured: tuple[MetricReference, ...] = ()
    region: str = ""
    style: GraphStyle = GraphStyle()
    expressions: tuple[GraphExpression, ...] = ()
    start: str = ""
    place: Place | None = None

    @property
    def metrics(self) -> int:
        """The number of metrics for CloudWatch's quotas, drawn or not; a search is one, though it may find many."""
        return sum(_metrics(line) for line in self.series)


def _metrics(line: Line) -> int:
    match line:
        case Series() | Search():
            return 1
        case Formula():
            return 1 + len(line.operands)
        case Count():
            return 1 + sum(1 + len(condition.operands) for condition in line.conditions)
        case _:
            assert_never(line)


@dataclass(frozen=True, slots=True)
class AlarmWidget:
    """The state of alarms, by ARN. states: only alarms in these; none means in any.

    joined: whether it stays beside the widget before it, on the same dashboard.
    """

    title: str
    arns: tuple[str, ...]
    width: int | None = None
    height: int | None = None
    path: Path = ()
    sort_by: AlarmOrder | None = None
    states: tuple[State, ...] = ()
    joined: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class LogWidget:
    """The result of a Logs Insights query over log groups, given by name, or by ARN when in a member.

    region: where they are; empty for the hub's.
    """

    title: str
    sources: tuple[str, ...]
    query: str
    width: int | None = None
    height: int | None = None
    path: Path = ()
    view: LogView = "table"
    region: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class TextWidget:
    """A widget with Markdown text. joined: whether it stays beside the widget before it, on the same dashboard."""

    markdown: str
    width: int | None = None
    height: int | None = None
    joined: bool = False
    transparent: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ContributorsWidget:
    """The contributors that a Contributor Insights rule of the hub counts most, by the rule's name.

    period: seconds. top: how many contributors, 1 to 100.
    """

    title: str
    rule: str
    period: int
    width: int | None = None
    height: int | None = None
    path: Path = ()
    top: int = 10
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class RawWidget:
    """A widget of CloudWatch as the file has it. properties: as JSON. metrics: how many a graph draws."""

    kind: RawKind
    properties: str
    width: int | None = None
    height: int | None = None
    path: Path = ()
    place: Place | None = None
    metrics: int = 0


Widget = MetricWidget | AlarmWidget | LogWidget | TextWidget | ContributorsWidget | RawWidget


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice of the reader above a dashboard: its value replaces `pattern` everywhere in the body.

    values: each label with its value. The pattern is one of them, so that the body holds as it is.
    """

    id: VariableName
    label: str
    pattern: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard in the hub; `overview` marks the one that the build derived.

    part: 1, and counted on where CloudWatch would not take all widgets in one dashboard. start: how far back it looks.
    section: the part of the estate that it shows, where the overview became several. own_name: whether its entry says
    what it is called. end: of a fixed time range; empty for now. automatic_periods: whether
    periods follow the time range. choices: of the reader, besides `variables`.
    """

    key: str
    name: str
    logical_id: str
    path: Path
    widgets: tuple[Widget, ...]
    overview: bool = False
    part: int = 1
    variables: tuple[Variable, ...] = ()
    start: str = "-PT3H"
    section: str = ""
    own_name: bool = False
    end: str = ""
    automatic_periods: bool = False
    choices: tuple[ReaderVariable, ...] = ()


def console_address(hub: Hub, name: str) -> str:
    """The address of the dashboard of this name; its path alone where no console can be reached from the Internet."""
    return f"{console_of(hub.region)}/cloudwatch/home?region={hub.region}#dashboards/dashboard/{name}"
