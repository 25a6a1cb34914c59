"""Signals of alarms that are more than a single metric: expressions over metrics, and conditions on traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from generator.spec.metric_units import UnitName
from generator.spec.quantities import DelayText, Seconds
from generator.spec.scalars import EnumScalar, Key, RegexScalar, Statistic
from generator.spec.strict import Strict

# `true` and `false` are words of metric math.
MetricId = Annotated[
    str,
    RegexScalar(
        r"(?!(?:true|false)$)[a-z][A-Za-z0-9_]{0,254}",
        "an ID of metric math: a lower case letter, then letters, digits and underscores",
        "lag",
        255,
    ),
]

MetricAccount = Annotated[
    Key, Field(description="(alarm in the hub) the account that publishes it: a member, or hub for the hub itself")
]


class MetricSpec(Strict):
    """A metric: one of our own filters', or any other by namespace, name and dimensions."""

    forms: ClassVar[Mapping[str, str]] = {
        "": "the key of a metric filter, {filter: errors}, or {namespace: …, name: …, dimensions: {…}}"
    }

    filter: Key | None = Field(default=None, description="the key of a metric filter")
    namespace: str | None = Field(
        default=None, description="namespace, such as AWS/Lambda", min_length=1, max_length=255
    )
    name: str | None = Field(
        default=None, description="name of the metric, such as Duration", min_length=1, max_length=255
    )
    dimensions: dict[str, str] = Field(default_factory=dict, description="all dimensions of the metric")


class UnitMetricSpec(MetricSpec):
    """A metric that may be limited to the data of one unit."""

    unit: UnitName | None = Field(default=None, description="use only the data that was published with this unit")


class MeasuredMetricSpec(UnitMetricSpec):
    """The metric of an alarm."""

    account: MetricAccount | None = None


class CountedMetricSpec(UnitMetricSpec):
    """A metric and its statistic."""

    statistic: Statistic | None = Field(default=None, description="the statistic, such as Sum, Average or p99")


class OperandSpec(CountedMetricSpec):
    """A metric of an alarm's expression, and its statistic."""

    account: MetricAccount | None = None


class AnomalySpec(Strict):
    """Outside of what CloudWatch expects of the metric."""

    forms: ClassVar[Mapping[str, str]] = {"": "such as {band: 2, direction: both}"}

    band: float = Field(default=2, description="width of the band, in standard deviations", gt=0)
    direction: Annotated[Literal["both", "above", "below"], EnumScalar("a direction", "both", "above", "below")] = (
        Field(default="both", description="side of the band that breaches: both, above or below")
    )


class LogQuerySpec(Strict):
    """A Logs Insights query that runs every period, and the one number that is made of what it finds."""

    log_groups: list[Key] = Field(
        description="keys of log groups on the side (hub or members) of the alarm", min_length=1, max_length=50
    )
    query: str = Field(
        default="",
        description="a Logs Insights query without SOURCE, such as filter @message like /timeout/",
        max_length=10_000,
    )
    aggregate: str = Field(
        default="count(*)",
        description="the aggregate that is compared, such as count(*) or pct(ms, 99)",
        min_length=1,
        max_length=2048,
    )
    window: Seconds | None = Field(default=None, description="time range of each run")
    delay: DelayText = Field(default=60, description="delay of each run, for log events that arrive late")


class TrafficSpec(Strict):
    """Below how much traffic an alarm stays quiet."""

    metric: OperandSpec = Field(description="metric that counts traffic")
    at_least: float = Field(description="minimum in one period; below it the alarm does not fire", gt=0)
