"""The alarms section: what is measured, when it is bad, who owns it, and what differs from account to account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from generator.spec.incident_words import RoutedSeverity
from generator.spec.incidents import Alone, PageAgain, ServiceName
from generator.spec.placements import PlacedSpec
from generator.spec.scalars import (
    Action,
    DatapointsText,
    EnumScalar,
    MissingDataName,
    Seconds,
    SeverityName,
    SideName,
    Statistic,
    ThresholdText,
    Url,
    WarmUpText,
)
from generator.spec.signals import AnomalySpec, LogQuerySpec, MetricId, MetricSpec, OperandSpec, TrafficSpec
from generator.spec.strict import Strict

Reach = Annotated[Literal["each-account", "all-accounts"], EnumScalar("a reach", "each-account", "all-accounts")]
LowSamples = Annotated[Literal["evaluate", "ignore"], EnumScalar("a treatment of few samples", "evaluate", "ignore")]
Combine = Annotated[str, EnumScalar("a way to combine accounts", "sum", "max", "min", "average")]


class TuningSpec(Strict):
    """What may be set as a default, in an alarm, and by an override."""

    threshold: ThresholdText | None = Field(default=None, description='such as "> 5"')
    period: Seconds | None = Field(default=None, description="length of one period, such as 1m")
    datapoints: DatapointsText | None = Field(default=None, description="M of N periods, such as 2 of 3")
    missing_data: MissingDataName | None = Field(default=None, description="what a period without data counts as")
    severity: SeverityName | None = Field(default=None, description="decides who hears about it")
    enabled: bool | None = Field(default=None, description="false takes the alarm away")


class AlarmDefaults(TuningSpec):
    """Defaults for every alarm."""

    statistic: Statistic | None = Field(default=None, description="such as Sum, Average or p99")
    owner: str | None = Field(default=None, description="the team that answers")
    runbook: Url | None = Field(default=None, description="where to read what to do")
    warm_up: WarmUpText | None = Field(
        default=None, description="how long a new alarm waits for data, such as 30m; or none"
    )


class OverrideSpec(TuningSpec):
    """Other values for some accounts or environments."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "warm_up": "an alarm's warm-up is the same everywhere: write it in the alarm, beside `overrides`"
    }

    where: dict[str, str | list[str]] = Field(
        description="account: name, environment: name, region: name, unit: id, or a label: value; all have to hold",
        min_length=1,
    )


class AlarmOverrideSpec(OverrideSpec):
    """Other values for some accounts or environments, of one alarm."""

    thresholds: dict[RoutedSeverity, ThresholdText] = Field(
        default_factory=dict, description="of an alarm with several thresholds, those that differ"
    )


class AlarmSpec(PlacedSpec, AlarmDefaults):
    """One alarm."""

    in_: SideName = Field(default="members", alias="in", description="members or hub")
    over: Reach | None = Field(
        default=None, description="in the hub: one alarm for each account, or one over all of them"
    )
    metric: MetricSpec | None = Field(
        default=None, description="what is measured: {filter: key} or {namespace, name, dimensions}"
    )
    expression: str | None = Field(default=None, description="or metric math over `metrics`, such as errors / calls")
    metrics: dict[MetricId, OperandSpec] = Field(
        default_factory=dict, description="the metrics of the expression, by the ids that it uses"
    )
    query: str | None = Field(
        default=None, description="or a Metrics Insights query, such as SELECT MAX(CPUUtilization) FROM …", min_length=1
    )
    logs: LogQuerySpec | None = Field(default=None, description="or a Logs Insights query that runs every period")
    thresholds: dict[RoutedSeverity, ThresholdText] = Field(
        default_factory=dict, description='or several: {high: "> 80", critical: "> 95"}, an alarm for each severity'
    )
    anomaly: AnomalySpec | None = Field(
        default=None, description="instead of a threshold: outside of what CloudWatch expects of the metric"
    )
    minimum_traffic: TrafficSpec | None = Field(default=None, description="too little traffic to say anything")
    combine: Combine | None = Field(default=None, description="over all-accounts: how the accounts' values become one")
    low_samples: LowSamples | None = Field(
        default=None, description="of a percentile with few samples: evaluate it, or ignore it and stay as it is"
    )
    tags: dict[str, str] = Field(default_factory=dict, description="put on this alarm, beside those on everything")
    summary: str = Field(default="", description="one line that a person reads at night", max_length=400)
    service: ServiceName | None = Field(
        default=None, description="what it is about: alarms of one service are one incident"
    )
    group: Alone | None = Field(default=None, description="none: it has incidents of its own, whatever else fires")
    ok: bool = Field(default=True, description="false: no mail and no message in chat about the end")
    page_again: PageAgain | None = Field(default=None, description="how soon a pager hears of it again, such as 30m")
    actions: list[Action] = Field(
        default_factory=list, description="ARNs that CloudWatch calls itself, or opsitem", max_length=5
    )
    overrides: list[AlarmOverrideSpec] = Field(default_factory=list, description="what differs from place to place")
