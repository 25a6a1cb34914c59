"""T46: silence raises an alarm, and nothing in the file publishes its metric.

Metric math is left alone: FILL gives a value where there is none. Namespaces of AWS are T06's and T07's; the agent's
are T45's, and the tag checker's are T08's.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.metric_references import alarm_metrics
from generator.findings import Finding, Severity
from generator.model.alarms import Alarm
from generator.model.compliance import NAMESPACE as TAGS
from generator.model.signals import MathSignal

CODE = "T46"
NAME = "somebody-publishes"
TITLE = "An alarm that silence raises looks at a metric that the file publishes, or says what silence means."
WHY = (
    "Where missing data breaches, a new alarm is in ALARM until its metric has data, which may be never: a ticket on"
    " the first day that nobody can close. obsgen knows what metric filters publish, and AWS, but not what your own"
    " programs publish: an alarm on their metrics with a warm-up, in the alarm or in `defaults.alarms`, is mentioned"
    " for information only."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"
_METRIC = "metric: {filter: null, namespace: Shop, name: Lag}, missing_data: breaching"
BAD = f"""\
alarms:
  errors: {{{_METRIC}}}
"""
GOOD = f"""\
metric_filters:
  lag:
    log_group: application
    pattern: '[time, level, label = "lag:", seconds]'
    metric: {{namespace: Shop, name: Lag, value: $seconds}}
    examples: {{match: ["2026-11-20T10:00:00Z INFO lag: 4.2"]}}
alarms:
  errors: {{{_METRIC}}}
"""
_HINT = "a metric filter, or missing_data: not-breaching with a waiver that says what silence means"
_COLD = "; or warm_up: 30m, if a program of yours publishes it"
_OBSGEN = "Obsgen/"


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each alarm that nothing feeds; where it has a warm-up, for information."""
    published = {
        (metric_filter.metric.namespace, metric_filter.metric.name) for metric_filter in subject.estate.metric_filters
    }
    for alarm, measured in alarm_metrics(subject.estate):
        metric = measured.metric
        known = metric.filter or (metric.namespace, metric.name) in published or _is_published(metric.namespace)
        if known or isinstance(alarm.signal, MathSignal) or not _raised_by_silence(alarm):
            continue
        warm = alarm.warm_up_minutes > 0
        after = "when its warm-up is over" if warm else "from its first minute on"
        message = (
            f"nothing in this file publishes {metric.namespace} {metric.name}, and `{alarm.key}` is in ALARM {after},"
            " until somebody does"
        )
        severity, hint = (Severity.INFO, _HINT) if warm else (Severity.WARNING, _HINT + _COLD)
        yield Finding(CODE, message, alarm.path, severity, hint, on="key")


def _is_published(namespace: str) -> bool:
    """Whether AWS, its agents, or obsgen itself publish there."""
    from generator.aws.metrics import CATALOGUE

    # A namespace that is AWS's but for its case is another check's.
    is_theirs = namespace.upper().startswith("AWS/") or namespace.startswith(_OBSGEN)
    return is_theirs or namespace == TAGS or namespace in CATALOGUE


def _raised_by_silence(alarm: Alarm) -> bool:
    return any(tuning.enabled and tuning.missing_data == "breaching" for tuning in alarm.tunings())
