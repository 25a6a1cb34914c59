"""Q06: a log group takes at most 100 metric filters, and five patterns with regular expressions.

Subscription filters with regular expressions count among the five; those that others make are not seen here.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.evaluate.patterns.pattern import Pattern, parse
from generator.findings import Finding
from generator.model.logs import MetricFilter

CODE = "Q06"
NAME = "metric-filters-per-log-group"
TITLE = "A log group has at most 100 metric filters, 5 of them with regular expressions."
WHY = (
    "CloudWatch Logs refuses the next filter, the stack rolls back, and none of the new filters counts. Neither quota"
    " can be raised. One filter with a dimension often does the work of many."
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
    """A finding for each log group with too many filters; the first that is too many is the place."""
    by_group: dict[str, list[MetricFilter]] = {}
    for metric_filter in subject.estate.metric_filters:
        by_group.setdefault(metric_filter.log_group, []).append(metric_filter)
    for key, filters in by_group.items():
        what = f"log group `{key}` has {len(filters)} metric filters"
        path = filters[min(_FILTERS, len(filters) - 1)].path
        yield from check_quota(CODE, what, len(filters), _FILTERS, path, "fewer filters, with dimensions")
        with_regex = [metric_filter for metric_filter in filters if _has_regex(metric_filter)]
        if len(with_regex) > _WITH_REGEX:
            message = f"log group `{key}` has {len(with_regex)} patterns with regular expressions of {_WITH_REGEX}"
            path = (*with_regex[_WITH_REGEX].path, "pattern")
            yield Finding(CODE, message, path, hint='write the text itself: "E17 declined"')


def _has_regex(metric_filter: MetricFilter) -> bool:
    pattern = parse(metric_filter.pattern)
    return isinstance(pattern, Pattern) and pattern.regex_count > 0
