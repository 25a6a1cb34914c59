"""Who launched an instance: from CloudTrail's event of the call to what people read; pure.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html has the kinds
of identity. Names and the session's name are said, and no id of a key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handlers.common.printable import printable
from handlers.common.text_size import cut
from handlers.compliance import wording
from handlers.compliance.facts import MOST_FACT, TAGS, size, with_facts

EVENT_NAME = "RunInstances"
FACT = "Launched by"
# Bytes of a name. IAM's have 64 characters at most.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_NAME = 80
# What is left of the tags, in bytes, before they give way as a whole.
LEAST_TAGS = 40
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}")
_SERVICE = re.compile(r"([a-z0-9.-]+)\.amazonaws\.com(?:\.cn)?")
_SERVICE_ROLE = "AWSServiceRoleFor"


def launcher_of(event: str) -> str:
    """`role deploy (session ci-42), 2026-11-29 10:02 UTC`: who made the call of an event, and when.

    event: the JSON that CloudTrail keeps of the call. Empty where it launched nothing, or does not say who made it.
    """
    try:
        data = json.loads(event)
    except (ValueError, RecursionError):
        return ""
    data = _map(data)
    if data.get("eventName") != EVENT_NAME or data.get("errorCode"):
        return ""
    who, when = _who(_map(data.get("userIdentity"))), _utc_text(_text(data.get("eventTime")))
    return ", ".join(part for part in (who, when) if part) if who else ""


def with_launcher(content: Mapping[str, Any], launcher: str) -> Mapping[str, Any]:
    """A finding's content that says who launched the instance, beside what it knows of group and template.

    launcher: see launcher_of. Where there is no room, of the tags fewer are said.
    """
    if not content or not launcher:
        return content
    known = dict(content["facts"]).get(FACT, "")
    fact = (FACT, cut(f"{launcher}; {known}" if known else launcher, MOST_FACT))
    other_facts = [list(entry) for entry in content["facts"] if entry[0] != FACT]
    over = size(content, [*other_facts, list(fact)]) - wording.MOST_BYTES
    for entry in other_facts:
        if entry[0] == TAGS and over > 0:
            entry[1] = cut(entry[1], max(LEAST_TAGS, len(json.dumps(entry[1], ensure_ascii=False).encode()) - 2 - over))
    return with_facts({**content, "facts": other_facts}, [fact])


def _who(identity: Mapping[str, Any]) -> str:
    invoked_by = _SERVICE.fullmatch(_text(identity.get("invokedBy")))
    service = invoked_by[1] if invoked_by else ""
    who = _caller(identity)
    if not who or who.startswith(f"role {_SERVICE_ROLE}"):
        return f"AWS service {service}" if service else who
    return f"{who} through {service}" if service else who


def _caller(identity: Mapping[str, Any]) -> str:
    """In words; empty for a service of AWS, and for whoever has no name."""
    name, last = _name(identity.get("userName")), _name(_text(identity.get("arn")).rpartition("/")[2])
    match identity.get("type"):
        case "Root":
            return "the root user"
        case "IAMUser":
            return f"IAM user {name or last}" if name or last else ""
        case "AssumedRole":
            return _role(identity)
        case "FederatedUser":
            return f"federated user {last}" if last else ""
        case "AWSAccount":
            account = _name(identity.get("accountId"))
            return f"account {account}" if account else ""
        case "AWSService":
            return ""
    return f"user {name}" if name else ""


def _role(identity: Mapping[str, Any]) -> str:
    """`arn:aws:sts::123456789012:assumed-role/deploy/ci-42`."""
    _, role, session = (*_text(identity.get("arn")).split("/"), "", "", "")[:3]
    issuer = _map(_map(identity.get("sessionContext")).get("sessionIssuer"))
    name = _name(issuer.get("userName")) or _name(role)
    if not name:
        return ""
    return f"role {name} (session {_name(session)})" if session else f"role {name}"


def _utc_text(text: str) -> str:
    """In UTC, to the minute; empty where it is no time."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return f"{parsed.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if parsed.tzinfo else ""


def _name(value: Any) -> str:
    line = " ".join(str(printable(_text(value))).split())
    return cut(_KEY_ID.sub("…", line), MOST_NAME)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
