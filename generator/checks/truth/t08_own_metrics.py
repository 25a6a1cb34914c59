"""T08: a metric of our own filters is used as it is emitted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.metric_references import alarm_metrics
from generator.findings import Finding, Severity, did_you_mean
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.model.compliance import FROM_SCAN, METRICS, NAMESPACE
from generator.model.estate import Estate
from generator.model.logs import MetricFilter
from generator.model.metric_references import MetricReference
from generator.model.signals import FleetSignal

CODE = "T08"
NAME = "own-metrics"
TITLE = "An alarm on a metric of ours, a filter's or the tag checker's, uses it as it is published, where it is."
WHY = (
    "A filter emits its metric in the account of its log group, with exactly its dimensions. An alarm that"
    " looks elsewhere looks at a metric nobody emits. The tag checker publishes in each member: without a"
    " dimension what changed, with `Source: Scan` the totals of a scan."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html"
BAD = """\
alarms:
  errors: {metric: {dimensions: {Service: checkout}}}
"""
GOOD = """\
alarms:
  errors: {metric: {dimensions: null}}
"""
# Shorter names are all near each other.
_TELLING = 5


def check(subject: Subject) -> Iterator[Finding]:
    """Errors for our filters' metrics; a warning for a name that is nearly one of theirs."""
    filters = {metric_filter.key: metric_filter for metric_filter in subject.estate.metric_filters}
    emitted: dict[tuple[str, str], set[str]] = {}
    for metric_filter in filters.values():
        for slip in _slips(metric_filter.metric.name):
            emitted.setdefault((metric_filter.metric.namespace, slip), set()).add(metric_filter.metric.name)
    for alarm, measured in alarm_metrics(subject.estate):
        own = filters.get(measured.metric.filter or "")
        if measured.metric.namespace == NAMESPACE and not own:
            yield from _of_tags(alarm, measured, subject.estate)
        else:
            yield from _own(alarm, measured, own) if own else _nearly(measured, emitted)


def _of_tags(alarm: Alarm, measured: MetricReference, estate: Estate) -> Iterator[Finding]:
    """What the tag checker publishes, and where."""
    metric = measured.metric
    if estate.compliance is None:
        if not alarm.everywhere_disabled:
            message = f"nothing publishes {NAMESPACE} in this environment: it has no `compliance`"
            yield Finding(CODE, message, (*measured.path, "namespace"), hint="compliance: {}")
        return
    if metric.name not in METRICS:
        hint = did_you_mean(metric.name, METRICS).strip() or " or ".join(METRICS)
        yield Finding(CODE, f"the tag checker publishes no `{metric.name}`", (*measured.path, "name"), hint=hint)
    if metric.dimensions not in ((), FROM_SCAN):
        message = "the tag checker publishes without dimensions what changed, and its scans with `Source: Scan`"
        hint = "{Source: Scan}, or leave dimensions out"
        yield Finding(CODE, message, (*measured.path, "dimensions"), hint=hint)
    if alarm.side is Side.HUB and alarm.account is None and not isinstance(alarm.signal, FleetSignal):
        message = "the tag checker publishes in each member, and this alarm looks in the hub"
        yield Finding(CODE, message, measured.path, hint="in: members")


def _own(alarm: Alarm, measured: MetricReference, metric_filter: MetricFilter) -> Iterator[Finding]:
    actual = sorted(name for name, _ in measured.metric.dimensions)
    emitted = sorted(name for name, _ in metric_filter.dimensions)
    if actual != emitted:
        has = ", ".join(emitted) or "no dimensions"
        message = f"the filter `{metric_filter.key}` emits {has}, not {', '.join(actual) or 'none'}"
        path = (*measured.path, "dimensions") if actual else measured.path
        hint = f"dimensions: {{{', '.join(f'{name}: …' for name in emitted)}}}" if emitted else "leave dimensions out"
        yield Finding(CODE, message, path, hint=hint)
    if metric_filter.side is Side.MEMBERS and alarm.is_of_hub:
        message = (
            f"the filter `{metric_filter.key}` counts in a log group of the members, and this alarm looks at the hub"
        )
        yield Finding(CODE, message, measured.path, hint="count in a log group of the hub")
    elif metric_filter.side is Side.HUB and not alarm.is_of_hub:
        looks = "in its own account" if alarm.side is Side.MEMBERS else "at the members"
        message = f"the filter `{metric_filter.key}` counts in a log group of the hub, and this alarm looks {looks}"
        yield Finding(CODE, message, measured.path, hint="accounts: [hub], or count in a log group of the members")


def _nearly(measured: MetricReference, emitted: dict[tuple[str, str], set[str]]) -> Iterator[Finding]:
    metric = measured.metric
    candidates = {name for slip in _slips(metric.name) for name in emitted.get((metric.namespace, slip), ())}
    near = sorted(name for name in candidates if not _on_purpose(metric.name, name))
    if near:
        by_case = metric.name.lower() == near[0].lower()
        message = f"no filter emits `{metric.name}`" + ("; names are case-sensitive" if by_case else "")
        hint = did_you_mean(metric.name, near).strip()
        yield Finding(CODE, message, (*measured.path, "name"), Severity.WARNING, hint)


def _slips(name: str) -> set[str]:
    """The name in lower case, and without each of its letters: two names that share one differ by a slip."""
    folded = name.lower()
    without = {folded[:at] + folded[at + 1 :] for at in range(len(folded))} if len(folded) >= _TELLING else set()
    return {folded, *without}


def _on_purpose(name: str, emitted: str) -> bool:
    """Whether two names differ in their digits alone, as `Count4xx` and `Count5xx` do."""
    name, emitted = name.lower(), emitted.lower()
    return name != emitted and re.sub(r"\d", "", name) == re.sub(r"\d", "", emitted)
