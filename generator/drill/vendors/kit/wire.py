"""What all vendors of the drill speak in: a request, a reply, and what to say to a request that is wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it came. Header names are in lower case; query holds the last value of each name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is none, or does not say that it is."""
        if self.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return None
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Reply:
    """status, and a body: bytes or text as they are, anything else as JSON; None is no body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The body as it is sent."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


def unknown_keys(value: dict[str, Any], *known: str) -> list[str]:
    """The keys that nobody asked for."""
    return sorted(set(value) - set(known))
