"""T40: the key of an encrypted log group allows CloudWatch Logs to use it for that log group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.checks.check import Resource, Subject
from generator.checks.iam import Statement, allowed_statements, allows, as_list
from generator.findings import Finding

CODE = "T40"
NAME = "log-keys-admit-logs"
TITLE = "The key of an encrypted log group allows CloudWatch Logs to use it, and its account to administer it."
SUMMARY = "The key of a log group allows CloudWatch Logs to use it."
WHY = (
    "CloudWatch Logs refuses to create a log group with a key that does not allow it, and can no longer read the log"
    " group once the key stops allowing it. The principal is the service in the key's own Region, and the encryption"
    " context is the log group's ARN without the trailing :*. A key without an administrator cannot even be deleted."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    AuditLogGroup: {Properties: {KmsKeyId: "arn:aws:kms:us-east-1:111111111111:key/elsewhere"}}
"""
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
    """A finding for each log group whose key does not admit CloudWatch Logs, and each key without an administrator."""
    own_keys = {group.logical_id for group in subject.estate.log_groups if group.key_arn}
    for file in subject.templates:
        keys = {r.logical_id: r for r in subject.resources("AWS::KMS::Key") if r.file == file}
        for group in (r for r in subject.resources("AWS::Logs::LogGroup") if r.file == file):
            key_arn = group.properties.get("KmsKeyId")
            # The policy of a key that is not in the template is its owner's.
            if key_arn is not None and group.logical_id not in own_keys:
                yield from _encrypted(group, keys.get(_key_id(key_arn)))
        for key in keys.values():
            statements = allowed_statements(key, "KeyPolicy")
            if not any(allows(statement, "AWS", _ACCOUNT, {"kms:PutKeyPolicy"}) for statement in statements):
                message = f"no principal can change the policy of {key.logical_id}"
                yield key.finding(CODE, message, "allow kms:PutKeyPolicy for the account's root")


def _encrypted(group: Resource, key: Resource | None) -> Iterator[Finding]:
    name = group.properties.get("LogGroupName")
    if key is None:
        message = f"the key of log group `{name}` is not in this template"
        yield group.finding(CODE, message, "use !GetAtt <key>.Arn")
        return
    context: dict[str, Any] = {"Fn::Sub": f"{_ARN}{name}"}
    if isinstance(name, dict) and "Fn::Sub" in name:
        # A name that differs between accounts: the text alone, or with the values of its variables.
        text, *values = name["Fn::Sub"] if isinstance(name["Fn::Sub"], list) else [name["Fn::Sub"]]
        context = {"Fn::Sub": [f"{_ARN}{text}", *values] if values else f"{_ARN}{text}"}
        name = text
    for statement in allowed_statements(key, "KeyPolicy"):
        if allows(statement, "Service", _PRINCIPAL, _NEEDED) and context in _contexts(statement):
            return
    message = f"the policy of {key.logical_id} does not allow CloudWatch Logs to use it for log group `{name}`"
    yield group.finding(CODE, message, f"add the condition {_CONTEXT}: {_ARN}{name}")


def _key_id(arn: Any) -> str:
    """The logical ID of the key that an ARN refers to; empty unless it is the `Arn` attribute."""
    attribute = arn.get("Fn::GetAtt") if isinstance(arn, dict) else None
    return str(attribute[0]) if isinstance(attribute, list) and attribute[1:] == ["Arn"] else ""


def _contexts(statement: Statement) -> list[Any]:
    """The log groups that the statement allows; with any further condition, none."""
    condition = statement.get("Condition", {})
    return as_list(condition["ArnEquals"].get(_CONTEXT)) if list(condition) == ["ArnEquals"] else []
