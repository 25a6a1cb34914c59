"""T67: an event rule of one's own has an example."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T67"
NAME = "event-examples-given"
TITLE = "An event rule with a pattern of your own has an example event that matches, and one that ends it."
SUMMARY = "An event rule of your own has examples."
WHY = (
    "Nothing but an example shows that a pattern matches: a wrong one is as silent as a quiet night. The page of each"
    " service has examples of its events, and T65 tries them in every build."
)
SOURCE = "https://docs.aws.amazon.com/eventbridge/latest/ref/events.html"
_RULE = """\
event_rules:
  failover:
    pattern: {source: [aws.rds], detail-type: [RDS DB Instance Event], detail: {EventCategories: [failover]}}
    severity: high
"""
BAD = _RULE
GOOD = f"""\
{_RULE}\
    examples:
      match: [{{source: aws.rds, detail-type: RDS DB Instance Event, detail: {{EventCategories: [failover]}}}}]
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each rule without an example of its begin, or of its end."""
    for rule in subject.estate.event_rules:
        if rule.pack:
            continue
        hint = "add examples: {match: [{source: …, detail-type: …, detail: {…}}]}"
        if not rule.match:
            yield Finding(
                CODE, "no example shows that the pattern matches", rule.path, Severity.WARNING, hint, on="key"
            )
        elif rule.end.pattern and not rule.end_match:
            message = "no example shows that the pattern of `ends` matches"
            hint = "add examples: {end: [{source: …, detail-type: …, detail: {…}}]}"
            yield Finding(CODE, message, (*rule.path, "ends"), Severity.WARNING, hint, on="key")
