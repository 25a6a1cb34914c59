"""Q42: the policy of the log groups' key names each of them, and has at most 32 KB.

What is counted is the policy as KMS gets it, in the longest Region, with no space that is not needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generator.checks.check import MEMBER_TEMPLATE, Subject
from generator.checks.limits import check_quota
from generator.findings import Finding

CODE = "Q42"
NAME = "key-policy-size"
TITLE = "The policy of the log groups' key has at most 32,768 bytes."
WHY = (
    "The key is bound to each encrypted log group by its ARN, so the policy grows with every one, and twice where the"
    " hub may read them. KMS refuses a larger one, and with the key every log group that wants it."
)
SOURCE = "https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html"
_MOST = 32_768
_MANY = 210
_PARTITION, _SUFFIX = "aws-us-gov", "amazonaws.com.cn"
_KEYED = "defaults: {log_groups: {encryption: customer-key}}\nlog_groups:\n"
BAD = _KEYED + "".join(f'  service-{n}: {{name: "/shop/service-{n}/{{environment}}"}}\n' for n in range(1, _MANY + 1))
GOOD = _KEYED + '  service-1: {name: "/shop/service-1/{environment}"}\n'


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for a policy that is too long, or nearly."""
    estate = subject.estate
    for key in subject.resources("AWS::KMS::Key"):
        regions = estate.regions if key.file == MEMBER_TEMPLATE else (estate.hub.region,)
        known = {"Partition": _PARTITION, "Region": max(regions, key=len), "AccountId": "0" * 12, "URLSuffix": _SUFFIX}
        size = len(json.dumps(_filled(key.properties.get("KeyPolicy", {}), known), separators=(",", ":")).encode())
        what = f"the policy of {key.logical_id} has {size:,} bytes"
        hint = "fewer log groups with a customer key; encryption: aws-owned for the others"
        yield from check_quota(CODE, what, size, _MOST, key.path, hint, key.where)


def _filled(value: Any, known: dict[str, str]) -> Any:
    """Substitutions as their texts."""
    if isinstance(value, dict):
        text = value.get("Fn::Sub")
        return _text(text, known) if isinstance(text, str) else {k: _filled(v, known) for k, v in value.items()}
    return [_filled(element, known) for element in value] if isinstance(value, list) else value


def _text(text: str, known: dict[str, str]) -> str:
    for name, word in known.items():
        text = text.replace(f"${{AWS::{name}}}", word)
    return text
