"""What a message of the report queue asks for; pure."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime


class Unreadable(Exception):
    """What nobody can handle, now or later; the text says why."""


@dataclass(frozen=True, slots=True)
class RequestedReport:
    """A report that is due. at: the time for which it was scheduled, in milliseconds since 1970."""

    name: str
    at: int


def read(body: str, known: Container[str]) -> RequestedReport:
    """`{"report": {"name": "daily", "at": "2026-11-29T07:00:00Z"}}`. Raises Unreadable."""
    try:
        asked = json.loads(body)["report"]
        name, at = asked["name"], datetime.fromisoformat(asked["at"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Unreadable("the message names no report") from None
    if name not in known:
        raise Unreadable("no report of that name is configured")
    return RequestedReport(name, round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000))
