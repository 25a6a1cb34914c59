"""A receiver of signed webhooks to drill with, written as one that believes nothing until it has checked it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from generator.drill.wire import Reply, Request

PATH = "/hook"
# What is older than this may be somebody's recording.
FRESH_SECONDS = 300


@dataclass
class Receiver:
    """posts: what came, with `duplicate` for an Idempotency-Key that came before."""

    violations: list[str]
    key: str
    clock: Callable[[], float] = time.time
    posts: list[dict[str, Any]] = field(default_factory=list)

    def handle(self, request: Request) -> Reply | None:
        """The answer; None where the path is not the receiver's."""
        if request.path != PATH or request.method != "POST":
            return None
        stamp = request.headers.get("x-obsgen-timestamp", "")
        wanted = hmac.new(self.key.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v1={wanted}", request.headers.get("x-obsgen-signature", "")):
            return Reply(401, {"error": "the signature is wrong"})
        if not stamp.isdigit() or abs(self.clock() - int(stamp)) > FRESH_SECONDS:
            return Reply(401, {"error": "too old"})
        once = request.headers.get("idempotency-key", "")
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not once or not isinstance(body, dict):
            self.violations.append("webhook: no Idempotency-Key, or no JSON object")
            return Reply(400, {"error": "not understood"})
        duplicate = any(post["key"] == once for post in self.posts)
        self.posts.append({"key": once, "body": body, "duplicate": duplicate})
        return Reply(204)
