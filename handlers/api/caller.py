"""Who changes a state, in words for people; pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
"""

from __future__ import annotations

import re

MOST = 200
# What tools and services name sessions when nobody does: digits, hexadecimal digits, or a prefix and a time.
_GENERATED = re.compile(
    r"(?:[\w.-]*?[-_.@])??(?:\d{8,}|[0-9a-f]{12,}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.A
)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def caller_name(arn: str) -> str:
    """Such as `Operator/alice of 111111111111`: the role and the session's name, or the user, and the account.

    The name of a session that a tool has made up says nothing of who it was, and is left out.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return _clean(arn) or "somebody"
    account, resource = parts[4], parts[5]
    kind, _, rest = resource.partition("/")
    if kind == "assumed-role":
        role, _, session = rest.rpartition("/")
        name = role if _GENERATED.fullmatch(session) else rest
    elif kind == "root":
        name = "root"
    else:
        name = rest.rpartition("/")[2] or resource
    return _clean(f"{name} of {account}")


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("", text)[:MOST]
