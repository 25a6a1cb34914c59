"""The number of characters of a policy as IAM counts them, without white space, and IAM's limits.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
import re
from typing import Any

INLINE_OF_A_ROLE = 10_240
MANAGED = 6_144
# Ten unless the quota "Managed policies per role" was raised, which goes up to 20 and more.
MANAGED_OF_A_ROLE, MANAGED_RAISED = 10, 20
# 2,048 unless the quota "Role trust policy length" was raised, which goes up to 4,096.
TRUST, TRUST_RAISED = 2_048, 4_096
# What cannot be known before a deployment, at its longest: the ARN of a thing of the same stack.
_UNKNOWN = "x" * 100
_PSEUDO = {
    "AccountId": "0" * 12,
    "Partition": "aws-us-gov",
    "Region": "ap-northeast-1",
    "URLSuffix": "amazonaws.com.cn",
}


def size_of(document: Any, region: str = "") -> int:
    """The characters of a policy document of a template. region: the longest name of its stack's Regions, if known."""
    return len(re.sub(r"\s", "", json.dumps(_filled(document, region), separators=(",", ":"))))


def _filled(value: Any, region: str) -> Any:
    if isinstance(value, list):
        return [_filled(item, region) for item in value]
    if not isinstance(value, dict):
        return value
    text = value.get("Fn::Sub")
    if isinstance(text, str):
        known = {**_PSEUDO, "Region": region} if region else _PSEUDO
        return re.sub(r"\$\{(?:AWS::(\w+)|[\w.]+)\}", lambda match: known.get(match[1] or "", _UNKNOWN), text)
    if set(value) & {"Fn::GetAtt", "Ref", "Fn::Join", "Fn::If"}:
        return _UNKNOWN
    return {key: _filled(item, region) for key, item in value.items()}
