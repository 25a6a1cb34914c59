"""Which alarms the data of a capture can judge, and why it cannot judge the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from generator.backtest.captured_metric import COARSE
from generator.backtest.captured_store import CapturedStore
from generator.evaluate.math.metric_math import Selection, parse
from generator.evaluate.template.contents import Contents, Entry, MetricAlarm, MetricStat
from generator.evaluate.types import MetricId

_MINUTE = 60


def judged(contents: Sequence[Contents], store: CapturedStore) -> tuple[Contents, ...]:
    """The contents with every alarm that the data cannot judge among those that are unknown, with the reason."""
    return tuple(_judged(stack, store) for stack in contents)


def _judged(stack: Contents, store: CapturedStore) -> Contents:
    reasons = {alarm.alarm: _reason(alarm, store) for alarm in stack.metric_alarms}
    unknown = {alarm: reason for alarm, reason in reasons.items() if reason}
    judged_alarms = tuple(alarm for alarm in stack.metric_alarms if alarm.alarm not in unknown)
    return replace(stack, metric_alarms=judged_alarms, unknown={**stack.unknown, **unknown})


def _reason(alarm: MetricAlarm, store: CapturedStore) -> str:
    """Why an alarm is not judged; nothing where it is."""
    if alarm.threshold_id:
        return "its band is learnt by CloudWatch, and not captured"
    for entry in alarm.entries:
        reason = _reason_of_entry(entry, store, keeps_on_low_samples=alarm.keeps_on_low_samples)
        if reason:
            return reason
    return "" if any(entry.stat for entry in alarm.entries) else "it reads no metric by its name"


def _reason_of_entry(entry: Entry, store: CapturedStore, *, keeps_on_low_samples: bool) -> str:
    if entry.stat is None:
        is_query = isinstance(parse(entry.expression), Selection)
        return "a Metrics Insights query has no data in a capture" if is_query else ""
    stat = entry.stat
    if stat.period < _MINUTE:
        return "seconds are not captured, because AWS keeps them for three hours"
    metric = store.find(stat.metric, stat.unit)
    if metric is None:
        if not store.has_region(stat.metric.account, stat.metric.region):
            return f"no metric data of account {stat.metric.account}, {stat.metric.region} in the capture"
        return f"{metric_in_words(stat.metric)}{_of_unit(stat)} is not in the capture"
    missing = metric.missing_statistic(stat.statistic, stat.period)
    if not missing and keeps_on_low_samples:
        missing = metric.missing_statistic("SampleCount", stat.period)
    return f"{missing} of {metric_in_words(stat.metric)} is not in the capture" if missing else ""


def _of_unit(stat: MetricStat) -> str:
    return f" in {stat.unit}" if stat.unit else ""


def metric_in_words(metric: MetricId) -> str:
    """`AWS/Lambda Errors (FunctionName=pay)`."""
    dimensions = ", ".join(f"{name}={value}" for name, value in metric.dimensions)
    return f"{metric.namespace} {metric.name}" + (f" ({dimensions})" if dimensions else "")


def approximations(alarm: MetricAlarm, store: CapturedStore) -> tuple[str, ...]:
    """What of an alarm's result is approximate, in words."""
    stats = [entry.stat for entry in alarm.entries if entry.stat]
    clock = {
        stat.statistic
        for stat in stats
        if (metric := store.find(stat.metric, stat.unit)) and not metric.slides(stat.statistic, stat.period)
    }
    words = [f"{name} by clock windows" for name in sorted(clock)]
    if store.window.start < store.window.fine_from:
        is_fine = any(stat.period % COARSE for stat in stats)
        words.append("no data before the last 15 days" if is_fine else "five-minute data before the last 15 days")
    return tuple(words)


def metrics_of(alarm: MetricAlarm) -> tuple[tuple[MetricId, str], ...]:
    """The metrics that an alarm reads by name, with the units it asks for."""
    return tuple((entry.stat.metric, entry.stat.unit) for entry in alarm.entries if entry.stat)
