"""T40: the key of an encrypted log group admits CloudWatch Logs for that log group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.checks.check import Resource, Subject
from generator.findings import Finding

CODE = "T40"
NAME = "log-keys-admit-logs"
TITLE = "The key of an encrypted log group admits CloudWatch Logs for that log group, and its account to administer it."
WHY = (
    "CloudWatch Logs refuses to make a log group with a key that does not admit it there, and can no longer read"
    " what it has once the key stops to. The principal is the service of the key's own Region, and the encryption"
    " context is the log group's ARN without the trailing :*. A key that nobody may administer cannot even be"
    " deleted. The language has no way to write this; the rule guards the templates that obsgen itself makes."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
BAD = ""
GOOD = ""
_NEEDED = {
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}
_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
_PRINCIPAL = {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}
_ACCOUNT = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each encrypted log group that could not be made, written or read, and each key without a master."""
    for file in subject.templates:
        keys = {r.logical_id: r for r in subject.resources("AWS::KMS::Key") if r.file == file}
        for group in (r for r in subject.resources("AWS::Logs::LogGroup") if r.file == file):
            given = group.properties.get("KmsKeyId")
            if given is not None:
                yield from _encrypted(group, keys.get(_pointed(given)))
        for key in keys.values():
            if not any(_admits(s, "AWS", _ACCOUNT, {"kms:PutKeyPolicy"}) for s in _allowed(key)):
                yield _finding(key, f"nobody may change the policy of {key.logical_id}", "admit the account's root")


def _encrypted(group: Resource, key: Resource | None) -> Iterator[Finding]:
    name = group.properties.get("LogGroupName")
    if key is None:
        yield _finding(group, f"the key of log group `{name}` is none of this template", "!GetAtt <key>.Arn")
        return
    context: dict[str, Any] = {"Fn::Sub": f"{_ARN}{name}"}
    if isinstance(name, dict) and "Fn::Sub" in name:
        # What differs from account to account: the text alone, or with the values of its variables.
        text, *values = name["Fn::Sub"] if isinstance(name["Fn::Sub"], list) else [name["Fn::Sub"]]
        context = {"Fn::Sub": [f"{_ARN}{text}", *values] if values else f"{_ARN}{text}"}
        name = text
    for statement in _allowed(key):
        if _admits(statement, "Service", _PRINCIPAL, _NEEDED) and context in _contexts(statement):
            return
    message = f"the policy of {key.logical_id} does not admit CloudWatch Logs for log group `{name}`"
    yield _finding(group, message, f"{_CONTEXT}: {_ARN}{name}")


def _pointed(key: Any) -> str:
    """The logical id of the key whose ARN this is."""
    attribute = key.get("Fn::GetAtt") if isinstance(key, dict) else None
    return str(attribute[0]) if isinstance(attribute, list) and attribute[1:] == ["Arn"] else ""


def _allowed(key: Resource) -> list[dict[str, Any]]:
    statements = key.properties.get("KeyPolicy", {}).get("Statement", [])
    return [statement for statement in _list(statements) if statement.get("Effect") == "Allow"]


def _admits(statement: dict[str, Any], kind: str, who: Any, actions: set[str]) -> bool:
    principal = statement.get("Principal")
    return (
        isinstance(principal, dict) and who in _list(principal.get(kind)) and actions <= set(_list(statement["Action"]))
    )


def _contexts(statement: dict[str, Any]) -> list[Any]:
    """The log groups that the statement is for; a further condition would be one too many."""
    condition = statement.get("Condition", {})
    return _list(condition["ArnEquals"].get(_CONTEXT)) if list(condition) == ["ArnEquals"] else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _finding(resource: Resource, message: str, hint: str) -> Finding:
    return Finding(CODE, message, resource.path, hint=hint, where=resource.where)
