"""Log groups that exist already and that the hub's stack takes over: `obsgen deploy --adopt`.

CloudFormation imports by a change set with ImportExistingResources what has a fixed name, belongs to no other stack,
and outlives its stack (`DeletionPolicy: Retain`). An import changes nothing of a log group. So its template has the log
group's current properties; the reviewed template follows at once with those of the file. A stack set has no such
parameter in any of its requests.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generator.rollout.deploy.name_conflicts import find_log_group

# Of any other, no stack of ours can make what the file says: a log group keeps its class.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
STANDARD = "STANDARD"


@dataclass(frozen=True, slots=True)
class Adoption:
    """A log group of the hub as it is now. retention_days: 0 for no expiry; key: of KMS, empty for AWS's own."""

    logical_id: str
    name: str
    retention_days: int = 0
    key: str = ""
    kind: str = STANDARD


def adoption(logs: Any, logical_id: str, name: str) -> Adoption | None:
    """The log group of this name, as CloudWatch Logs describes it; None where there is none."""
    log_group = find_log_group(logs, name)
    if log_group is None:
        return None
    days, key = log_group.get("retentionInDays", 0), log_group.get("kmsKeyId", "")
    return Adoption(logical_id, name, days, key, log_group.get("logGroupClass", STANDARD))


def importing(template: Mapping[str, Any], adoptions: Iterable[Adoption]) -> str:
    """The template of the import, as JSON: the reviewed one, with these log groups as they are.

    Their metadata differs too, for no stack is updated for a deletion policy alone.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """
    resources = dict(template["Resources"])
    for log_group in adoptions:
        now: dict[str, Any] = {"LogGroupName": log_group.name}
        if log_group.retention_days:
            now["RetentionInDays"] = log_group.retention_days
        if log_group.key:
            now["KmsKeyId"] = log_group.key
        resource = resources[log_group.logical_id]
        metadata = {**resource.get("Metadata", {}), "Import": "as it is"}
        policies = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        resources[log_group.logical_id] = {**resource, "Properties": now, "Metadata": metadata, **policies}
    return json.dumps({**template, "Resources": resources}, sort_keys=True)
