"""T14: every target of an event rule allows EventBridge to write to it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from generator.checks.check import Resource, Subject
from generator.checks.iam import Statement, allowed_statements, allows, arn_target, as_list, principals
from generator.findings import Finding

CODE = "T14"
NAME = "targets-can-be-written"
TITLE = "Every log group, queue and bus that is a target of an event rule allows EventBridge to write to it."
SUMMARY = "Every target of an event rule allows EventBridge to write to it."
WHY = (
    "EventBridge drops an event that it may not deliver, and reports it in a metric only. A log group requires a"
    " resource policy and an ARN without the trailing :*; a queue and a dead-letter queue require a queue policy;"
    " another bus requires a role."
)
SOURCE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    IncidentQueuePolicy: null
"""
_WRITERS = ("events.amazonaws.com", "delivery.logs.amazonaws.com")
_LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}
_QUEUE, _LOG_GROUP, _BUS = "AWS::SQS::Queue", "AWS::Logs::LogGroup", "AWS::Events::EventBus"
_SERVICES = {"sqs": _QUEUE, "logs": _LOG_GROUP, "events": _BUS}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each target that EventBridge cannot write to."""
    for file in subject.templates:
        resources = {r.logical_id: r for r in subject.resources() if r.file == file}
        for rule in (r for r in resources.values() if r.type == "AWS::Events::Rule"):
            for target in rule.properties["Targets"]:
                yield from _target(rule, target, resources)


def _target(rule: Resource, target: dict[str, Any], resources: dict[str, Resource]) -> Iterator[Finding]:
    for queue in (target["Arn"], target.get("DeadLetterConfig", {}).get("Arn", "")):
        name, _ = arn_target(queue)
        if _type(queue, resources) == _QUEUE and name and not _can_send(name, resources):
            message = f"no queue policy lets EventBridge send to {name}"
            yield rule.finding(CODE, message, "add an AWS::SQS::QueuePolicy")
    resource_type = _type(target["Arn"], resources)
    if resource_type == _LOG_GROUP:
        yield from _log_group(rule, target, resources)
    if resource_type == _BUS and "RoleArn" not in target:
        yield rule.finding(CODE, "an event bus as a target requires a role", "add a RoleArn to the target")


def _type(arn: Any, resources: dict[str, Resource]) -> str:
    name, text = arn_target(arn)
    if name:
        return resources[name].type if name in resources else ""
    parts = text.split(":")
    return _SERVICES.get(parts[2], "") if len(parts) > 2 else ""


def _can_send(queue: str, resources: dict[str, Resource]) -> bool:
    """True if a policy of this queue lets EventBridge send to it."""
    policies = [r for r in resources.values() if r.type == "AWS::SQS::QueuePolicy"]
    return any(
        {"Ref": queue} in policy.properties.get("Queues", [])
        and allows(statement, "Service", _WRITERS[0], {"sqs:SendMessage"})
        for policy in policies
        for statement in allowed_statements(policy)
    )


def _log_group(rule: Resource, target: dict[str, Any], resources: dict[str, Resource]) -> Iterator[Finding]:
    logical_id, text = arn_target(target["Arn"])
    if logical_id or text.endswith(":*"):
        message = "the ARN of the log group ends in `:*`, which EventBridge does not accept"
        yield rule.finding(CODE, message, "use the ARN without `:*`")
    if "RoleArn" in target:
        message = "the target has a role, but EventBridge writes to log groups by resource policy only"
        yield rule.finding(CODE, message, "remove the role")
    name = str(resources[logical_id].properties.get("LogGroupName")) if logical_id else text.rpartition("log-group:")[2]
    statements = [s for r in resources.values() if r.type == "AWS::Logs::ResourcePolicy" for s in allowed_statements(r)]
    covering = [statement for statement in statements if _covers(statement, name.removesuffix(":*"))]
    allowed = {service for statement in covering for service in principals(statement, "Service")}
    if not allowed.issuperset(_WRITERS):
        message = f"no resource policy lets EventBridge write to {name}"
        yield rule.finding(CODE, message, "add an AWS::Logs::ResourcePolicy for both service principals")


def _covers(statement: Statement, log_group: str) -> bool:
    patterns = [arn_target(arn)[1].rpartition("log-group:")[2] for arn in as_list(statement.get("Resource"))]
    stream = f"{log_group}:log-stream:any"
    writes = set(as_list(statement.get("Action"))) >= _LOG_ACTIONS
    return writes and any(fnmatchcase(stream, pattern) for pattern in patterns)
