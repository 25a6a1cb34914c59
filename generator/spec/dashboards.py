"""The dashboards section: `auto`, or explicit widgets.

Words that CloudWatch has itself (`timeSeries`, `stateUpdatedTimestamp`) are spelt as it spells them:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from generator.model.alarm_rules import State
from generator.model.dashboards import AlarmOrder, LogView, VariableName, View
from generator.spec.quantities import Seconds
from generator.spec.scalars import EnumScalar, Key, RegionName, Scalar, Statistic, show, wrong
from generator.spec.signals import MetricSpec
from generator.spec.strict import Strict

SEARCH_LIMIT = 950
_SEARCH_EXAMPLE = "'{AWS/Lambda,FunctionName} MetricName=\"Errors\"'"


def search_terms(value: object) -> str:
    """The first argument of SEARCH: a schema in braces, then terms; the caller puts it between single quotes.

    SEARCH accepts 1,024 characters; what is left of them is for the account, the statistic and the period.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    text = value.strip() if isinstance(value, str) else ""
    schema, closed, terms = text.removeprefix("{").partition("}")
    if not text.startswith("{") or not closed:
        raise wrong(f"expected a search that begins with a schema in braces, got {show(value)}", _SEARCH_EXAMPLE)
    unquoted = re.sub(r'"[^"]*"', "", text)
    for mark, what in (("'", "single quotes, which would end it"), ("\n", "a line break")):
        if mark in text:
            raise wrong(f"a search cannot contain {what}", "put values into double quotes: " + _SEARCH_EXAMPLE)
    if '"' in unquoted:
        raise wrong("a double quote of this search is not closed", _SEARCH_EXAMPLE)
    names = [name.strip() for name in schema.split(",")]
    if not all(re.fullmatch(r'[^\s"]+|"[^"]+"', name) for name in names):
        message = f"{show('{' + schema + '}')} is not a schema: the namespace, then names of dimensions"
        raise wrong(message, 'write {AWS/Lambda,FunctionName}, and quote names with spaces: {"My App",Service}')
    if unquoted.count("(") != unquoted.count(")"):
        raise wrong("an opening parenthesis of this search is not closed", _SEARCH_EXAMPLE)
    if not terms.strip():
        raise wrong("a search for everything of a schema", _SEARCH_EXAMPLE)
    if len(text) > SEARCH_LIMIT:
        raise wrong(
            f"the search has {len(text)} characters; the limit is {SEARCH_LIMIT}, without the parts that obsgen adds",
            "",
        )
    return text


SearchTerms = Annotated[
    str, Scalar(search_terms, type="string", pattern=r"^\s*\{[^{}]+\}[^']+$", examples=[_SEARCH_EXAMPLE.strip("'")])
]
ViewName = Annotated[
    View, EnumScalar("a way to draw metrics", "timeSeries", "singleValue", "gauge", "bar", "pie", "table")
]
LogViewName = Annotated[LogView, EnumScalar("a way to show logs", "table", "timeSeries", "bar", "pie")]


class Sized(Strict):
    """Every widget may say how large it is, on a grid of 24 columns; what is left out is chosen."""

    width: int | None = Field(default=None, ge=1, le=24, description="width in columns, of 24")
    height: int | None = Field(default=None, ge=1, le=1000, description="rows")


class OfRegion(Strict):
    """A Region other than the hub's, for widgets that show members."""

    region: RegionName | None = Field(
        default=None, description="the Region it shows, which needs a sink (default: the Region of the hub)"
    )


class AlarmsWidget(Sized):
    """The states of alarms, a tile for each."""

    type: Literal["alarms"]
    title: str = Field(default="Alarms", description="title of the widget")
    alarms: list[Key] = Field(min_length=1, description="keys of alarms and composites")
    by: (
        Annotated[Literal["account", "severity", "owner"], EnumScalar("a way to group", "account", "severity", "owner")]
        | None
    ) = Field(default=None, description="one group of tiles for each account, severity or owner")
    sort_by: Annotated[AlarmOrder, EnumScalar("an order", "default", "stateUpdatedTimestamp", "timestamp")] | None = (
        Field(default=None, description="default is by name, stateUpdatedTimestamp by state and then the latest change")
    )
    states: list[Annotated[State, EnumScalar("a state", "ALARM", "INSUFFICIENT_DATA", "OK")]] = Field(
        default_factory=list, description="only alarms in these states"
    )


class LineSpec(MetricSpec):
    """A metric with a name of its own in the graph."""

    statistic: Statistic | None = Field(default=None, description="the statistic, such as p99")


class RateSpec(Strict):
    """Errors as a percentage of requests."""

    errors: MetricSpec = Field(description="number of failures")
    requests: MetricSpec = Field(description="number of requests; fields that are not set are as in `errors`")


