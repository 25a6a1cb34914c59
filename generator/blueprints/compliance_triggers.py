"""Triggers of the tag checker: changes of instances and tags, schedules, and manual scans; all through its queues.

State changes wait in a queue of their own, because tags come after the launch; a change of tags need not wait. Both are
events that AWS sends as well as it can, and no more: what they miss, a scan finds.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html
https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-tag.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, Sub, events

from generator.blueprints.kit.delivery import dead_letter_queue, target, written_by_rules
from generator.blueprints.kit.queues import queue
from generator.blueprints.kit.schedules import PLANNED, group, schedule
from generator.blueprints.kit.stack import Part, origin
from generator.findings import Path
from generator.model.compliance import EC2_INSTANCE, Compliance
from generator.model.compliance_names import COMPLIANCE, DEAD_LETTERS, LAUNCHES
from generator.model.estate import Estate

# The custom resource that empties the bucket; whatever starts the checker goes before it.
EMPTIED = "ComplianceBucketContents"
TIMEOUT_SECONDS = 60
# Characters of an event pattern: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
PATTERN_LIMIT = 2_048
TICK = "rate(15 minutes)"
# A terminated instance can no longer be tagged, whichever states are checked.
TERMINATED = "terminated"
# Where schedules send, and what they could not: logical ids.
_TO = ("ComplianceQueue", "ComplianceDeadLetters")


def sources(compliance: Compliance) -> list[str]:
    """The logical IDs of the checker's queues."""
    return ["ComplianceQueue", *(["ComplianceLaunches"] if _sees_changes(compliance) else [])]


def _sees_changes(compliance: Compliance) -> bool:
    return compliance.on_change is not None and EC2_INSTANCE in compliance.resources


def queues(estate: Estate, compliance: Compliance, more: dict[str, Any]) -> Iterator[Part]:
    """The queue, the queue of launches, their dead-letter queue, and their policies."""
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
    """The redrive policy: five receives, so that throttling does not fill the dead-letter queue."""
    return queue(
        title, name, "ComplianceDeadLetters", TIMEOUT_SECONDS, compliance.path, DelaySeconds=delay_seconds, **more
    )


def rules(estate: Estate, compliance: Compliance, more: dict[str, Any]) -> Iterator[Part]:
    """The rules for changes of state and of tags, if changes are checked."""
    on_change = compliance.on_change
    if on_change is None or not _sees_changes(compliance):
        return
    yield _rule(
        "ComplianceStateChangeRule",
        estate.name("ec2-state-change"),
        "Launched, stopped and terminated instances to the tag checker",
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
        "Tag changes of instances to the tag checker",
        _tag_change(compliance),
        target("checks", GetAtt("ComplianceQueue", "Arn"), "ComplianceDeadLetters"),
        compliance,
        more,
    )


def _rule(
    title: str,
    name: str,
    description: str,
    pattern: dict[str, Any],
    to: events.Target,
    compliance: Compliance,
    more: dict[str, Any],
) -> Part:
    return events.Rule(
        title,
        Name=name,
        Description=description,
        EventPattern=pattern,
        Targets=[to],
        DependsOn=[EMPTIED],
        Metadata=origin(compliance.path),
        **more,
    )


def _tag_change(compliance: Compliance) -> dict[str, Any]:
    """The pattern for changes of the keys that rules use; of all keys if these are too many for a pattern."""
    every: dict[str, Any] = {
        "source": ["aws.tag"],
        "detail-type": ["Tag Change on Resource"],
        "detail": {"service": ["ec2"], "resource-type": ["instance"]},
    }
    keys = [{"equals-ignore-case": key} if ignored else key for key, ignored in sorted(_keys(compliance).items())]
    filtered = {**every, "detail": {**every["detail"], "changed-tag-keys": keys}}
    return filtered if keys and len(json.dumps(filtered)) <= PATTERN_LIMIT else every


def _keys(compliance: Compliance) -> dict[str, bool]:
    """Every key that rules and exemptions name, and whether some rule ignores its letter case."""
    keys: dict[str, bool] = {}
    for rules_of in compliance.policies:
        for rule in rules_of.tags:
            for key in (rule.key, *rule.any_of):
                keys[key] = keys.get(key, False) or rule.ignore_case
            for key, _ in rule.when:
                keys.setdefault(key, False)
        for key in (key for exemption in rules_of.exemptions for key, _ in exemption.tags):
            keys.setdefault(key, False)
    return keys


def schedules(estate: Estate, compliance: Compliance, more: dict[str, Any]) -> Iterator[Part]:
    """The schedules of scans and pending notifications, their group, and the role of Scheduler."""
    path, name = compliance.path, estate.name(COMPLIANCE)
    # IAM is global: with the Region in its name, the role of one Region does not collide with another's.
    role = Sub(f"tag-compliance-schedule-role-${{AWS::Region}}-{estate.environment}")
    description = "Allows EventBridge Scheduler to send to the queue of the tag checker"
    yield from group("Compliance", name, role, dict([_TO]), path, description=description, **more)
    if compliance.scan:
        message = {"scan": {"at": PLANNED, "by": "schedule"}}
        expression, zone = compliance.scan.expression, compliance.scan.time_zone
        yield _schedule(estate, "Scan", "Scans every resource", expression, message, path, time_zone=zone, **more)
    tick = {"tick": {"at": PLANNED}}
    yield _schedule(estate, "Tick", "Sends pending notifications", TICK, tick, path, **more)


def _schedule(
    estate: Estate, kind: str, description: str, expression: str, message: dict[str, Any], path: Path, **more: Any
) -> Part:
    name = estate.name(f"{COMPLIANCE}-{kind.lower()}")
    title = f"Compliance{kind}Schedule"
    return schedule(
        "Compliance", title, name, expression, message, _TO, path, description=description, DependsOn=[EMPTIED], **more
    )
