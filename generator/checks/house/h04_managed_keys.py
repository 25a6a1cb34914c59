"""H04: topics use the AWS managed key, and only log groups that ask for one have a customer managed key.

A customer managed key has a policy, a rotation and a price, and one mistake in the policy stops every notification.
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
TITLE = (
    "SNS topics use the AWS managed key `alias/aws/sns`; only log groups that ask for one have a customer managed key."
)
SUMMARY = "Only log groups have a customer managed key; topics use AWS's."
WHY = (
    "A topic without a key is not encrypted by KMS. A topic with a customer managed key stops delivering when the"
    " key's policy lacks a publisher, or the key is disabled or scheduled for deletion, while the alarm looks normal."
    " A log group may have one, with `encryption: customer-key` or `key`: no notification depends on it."
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
# The names that CloudFormation's resource types have for the key that encrypts them.
_KEY_FIELDS = ("KmsMasterKeyId", "KmsKeyId", "KmsKeyArn", "KmsKeyIdentifier", "KMSKeyArn")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each topic without the managed key, and for each customer managed key."""
    for resource in subject.resources():
        message = _wrong(resource)
        if message and not _is_requested(resource, subject.estate):
            yield Finding(CODE, message, resource.path, hint=f"use {_MANAGED}<service>", where=resource.where)


def _is_requested(resource: Resource, estate: Estate) -> bool:
    """True if the file asks for it: the key of the log groups or the event store, or a log group with that key."""
    keyed = {group.logical_id for group in estate.log_groups if group.keyed}
    if estate.events and estate.events.customer_key and resource.logical_id == EVENTS_KEY:
        return resource.type == _KEY
    if resource.type == _KEY:
        return bool(keyed) and resource.logical_id == LOGS_KEY
    if resource.type == _LOG_GROUP and resource.logical_id in {g.logical_id for g in estate.log_groups if g.key_arn}:
        return True
    ours = resource.properties.get("KmsKeyId") == {"Fn::GetAtt": [LOGS_KEY, "Arn"]}
    return ours and resource.type == _LOG_GROUP and resource.logical_id in keyed


def _wrong(resource: Resource) -> str:
    if resource.type == _KEY:
        return f"{resource.logical_id} is a customer managed key"
    for field in _KEY_FIELDS:
        key_id = resource.properties.get(field)
        if key_id is not None and not (isinstance(key_id, str) and key_id.startswith(_MANAGED)):
            return f"{field} of {resource.logical_id} is a customer managed key: {key_id}"
    key = resource.properties.get("KmsMasterKeyId")
    if resource.type == _TOPIC and key != _TOPIC_KEY:
        return f"KmsMasterKeyId of {resource.logical_id} is expected to be {_TOPIC_KEY}, got {key or 'no value'}"
    return ""
