"""T68: the unit of an alarm is the unit of its metric."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.metric_ranges import unit_of
from generator.checks.check import Subject
from generator.checks.metric_references import alarm_metrics
from generator.findings import Finding, Severity
from generator.model.estate import Estate
from generator.model.signals import Metric
from generator.wording import list_in_words

CODE = "T68"
NAME = "unit-is-published"
TITLE = "An alarm that names a unit names the one that its metric is published with."
SUMMARY = "The unit of an alarm is the unit of its metric."
WHY = (
    "CloudWatch keeps the data of each unit apart. An alarm with a unit in which nothing is published never has data:"
    " it is in INSUFFICIENT_DATA, or in ALARM if missing data is breaching. AWS recommends leaving the unit out. The"
    " units of metric filters are known; those of AWS metrics are from AWS pages, so a difference is only a warning."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
BAD = """\
alarms:
  errors: {metric: {filter: errors, unit: Percent}}
"""
GOOD = """\
metric_filters:
  errors: {metric: {unit: Count}}
alarms:
  errors: {metric: {filter: errors, unit: Count}}
"""
_NO_UNIT = "None"


def check(subject: Subject) -> Iterator[Finding]:
    """An error for a unit that no metric filter publishes its metric in; a warning for one that AWS does not name."""
    for _, measured in alarm_metrics(subject.estate):
        metric = measured.metric
        if not metric.unit:
            continue
        path = (*measured.path, "unit")
        own = _filter_units(metric, subject.estate)
        known = unit_of(metric.namespace, metric.name)
        if own and metric.unit not in own:
            published = list_in_words([_in_words(unit) for unit in own])
            message = (
                f"{metric.namespace} {metric.name} is published {published}, so an alarm on {metric.unit} has no data"
            )
            hint = f"write unit: {own[0]}, or remove it" if own[0] != _NO_UNIT else "remove it, or set it in the filter"
            yield Finding(CODE, message, path, hint=hint)
        elif not own and known not in ("", _NO_UNIT, metric.unit):
            message = (
                f"AWS publishes {metric.namespace} {metric.name} in {known}; an alarm on {metric.unit} has no data"
            )
            yield Finding(CODE, message, path, Severity.WARNING, f"write unit: {known}, or remove it")


def _in_words(unit: str) -> str:
    return "without a unit" if unit == _NO_UNIT else f"in {unit}"


def _filter_units(metric: Metric, estate: Estate) -> list[str]:
    """The units of the metric filters that publish the metric; none for the metric of another source."""
    same = (metric.namespace, metric.name)
    filters = (f for f in estate.metric_filters if (f.metric.namespace, f.metric.name) == same)
    return sorted({metric_filter.unit or _NO_UNIT for metric_filter in filters})
