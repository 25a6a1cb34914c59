"""The dashboards section: `auto`, or widgets by hand."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from generator.spec.scalars import Key, OneOf, Seconds, Statistic
from generator.spec.signals import MetricSpec
from generator.spec.strict import Strict


class Sized(Strict):
    """Every widget may say how large it is, on a grid of 24 columns; what is left out is chosen."""

    width: int | None = Field(default=None, ge=1, le=24, description="columns, of 24")
    height: int | None = Field(default=None, ge=1, le=1000, description="rows")


class AlarmsWidget(Sized):
    """The states of alarms."""

    type: Literal["alarms"]
    title: str = Field(default="Alarms", description="above the widget")
    alarms: list[Key] = Field(min_length=1, description="keys of alarms and composites")


class MetricWidgetSpec(Sized):
    """A graph of metrics, given themselves or by the alarms that watch them."""

    type: Literal["metric"]
    title: str = Field(description="above the graph")
    metric: MetricSpec | None = Field(default=None, description="one metric")
    metrics: list[Key] = Field(default_factory=list, description="keys of alarms, whose metrics are drawn")
    by: Annotated[str, OneOf("a way to split", "account")] | None = Field(
        default=None, description="account: a line for each"
    )
    statistic: Statistic | None = Field(default=None, description="such as Sum")
    statistics: list[Statistic] = Field(default_factory=list, description="several, a line each")
    period: Seconds | None = Field(default=None, description="length of a point")


class LogsWidget(Sized):
    """The result of a Logs Insights query."""

    type: Literal["logs"]
    title: str = Field(description="above the table")
    log_group: Key = Field(description="the key of a log group")
    query: str = Field(description="a Logs Insights query, without SOURCE", min_length=1)


class ServiceWidget(Sized):
    """A row about one service: a heading, and a graph for each thing that its alarms look at."""

    type: Literal["service"]
    service: Key = Field(description="the key of a service")
    title: str | None = Field(default=None, description="above the row; the service's key unless given")


class TextWidgetSpec(Sized):
    """Markdown."""

    type: Literal["text"]
    markdown: str = Field(description="what to show", min_length=1)


WidgetSpec = Annotated[
    AlarmsWidget | MetricWidgetSpec | LogsWidget | ServiceWidget | TextWidgetSpec, Field(discriminator="type")
]


class DashboardSpec(Strict):
    """A dashboard by hand."""

    widgets: list[WidgetSpec] = Field(min_length=1, description="from top left to bottom right")


Auto = Annotated[str, OneOf("a dashboard: give auto, or a mapping with widgets", "auto")]


def _form(value: object) -> str:
    return "auto" if isinstance(value, str) else "by-hand"


DashboardForm = Annotated[Annotated[Auto, Tag("auto")] | Annotated[DashboardSpec, Tag("by-hand")], Discriminator(_form)]
Dashboards = dict[Key, DashboardForm]
