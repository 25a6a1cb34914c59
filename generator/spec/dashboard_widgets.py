"""The widgets that are not graphs of the file's own metrics: alarms, rows, logs, contributors, services, text."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.model.alarm_rules import State
from generator.model.dashboards import AlarmOrder, Background, LogView, MatrixColumn
from generator.spec.dashboard_base import LineSpec, OfEnvironments, OfRegion, PlacedOnGrid, Sized
from generator.spec.quantities import Seconds
from generator.spec.scalars import EnumScalar, Key

LogViewName = Annotated[LogView, EnumScalar("a way to show logs", "table", "timeSeries", "bar", "pie")]


StateName = Annotated[State, EnumScalar("a state", "ALARM", "INSUFFICIENT_DATA", "OK")]
AlarmOrderName = Annotated[AlarmOrder, EnumScalar("an order", "default", "stateUpdatedTimestamp", "timestamp")]


class AlarmsWidget(PlacedOnGrid):
    """The states of alarms, a tile for each."""

    type: Literal["alarms"]
    title: str = Field(default="Alarms", description="title of the widget")
    alarms: list[Key] = Field(min_length=1, description="keys of alarms and composites")
    accounts: list[Key] = Field(
        default_factory=list,
        description="names of accounts, and `hub` for what the hub watches of itself (default: all)",
    )
    by: (
        Annotated[Literal["account", "severity", "owner"], EnumScalar("a way to group", "account", "severity", "owner")]
        | None
    ) = Field(default=None, description="one group of tiles for each account, severity or owner")
    sort_by: AlarmOrderName | None = Field(
        default=None, description="default is by name, stateUpdatedTimestamp by state and then the latest change"
    )
    states: list[StateName] = Field(default_factory=list, description="only alarms in these states")


class AlarmMatrixWidget(OfEnvironments):
    """A table of alarm states: a row for each account, a column for each service, severity, owner or alarm."""

    type: Literal["alarm_matrix"]
    title: str = Field(default="Alarms", description="the heading above the table", min_length=1)
    alarms: list[Key] = Field(
        default_factory=list, description="keys of alarms and composites (default: all alarms with a severity)"
    )
    columns: Annotated[MatrixColumn, EnumScalar("a way to split", "service", "severity", "owner", "alarm")] = Field(
        default="service", description="what has a column of its own: service, severity, owner or alarm"
    )
    accounts: list[Key] = Field(default_factory=list, description="names of accounts (default: all)")
    sort_by: AlarmOrderName | None = Field(default=None, description="the order of the tiles of a cell")
    states: list[StateName] = Field(default_factory=list, description="only alarms in these states")
    height: int | None = Field(default=None, ge=1, le=1000, description="height of each row of the table")


class RowSpec(OfRegion, OfEnvironments):
    """A heading, and under it a graph for each alarm and each line, side by side."""

    type: Literal["row"]
    title: str = Field(description="the heading", min_length=1)
    metrics: list[Key] = Field(default_factory=list, description="keys of alarms whose metrics are drawn")
    lines: dict[str, LineSpec] = Field(default_factory=dict, description="other metrics, by the title of their graph")
    by: Annotated[Literal["account"], EnumScalar("a way to split", "account")] | None = Field(
        default=None, description="account: one line for each account"
    )


class LogsWidget(PlacedOnGrid, OfRegion):
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


class ContributorsWidgetSpec(PlacedOnGrid):
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


class ErrorBudgetsWidget(Sized):
    """A graph for each objective of what is left of its error budget, over its own window."""

    type: Literal["error_budgets"]
    slos: list[Key] = Field(default_factory=list, description="keys of objectives (default: all)")


class TextWidgetSpec(PlacedOnGrid):
    """A widget with Markdown text."""

    type: Literal["text"]
    markdown: str = Field(description="Markdown to show", min_length=1)
    background: Annotated[Background, EnumScalar("a background", "solid", "transparent")] = Field(
        default="solid", description="solid or transparent"
    )
