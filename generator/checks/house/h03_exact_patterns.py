"""H03: metric filters match exact text: no wildcards, no regular expressions.

What a number counts has to be readable from its filter; a pattern that also matches its neighbours counts them too.
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
    "`4*` matches 4, 40 and 4xx-retry; a regular expression is read differently by everybody who reads it. Alarms"
    " stand on these counts, so each pattern says exactly what it counts. A log group also takes only five patterns"
    " with regular expressions, subscription filters included."
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
# In terms and phrases a star is a star; only these two kinds of pattern know it as a wildcard.
_WITH_WILDCARDS = ("fields", "json")
# A star inside a word is literal (`Ev*ent`): it stands for anything only at the ends of a value, and in a selector.
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
            hint = 'write what is to be counted, such as { $.level = "ERROR" } or "[ERROR]"'
            yield Finding(CODE, message, (*metric_filter.path, "pattern"), hint=hint)


def _loose(pattern: Pattern) -> str:
    """What makes the pattern match more than one text; nothing where it does not."""
    if pattern.regex_count:
        return "a regular expression"
    is_wild = pattern.kind in _WITH_WILDCARDS and _WILDCARD.search(pattern.source)
    return "the wildcard `*`" if is_wild else ""
