"""Why CloudWatch would not take a metric alarm, whatever its data are.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
"""

from __future__ import annotations

from typing import get_args

from generator.evaluate.alarms.outcomes import COMPARED_WITH_BAND
from generator.evaluate.alarms.state import Comparison, Missing
from generator.evaluate.alarms.warm_up import MOST_MINUTES
from generator.evaluate.math.insights import Selection
from generator.evaluate.math.request import parse
from generator.evaluate.template.contents import MetricAlarm

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86_400, 604_800
MOST_METRICS, MOST_EXPRESSIONS = 10, 10


def rejection_reason(alarm: MetricAlarm, period: int) -> str:
    """The first reason, or empty if CloudWatch accepts it. period: of its data points, in seconds."""
    return _words(alarm) or _numbers(alarm, period) or _entries(alarm)


def _words(alarm: MetricAlarm) -> str:
    if alarm.comparison not in get_args(Comparison):
        return f"{alarm.comparison} is no comparison"
    if (alarm.comparison in COMPARED_WITH_BAND) != bool(alarm.threshold_id):
        return f"{alarm.comparison} and {'a band' if alarm.threshold_id else 'a threshold'} do not go together"
    if alarm.missing not in get_args(Missing):
        return f"{alarm.missing} is no way to treat missing data"
    return ""


def _numbers(alarm: MetricAlarm, period: int) -> str:
    if alarm.warm_up_seconds > MOST_MINUTES * _MINUTE:
        return f"a warm-up of {alarm.warm_up_seconds // _MINUTE:,} minutes is longer than CloudWatch has"
    if alarm.datapoints > alarm.periods:
        return f"{alarm.datapoints} data points out of {alarm.periods} are never there"
    if period * alarm.periods > (_WEEK if period >= _HOUR else _DAY):
        return f"{alarm.periods} periods of {period} seconds are more than CloudWatch looks at"
    return ""


def _entries(alarm: MetricAlarm) -> str:
    """More metrics than an alarm may have are refused, also where only METRICS() names them."""
    metrics = sum(entry.stat is not None for entry in alarm.entries)
    for what, count, most in (
        ("metrics", metrics, MOST_METRICS),
        ("expressions", len(alarm.entries) - metrics, MOST_EXPRESSIONS),
    ):
        if count > most:
            return f"an alarm has at most {most} {what}, this one {count}"
    for entry in alarm.entries:
        query = None if entry.stat else parse(entry.expression)
        if isinstance(query, Selection) and query.groups:
            if not query.order:
                return f"{entry.id}: an alarm takes a query with GROUP BY only with ORDER BY"
            if alarm.warm_up_seconds:
                return "an alarm on a query with GROUP BY has no warm-up"
    return ""
