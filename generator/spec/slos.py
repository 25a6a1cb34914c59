"""The slos section: the percentage of good events, and the severities of a budget that burns too fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.spec.incidents import ServiceName
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import Milliseconds, Seconds, TimeUnit
from generator.spec.scalars import EnumScalar, Key, MissingDataName, SeverityName, SideName, Url
from generator.spec.signals import CountedMetricSpec, MetricId, MetricSpec
from generator.spec.strict import Strict

NoTraffic = Annotated[Literal["quiet", "failing"], EnumScalar("a meaning of no traffic", "quiet", "failing")]

SpeedName = Annotated[Literal["fast", "slow"], EnumScalar("an alarm of an objective", "fast", "slow")]


class CountSpec(CountedMetricSpec):
    """What is counted: a metric, or an expression over several."""

    expression: str | None = Field(
        default=None, description="metric math over `metrics`, such as errors + timeouts", min_length=1, max_length=500
    )
    metrics: dict[MetricId, CountedMetricSpec] = Field(
        default_factory=dict, description="the metrics of the expression, by the IDs that it uses"
    )


def _count_form(value: object) -> str:
    return "list" if isinstance(value, list) else "mapping"


Counts = Annotated[
    Annotated[CountSpec, Tag("mapping")]
    | Annotated[list[CountedMetricSpec], Field(min_length=1, max_length=10), Tag("list")],
    Discriminator(_count_form),
]


class SourceSpec(Strict):
    """The thing of this file whose metrics are counted."""

    forms: ClassVar[Mapping[str, str]] = {"": "{service: …}, {canary: …} or {probe: …}"}

    service: Key | None = Field(default=None, description="key of an entry of `services`, whose pack has the metrics")
    canary: Key | None = Field(default=None, description="key of a canary: the share of runs that succeed")
    probe: Key | None = Field(default=None, description="key of a probe: the share of runs that succeed")


class LatencySpec(MetricSpec):
    """The metric of a duration, and the threshold below which a request is good."""

    service: Key | None = Field(default=None, description="key of an entry of `services`, whose pack has the metric")
    below: Milliseconds = Field(description="longest duration of a good request, such as 300ms or 2s")
    unit: TimeUnit | None = Field(default=None, description="unit of the metric, ms or s, if AWS does not publish it")


class SloSeverity(Strict):
    """The severities of a fast and a slow burn."""

    fast: SeverityName = Field(
        default="critical", description="severity of a fast burn (the budget is spent within hours)"
    )
    slow: SeverityName = Field(
        default="medium", description="severity of a slow burn (the budget is spent within days)"
    )


class WindowsSpec(Strict):
    """A pair of windows, and the burn rate above which both have to be."""

    alarm: SpeedName = Field(description="the alarm that they belong to: fast or slow")
    long: Seconds = Field(description="longer window, such as 1h: shows that the loss is significant")
    short: Seconds = Field(description="shorter window, such as 5m: shows that the loss continues")
    burn_rate: float = Field(description="threshold of both windows, at least 1", ge=1)


class SloSpec(PlacedSpec):
    """One service level objective."""

    forms: ClassVar[Mapping[str, str]] = {"objective": "below 100, such as 99.9, since 100 leaves no error budget"}

    in_: SideName = Field(
        default="members", alias="in", description="members: one objective for each account; hub: one over all accounts"
    )
    objective: float = Field(description="percentage of good events, such as 99.9", gt=0, lt=100)
    window: Seconds = Field(default=30 * 86_400, description="compliance period, such as 30d")
    of: SourceSpec | None = Field(
        default=None, description="a service, canary or probe whose metrics are counted, instead of `bad` and `total`"
    )
    latency: LatencySpec | None = Field(
        default=None, description="requests that are fast enough, of all with a duration, instead of `bad` and `total`"
    )
    bad: Counts | None = Field(
        default=None, description="bad events: a metric, a list of metrics to add, or an expression"
    )
    good: Counts | None = Field(default=None, description="good events, instead of `bad`")
    total: Counts | None = Field(default=None, description="all events, good and bad")
    environments: list[str] = Field(default_factory=list, description="environments with this objective (default: all)")
    no_traffic: NoTraffic = Field(default="quiet", description="meaning of a window without traffic: quiet or failing")
    minimum_traffic: float | None = Field(
        default=None, description="events in the longer window below which the fast alarm does not fire", gt=0
    )
    windows: list[WindowsSpec] = Field(
        default_factory=list, description="own pairs of windows, instead of those of the SRE workbook", max_length=10
    )
    application_signals: bool = Field(
        default=False, description="whether CloudWatch Application Signals has an SLO of it, beside the alarms"
    )
    missing_data: MissingDataName = Field(
        default="breaching", description="treatment of missing data, if there is no value even for no traffic"
    )
    severity: SloSeverity = Field(default_factory=SloSeverity, description="severity of the alarms: {fast, slow}")
    summary: str = Field(default="", description="one-line description for the person on call", max_length=200)
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    owner: str | None = Field(default=None, description="the responsible team")
    service: ServiceName | None = Field(
        default=None, description="the service it belongs to; alarms of one service form one incident"
    )
