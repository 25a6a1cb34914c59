"""T13: no service publishes to a topic that it cannot publish to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.checks.check import Subject
from generator.checks.iam import arn_target
from generator.findings import Finding

CODE = "T13"
NAME = "no-direct-sns-action"
TITLE = "No alarm and no event rule publishes directly to a topic with the AWS managed key."
SUMMARY = "No alarm or event rule publishes to a topic with AWS's key."
WHY = (
    "The policy of the key alias/aws/sns cannot be changed, and it allows neither CloudWatch nor EventBridge. The"
    " action fails in the alarm's history, without a notification. EventBridge delivers alarms to the incident"
    " function, whose role may publish; an alarm needs no action for that."
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
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::LogAlarm")
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_KEY = "alias/aws/sns"


@dataclass(frozen=True, slots=True)
class _Topics:
    """The topics that no service may publish to: by logical ID in the templates, by name in ARNs."""

    ids: frozenset[str]
    names: frozenset[str]

    def have(self, target: Any) -> bool:
        """True if an action or a target is one of them."""
        logical_id, arn = arn_target(target)
        parts = arn.split(":")
        return logical_id in self.ids or (len(parts) > 5 and parts[2] == "sns" and parts[5] in self.names)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each action and each target without a role that names such a topic."""
    topics = _topics(subject)
    for alarm in subject.resources(*_ALARMS):
        reported = []
        for index, action in ((i, a) for name in _ACTIONS for i, a in enumerate(alarm.properties.get(name, []))):
            if topics.have(action) and action not in reported:
                reported.append(action)
                message = "CloudWatch cannot publish to this topic: its AWS managed key allows no service"
                hint = "remove the action; the route of its severity notifies the channels"
                yield Finding(CODE, message, (*alarm.path, "actions", index), hint=hint, where=alarm.where)
    for rule in subject.resources("AWS::Events::Rule"):
        for target in rule.properties.get("Targets", []):
            if topics.have(target["Arn"]) and "RoleArn" not in target:
                message = "EventBridge cannot publish to this topic: its AWS managed key allows no service"
                yield Finding(CODE, message, rule.path, hint="use a function that publishes", where=rule.where)


def _topics(subject: Subject) -> _Topics:
    ours = [r for r in subject.resources("AWS::SNS::Topic") if _KEY in str(r.properties.get("KmsMasterKeyId", ""))]
    names = {str(topic.properties.get("TopicName")) for topic in ours}
    # The hubs of other environments have the same topic, with the same key.
    kinds = {name.removesuffix(f"-{subject.estate.environment}") for name in names}
    names |= {f"{kind}-{environment}" for kind in kinds for environment in subject.estate.environments}
    return _Topics(frozenset(topic.logical_id for topic in ours), frozenset(names))