class MetricWidgetSpec(Sized, OfRegion):
    """A graph of metrics, given themselves, by the alarms that watch them, or by a search."""

    type: Literal["metric"]
    title: str = Field(description="title of the graph")
    metric: MetricSpec | None = Field(default=None, description="one metric")
    metrics: list[Key] = Field(default_factory=list, description="keys of alarms whose metrics are drawn")
    lines: dict[str, LineSpec] = Field(default_factory=dict, description="several metrics, by label")
    rates: dict[str, RateSpec] = Field(default_factory=dict, description="error rates, by service")
    search: SearchTerms | None = Field(
        default=None, description="all metrics that a SEARCH expression finds, in every account"
    )
    by: Annotated[Literal["account", "series"], EnumScalar("a way to split", "account", "series")] | None = Field(
        default=None,
        description="account: one line for each account; series: one line for each metric that the search finds",
    )
    statistic: Statistic | None = Field(default=None, description="the statistic, such as Sum")
    statistics: list[Statistic] = Field(default_factory=list, description="several statistics, one line for each")
    period: Seconds | None = Field(default=None, description="period of a data point")
    view: ViewName = Field(default="timeSeries", description="type of the graph; a gauge requires `min` and `max`")
    stacked: bool = Field(default=False, description="stack the lines")
    min: float | None = Field(default=None, description="minimum of the left axis")
    max: float | None = Field(default=None, description="maximum of the left axis")
    right: list[str] = Field(
        default_factory=list, description="what uses the right axis: keys of alarms, names of lines, statistics"
    )
    thresholds: bool = Field(default=True, description="the thresholds of the alarms, as lines")


class RowSpec(OfRegion):
    """A heading, and under it a graph for each alarm and each line, side by side."""

    type: Literal["row"]
    title: str = Field(description="the heading", min_length=1)
    metrics: list[Key] = Field(default_factory=list, description="keys of alarms whose metrics are drawn")
    lines: dict[str, LineSpec] = Field(default_factory=dict, description="other metrics, by the title of their graph")
    by: Annotated[Literal["account"], EnumScalar("a way to split", "account")] | None = Field(
        default=None, description="account: one line for each account"
    )


class LogsWidget(Sized, OfRegion):
    """The result of a Logs Insights query."""

    type: Literal["logs"]
    title: str = Field(description="title of the table")
    log_group: Key | None = Field(default=None, description="the key of a log group")
    log_groups: list[Key] = Field(default_factory=list, description="several")
    accounts: list[Key] = Field(default_factory=list, description="names of accounts")
    view: LogViewName = Field(
        default="table", description="type of the view; all but tables require `stats` in the query"
    )
    query: str = Field(description="a Logs Insights query, without SOURCE", min_length=1)


class ContributorsWidgetSpec(Sized):
    """The top contributors of a Contributor Insights rule, a line for each."""

    type: Literal["contributors"]
    rule: Key = Field(description="the key of a rule in contributor_insights")
    title: str | None = Field(default=None, description="title of the graph (default: the key of the rule)")
    top: int = Field(default=10, ge=1, le=100, description="how many contributors, 1 to 100")
    period: Seconds = Field(default=300, description="period of a data point")


class ServiceWidget(Sized, OfRegion):
    """A row about one service: a heading, and a graph for each metric that its alarms evaluate."""

    type: Literal["service"]
    service: Key = Field(description="the key of a service")
    title: str | None = Field(default=None, description="title of the row (default: the key of the service)")


class TextWidgetSpec(Sized):
    """A widget with Markdown text."""

    type: Literal["text"]
    markdown: str = Field(description="Markdown to show", min_length=1)


WidgetSpec = Annotated[
    AlarmsWidget | MetricWidgetSpec | RowSpec | LogsWidget | ContributorsWidgetSpec | ServiceWidget | TextWidgetSpec,
    Field(discriminator="type"),
]


class DashboardSpec(Strict):
    """A dashboard with explicit widgets."""

    variables: list[Annotated[VariableName, EnumScalar("a variable", "account", "region")]] = Field(
        default_factory=list, description="variables that the reader can choose: account, region"
    )
    widgets: list[WidgetSpec] = Field(min_length=1, description="widgets, from top left to bottom right")


Auto = Annotated[str, EnumScalar("auto, or a mapping with `widgets`", "auto")]


def _form(value: object) -> str:
    # `on` and `yes` are true to YAML, and mean auto.
    return "auto" if isinstance(value, str | bool) else "by-hand"


DashboardForm = Annotated[Annotated[Auto, Tag("auto")] | Annotated[DashboardSpec, Tag("by-hand")], Discriminator(_form)]
Dashboards = dict[Key, DashboardForm]
