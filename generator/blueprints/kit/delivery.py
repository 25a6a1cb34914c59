"""Targets that retry for a day and dead-letter what still fails, and the queues that this goes to.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from awacs.aws import ArnEquals
from awacs.aws import Condition as When
from troposphere import GetAtt, Ref, events, sqs

from generator.aws.sqs import LONGEST_RETENTION_S
from generator.blueprints.kit.policies import grant, policy, service
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.findings import Path

EVENTS = "events.amazonaws.com"
# The one resource policy by which EventBridge writes to log groups of the hub; a Region has ten, for all services.
EVENT_LOG_POLICY = "EventLogPolicy"


def target(name: str, arn: Any, dead_letters: str, role: str | None = None, **extra: Any) -> events.Target:
    """A rule's target. `dead_letters` and `role` are logical ids."""
    by_role = {"RoleArn": GetAtt(role, "Arn")} if role else {}
    return events.Target(
        Id=name,
        Arn=arn,
        RetryPolicy=events.RetryPolicy(MaximumEventAgeInSeconds=86_400, MaximumRetryAttempts=185),
        DeadLetterConfig=events.DeadLetterConfig(Arn=GetAtt(dead_letters, "Arn")),
        **by_role,
        **extra,
    )


def dead_letter_queue(title: str, name: str, path: Path, **extra: Any) -> Part:
    """A dead-letter queue, with a retention of 14 days."""
    return sqs.Queue(
        title,
        QueueName=name,
        MessageRetentionPeriod=LONGEST_RETENTION_S,
        SqsManagedSseEnabled=True,
        Metadata=origin(path),
        **DELETED,
        **extra,
    )


def written_by_rules(
    title: str, queue: str, rules: list[str], path: Path, also: Sequence[Any] = (), **extra: Any
) -> Part:
    """The queue policy without which EventBridge drops events at once: a permission error is not retried.

    also: further ARNs of rules, with `*` where there are too many, or where not every stack has them.
    """
    statement = grant(
        service(EVENTS),
        ["sqs:SendMessage"],
        [GetAtt(queue, "Arn")],
        sid="RulesSend",
        condition=When(ArnEquals({"aws:SourceArn": [*(GetAtt(rule, "Arn") for rule in rules), *also]})),
    )
    return sqs.QueuePolicy(title, Queues=[Ref(queue)], PolicyDocument=policy(statement), Metadata=origin(path), **extra)
