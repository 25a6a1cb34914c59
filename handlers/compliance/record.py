"""The audit trail: what one check found of one resource, and under which key that lies in S3; pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from handlers.compliance.resource import EC2_INSTANCE, Resource
from handlers.compliance.verdict import Verdict

PREFIX = "scans/"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html#object-key-guidelines-safe-characters
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_MOST_NAME = 200
_DIGEST_DIGITS = 8
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")


def record(
    resource: Resource,
    verdict: Verdict,
    rules_version: str,
    at_ms: int,
    source: Literal["change", "scan"] = "change",
    remediation: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The record as JSON; every field is always there. remediation: what was set, or would be. exempt: the reason.

    An instance has `instanceId`, anything else `resourceId` and `resourceType`. Tags are as AWS has them; only what
    cannot be written as UTF-8 becomes U+FFFD.
    """
    if resource.type == EC2_INSTANCE:
        subject = {"instanceId": resource.id}
    else:
        subject = {"resourceId": resource.id, "resourceType": resource.type}
    data = {
        "timestamp": _utc(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **subject,
        "state": resource.state,
        "isCompliant": verdict.is_compliant,
        "requiredTags": list(verdict.required),
        "tags": dict(resource.tags),
        "missingTags": list(verdict.missing),
        "invalidTags": [
            {"key": invalid.key, "value": invalid.value, "why": invalid.why} for invalid in verdict.invalid
        ],
        "account": resource.account,
        "region": resource.region,
        "rulesVersion": rules_version,
        "exempt": verdict.exempt,
        "source": source,
        "remediation": [dict(invalid) for invalid in remediation],
    }
    encodable: dict[str, Any] = _encodable(data)
    return encodable


def line(data: Mapping[str, Any]) -> str:
    """A record as one line of JSON, without its end."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def record_key(resource: Resource, at_ms: int) -> str:
    """`scans/2026-11-29/i-0123456789abcdef0-1790000000000.json`; the type is in the name of anything else."""
    name = resource.id if resource.type == EC2_INSTANCE else f"{resource.type}-{resource.id}"
    return f"{PREFIX}{_utc(at_ms).date()}/{_safe(name)}-{at_ms}.json"


def page_key(type_: str, page: int, scan_ms: int) -> str:
    """`scans/2026-11-29/scan-1790000000000-ec2-instance-00003.jsonl`: the records of a page of a scan, one a line."""
    return f"{PREFIX}{_utc(scan_ms).date()}/scan-{scan_ms}-{type_.replace(':', '-')}-{page:05}.jsonl"


def _safe(name: str) -> str:
    """A name of characters that every tool takes; where that changes it, digits keep two names apart."""
    safe = _UNSAFE.sub("-", name)
    if safe == name and len(name) <= _MOST_NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:_DIGEST_DIGITS]
    return f"{safe[:_MOST_NAME]}-{digest}"


def _utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _LONE_SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value
