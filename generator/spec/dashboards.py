"""The dashboards section: `auto`, or explicit widgets.

Words that CloudWatch has itself (`timeSeries`, `stateUpdatedTimestamp`) are spelt as it spells them:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from generator.model.dashboards import PeriodOverride
from generator.spec.dashboard_annotations import Time
from generator.spec.dashboard_base import OfEnvironments
from generator.spec.dashboard_graphs import MetricWidgetSpec
from generator.spec.dashboard_raw import RawWidgetSpec
from generator.spec.dashboard_variables import AnyVariable
from generator.spec.dashboard_widgets import (
    AlarmMatrixWidget,
    AlarmsWidget,
    ContributorsWidgetSpec,
    ErrorBudgetsWidget,
    LogsWidget,
    RowSpec,
    ServiceWidget,
    TextWidgetSpec,
)
from generator.spec.own_names import DashboardName
from generator.spec.scalars import EnumScalar, Key, RegexScalar

WidgetSpec = Annotated[
    AlarmsWidget
    | AlarmMatrixWidget
    | MetricWidgetSpec
    | RowSpec
    | LogsWidget
    | ContributorsWidgetSpec
    | ErrorBudgetsWidget
    | ServiceWidget
    | TextWidgetSpec
    | RawWidgetSpec,
    Field(discriminator="type"),
]

_RELATIVE = r"-P(?:T[1-9]\d{0,5}[MH]|[1-9]\d{0,3}[DWM])"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z"
DashboardStart = Annotated[str, RegexScalar(f"{_RELATIVE}|{_TIME}", "a time range", "-PT6H", 30)]


class DashboardSpec(OfEnvironments):
    """A dashboard with explicit widgets."""

    name: DashboardName | None = None
    start: DashboardStart = Field(
        default="-PT3H", description="how far back it looks, such as -PT6H or -P7D; or a time, with `end`"
    )
    end: Time | None = Field(default=None, description="the end of a fixed time range")
    period_override: Annotated[PeriodOverride, EnumScalar("a word", "inherit", "auto")] = Field(
        default="inherit", description="auto: periods follow the time range; inherit: they are those of the graphs"
    )
    variables: list[AnyVariable] = Field(
        default_factory=list, description="choices of the reader: account, region, or others", max_length=25
    )
    widgets: list[WidgetSpec] = Field(min_length=1, description="widgets, from top left to bottom right")


Auto = Annotated[str, EnumScalar("auto, or a mapping with `widgets`", "auto")]


def _form(value: object) -> str:
    # `on` and `yes` are true to YAML, and mean auto.
    return "auto" if isinstance(value, str | bool) else "by-hand"


DashboardForm = Annotated[Annotated[Auto, Tag("auto")] | Annotated[DashboardSpec, Tag("by-hand")], Discriminator(_form)]
Dashboards = dict[Key, DashboardForm]
