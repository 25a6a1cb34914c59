"""T28: every asynchronous delivery has a dead-letter queue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.aws.sqs import LONGEST_RETENTION_S
from generator.checks.check import Resource, Subject
from generator.checks.iam import logical_id
from generator.findings import Finding

CODE = "T28"
NAME = "dead-letters"
TITLE = "Every asynchronous delivery has a dead-letter queue, with three to five receives and a retention of 14 days."
SUMMARY = "Every asynchronous delivery has a dead-letter queue."
WHY = (
    "An event, a message or an asynchronous invocation that fails often enough is dropped without a notification. A"
    " dead-letter queue keeps it: after three receives, or up to five if calls are throttled, for 14 days, which is"
    " the maximum of SQS and longer than a holiday. Messages that expire within an hour need no dead-letter queue, and"
    " neither does a schedule that runs every minute."
)
SOURCE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    IncidentQueue: {Properties: {RedrivePolicy: null}}
"""
# The default retention of SQS.
FOUR_DAYS = 4 * 86_400
RECEIVES = (3, 4, 5)
_QUEUE = "AWS::SQS::Queue"
# A message with a shorter retention is worthless before it could be analyzed.
_SHORT_LIVED = 3_600
# The next run of a frequent schedule replaces a failed one.
_SOON = "rate(1 minute)"
# Services that invoke a function asynchronously; API Gateway waits for the response.
_NOT_WAITING = (
    "events.amazonaws.com",
    "lambda.alarms.cloudwatch.amazonaws.com",
    "logs.amazonaws.com",
    "s3.amazonaws.com",
    "sns.amazonaws.com",
)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each resource that drops what it cannot process."""
    for file in subject.templates:
        known = {r.logical_id: r for r in subject.resources() if r.file == file}
        # A dead-letter queue without a source, such as that of mails in a file without mail, is recognized by its name.
        dead = {name for r in known.values() for name in _dead_letters(r)}
        dead |= {name for name, r in known.items() if "dead-letters" in str(r.properties.get("QueueName"))}
        for resource in known.values():
            yield from _wrong(resource, known, dead)


def _wrong(resource: Resource, known: Mapping[str, Resource], dead: set[str]) -> Iterator[Finding]:
    properties = resource.properties
    match resource.type:
        case "AWS::SQS::Queue" if resource.logical_id in dead:
            if properties.get("MessageRetentionPeriod") != LONGEST_RETENTION_S:
                hint = f"set MessageRetentionPeriod to {LONGEST_RETENTION_S}"
                yield _finding(resource, "keeps dead letters for less than 14 days", hint)
        case "AWS::SQS::Queue" if properties.get("MessageRetentionPeriod", FOUR_DAYS) > _SHORT_LIVED:
            redrive = properties.get("RedrivePolicy", {})
            if redrive.get("maxReceiveCount") not in RECEIVES:
                what = "has a maxReceiveCount other than 3 to 5"
                yield _finding(resource, what, "add a RedrivePolicy with maxReceiveCount 3")
        case "AWS::SNS::Subscription" if "RedrivePolicy" not in properties:
            yield _finding(resource, "drops notifications that it cannot deliver", "add a RedrivePolicy")
        case "AWS::Events::Rule":
            for target in properties.get("Targets", []):
                if "DeadLetterConfig" not in target:
                    what = f"drops events that its target {target['Id']} does not accept"
                    yield _finding(resource, what, "add a DeadLetterConfig to the target")
        case "AWS::Scheduler::Schedule" if (
            "DeadLetterConfig" not in properties.get("Target", {}) and properties.get("ScheduleExpression") != _SOON
        ):
            yield _finding(
                resource, "drops events that its target does not accept", "add a DeadLetterConfig to the target"
            )
        case "AWS::Lambda::EventSourceMapping" if _is_a_stream(properties, known):
            if "OnFailure" not in properties.get("DestinationConfig", {}):
                yield _finding(resource, "drops records that fail", "add a DestinationConfig with OnFailure")
        case "AWS::Lambda::Function" if _is_asynchronous(resource, known) and not _keeps(resource, known):
            yield _finding(resource, "is invoked asynchronously and drops events that fail", "add a DeadLetterConfig")


def _is_asynchronous(function: Resource, known: Mapping[str, Resource]) -> bool:
    """True if a service or a schedule invokes the function asynchronously."""
    permissions = (r.properties for r in known.values() if r.type == "AWS::Lambda::Permission")
    callers = (p.get("Principal") for p in permissions if logical_id(p.get("FunctionName")) == function.logical_id)
    schedules = (r.properties for r in known.values() if r.type == "AWS::Scheduler::Schedule")
    scheduled = (s["Target"]["Arn"] for s in schedules if s.get("ScheduleExpression") != _SOON)
    return any(who in _NOT_WAITING for who in callers) or function.logical_id in map(logical_id, scheduled)


def _keeps(function: Resource, known: Mapping[str, Resource]) -> bool:
    configs = (r.properties for r in known.values() if r.type == "AWS::Lambda::EventInvokeConfig")
    on_failure = (c for c in configs if "OnFailure" in c.get("DestinationConfig", {}))
    own = any(logical_id(config.get("FunctionName")) == function.logical_id for config in on_failure)
    return own or "DeadLetterConfig" in function.properties


def _is_a_stream(properties: Mapping[str, Any], known: Mapping[str, Resource]) -> bool:
    source = known.get(logical_id(properties.get("EventSourceArn")))
    return source is None or source.type != _QUEUE


def _dead_letters(resource: Resource) -> Iterator[str]:
    """The logical IDs of the dead-letter queues of a resource."""
    properties = resource.properties
    of_lambda = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    targets = properties.get("Targets", []) if resource.type == "AWS::Events::Rule" else [properties.get("Target", {})]
    queues = [
        properties.get("RedrivePolicy", {}).get("deadLetterTargetArn"),
        properties.get("DeadLetterConfig", {}).get("TargetArn"),
        of_lambda,
        *(target.get("DeadLetterConfig", {}).get("Arn") for target in targets if isinstance(target, dict)),
    ]
    yield from (logical_id(arn) for arn in queues if arn)


def _finding(resource: Resource, what: str, hint: str) -> Finding:
    return Finding(CODE, f"{resource.logical_id} {what}", resource.path, hint=hint, where=resource.where)
