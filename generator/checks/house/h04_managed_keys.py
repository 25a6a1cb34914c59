"""H04: topics are encrypted with the AWS managed key, and a key of our own is only where a log group asks for it.

A customer key has a policy, a rotation and a price, and one wrong line in the policy silences every notification.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Resource, Subject
from generator.findings import Finding
from generator.model.error_logs import EVENTS_KEY
from generator.model.estate import Estate
from generator.model.logs import LOGS_KEY

CODE = "H04"
NAME = "aws-managed-keys-only"
TITLE = "SNS topics use the AWS managed key `alias/aws/sns`; a customer managed key is for log groups that ask for one."
WHY = (
    "A topic without a key is not encrypted by KMS at all. A topic with a customer key stops delivering when that"
    " key's policy forgets a publisher, is disabled or is scheduled for deletion, and the alarm looks normal"
    " meanwhile. Log groups may have one, by `encryption: customer-key`: nobody is told through a log group. The"
    " language has no other place for keys; this rule guards the templates that obsgen itself makes."
)
SOURCE = "https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    Topic: {Properties: {KmsMasterKeyId: null}}
"""
_TOPIC = "AWS::SNS::Topic"
_TOPIC_KEY = "alias/aws/sns"
_MANAGED = "alias/aws/"
_KEY = "AWS::KMS::Key"
_LOG_GROUP = "AWS::Logs::LogGroup"
# Every spelling that CloudFormation has for "the key that encrypts this".
_KEY_FIELDS = ("KmsMasterKeyId", "KmsKeyId", "KmsKeyArn", "KmsKeyIdentifier", "KMSKeyArn")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each topic without the managed key, and for each key of our own."""
    for resource in subject.resources():
        message = _wrong(resource)
        if message and not _asked_for(resource, subject.estate):
            yield Finding(CODE, message, resource.path, hint=f"use {_MANAGED}<service>", where=resource.where)


def _asked_for(resource: Resource, estate: Estate) -> bool:
    """Whether it is the key of the log groups or of the event store, or a log group that is to have one."""
    keyed = {group.logical_id for group in estate.log_groups if group.keyed}
    if estate.events and estate.events.customer_key and resource.logical_id == EVENTS_KEY:
        return resource.type == _KEY
    if resource.type == _KEY:
        return bool(keyed) and resource.logical_id == LOGS_KEY
    ours = resource.properties.get("KmsKeyId") == {"Fn::GetAtt": [LOGS_KEY, "Arn"]}
    return ours and resource.type == _LOG_GROUP and resource.logical_id in keyed


def _wrong(resource: Resource) -> str:
    if resource.type == _KEY:
        return f"{resource.logical_id} is a customer managed key"
    for field in _KEY_FIELDS:
        key_id = resource.properties.get(field)
        if key_id is not None and not (isinstance(key_id, str) and key_id.startswith(_MANAGED)):
            return f"{field} of {resource.logical_id} is {key_id}, a customer managed key"
    key = resource.properties.get("KmsMasterKeyId")
    if resource.type == _TOPIC and key != _TOPIC_KEY:
        return f"KmsMasterKeyId of {resource.logical_id} is {key or 'not set'}, not {_TOPIC_KEY}"
    return ""
