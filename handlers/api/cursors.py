"""Cursors: where a list goes on, signed, so that nobody can ask for what no list of theirs has come to.

    <key id>.<payload>.<signature>          payload: JSON with the expiry and the position; both in base64url

The signature (HMAC-SHA256) covers the payload and what the cursor belongs to: the operation, its parameters, and the
caller's account. So the cursor of another query or account is not recognised, without those being in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# What belongs to one request and not to the list.
_OF_A_PAGE = ("cursor", "limit")
# So long a list may be left alone.
VALID_MS = 3_600_000
_VERSION = "obsgen cursor 1"


class BadCursor(Exception):
    """The message says why, to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key for signatures. id: which one it is, without saying anything of it."""

    id: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Query:
    """What a cursor belongs to: an operation with its parameters, asked by an account."""

    operation: str
    account: str
    parameters: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The same for the same query, whatever the order of its parameters."""
        named = {name: value for name, value in self.parameters.items() if name not in _OF_A_PAGE}
        text = json.dumps([self.operation, self.account, named], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def seal(position: Mapping[str, Any], query: Query, key: Key, now: int) -> str:
    """The cursor of a position. now: milliseconds."""
    data = {"expires": now + VALID_MS, "position": position}
    payload = _encoded(json.dumps(data, separators=(",", ":")).encode())
    return f"{key.id}.{payload}.{_encoded(_signature(payload, query, key))}"


def opened(cursor: str, query: Query, key_of: Callable[[str], Key | None], now: int) -> dict[str, Any]:
    """The position of a cursor. key_of: the key with an id, if there is one. Raises BadCursor."""
    key_id, _, rest = cursor.partition(".")
    payload, _, signature = rest.partition(".")
    key = key_of(key_id)
    # Nothing of the payload is looked at before its signature is.
    if key is None or not hmac.compare_digest(_decoded(signature), _signature(payload, query, key)):
        raise BadCursor("cursor of another query, another account, or expired; start again without it")
    data: dict[str, Any] = json.loads(_decoded(payload))
    if data["expires"] <= now:
        raise BadCursor("expired; start again without it")
    position: dict[str, Any] = data["position"]
    return position


def _signature(payload: str, query: Query, key: Key) -> bytes:
    signed = "\n".join((_VERSION, key.id, query.digest, payload))
    return hmac.new(key.secret, signed.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """The bytes; none where it is not base64url. Every text has one decoding, and every signature one text."""
    try:
        content = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
    return content if _encoded(content) == text else b""
