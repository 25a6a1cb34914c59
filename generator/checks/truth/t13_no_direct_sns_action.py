"""T13: nothing publishes to the topic that cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.checks.check import Resource, Subject
from generator.findings import Finding

CODE = "T13"
NAME = "no-direct-sns-action"
TITLE = "No alarm and no event rule publishes to a topic with the AWS managed key by itself."
WHY = (
    "The policy of the key alias/aws/sns cannot be changed, and it admits neither CloudWatch nor EventBridge."
    " The action fails in the history of the alarm, and nobody is told. Alarms travel by EventBridge to the"
    " incident function, whose role may publish; an alarm needs no action for that."
)
SOURCE = "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"
BAD = """\
alarms:
  errors: {actions: ["arn:aws:sns:us-east-1:111111111111:monitoring-alerts-prod"]}
"""
GOOD = """\
alarms:
  errors: {actions: ["arn:aws:lambda:us-east-1:111111111111:function:page-prod"]}
"""
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_KEY = "alias/aws/sns"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each action and each target without a role that names such a topic."""
    topics = [r for r in subject.resources("AWS::SNS::Topic") if _KEY in str(r.properties.get("KmsMasterKeyId", ""))]
    ids = {topic.logical_id for topic in topics}
    names = {str(topic.properties.get("TopicName")) for topic in topics}
    for alarm in subject.resources(*_ALARMS):
        named = [a for name in _ACTIONS for a in alarm.properties.get(name, []) if _is_topic(a, ids, names)]
        if named:
            message = "CloudWatch cannot publish to this topic: its AWS managed key admits no service"
            hint = "leave the action out; the alarm reaches people by its severity's route"
            yield Finding(CODE, message, (*alarm.path, "actions"), hint=hint, where=alarm.where)
    for rule in subject.resources("AWS::Events::Rule"):
        for target in rule.properties.get("Targets", []):
            if _is_topic(target["Arn"], ids, names) and "RoleArn" not in target:
                yield _target(rule)


def _target(rule: Resource) -> Finding:
    message = "EventBridge cannot publish to this topic: its AWS managed key admits no service"
    return Finding(CODE, message, rule.path, hint="let a function publish", where=rule.where)


def _is_topic(action: Any, ids: set[str], names: set[str]) -> bool:
    if isinstance(action, dict):
        return action.get("Ref") in ids
    parts = str(action).split(":")
    return len(parts) > 5 and parts[2] == "sns" and parts[5] in names
