"""T28: whatever is done later, or again, leaves what cannot be done where it can be found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.checks.check import Resource, Subject
from generator.checks.iam import logical_id
from generator.findings import Finding

CODE = "T28"
NAME = "dead-letters"
TITLE = "Everything asynchronous has a dead-letter queue: three to five receives, and fourteen days to look."
WHY = (
    "An event, a message or an asynchronous call that fails often enough is thrown away, and nobody is told. A"
    " dead-letter queue keeps it: after three receives, or up to five where calls are throttled, for fourteen days,"
    " which is the longest SQS has and longer than any holiday. Messages worthless within the hour need none, and"
    " neither do schedules that come again in a minute. The language has no way to leave one out; the rule guards the"
    " templates that obsgen itself makes."
)
SOURCE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    IncidentQueue: {Properties: {RedrivePolicy: null}}
"""
FOURTEEN_DAYS = 14 * 86_400
# How long SQS keeps a message where nothing else is said.
FOUR_DAYS = 4 * 86_400
RECEIVES = (3, 4, 5)
_QUEUE = "AWS::SQS::Queue"
# What a message that lives no longer is good for is over before anybody could look at it.
_SHORT_LIVED = 3_600
# A schedule that repeats soon replaces what failed.
_SOON = "rate(1 minute)"
# Services that call a function and wait for no answer; what API Gateway calls answers its caller.
_NOT_WAITING = (
    "events.amazonaws.com",
    "lambda.alarms.cloudwatch.amazonaws.com",
    "logs.amazonaws.com",
    "s3.amazonaws.com",
    "sns.amazonaws.com",
)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each thing that loses what it cannot do."""
    for file in subject.templates:
        known = {r.logical_id: r for r in subject.resources() if r.file == file}
        # One that nobody gives anything to at present, such as that of mails where nobody is mailed, is one by name.
        dead = {name for r in known.values() for name in _dead_letters(r)}
        dead |= {name for name, r in known.items() if "dead-letters" in str(r.properties.get("QueueName"))}
        for resource in known.values():
            yield from _wrong(resource, known, dead)


def _wrong(resource: Resource, known: Mapping[str, Resource], dead: set[str]) -> Iterator[Finding]:
    properties = resource.properties
    match resource.type:
        case "AWS::SQS::Queue" if resource.logical_id in dead:
            if properties.get("MessageRetentionPeriod") != FOURTEEN_DAYS:
                yield _finding(resource, "keeps dead letters for less than fourteen days", "keep them for 1209600 s")
        case "AWS::SQS::Queue" if properties.get("MessageRetentionPeriod", FOUR_DAYS) > _SHORT_LIVED:
            redrive = properties.get("RedrivePolicy", {})
            if redrive.get("maxReceiveCount") not in RECEIVES:
                what = "does not give up after three to five receives"
                yield _finding(resource, what, "a RedrivePolicy with maxReceiveCount 3")
        case "AWS::SNS::Subscription" if "RedrivePolicy" not in properties:
            yield _finding(resource, "throws away what cannot be handed over", "give it a RedrivePolicy")
        case "AWS::Events::Rule":
            for target in properties.get("Targets", []):
                if "DeadLetterConfig" not in target:
                    what = f"throws away what its target {target['Id']} does not take"
                    yield _finding(resource, what, "give the target a DeadLetterConfig")
        case "AWS::Scheduler::Schedule" if (
            "DeadLetterConfig" not in properties.get("Target", {}) and properties.get("ScheduleExpression") != _SOON
        ):
            yield _finding(resource, "throws away what its target does not take", "give the target a DeadLetterConfig")
        case "AWS::Lambda::EventSourceMapping" if _is_a_stream(properties, known):
            if "OnFailure" not in properties.get("DestinationConfig", {}):
                yield _finding(resource, "skips records that fail", "a DestinationConfig with OnFailure")
        case "AWS::Lambda::Function" if _is_not_waited_for(resource, known) and not _keeps(resource, known):
            yield _finding(resource, "is called asynchronously and keeps nothing that fails", "a DeadLetterConfig")


def _is_not_waited_for(function: Resource, known: Mapping[str, Resource]) -> bool:
    """Whether somebody calls it who does not wait for the answer."""
    permissions = (r.properties for r in known.values() if r.type == "AWS::Lambda::Permission")
    callers = (p.get("Principal") for p in permissions if logical_id(p.get("FunctionName")) == function.logical_id)
    scheduled = (r.properties["Target"]["Arn"] for r in known.values() if r.type == "AWS::Scheduler::Schedule")
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
    """The queues to which a resource gives what it cannot do."""
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
