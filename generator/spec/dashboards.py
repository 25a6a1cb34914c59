"""The dashboards section: `auto`, or explicit widgets.

Words that CloudWatch has itself (`timeSeries`, `stateUpdatedTimestamp`) are spelt as it spells them:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from generator.model.dashboards import VariableName
from generator.spec.dashboard_base import OfEnvironments
from generator.spec.dashboard_graphs import MetricWidgetSpec
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
from generator.spec.scalars import EnumScalar, Key

WidgetSpec = Annotated[
    AlarmsWidget
    | AlarmMatrixWidget
    | MetricWidgetSpec
    | RowSpec
    | LogsWidget
    | ContributorsWidgetSpec
    | ErrorBudgetsWidget
    | ServiceWidget
    | TextWidgetSpec,
    Field(discriminator="type"),
]


class DashboardSpec(OfEnvironments):
    """A dashboard with explicit widgets."""

    name: DashboardName | None = None
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
