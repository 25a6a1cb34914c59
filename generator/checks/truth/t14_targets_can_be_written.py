"""T14: every target of an event rule admits EventBridge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.checks.check import Resource, Subject
from generator.findings import Finding

CODE = "T14"
NAME = "targets-can-be-written"
TITLE = "Every log group, queue and bus that an event rule writes to admits EventBridge."
WHY = (
    "EventBridge drops an event that it may not deliver, and only a metric says so. A log group needs a"
    " resource policy and an ARN without the trailing :*; a queue and a dead-letter queue need a queue policy;"
    " another bus needs a role. The language has no way to write this; the rule guards the templates that"
    " obsgen itself makes."
)
SOURCE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"
BAD = ""
GOOD = ""
_WRITERS = ("events.amazonaws.com", "delivery.logs.amazonaws.com")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each target that would get nothing."""
    written = {str(r.properties.get("Queues")) for r in subject.resources("AWS::SQS::QueuePolicy") if _admits(r)}
    policies = " ".join(str(r.properties["PolicyDocument"]) for r in subject.resources("AWS::Logs::ResourcePolicy"))
    for rule in subject.resources("AWS::Events::Rule"):
        for target in rule.properties["Targets"]:
            yield from _target(rule, target, written, policies)


def _admits(policy: Resource) -> bool:
    return _WRITERS[0] in str(policy.properties.get("PolicyDocument"))


def _target(rule: Resource, target: dict[str, Any], written: set[str], policies: str) -> Iterator[Finding]:
    arn = target["Arn"]
    for queue in (arn, target.get("DeadLetterConfig", {}).get("Arn")):
        name = _logical_id(queue)
        is_queue = "Queue" in name or "DeadLetters" in name
        if is_queue and str([{"Ref": name}]) not in written:
            yield _finding(rule, f"no queue policy lets EventBridge send to {name}", "add an AWS::SQS::QueuePolicy")
    text = str(arn)
    if "log-group" in text or "LogGroup" in text:
        yield from _log_group(rule, target, text, policies)
    if ("event-bus/" in text or _logical_id(arn) == "Bus") and "RoleArn" not in target:
        yield _finding(rule, "a bus as target needs a role", "give the target a RoleArn")


def _log_group(rule: Resource, target: dict[str, Any], text: str, policies: str) -> Iterator[Finding]:
    if "Fn::GetAtt" in text or text.rstrip("'}").endswith(":*"):
        message = "the ARN of the log group ends in :*, which names no log group to EventBridge"
        yield _finding(rule, message, "build the ARN without :*")
    if "RoleArn" in target:
        yield _finding(rule, "EventBridge writes to log groups by their policy, never by a role", "leave the role out")
    name = text.rpartition("log-group:")[2].rstrip("'}")
    if not all(writer in policies for writer in _WRITERS) or name not in policies:
        message = f"no resource policy lets EventBridge write to {name}"
        yield _finding(rule, message, "add an AWS::Logs::ResourcePolicy for both service principals")


def _logical_id(arn: Any) -> str:
    return str(arn["Fn::GetAtt"][0]) if isinstance(arn, dict) and "Fn::GetAtt" in arn else ""


def _finding(rule: Resource, message: str, hint: str) -> Finding:
    return Finding(CODE, message, rule.path, hint=hint, where=rule.where)
