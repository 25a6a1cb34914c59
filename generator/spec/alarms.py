"""The alarms section: what is measured, when it is bad, who owns it, and what differs from account to account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from generator.spec.alarm_states import Actions, ActionStates
from generator.spec.contributors import ContributorsSpec
from generator.spec.incident_words import RoutedSeverity
from generator.spec.incidents import Alone, PageAgain, ServiceName
from generator.spec.maintenance import Timezone
from generator.spec.own_names import AlarmName
from generator.spec.placements import PlacedSpec
from generator.spec.promql import PromqlSpec
from generator.spec.quantities import DatapointsText, Seconds, ThresholdText, WarmUpText
from generator.spec.scalars import EnumScalar, MissingDataName, SeverityName, SideName, Statistic, Url
from generator.spec.signals import AnomalySpec, LogQuerySpec, MeasuredMetricSpec, MetricId, OperandSpec, TrafficSpec
from generator.spec.strict import Strict
from generator.spec.tags import EventTags

Reach = Annotated[
    Literal["each-account", "all-accounts"], EnumScalar("a set of accounts", "each-account", "all-accounts")
]
LowSamples = Annotated[
    Literal["evaluate", "ignore"], EnumScalar("a treatment of low sample counts", "evaluate", "ignore")
]
Combine = Annotated[str, EnumScalar("a way to combine accounts", "sum", "max", "min", "average")]
Publisher = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="what publishes its metrics, if neither AWS nor this file does, such as the stack of a team",
    ),
]
ExpressionText = Annotated[str, Field(min_length=1)]


class TuningSpec(Strict):
    """The fields that defaults, an alarm and an override may set."""

    threshold: ThresholdText | None = Field(default=None, description='comparison and number, such as "> 5"')
    period: Seconds | None = Field(default=None, description="evaluation period, such as 1m")
    datapoints: DatapointsText | None = Field(default=None, description="datapoints to alarm, M of N, such as 2 of 3")
    missing_data: MissingDataName | None = Field(default=None, description="treatment of missing data")
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")
    enabled: bool | None = Field(default=None, description="false removes the alarm")


class AlarmDefaults(TuningSpec):
    """Defaults for every alarm."""

    statistic: Statistic | None = Field(default=None, description="the statistic, such as Sum, Average or p99")
    owner: str | None = Field(default=None, description="the responsible team")
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    warm_up: WarmUpText | None = Field(
        default=None, description="time until the actions of a new alarm are enabled, such as 30m; or none"
    )
    event_tags: EventTags | None = Field(
        default=None, description="keys of its tags that its events and direct actions carry: [owner, severity]"
    )


class OverrideSpec(TuningSpec):
    """Other values for some accounts or environments."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "warm_up": "the warm-up cannot be overridden: set it in the alarm, beside `overrides`",
        "contributors": "the incidents of contributors cannot be overridden: set them in the alarm, beside `overrides`",
        "event_tags": "the tags of events cannot be overridden: set them in the alarm, beside `overrides`",
    }

    where: dict[str, str | list[str]] = Field(
        description="account: name, environment: name, region: name, unit: ID, or label: value; all must match",
        min_length=1,
    )


class AlarmOverrideSpec(OverrideSpec):
    """Other values for some accounts or environments, of one alarm."""

    thresholds: dict[RoutedSeverity, ThresholdText] = Field(
        default_factory=dict, description="the thresholds that differ, for an alarm with several"
    )


class AlarmSpec(PlacedSpec, AlarmDefaults):
    """An alarm of the `alarms` section."""

    name: AlarmName | None = None
    in_: SideName = Field(default="members", alias="in", description="members or hub")
    over: Reach | None = Field(default=None, description="(hub) one alarm for each account, or one over all accounts")
    metric: MeasuredMetricSpec | None = Field(
        default=None, description="the metric: {filter: key} or {namespace, name, dimensions}"
    )
    expression: str | None = Field(default=None, description="metric math over `metrics`, such as errors / calls")
    expressions: dict[MetricId, ExpressionText] = Field(
        default_factory=dict, description="parts of the expression, by the IDs it uses: {rate: 100 * errors / calls}"
    )
    metrics: dict[MetricId, OperandSpec] = Field(
        default_factory=dict, description="the metrics of the expression, by the IDs it uses"
    )
    query: str | None = Field(
        default=None, description="a Metrics Insights query, such as SELECT MAX(CPUUtilization) FROM …", min_length=1
    )
    contributors: ContributorsSpec | None = Field(
        default=None, description="(query with GROUP BY, or promql) whether each of its series has incidents of its own"
    )
    promql: PromqlSpec | None = Field(default=None, description="a PromQL query of metrics from OpenTelemetry")
    logs: LogQuerySpec | None = Field(default=None, description="a Logs Insights query that runs every period")
    thresholds: dict[RoutedSeverity, ThresholdText] = Field(
        default_factory=dict, description='thresholds by severity, {high: "> 80", critical: "> 95"}: one alarm for each'
    )
    names: dict[RoutedSeverity, AlarmName] = Field(
        default_factory=dict, description="with `thresholds`: the own names of their alarms, by severity"
    )
    anomaly: AnomalySpec | None = Field(default=None, description="anomaly detection band instead of a threshold")
    wall_clock: Timezone | None = Field(
        default=None, description="a time zone: periods are those of its clock, such as days from midnight"
    )
    minimum_traffic: TrafficSpec | None = Field(
        default=None, description="minimum traffic; below it the alarm does not fire"
    )
    combine: Combine | None = Field(
        default=None, description="(over: all-accounts) how the values of the accounts are combined"
    )
    low_samples: LowSamples | None = Field(
        default=None, description="percentiles with few samples: evaluate, or ignore (keep the state)"
    )
    tags: dict[str, str] = Field(
        default_factory=dict, description="tags of this alarm, in addition to those of the file"
    )
    summary: str = Field(default="", description="one-line description for the person on call", max_length=400)
    service: ServiceName | None = Field(
        default=None, description="the service it belongs to; alarms of one service form one incident"
    )
    group: Alone | None = Field(default=None, description="none: its incidents are never grouped with other alarms")
    ok: bool = Field(default=True, description="false: no e-mail and no chat message when it recovers")
    page_again: PageAgain | None = Field(default=None, description="how soon a pager is called again, such as 30m")
    published_by: Publisher | None = None
    actions: Actions
    actions_in: ActionStates | None = None
    actions_enabled: bool = Field(
        default=True, description="false: CloudWatch invokes no action, and no channel is called"
    )
    overrides: list[AlarmOverrideSpec] = Field(
        default_factory=list, description="overrides by account, label, unit, Region or environment"
    )

    @property
    def metric_accounts(self) -> Mapping[tuple[str, ...], str | None]:
        """The account of each metric, by its path in the entry; empty if no metric has one."""
        accounts: dict[tuple[str, ...], str | None] = {("metrics", id_): of.account for id_, of in self.metrics.items()}
        if self.metric is not None:
            accounts["metric",] = self.metric.account
        if self.minimum_traffic is not None:
            accounts["minimum_traffic", "metric"] = self.minimum_traffic.metric.account
        return accounts if any(name is not None for name in accounts.values()) else {}
