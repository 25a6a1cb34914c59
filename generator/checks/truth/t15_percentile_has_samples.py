"""T15: a percentile has samples to be one."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path, Severity
from generator.model.signals import MathSignal

CODE = "T15"
NAME = "percentile-has-samples"
TITLE = "A percentile is taken over a period that can hold enough samples."
WHY = (
    "A p99.9 of fewer than ten thousand samples is the maximum under another name: one slow call fires it."
    " CloudWatch itself calls samples too few below 10 / (1 - percentile)."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"
BAD = """\
alarms:
  errors: {metric: {filter: null, namespace: Shop, name: Latency}, statistic: p99.9, period: 1m, warm_up: 30m}
"""
GOOD = """\
alarms:
  errors: {metric: {filter: null, namespace: Shop, name: Latency}, statistic: p99, period: 1m, warm_up: 30m}
"""
_MANY_SAMPLES = 1_000
_MINUTE, _PATIENT = 60, 300


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for a percentile that wants more samples than come in so short a period."""
    for alarm in subject.estate.alarms:
        shortest = min(tuning.period for tuning in alarm.tunings())
        for measured in alarm.measured():
            path = (*(measured.path if isinstance(alarm.signal, MathSignal) else alarm.path), "statistic")
            yield from _few(measured.statistic, shortest, path)


def _few(statistic: str, shortest: int, path: Path) -> Iterator[Finding]:
    percent = statistic[1:] if statistic.startswith("p") else ""
    required = round(10 / (1 - float(percent) / 100)) if percent and float(percent) < 100 else 0
    if (required > _MANY_SAMPLES and shortest < _PATIENT) or (required >= _MANY_SAMPLES and shortest < _MINUTE):
        message = f"{statistic} means something from {required:,} samples in a period on"
        hint = "p99, or period: 5m and longer" if required > _MANY_SAMPLES else "p90, or period: 1m and longer"
        yield Finding(CODE, message, path, Severity.WARNING, hint)
