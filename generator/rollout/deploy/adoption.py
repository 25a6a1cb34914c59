"""Log groups that exist already and that the hub's stack takes over: `obsgen deploy --adopt`.

CloudFormation imports by a change set with ImportExistingResources what has a fixed name, belongs to no other stack,
and outlives its stack (`DeletionPolicy: Retain`). It takes over what is there and changes nothing of it. So the
import's template says what the log group is like now; the reviewed template follows at once, and makes it what the file
says. A stack set has no such parameter in any of its requests.

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
    """A log group of the hub as it is now. retention_days: 0 for ever; key: of KMS, empty for AWS's own."""

    logical_id: str
    name: str
    retention_days: int = 0
    key: str = ""
    kind: str = STANDARD


def adoption(logs: Any, logical_id: str, name: str) -> Adoption | None:
    """What is there under this name, as CloudWatch Logs describes it; None where nothing is."""
    one = find_log_group(logs, name)
    if one is None:
        return None
    days, key = one.get("retentionInDays", 0), one.get("kmsKeyId", "")
    return Adoption(logical_id, name, days, key, one.get("logGroupClass", STANDARD))


def importing(template: Mapping[str, Any], adoptions: Iterable[Adoption]) -> str:
    """The template of the import, as JSON: the reviewed one, with these log groups as they are.

    Their metadata differs too, for no stack is updated for a deletion policy alone.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """
    resources = dict(template["Resources"])
    for one in adoptions:
        now: dict[str, Any] = {"LogGroupName": one.name}
        if one.retention_days:
            now["RetentionInDays"] = one.retention_days
        if one.key:
            now["KmsKeyId"] = one.key
        made = resources[one.logical_id]
        metadata = {**made.get("Metadata", {}), "Import": "as it is"}
        kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        resources[one.logical_id] = {**made, "Properties": now, "Metadata": metadata, **kept}
    return json.dumps({**template, "Resources": resources}, sort_keys=True)
