"""T23: a metric can cross its alarm's threshold, and return."""

from __future__ import annotations

import math
from collections.abc import Iterator

from generator.aws.metric_ranges import value_range
from generator.checks.bounds import constant_outcome, each_threshold, format_threshold, origin_path
from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.alarms import Alarm
from generator.model.logs import MetricFilter
from generator.model.signals import AccountSignal, FleetSignal, LocalSignal

CODE = "T23"
NAME = "threshold-can-be-crossed"
TITLE = "The metric of an alarm can be on either side of its threshold."
WHY = (
    "A count is never below zero. An alarm on < 0 never fires, and one on >= 0 always does. A filter that publishes 1"
    " for a line and 0 by default has no other values, however many lines there are: only their Sum counts. Average,"
    " Maximum, Minimum and percentiles are always between 0 and 1, and SampleCount counts the zeros, too. Of AWS's own"
    " metrics, a percentage is at most 100, a status check is 0 or 1, and the Average of a function's Errors is their"
    " share of its invocations."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"
BAD = """\
alarms:
  errors: {threshold: ">= 0"}
"""
GOOD = """\
alarms:
  errors: {threshold: ">= 1"}
"""

# These add up over lines; every other statistic is between the published values.
_COUNTS = ("Sum", "SampleCount")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm on a filter or a metric of AWS whose threshold is always or never crossed."""
    filters = {f.key: f for f in subject.estate.metric_filters}
    for alarm in subject.estate.alarms:
        metric_filter = filters.get(alarm.counted or "")
        if alarm.counted is None:
            yield from _of_aws(alarm)
        if metric_filter is None or not isinstance(alarm.signal, LocalSignal | AccountSignal | FleetSignal):
            continue
        statistic = alarm.statistic if isinstance(alarm.signal, LocalSignal) else "Sum"
        if statistic == "SampleCount":
            yield from _with_defaults(alarm, metric_filter)
        if statistic not in _COUNTS:
            yield from _of_values(alarm, metric_filter)
        elif _is_count(metric_filter):
            yield from _of_a_count(alarm)


def _with_defaults(alarm: Alarm, metric_filter: MetricFilter) -> Iterator[Finding]:
    """A finding for SampleCount of a filter with a default value."""
    if _constant(metric_filter) is not None and metric_filter.default is not None:
        message = f"SampleCount also counts the default {metric_filter.default:g} of each minute with other lines only"
        yield Finding(CODE, message, origin_path(alarm, alarm.origins, "statistic"), hint="use statistic: Sum")


def _of_values(alarm: Alarm, metric_filter: MetricFilter) -> Iterator[Finding]:
    """Findings for a statistic between the constant value and the default of a filter."""
    value = _constant(metric_filter)
    if value is None:
        return
    default = value if metric_filter.default is None else metric_filter.default
    values = f"{value:g} or {default:g}" if default != value else f"{value:g}"
    for tuning in dict.fromkeys(alarm.tunings()):
        how = constant_outcome(tuning, min(value, default), max(value, default))
        if how == "always" and metric_filter.default is None and tuning.missing_data != "breaching":
            # Without a default nothing is published while no line matches, and that does not breach.
            continue
        if how:
            message = f"the filter publishes {values}, so the {alarm.statistic} is {how} {format_threshold(tuning)}"
            path = origin_path(alarm, alarm.origins, "statistic")
            yield Finding(CODE, message, path, hint="use statistic: Sum, which counts lines")


def _of_a_count(alarm: Alarm) -> Iterator[Finding]:
    """Findings for a count, which is at least 0."""
    yield from _outside(alarm, "a count", 0, math.inf, 'use a threshold such as "> 0"')


def _of_aws(alarm: Alarm) -> Iterator[Finding]:
    """Findings for a metric of AWS with a documented range of values."""
    if not isinstance(alarm.signal, LocalSignal | AccountSignal | FleetSignal):
        return
    metric, statistic = alarm.signal.metric, alarm.statistic
    least, most = value_range(metric.namespace, metric.name, statistic)
    if isinstance(alarm.signal, FleetSignal) and alarm.signal.combine == "SUM":
        most = math.inf
    if math.isinf(least):
        return
    hint = 'use a threshold such as "> 0"' if math.isinf(most) else f"use a number between {least:g} and {most:g}"
    yield from _outside(alarm, f"{statistic} of {metric.name}", least, most, hint)


def _outside(alarm: Alarm, what: str, least: float, most: float, hint: str) -> Iterator[Finding]:
    for tuning, origins in each_threshold(alarm):
        how = constant_outcome(tuning, least, most)
        if how:
            fires = "never fires" if how == "never" else "always fires"
            message = f"{what} is {how} {format_threshold(tuning)}: `{alarm.key}` {fires}"
            yield Finding(CODE, message, origin_path(alarm, origins, "threshold"), hint=hint)


def _constant(metric_filter: MetricFilter) -> float | None:
    """The number that a filter publishes for every line; None if it publishes a value of the line."""
    return None if metric_filter.value.startswith("$") else float(metric_filter.value)


def _is_count(metric_filter: MetricFilter) -> bool:
    return not metric_filter.value.startswith(("$", "-")) and (
        metric_filter.default is None or metric_filter.default >= 0
    )
