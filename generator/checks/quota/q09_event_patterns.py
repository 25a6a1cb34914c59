"""Q09: an event pattern has at most 2,048 characters.

The console and the quota page say 2,048, the API's model admits 4,096; the smaller one is safe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "Q09"
NAME = "event-pattern-length"
TITLE = "An event pattern has at most 2,048 characters."
WHY = (
    "EventBridge refuses a longer pattern, and without the rule no alarm reaches anybody. obsgen matches alarms by"
    " the end of their names for that reason, never by a list. The language has no place for patterns; this rule"
    " guards the templates that obsgen itself makes."
)
SOURCE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
BAD_TEMPLATE = f"""\
hub.template.yaml:
  Resources:
    IncidentRule: {{Properties: {{EventPattern: {{source: [{"a" * 2048}]}}}}}}
"""
_LIMIT = 2048


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each rule or archive whose pattern is too long."""
    for rule in subject.resources("AWS::Events::Rule", "AWS::Events::Archive"):
        length = len(json.dumps(rule.properties.get("EventPattern", {}), separators=(",", ":")))
        if length > _LIMIT:
            message = f"the event pattern of {rule.logical_id} has {length:,} characters of {_LIMIT:,}"
            yield Finding(CODE, message, rule.path, hint="match by suffix, not by a list", where=rule.where)
