"""T27: a threshold is given in the metric's own unit."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.metric_ranges import unit_of
from generator.checks.bounds import each_threshold, format_threshold, origin_path
from generator.checks.check import Subject
from generator.findings import Finding, Severity
from generator.model.alarms import Alarm
from generator.model.signals import AccountSignal, LocalSignal

CODE = "T27"
NAME = "unit-of-threshold"
TITLE = "The threshold of an alarm on a metric of AWS is given in the metric's own unit."
WHY = (
    "CloudWatch compares numbers and knows no units. FreeStorageSpace is in bytes, so < 20 means less than 20 bytes and"
    " not 20 gigabytes. TargetResponseTime is in seconds, so > 3000 means 50 minutes, and Duration of a function is in"
    " milliseconds, so > 3 means 0.003 seconds. CPUUtilization is a percentage from 0 to 100, so > 0.8 fires at 0.8"
    " percent."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"
BAD = """\
alarms:
  storage:
    metric: {namespace: AWS/RDS, name: FreeStorageSpace, dimensions: {DBInstanceIdentifier: orders}}
    statistic: Minimum
    period: 5m
    threshold: "< 20"
    severity: high
"""
GOOD = """\
alarms:
  storage:
    metric: {namespace: AWS/RDS, name: FreeStorageSpace, dimensions: {DBInstanceIdentifier: orders}}
    statistic: Minimum
    period: 5m
    threshold: "< 20000000000"
    severity: high
"""

_STATISTICS_IN_OTHER_UNITS = ("Sum", "SampleCount")
# A few hundred bytes are no amount that anybody watches, and a quarter of an hour is longer than a response takes.
_FEWEST_BYTES = 1_024
_MOST_SECONDS = 900
# No invocation, run or answer over a network is watched for less; tables and caches answer quicker, and are not here.
# The age of what waits in a stream is watched for seconds at least.
_MOST_DOUBTFUL = {
    "Duration": 10,
    "ExecutionTime": 10,
    "IntegrationLatency": 10,
    "InvocationLatency": 10,
    "IteratorAge": 999,
    "Latency": 10,
    "TimeToFirstToken": 10,
}
_RESPONSE = ("Latency", "TargetResponseTime", "ResponseTime", "ReadLatency", "WriteLatency")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each threshold that reads as one of another unit."""
    for alarm in subject.estate.alarms:
        if not isinstance(alarm.signal, LocalSignal | AccountSignal) or alarm.statistic in _STATISTICS_IN_OTHER_UNITS:
            continue
        metric = alarm.signal.metric
        unit = unit_of(metric.namespace, metric.name)
        yield from _of_unit(alarm, metric.name, unit)


def _of_unit(alarm: Alarm, name: str, unit: str) -> Iterator[Finding]:
    for tuning, origins in each_threshold(alarm):
        doubt = _doubt(name, unit, tuning.threshold)
        if doubt:
            message = f"`{format_threshold(tuning)}`: {doubt[0]}"
            path = origin_path(alarm, origins, "threshold")
            yield Finding(CODE, message, path, Severity.WARNING, doubt[1])


def _doubt(name: str, unit: str, value: float) -> tuple[str, str] | None:
    """What a number means in the unit of its metric, and what was probably meant; None where it may well be right."""
    if unit == "Bytes" and 0 < value < _FEWEST_BYTES:
        return f"{name} is in bytes", f"such as {value * 1_000_000_000:.0f} for {value:g} gigabytes"
    if unit == "Seconds" and name in _RESPONSE and value >= _MOST_SECONDS:
        return f"{name} is in seconds: {value:g} are {value / 60:.0f} minutes", f"{value / 1000:g} for milliseconds"
    if unit == "Milliseconds" and 0 < value <= _MOST_DOUBTFUL.get(name, 0):
        return f"{name} is in milliseconds: {value:g} are {value / 1000:g} seconds", f"{value * 1000:g} for seconds"
    if unit == "Percent" and 0 < value < 1:
        return f"{name} is a percentage from 0 to 100", f"{value * 100:g}, if {value:g} is meant as a share"
    return None
