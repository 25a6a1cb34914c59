"""T11: a composite is within CloudWatch's limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from generator.checks.check import Resource, Subject
from generator.findings import Finding

CODE = "T11"
NAME = "composite-limits"
TITLE = "A composite has at most 100 children, 500 elements and 10,240 characters."
SUMMARY = "A composite is within CloudWatch's limits."
WHY = (
    "CloudWatch refuses a larger rule when the stack is deployed. A composite may have composites as children, so that"
    " a large one can be split."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::LogAlarm")
_MOST_CHILDREN = 100
_MOST_ELEMENTS = 500
_MOST_CHARACTERS = 10_240
INSTEAD = "Split the composite, and combine the parts in another composite."
BAD_TEMPLATE = f"""\
hub.template.yaml:
  Resources:
    Everything:
      Type: AWS::CloudWatch::CompositeAlarm
      Properties: {{AlarmRule: '{" OR ".join(f'ALARM("errors-{n}-prod")' for n in range(1, _MOST_CHILDREN + 2))}'}}
      Metadata: {{obsgen: {{path: composites.everything}}}}
"""
_STATE = re.compile(r'\b(?:ALARM|OK|INSUFFICIENT_DATA)\("[^"]*"\)')
_NAME = re.compile(r'"([^"]*)"')
_CONSTANT = re.compile(r"\b(?:TRUE|FALSE)\b")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each limit that a rule exceeds, in the form that CloudWatch receives."""
    names: dict[str, dict[str, str]] = {file: {} for file in subject.templates}
    for alarm in subject.resources(*_ALARMS):
        names[alarm.file][alarm.logical_id] = str(alarm.properties.get("AlarmName"))
    for composite in subject.resources("AWS::CloudWatch::CompositeAlarm"):
        rule = _longest(composite.properties["AlarmRule"], names[composite.file])
        mentioned = _NAME.findall(rule)
        rest = _NAME.sub("", _STATE.sub("", rule))
        constants = len(_CONSTANT.findall(rest))
        yield from _over("children", len(set(mentioned)), _MOST_CHILDREN, composite)
        elements = len(mentioned) + constants + rest.count("(") + rest.count(")")
        yield from _over("elements", elements, _MOST_ELEMENTS, composite)
        yield from _over("characters", len(rule), _MOST_CHARACTERS, composite)


def _longest(value: Any, names: dict[str, str]) -> str:
    """A rule with all names filled in; of two choices the longer, which is never the one without the alarm."""
    if isinstance(value, str):
        return value
    if "Fn::If" in value:
        return max((_longest(choice, names) for choice in value["Fn::If"][1:]), key=len)
    substitution = value["Fn::Sub"]
    text, parts = substitution if isinstance(substitution, list) else (substitution, {})
    chosen = {name: _longest(part, names) for name, part in parts.items()}

    def known(match: re.Match[str]) -> str:
        name = match.group(1)
        return chosen.get(name) or names.get(name, match.group(0))

    return _PLACEHOLDER.sub(known, text)


def _over(what: str, count: int, limit: int, composite: Resource) -> Iterator[Finding]:
    if count > limit:
        message = f"this rule has {count:,} {what}; the AWS limit is {limit:,}"
        hint = "split it into composites, and combine them"
        yield Finding(CODE, message, (*composite.path, "rule"), hint=hint, where=composite.where)
