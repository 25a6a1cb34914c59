"""H03: metric filters match exact text, without wildcards and regular expressions.

Readers must see from a filter what its metric counts; a pattern that matches similar texts counts them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.patterns.pattern import Pattern, parse
from generator.findings import Finding

CODE = "H03"
NAME = "exact-filter-patterns"
TITLE = "Metric filter patterns have no wildcards and no regular expressions."
WHY = (
    "`4*` matches 4, 40 and 4xx-retry, and readers disagree on what a regular expression matches. Alarms depend on"
    " these counts, so each pattern states exactly what it counts. A log group also allows only five patterns with"
    " regular expressions, subscription filters included."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"
BAD = """\
metric_filters:
  errors:
    pattern: '{ $.level = "ERR*" }'
"""
GOOD = """\
metric_filters:
  errors:
    pattern: '{ $.level = "ERROR" }'
"""
# In terms and phrases a star is literal; it is a wildcard in these two kinds of pattern only.
_WITH_WILDCARDS = ("fields", "json")
# A star inside a word is literal (`Ev*ent`): it is a wildcard only at the ends of a value, and in a selector.
_WILDCARD = re.compile(r"(?<!\w)\*|\*(?!\w)")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each filter whose pattern matches more than one text."""
    for metric_filter in subject.estate.metric_filters:
        pattern = parse(metric_filter.pattern)
        if not isinstance(pattern, Pattern):
            continue
        loose = _loose(pattern)
        if loose:
            message = f"the pattern of `{metric_filter.key}` has {loose}, so it matches more than one text"
            hint = 'use the exact text, such as { $.level = "ERROR" } or "[ERROR]"'
            yield Finding(CODE, message, (*metric_filter.path, "pattern"), hint=hint)


def _loose(pattern: Pattern) -> str:
    """The element that makes a pattern match more than one text; empty if there is none."""
    if pattern.regex_count:
        return "a regular expression"
    is_wild = pattern.kind in _WITH_WILDCARDS and _WILDCARD.search(pattern.source)
    return "the wildcard `*`" if is_wild else ""
