"""Q09: an event pattern has at most 2,048 characters.

The console and the quota page state 2,048, the API's model 4,096; the smaller limit is safe.
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
    "EventBridge refuses a longer pattern, and without the rule no alarm is delivered. For that reason obsgen matches"
    " alarms by the end of their names, and writes as many rules as it takes for those with names of their own."
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
            message = f"the event pattern of {rule.logical_id} has {length:,} characters; the AWS limit is {_LIMIT:,}"
            yield Finding(CODE, message, rule.path, hint="use a suffix instead of a list", where=rule.where)
