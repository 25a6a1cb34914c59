"""Metric data as requests: how many there are, what they cost, and which queries each of them has.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil

from generator.capture.series import BASIC, SeriesKey
from generator.capture.types import MetricDataWindow
from generator.rollout.capture.needs import MINUTE, MetricNeed
from generator.rollout.capture.pace import DATAPOINTS_QUOTA, SHARE

MOST_QUERIES, MOST_DATAPOINTS = 500, 100_800
COARSE = 300
# Longer windows are read as the clock has them, not for each minute.
LONGEST_SLIDING = 3_600
# Metrics that are read and kept together: what a run that is ended reads again, at most.
METRICS_IN_BATCH = 10
# https://aws.amazon.com/cloudwatch/pricing/: up to five statistics of a metric in a request are one metric; us-east-1.
STATISTICS_IN_METRIC, USD_FOR_THOUSAND = 5, 0.01


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """A series to read: values from from_ms to to_ms, each of a window of period_s, the begins step_s apart."""

    key: SeriesKey
    statistic: str
    period_s: int
    step_s: int
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class DataRequest:
    """One request, before it has pages. All its series have its period."""

    period_s: int
    start_ms: int
    end_ms: int
    series: tuple[SeriesPlan, ...]

    @property
    def datapoints(self) -> int:
        """The most that it returns."""
        return len(self.series) * ceil((self.end_ms - self.start_ms) / (1000 * self.period_s))

    @property
    def billed_metrics(self) -> int:
        """The metrics that are paid for."""
        counts = (len(list(group)) for _, group in groupby(self.series, key=lambda plan: plan.key))
        return sum(ceil(count / STATISTICS_IN_METRIC) for count in counts)


@dataclass(frozen=True, slots=True)
class DataEstimate:
    """What reading metric data takes, at most. seconds: at the pace of the account and Region with the most."""

    metrics: int = 0
    requests: int = 0
    billed_metrics: int = 0
    datapoints: int = 0
    seconds: float = 0.0

    @property
    def usd(self) -> float:
        """The price at us-east-1's list price."""
        return self.billed_metrics * USD_FOR_THOUSAND / 1000

    def __add__(self, other: DataEstimate) -> DataEstimate:
        return DataEstimate(
            self.metrics + other.metrics,
            self.requests + other.requests,
            self.billed_metrics + other.billed_metrics,
            self.datapoints + other.datapoints,
            max(self.seconds, other.seconds),
        )


def series_plans(need: MetricNeed, window: MetricDataWindow) -> list[SeriesPlan]:
    """The series of a metric, in the order of a file."""
    fine = [(statistic, MINUTE, MINUTE) for statistic in BASIC]
    fine += [
        (statistic, period_s, MINUTE if period_s <= LONGEST_SLIDING else period_s)
        for statistic, period_s in need.extended
    ]
    plans = [_plan(need.key, *series, window.fine_from_ms, window.to_ms) for series in fine]
    if window.from_ms < window.fine_from_ms:
        coarse = [(statistic, COARSE, COARSE) for statistic in BASIC]
        coarse += [(statistic, period_s, period_s) for statistic, period_s in need.extended if period_s % COARSE == 0]
        plans += [_plan(need.key, *series, window.from_ms, window.fine_from_ms) for series in coarse]
    return sorted(plans, key=lambda plan: (plan.statistic, plan.period_s, plan.from_ms))


def _plan(key: SeriesKey, statistic: str, period_s: int, step_s: int, from_ms: int, to_ms: int) -> SeriesPlan:
    """A series that begins as the clock has its steps."""
    step_ms = 1000 * step_s
    return SeriesPlan(key, statistic, period_s, step_s, ceil(from_ms / step_ms) * step_ms, to_ms)


def batches(needs: Sequence[MetricNeed]) -> Iterator[Sequence[MetricNeed]]:
    """The metrics that are read together."""
    for start in range(0, len(needs), METRICS_IN_BATCH):
        yield needs[start : start + METRICS_IN_BATCH]


def requests(plans: Sequence[SeriesPlan]) -> Iterator[DataRequest]:
    """The requests for series, in which statistics of a metric stay together: so they are paid for as one.

    Only whole windows are asked for: a value of a part of one would be another value.
    """
    kinds = {(plan.period_s, plan.step_s, plan.from_ms, plan.to_ms) for plan in plans}
    for period_s, step_s, from_ms, to_ms in sorted(kinds):
        fitting = [plan for plan in plans if (plan.period_s, plan.step_s, plan.from_ms) == (period_s, step_s, from_ms)]
        for shift_s in range(0, period_s, step_s):
            start_ms, period_ms = from_ms + 1000 * shift_s, 1000 * period_s
            end_ms = start_ms + (to_ms - start_ms) // period_ms * period_ms
            if end_ms > start_ms:
                yield from _requests(fitting, period_s, start_ms, end_ms)


def _requests(plans: Sequence[SeriesPlan], period_s: int, start_ms: int, end_ms: int) -> Iterator[DataRequest]:
    points = ceil((end_ms - start_ms) / (1000 * period_s))
    group: list[SeriesPlan] = []
    for _, of_metric in groupby(plans, key=lambda plan: plan.key):
        statistics = list(of_metric)
        count = len(group) + len(statistics)
        if group and (count > MOST_QUERIES or count * points > MOST_DATAPOINTS):
            yield from _split(group, period_s, start_ms, end_ms)
            group = []
        group += statistics
    if group:
        yield from _split(group, period_s, start_ms, end_ms)


def _split(plans: Sequence[SeriesPlan], period_s: int, start_ms: int, end_ms: int) -> Iterator[DataRequest]:
    """One request, or several in time where even one metric has more data points than a request returns."""
    length_ms = MOST_DATAPOINTS // len(plans) * period_s * 1000
    for begin_ms in range(start_ms, end_ms, length_ms):
        yield DataRequest(period_s, begin_ms, min(end_ms, begin_ms + length_ms), tuple(plans))


def estimate(needs: Sequence[MetricNeed], window: MetricDataWindow) -> DataEstimate:
    """What reading the metrics of an account and Region takes."""
    total = DataEstimate(metrics=len(needs))
    for batch in batches(needs):
        plans = [plan for need in batch for plan in series_plans(need, window)]
        for request in requests(plans):
            total += DataEstimate(0, 1, request.billed_metrics, request.datapoints)
    return replace(total, seconds=total.datapoints / (SHARE * DATAPOINTS_QUOTA))
