"""Q06: a log group has at most 100 metric filters, and five patterns with regular expressions.

Subscription filters with regular expressions count among the five; those created elsewhere are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.evaluate.patterns.pattern import Pattern, parse
from generator.findings import Finding
from generator.model.logs import MetricFilter
from generator.model.subscription_filters import SubscriptionFilter

CODE = "Q06"
NAME = "metric-filters-per-log-group"
TITLE = "A log group has at most 100 metric filters, 5 of them with regular expressions."
SUMMARY = "A log group has at most 100 metric filters, 5 with expressions."
WHY = (
    "CloudWatch Logs refuses the next filter, the stack rolls back, and none of the new filters counts. Neither quota"
    " can be raised. One filter with a dimension often replaces many."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"
_REGEX_FILTER = "{log_group: application, pattern: '%E[0-9]%', metric: {name: Errors, namespace: Shop}}"
BAD = (
    "waivers:\n"
    "- {rule: exact-filter-patterns, for: metric_filters, reason: error codes come in hundreds}\n"
    "metric_filters:\n" + "".join(f"  code-{n}: {_REGEX_FILTER.replace('Errors', f'Errors{n}')}\n" for n in range(1, 7))
)
GOOD = """\
metric_filters:
  declined: {log_group: application, pattern: '"E17 declined"', metric: {name: Declined, namespace: Shop}}
"""
_FILTERS = 100
_WITH_REGEX = 5


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each log group with too many filters, at the first filter over the limit."""
    by_group: dict[str, list[MetricFilter]] = {}
    for metric_filter in subject.estate.metric_filters:
        by_group.setdefault(metric_filter.log_group, []).append(metric_filter)
    for key, filters in by_group.items():
        what = f"log group `{key}` has {len(filters)} metric filters"
        path = filters[min(_FILTERS, len(filters) - 1)].path
        yield from check_quota(CODE, what, len(filters), _FILTERS, path, "replace filters by one with a dimension")
    with_regex_by_group: dict[str, list[MetricFilter | SubscriptionFilter]] = {}
    for log_filter in subject.estate.log_filters:
        if _has_regex(log_filter):
            with_regex_by_group.setdefault(log_filter.log_group, []).append(log_filter)
    for key, with_regex in with_regex_by_group.items():
        if len(with_regex) > _WITH_REGEX:
            count = f"{len(with_regex)} patterns with regular expressions"
            message = f"log group `{key}` has {count}; the AWS limit is {_WITH_REGEX}"
            path = (*with_regex[_WITH_REGEX].path, "pattern")
            yield Finding(CODE, message, path, hint='use exact text: "E17 declined"')


def _has_regex(log_filter: MetricFilter | SubscriptionFilter) -> bool:
    pattern = parse(log_filter.pattern)
    return isinstance(pattern, Pattern) and pattern.regex_count > 0
