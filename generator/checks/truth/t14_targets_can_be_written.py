"""T14: every target of an event rule admits EventBridge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
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
_LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}
_QUEUE, _LOG_GROUP, _BUS = "AWS::SQS::Queue", "AWS::Logs::LogGroup", "AWS::Events::EventBus"
_SERVICES = {"sqs": _QUEUE, "logs": _LOG_GROUP, "events": _BUS}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each target that would get nothing."""
    for file in subject.templates:
        known = {r.logical_id: r for r in subject.resources() if r.file == file}
        for rule in (r for r in known.values() if r.type == "AWS::Events::Rule"):
            for target in rule.properties["Targets"]:
                yield from _target(rule, target, known)


def _target(rule: Resource, target: dict[str, Any], known: dict[str, Resource]) -> Iterator[Finding]:
    for queue in (target["Arn"], target.get("DeadLetterConfig", {}).get("Arn", "")):
        name, _ = _pointed(queue)
        if _kind(queue, known) == _QUEUE and name and not _sends(name, known):
            yield _finding(rule, f"no queue policy lets EventBridge send to {name}", "add an AWS::SQS::QueuePolicy")
    kind = _kind(target["Arn"], known)
    if kind == _LOG_GROUP:
        yield from _log_group(rule, target, known)
    if kind == _BUS and "RoleArn" not in target:
        yield _finding(rule, "a bus as target needs a role", "give the target a RoleArn")


def _pointed(arn: Any) -> tuple[str, str]:
    """The logical id that an ARN stands for, or else its text."""
    if isinstance(arn, dict):
        if "Ref" in arn:
            return str(arn["Ref"]), ""
        if "Fn::GetAtt" in arn:
            attribute = arn["Fn::GetAtt"]
            return str(attribute[0] if isinstance(attribute, list) else attribute.partition(".")[0]), ""
        # Pseudo parameters have colons of their own.
        arn = re.sub(r"\$\{AWS::(\w+)\}", r"\1", str(arn.get("Fn::Sub", "")))
    alone = re.fullmatch(r"\$\{(\w+)(?:\.\w+)?\}(?::\*)?", str(arn))
    return (alone.group(1), "") if alone else ("", str(arn))


def _kind(arn: Any, known: dict[str, Resource]) -> str:
    name, text = _pointed(arn)
    if name:
        return known[name].type if name in known else ""
    parts = text.split(":")
    return _SERVICES.get(parts[2], "") if len(parts) > 2 else ""


def _sends(queue: str, known: dict[str, Resource]) -> bool:
    """Whether a policy of this queue admits EventBridge."""
    policies = [r for r in known.values() if r.type == "AWS::SQS::QueuePolicy"]
    return any(
        {"Ref": queue} in policy.properties.get("Queues", [])
        and _WRITERS[0] in _services(statement)
        and "sqs:SendMessage" in _list(statement.get("Action"))
        for policy in policies
        for statement in _allowed(policy)
    )


def _log_group(rule: Resource, target: dict[str, Any], known: dict[str, Resource]) -> Iterator[Finding]:
    logical_id, text = _pointed(target["Arn"])
    if logical_id or text.endswith(":*"):
        message = "the ARN of the log group ends in :*, which names no log group to EventBridge"
        yield _finding(rule, message, "build the ARN without :*")
    if "RoleArn" in target:
        yield _finding(rule, "EventBridge writes to log groups by their policy, never by a role", "leave the role out")
    name = str(known[logical_id].properties.get("LogGroupName")) if logical_id else text.rpartition("log-group:")[2]
    covering = [s for r in known.values() if r.type == "AWS::Logs::ResourcePolicy" for s in _allowed(r)]
    covering = [statement for statement in covering if _covers(statement, name.removesuffix(":*"))]
    admitted = {service for statement in covering for service in _services(statement)}
    if not admitted.issuperset(_WRITERS):
        message = f"no resource policy lets EventBridge write to {name}"
        yield _finding(rule, message, "add an AWS::Logs::ResourcePolicy for both service principals")


def _covers(statement: dict[str, Any], name: str) -> bool:
    patterns = [_pointed(resource)[1].rpartition("log-group:")[2] for resource in _list(statement.get("Resource"))]
    streams = f"{name}:log-stream:any"
    written = set(_list(statement.get("Action"))) >= _LOG_ACTIONS
    return written and any(fnmatchcase(streams, pattern) for pattern in patterns)


def _allowed(policy: Resource) -> list[dict[str, Any]]:
    """The statements that allow something; a document may be a mapping, or the JSON text of one."""
    document = policy.properties.get("PolicyDocument", {})
    document = document.get("Fn::Sub", document) if isinstance(document, dict) else document
    document = json.loads(document) if isinstance(document, str) else document
    return [statement for statement in _list(document["Statement"]) if statement.get("Effect") == "Allow"]


def _services(statement: dict[str, Any]) -> list[Any]:
    principal = statement.get("Principal")
    return _list(principal.get("Service")) if isinstance(principal, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _finding(rule: Resource, message: str, hint: str) -> Finding:
    return Finding(CODE, message, rule.path, hint=hint, where=rule.where)
