"""T65: an event rule agrees with its example events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from generator.checks.check import Subject
from generator.evaluate.events.paths import paths_in, value_at
from generator.evaluate.events.pattern import EventPattern, parse
from generator.findings import Finding, Path, Severity
from generator.model.event_rules import EventRule

CODE = "T65"
NAME = "event-examples"
TITLE = "An event rule matches its `match` examples and none of its `ignore` examples; its paths lead to values there."
SUMMARY = "An event rule agrees with its own examples."
WHY = (
    "A pattern with one wrong letter matches nothing, and no alarm fires: there is no event, and no incident. Every"
    " build tries the pattern on the examples as EventBridge would, and looks for the values that subject, title and"
    " facts name."
)
SOURCE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"
_RULE = """\
event_rules:
  failover:
    pattern: {source: [aws.rds], detail-type: [RDS DB Instance Event], detail: {EventCategories: [%s]}}
    severity: high
    subject: $.detail.SourceIdentifier
    examples:
      match:
        - source: aws.rds
          detail-type: RDS DB Instance Event
          detail: {EventCategories: [failover], SourceIdentifier: x}
"""
BAD = _RULE % "fail-over"
GOOD = _RULE % "failover"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each example with another result, and for each path without a value in any example."""
    for rule in subject.estate.event_rules:
        begins, ends = _pattern(rule.pattern), _pattern(rule.end.pattern)
        examples: tuple[tuple[str, tuple[str, ...], EventPattern | None, bool], ...] = (
            ("match", rule.match, begins, True),
            ("ignore", rule.ignore, begins, False),
            ("end", rule.end_match, ends, True),
        )
        for name, texts, pattern, expected in examples:
            for index, event in enumerate(map(json.loads, texts)):
                if pattern and pattern.matches(event) is not expected:
                    does = "does not match" if expected else "matches"
                    what = "`ends`" if name == "end" else "the pattern"
                    path = _path(rule, "examples", name, index)
                    yield Finding(CODE, f"{what} {does} this event", path, hint="fix the pattern or the example")
        yield from _ends_at_once(rule, ends)
        yield from _paths(rule)


def _pattern(text: str) -> EventPattern | None:
    parsed = parse(json.loads(text)) if text else None
    return parsed if isinstance(parsed, EventPattern) else None


def _ends_at_once(rule: EventRule, ends: EventPattern | None) -> Iterator[Finding]:
    """An example that begins an incident and ends it at once: which of both comes first is chance."""
    if ends and any(ends.matches(json.loads(text)) for text in rule.match):
        message = "`ends` matches an event that begins an incident"
        yield Finding(CODE, message, _path(rule, "ends", "pattern"), hint="make the patterns exclude each other")


def _paths(rule: EventRule) -> Iterator[Finding]:
    begins, ends = [json.loads(text) for text in rule.match], [json.loads(text) for text in rule.end_match]
    texts = [("title", rule.title), ("action", rule.action), *((f"facts.{name}", text) for name, text in rule.facts)]
    for text in rule.subject:
        yield from _missing(rule, "subject", text, begins, Severity.ERROR)
    if rule.account_from:
        yield from _missing(rule, "account_from", rule.account_from, begins, Severity.ERROR)
    for text in rule.end.subject or rule.subject:
        yield from _missing(rule, "ends" if rule.end.subject else "subject", text, ends, Severity.ERROR)
    if begins and ends:
        yield from _subjects(rule, begins[0], ends[0])
    for field, text in texts:
        for path in paths_in(text):
            yield from _missing(rule, field, path, begins, Severity.WARNING)


def _subjects(rule: EventRule, begin: Mapping[str, Any], end: Mapping[str, Any]) -> Iterator[Finding]:
    """The first examples of begin and end are about the same thing."""
    at_begin = [value_at(begin, path) for path in rule.subject]
    at_end = [value_at(end, path) for path in rule.end.subject or rule.subject]
    if at_begin != at_end and None not in (*at_begin, *at_end):
        message = f"the first example of an end is about {at_end}, but that of a begin about {at_begin}"
        hint = "use examples of one subject, or set `subject` of `ends`"
        yield Finding(CODE, message, _path(rule, "examples", "end", 0), hint=hint)


def _missing(
    rule: EventRule, field: str, path: str, events: list[Mapping[str, Any]], severity: Severity
) -> Iterator[Finding]:
    if events and not any(value_at(event, path) is not None for event in events):
        message = f"no example has a value at `{path}`"
        name, _, rest = field.partition(".")
        at = _path(rule, name, *([rest] if rest else []))
        yield Finding(CODE, message, at, severity, "correct the path, or add an example that has it")


def _path(rule: EventRule, *steps: str | int) -> Path:
    """A place in the entry; the entry itself for the rules of a pack."""
    return rule.path if rule.pack else (*rule.path, *steps)
