"""The metric data that alarms read: which statistics of which metrics, and by which periods.

Minutes of the four basic statistics compose to any longer period. Percentiles and trimmed statistics do not: they are
read by the alarm's own period, once for each minute at which a window of it may begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from generator.capture.parts import PARTS, sort_key
from generator.capture.series import BASIC, SeriesKey

MINUTE = 60
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
COMPOSED = frozenset((*BASIC, "Average"))


@dataclass(frozen=True, slots=True)
class MetricNeed:
    """What is read of a metric beside the basic statistics. extended: statistics with their periods in seconds."""

    key: SeriesKey
    extended: tuple[tuple[str, int], ...]


@dataclass
class MetricNeeds:
    """needs: by metric. unread: alarms that read no metric by its name, such as those of queries."""

    unread: list[str] = field(default_factory=list)
    _extended: dict[SeriesKey, set[tuple[str, int]]] = field(default_factory=dict)

    def add(self, key: SeriesKey, statistic: str | None, period_s: int) -> None:
        """Need a metric, and a statistic of it by a period."""
        extended = self._extended.setdefault(key, set())
        if statistic and statistic not in COMPOSED:
            extended.add((statistic, max(MINUTE, period_s)))

    def all(self, statistics: Sequence[str]) -> list[MetricNeed]:
        """Every metric in the order of a file. statistics: percentiles of every metric; by minutes if by no alarm."""
        return [
            MetricNeed(key, tuple(sorted({*extended, *_added(statistics, extended)})))
            for key, extended in sorted(self._extended.items(), key=lambda entry: _order(entry[0]))
        ]


def _added(statistics: Sequence[str], extended: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    periods = {period for _, period in extended} or {MINUTE}
    return ((statistic, period) for statistic in statistics if statistic not in COMPOSED for period in periods)


def _order(key: SeriesKey) -> tuple[str, ...]:
    return sort_key(PARTS["metric-data"], {**key._asdict(), "dimensions": dict(key.dimensions)})


def metric_needs(
    account: str, alarms: Iterable[Mapping[str, Any]], metrics: Iterable[Mapping[str, Any]], patterns: Sequence[str]
) -> MetricNeeds:
    """The needs of an account and Region. metrics: listed ones, of which those that match a pattern are needed too."""
    needs = MetricNeeds()
    for alarm in alarms:
        stats = list(_stats_of(alarm, account))
        for key, statistic, period_s in stats:
            needs.add(key, statistic, period_s)
        if not stats and alarm["AlarmType"] != "CompositeAlarm":
            needs.unread.append(alarm["AlarmName"])
    for metric in metrics if patterns else ():
        full_name = f"{metric['Namespace']}/{metric['MetricName']}"
        if any(fnmatchcase(full_name, pattern) for pattern in patterns):
            needs.add(_key(metric["OwningAccount"], metric, None), None, MINUTE)
    return needs


def _stats_of(alarm: Mapping[str, Any], account: str) -> Iterator[tuple[SeriesKey, str | None, int]]:
    """Key, statistic and period of each metric that an alarm reads by its name."""
    if alarm.get("MetricName"):
        statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
        yield _key(account, alarm, alarm.get("Unit")), statistic, int(alarm.get("Period") or MINUTE)
    for query in alarm.get("Metrics") or ():
        stat = query.get("MetricStat")
        if stat:
            owner = query.get("AccountId") or account
            yield _key(owner, stat["Metric"], stat.get("Unit")), stat["Stat"], int(stat["Period"])


def _key(account: str, metric: Mapping[str, Any], unit: str | None) -> SeriesKey:
    pairs = sorted((dimension["Name"], dimension["Value"]) for dimension in metric.get("Dimensions") or ())
    return SeriesKey(account, metric["Namespace"], metric["MetricName"], tuple(pairs), unit)
