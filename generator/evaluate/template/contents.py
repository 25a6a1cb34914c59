"""What a template makes CloudWatch do, as nouns: alarms, composites, metric filters, mute rules; and all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.evaluate.types import AlarmId, MetricId


@dataclass(frozen=True, slots=True)
class MetricStat:
    """A statistic of one metric. unit: nothing where data points of every unit count."""

    metric: MetricId
    statistic: str
    period: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of what an alarm watches: a metric's statistic or an expression. period: what an expression says."""

    id: str
    stat: MetricStat | None = None
    expression: str = ""
    period: int | None = None
    is_returned: bool = True


@dataclass(frozen=True, slots=True)
class MetricAlarm:
    """An alarm on entries. An alarm on one metric has one entry.

    threshold: nothing where threshold_id names the band of an anomaly alarm. periods and datapoints: M of N.
    missing: how missing data is treated, in the template's words. keeps_on_low_samples: a percentile of few samples
    leaves the state alone. time_zone: of a wall clock window; a sliding window has none.
    warm_up_seconds: how long the alarm, once made, waits for its data; waits_whole_warm_up: also where data is there.
    """

    alarm: AlarmId
    logical_id: str
    entries: tuple[Entry, ...]
    comparison: str
    threshold: float | None
    periods: int
    datapoints: int
    threshold_id: str = ""
    missing: str = "missing"
    keeps_on_low_samples: bool = False
    actions_enabled: bool = True
    time_zone: str | None = None
    warm_up_seconds: int = 0
    waits_whole_warm_up: bool = False


@dataclass(frozen=True, slots=True)
class PromqlAlarm:
    """An alarm on a PromQL query, which only CloudWatch can answer. pending, recovery, interval: in seconds."""

    alarm: AlarmId
    logical_id: str
    pending: int
    recovery: int
    interval: int


@dataclass(frozen=True, slots=True)
class CompositeAlarm:
    """An alarm on other alarms. suppressor: name or ARN of the alarm that holds its actions; wait and extension."""

    alarm: AlarmId
    logical_id: str
    rule: str
    suppressor: str = ""
    wait: int = 0
    extension: int = 0
    actions_enabled: bool = True


@dataclass(frozen=True, slots=True)
class Transformation:
    """What a filter publishes for a line that matches. value: a number or `$field`. dimensions: key to `$field`."""

    namespace: str
    name: str
    value: str
    default: float | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    unit: str = "None"


@dataclass(frozen=True, slots=True)
class FilterResource:
    """A filter of a log group. unknown: why it can not be tried; its metrics are then not known either."""

    account: str
    region: str
    logical_id: str
    log_group: str
    pattern: str
    transformations: tuple[Transformation, ...]
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class MuteRuleResource:
    """When the actions of some alarms are held, in CloudWatch's own notation."""

    account: str
    region: str
    name: str
    expression: str
    duration: str
    time_zone: str
    start: str
    expire: str
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """The resources of a stack in one account and Region.

    unknown: alarms that cannot be evaluated, each with the reason.
    mutes_unknown: mute rules by name, with what of them can not be known. sees_accounts: whether a sink of the
    Observability Access Manager is here, so that queries see the metrics of other accounts, too. logical_ids: of
    the unknown alarms. left_out: alarms that are not created, by logical id and by name, each with its false condition.
    promql: alarms that are unknown without the result of their query.
    """

    metric_alarms: tuple[MetricAlarm, ...]
    composites: tuple[CompositeAlarm, ...]
    filters: tuple[FilterResource, ...]
    mutes: tuple[MuteRuleResource, ...]
    unknown: Mapping[AlarmId, str]
    mutes_unknown: Mapping[str, str]
    sees_accounts: bool = False
    logical_ids: Mapping[AlarmId, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    promql: tuple[PromqlAlarm, ...] = ()
