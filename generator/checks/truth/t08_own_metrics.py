"""T08: an alarm uses a metric of obsgen's own as it is published."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.metric_references import alarm_metrics
from generator.findings import Finding, Severity, did_you_mean, suggest
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.model.compliance import FROM_SCAN, METRICS, NAMESPACE
from generator.model.estate import Estate
from generator.model.logs import MetricFilter
from generator.model.metric_references import MetricReference
from generator.model.signals import MathSignal

CODE = "T08"
NAME = "own-metrics"
TITLE = (
    "An alarm on the metric of a filter or of the tag checker uses it as it is published, in the account where it is"
    " published."
)
SUMMARY = "An alarm uses metrics of filters and the tag checker as published."
WHY = (
    "A filter publishes its metric in the account of its log group, with exactly its dimensions. With other dimensions"
    " or in another account, the metric does not exist. The tag checker publishes in each member: changes without a"
    " dimension, and the totals of a scan with `Source: Scan`."
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
# Shorter names are all similar.
_TELLING = 5


def check(subject: Subject) -> Iterator[Finding]:
    """Errors for metrics of the file's own filters; a warning for a name that is close to one of theirs."""
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
    """Findings for a metric of the tag checker."""
    metric = measured.metric
    if estate.compliance is None:
        if not (alarm.everywhere_disabled or alarm.published_by):
            message = f"no source publishes {NAMESPACE} in this environment: it has no `compliance`"
            hint = "add compliance: {}; or published_by, if the tag checker of another stack publishes it"
            yield Finding(CODE, message, (*measured.path, "namespace"), hint=hint)
        return
    if metric.name not in METRICS:
        hint = suggest(metric.name, METRICS, f"use {' or '.join(METRICS)}")
        yield Finding(CODE, f"the tag checker publishes no metric `{metric.name}`", (*measured.path, "name"), hint=hint)
    if metric.dimensions not in ((), FROM_SCAN):
        message = "the tag checker publishes changes without dimensions, and scans with `Source: Scan`"
        hint = "use {Source: Scan}, or remove the dimensions"
        yield Finding(CODE, message, (*measured.path, "dimensions"), hint=hint)
    if _is_of_hub(alarm, measured):
        message = "the tag checker publishes in each member, and this alarm uses the hub's metrics"
        yield Finding(CODE, message, measured.path, hint="set in: members")


def _own(alarm: Alarm, measured: MetricReference, metric_filter: MetricFilter) -> Iterator[Finding]:
    actual = sorted(name for name, _ in measured.metric.dimensions)
    emitted = sorted(name for name, _ in metric_filter.dimensions)
    if actual != emitted:
        has = ", ".join(emitted) or "none"
        message = f"expected the dimensions of filter `{metric_filter.key}` ({has}), got {', '.join(actual) or 'none'}"
        path = (*measured.path, "dimensions") if actual else measured.path
        hint = (
            f"set dimensions: {{{', '.join(f'{name}: …' for name in emitted)}}}" if emitted else "remove the dimensions"
        )
        yield Finding(CODE, message, path, hint=hint)
    is_of_hub = _is_of_hub(alarm, measured)
    if metric_filter.side is Side.MEMBERS and is_of_hub:
        message = (
            f"filter `{metric_filter.key}` counts in a log group of the members, and this alarm uses the hub's metrics"
        )
        yield Finding(CODE, message, measured.path, hint="use a filter on a log group of the hub")
    elif metric_filter.side is Side.HUB and not is_of_hub:
        whose = "its own account's" if alarm.side is Side.MEMBERS else "the members'"
        message = (
            f"the filter `{metric_filter.key}` counts in a log group of the hub, and this alarm uses {whose} metrics"
        )
        yield Finding(
            CODE, message, measured.path, hint="set accounts: [hub], or use a filter on a log group of the members"
        )


def _is_of_hub(alarm: Alarm, measured: MetricReference) -> bool:
    """True if the metric is of the hub's own account."""
    if isinstance(alarm.signal, MathSignal):
        operands = (operand for operand in alarm.signal.operands if operand.path == measured.path)
        return alarm.side is Side.HUB and all(operand.account is None for operand in operands)
    return alarm.is_of_hub


def _nearly(measured: MetricReference, emitted: dict[tuple[str, str], set[str]]) -> Iterator[Finding]:
    metric = measured.metric
    candidates = {name for slip in _slips(metric.name) for name in emitted.get((metric.namespace, slip), ())}
    near = sorted(name for name in candidates if not _on_purpose(metric.name, name))
    if near:
        by_case = metric.name.lower() == near[0].lower()
        message = f"no filter publishes `{metric.name}`" + ("; names are case-sensitive" if by_case else "")
        hint = did_you_mean(metric.name, near).strip()
        yield Finding(CODE, message, (*measured.path, "name"), Severity.WARNING, hint)


def _slips(name: str) -> set[str]:
    """Variants of a name: in lower case, and without each of its letters. Two names that share one differ by a slip."""
    folded = name.lower()
    without = {folded[:at] + folded[at + 1 :] for at in range(len(folded))} if len(folded) >= _TELLING else set()
    return {folded, *without}


def _on_purpose(name: str, emitted: str) -> bool:
    """True if two names differ in their digits alone, as `Count4xx` and `Count5xx` do."""
    name, emitted = name.lower(), emitted.lower()
    return name != emitted and re.sub(r"\d", "", name) == re.sub(r"\d", "", emitted)
