"""T46: the metric of an alarm that missing data raises is published.

Metric math is exempt: FILL gives a value to periods without data. T06 and T07 check namespaces of AWS, T45 that of the
agent, and T08 that of the tag checker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.checks.check import Subject
from generator.checks.metric_references import alarm_metrics
from generator.findings import Finding, Severity
from generator.model.alarms import Alarm
from generator.model.compliance import NAMESPACE as TAGS
from generator.model.signals import MathSignal, Metric
from generator.wording import first_of, pluralize

CODE = "T46"
NAME = "metric-is-published"
TITLE = "An alarm that treats missing data as breaching uses a metric that is published."
SUMMARY = "A metric whose missing data is breaching is published."
WHY = (
    "If missing data is breaching, a new alarm is in ALARM until its metric has data, which may be never: a ticket on"
    " the first day that cannot be closed. obsgen knows the metrics of metric filters and of AWS, but not those of"
    " your own programs. An alarm on such a metric with a warm-up, in the alarm or in `defaults.alarms`, is reported"
    " for information only. With `published_by`, which says what publishes it, it is not reported."
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
_HINT = "add a metric filter, or set missing_data: not-breaching with a waiver that states why"
_COLD = "; or set published_by, or warm_up: 30m, if a program of yours publishes it"
_FEW = 3
_OBSGEN = "Obsgen/"


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each alarm without a source of its metric, or for many of one namespace; with a warm-up, for
    information.
    """
    published = {
        (metric_filter.metric.namespace, metric_filter.metric.name) for metric_filter in subject.estate.metric_filters
    }
    groups: dict[tuple[str, bool], list[tuple[Alarm, Metric]]] = {}
    for alarm, measured in alarm_metrics(subject.estate):
        metric = measured.metric
        known = metric.filter or (metric.namespace, metric.name) in published or _is_published(metric.namespace)
        if known or alarm.published_by or isinstance(alarm.signal, MathSignal) or not _raised_by_missing_data(alarm):
            continue
        groups.setdefault((metric.namespace, alarm.warm_up_minutes > 0), []).append((alarm, metric))
    for (namespace, warm), pairs in groups.items():
        severity, hint = (Severity.INFO, _HINT) if warm else (Severity.WARNING, _HINT + _COLD)
        after = "after its warm-up" if warm else "from the first minute"
        if len(pairs) > _FEW:
            # Most probably one program publishes them all, and an imported file has dozens.
            yield Finding(CODE, _of_many(namespace, pairs, after), pairs[0][0].path, severity, hint, on="key")
            continue
        for alarm, metric in pairs:
            message = (
                f"the file has no source of {namespace} {metric.name}, and `{alarm.key}` is in ALARM {after},"
                " until a program publishes it"
            )
            yield Finding(CODE, message, alarm.path, severity, hint, on="key")


def _of_many(namespace: str, pairs: Sequence[tuple[Alarm, Metric]], after: str) -> str:
    """The message of alarms on metrics of one namespace."""
    metrics = list(dict.fromkeys(metric.name for _, metric in pairs))
    keys = list(dict.fromkeys(f"`{alarm.key}`" for alarm, _ in pairs))
    after = after.replace("its warm-up", "their warm-up")
    source = f"{pluralize(len(metrics), 'metric')} of {namespace} ({first_of(metrics, _FEW)})"
    alarms = f"{pluralize(len(keys), 'alarm')} ({first_of(keys, _FEW)})"
    return f"the file has no source of {source}, and {alarms} are in ALARM {after}, until a program publishes them"


def _is_published(namespace: str) -> bool:
    """True if AWS, its agents, or obsgen itself publish in a namespace."""
    from generator.aws.metrics import CATALOGUE

    # T06 checks namespaces of AWS in another letter case.
    is_theirs = namespace.upper().startswith("AWS/") or namespace.startswith(_OBSGEN)
    return is_theirs or namespace == TAGS or namespace in CATALOGUE


def _raised_by_missing_data(alarm: Alarm) -> bool:
    return any(tuning.enabled and tuning.missing_data == "breaching" for tuning in alarm.tunings())
