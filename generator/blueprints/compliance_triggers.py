"""What makes the checker look: changes of instances and tags, schedules, and people; all through its queues.

State changes wait in a queue of their own, because tags come after the launch; a change of tags need not wait. Both are
events that AWS sends as well as it can, and no more: what they miss, a scan finds.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html
https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-tag.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from awacs.aws import ArnEquals, StringEquals
from awacs.aws import Condition as When
from troposphere import GetAtt, Ref, Sub, events, iam, scheduler, sqs

from generator.blueprints.delivery import dead_letter_queue, target, written_by_rules
from generator.blueprints.policies import allow, grant, policy, service
from generator.blueprints.stack import DELETED, Part, origin
from generator.model.compliance import EC2_INSTANCE, Compliance
from generator.model.compliance_names import COMPLIANCE, DEAD_LETTERS, LAUNCHES
from generator.model.estate import Estate

# The custom resource that empties the bucket; whatever starts the checker goes before it.
EMPTIED = "ComplianceBucketContents"
TIMEOUT_SECONDS = 60
# AWS advises six times the function's time-out, and five receives, so that throttling makes no dead letters.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS
MAX_RECEIVES = 5
FOUR_DAYS = 4 * 86_400
# Characters of an event pattern: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
PATTERN_LIMIT = 2_048
SCHEDULER = "scheduler.amazonaws.com"
TICK = "rate(15 minutes)"
EVENT_AGE_SECONDS = 3_600
# A terminated instance is no longer anybody's to tag, whichever states are checked.
TERMINATED = "terminated"
# Scheduler puts the time for which an invocation was planned in its place.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
PLANNED = "<aws.scheduler.scheduled-time>"


def sources(compliance: Compliance) -> list[str]:
    """The logical ids of the queues that the checker reads."""
    return ["ComplianceQueue", *(["ComplianceLaunches"] if _sees_changes(compliance) else [])]


def _sees_changes(compliance: Compliance) -> bool:
    return compliance.on_change is not None and EC2_INSTANCE in compliance.resources


def queues(estate: Estate, compliance: Compliance, more: dict[str, Any]) -> Iterator[Part]:
    """The queue, that of launches, what neither could be rid of, and which rules may write to them."""
    path = compliance.path
    yield dead_letter_queue("ComplianceDeadLetters", estate.name(DEAD_LETTERS), path, **more)
    yield _queue("ComplianceQueue", estate.name(COMPLIANCE), 0, compliance, more)
    on_change = compliance.on_change
    if on_change is None or not _sees_changes(compliance):
        return
    yield _queue("ComplianceLaunches", estate.name(LAUNCHES), on_change.wait, compliance, more)
    changes = ["ComplianceStateChangeRule", "ComplianceTagChangeRule"]
    yield written_by_rules("ComplianceDeadLettersPolicy", "ComplianceDeadLetters", changes, path, **more)
    yield written_by_rules("ComplianceQueuePolicy", "ComplianceQueue", changes[1:], path, **more)
    yield written_by_rules("ComplianceLaunchesPolicy", "ComplianceLaunches", changes[:1], path, **more)


def _queue(title: str, name: str, delay_seconds: int, compliance: Compliance, more: dict[str, Any]) -> Part:
    return sqs.Queue(
        title,
        QueueName=name,
        DelaySeconds=delay_seconds,
        MessageRetentionPeriod=FOUR_DAYS,
        VisibilityTimeout=VISIBILITY_SECONDS,
        SqsManagedSseEnabled=True,
        RedrivePolicy=sqs.RedrivePolicy(
            deadLetterTargetArn=GetAtt("ComplianceDeadLetters", "Arn"), maxReceiveCount=MAX_RECEIVES
        ),
        Metadata=origin(compliance.path),
        **DELETED,
        **more,
    )


def rules(estate: Estate, compliance: Compliance, more: dict[str, Any]) -> Iterator[Part]:
    """Changes of state and of tags, where changes are looked at."""
    on_change = compliance.on_change
    if on_change is None or not _sees_changes(compliance):
        return
    yield _rule(
        "ComplianceStateChangeRule",
        estate.name("ec2-state-change"),
        "Instances that launch, stop or terminate, to the checker of tags",
        {
            "source": ["aws.ec2"],
            "detail-type": ["EC2 Instance State-change Notification"],
            "detail": {"state": sorted({*on_change.states, TERMINATED})},
        },
        target("launches", GetAtt("ComplianceLaunches", "Arn"), "ComplianceDeadLetters"),
        compliance,
        more,
    )
    yield _rule(
        "ComplianceTagChangeRule",
        estate.name("tag-change"),
        "Instances whose tags change, to the checker of tags",
        _tag_change(compliance),
        target("checks", GetAtt("ComplianceQueue", "Arn"), "ComplianceDeadLetters"),
        compliance,
        more,
    )


def _rule(
    title: str,
    name: str,
    about: str,
    pattern: dict[str, Any],
    to: events.Target,
    compliance: Compliance,
    more: dict[str, Any],
) -> Part:
    return events.Rule(
        title,
        Name=name,
        Description=about,
        EventPattern=pattern,
        Targets=[to],
        DependsOn=[EMPTIED],
        Metadata=origin(compliance.path),
        **more,
    )


def _tag_change(compliance: Compliance) -> dict[str, Any]:
    """Changes of the keys that a verdict depends on; of all keys where these are too many for a pattern."""
    every: dict[str, Any] = {
        "source": ["aws.tag"],
        "detail-type": ["Tag Change on Resource"],
        "detail": {"service": ["ec2"], "resource-type": ["instance"]},
    }
    keys = [{"equals-ignore-case": key} if ignored else key for key, ignored in sorted(_keys(compliance).items())]
    some = {**every, "detail": {**every["detail"], "changed-tag-keys": keys}}
    return some if keys and len(json.dumps(some)) <= PATTERN_LIMIT else every


def _keys(compliance: Compliance) -> dict[str, bool]:
    """Every key that rules and exemptions speak of, and whether its case is ignored somewhere."""
    found: dict[str, bool] = {}
    for rules_of in compliance.policies:
        for rule in rules_of.tags:
            for key in (rule.key, *rule.any_of):
                found[key] = found.get(key, False) or rule.ignore_case
            for key, _ in rule.when:
                found.setdefault(key, False)
        for key in (key for exemption in rules_of.exemptions for key, _ in exemption.tags):
            found.setdefault(key, False)
    return found


def schedules(estate: Estate, compliance: Compliance, more: dict[str, Any]) -> Iterator[Part]:
    """The scan, where one is asked for, and the tick; their group, and the role that Scheduler sends them with.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    path = compliance.path
    yield scheduler.ScheduleGroup("ComplianceSchedules", Name=estate.name(COMPLIANCE), Metadata=origin(path), **more)
    # Scheduler names the group, not the schedule, when it assumes the role.
    only_this_group = When(
        [
            StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}),
            ArnEquals({"aws:SourceArn": GetAtt("ComplianceSchedules", "Arn")}),
        ]
    )
    trust = grant(service(SCHEDULER), ["sts:AssumeRole"], None, sid="SchedulerAssumes", condition=only_this_group)
    sends = [GetAtt("ComplianceQueue", "Arn"), GetAtt("ComplianceDeadLetters", "Arn")]
    yield iam.Role(
        "ComplianceScheduleRole",
        # IAM is global: with the Region in its name, the role of one Region does not collide with another's.
        RoleName=Sub(f"tag-compliance-schedule-role-${{AWS::Region}}-{estate.environment}"),
        Description="Lets EventBridge Scheduler send to the queue of the checker of tags",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="send", PolicyDocument=policy(allow(["sqs:SendMessage"], sends, sid="Sends")))],
        Metadata=origin(path),
        **more,
    )
    if compliance.scan:
        message = {"scan": {"at": PLANNED, "by": "schedule"}}
        zone = {"ScheduleExpressionTimezone": compliance.scan.time_zone}
        expression, about = compliance.scan.expression, "Scans every resource"
        yield _schedule(estate, "Scan", about, expression, message, compliance, **zone, **more)
    tick = {"tick": {"at": PLANNED}}
    yield _schedule(estate, "Tick", "Sends what is due and was not sent", TICK, tick, compliance, **more)


def _schedule(
    estate: Estate,
    kind: str,
    about: str,
    expression: str,
    message: dict[str, Any],
    compliance: Compliance,
    **more: Any,
) -> Part:
    return scheduler.Schedule(
        f"Compliance{kind}Schedule",
        Name=estate.name(f"{COMPLIANCE}-{kind.lower()}"),
        GroupName=Ref("ComplianceSchedules"),
        Description=about,
        ScheduleExpression=expression,
        FlexibleTimeWindow=scheduler.FlexibleTimeWindow(Mode="OFF"),
        State="ENABLED",
        Target=scheduler.Target(
            Arn=GetAtt("ComplianceQueue", "Arn"),
            RoleArn=GetAtt("ComplianceScheduleRole", "Arn"),
            Input=json.dumps(message),
            RetryPolicy=scheduler.RetryPolicy(MaximumEventAgeInSeconds=EVENT_AGE_SECONDS, MaximumRetryAttempts=185),
            DeadLetterConfig=scheduler.DeadLetterConfig(Arn=GetAtt("ComplianceDeadLetters", "Arn")),
        ),
        DependsOn=[EMPTIED],
        Metadata=origin(compliance.path),
        **more,
    )
