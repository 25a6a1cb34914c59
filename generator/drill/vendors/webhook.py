"""The receiver of signed webhooks in a drill: it accepts nothing before it has verified it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit.vendor import Entry, HttpVendor
from generator.drill.vendors.kit.wire import Reply, WireRequest

PATH = "/hook"
# A credential of this stub only.
SIGNING_KEY = "drill-webhook-key"
# An older request may be a recording that is sent again.
FRESH_SECONDS = 300


class Vendor(HttpVendor):
    """posts: the requests, with `duplicate` for an Idempotency-Key that came before. clock: seconds since 1970."""

    latency_ms: ClassVar[int] = 150

    def __init__(self, violations: list[str] | None = None) -> None:
        super().__init__(violations)
        self.posts: list[dict[str, Any]] = []
        self.clock: Callable[[], float] = time.time

    @classmethod
    def example_channels(cls, url: str) -> dict[str, dict[str, Any]]:
        """One endpoint."""
        return {"webhook": {"type": "webhook", "url": url + PATH, "secret": {"key": SIGNING_KEY}}}

    def redirect(self, channel: Entry, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The stub's path, and the key that it verifies with."""
        return {**channel, "url": url + PATH}, {"key": SIGNING_KEY}

    def count(self) -> int:
        """Requests that are no duplicates."""
        return sum(1 for post in self.posts if not post["duplicate"])

    def data(self) -> dict[str, Any]:
        """The requests, oldest first."""
        return {"posts": self.posts}

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """The key of each request, and the fields of its body that are no lists or objects."""
        for post in data["posts"]:
            body = post["body"]
            yield f"post, signed{', a duplicate' if post['duplicate'] else ''}: Idempotency-Key {post['key']}"
            fields = (f"{name}: {body[name]}" for name in body if isinstance(body[name], str | int))
            yield "  " + "   ".join(fields)

    def handle(self, request: WireRequest) -> Reply | None:
        """The answer; None where the path is not the receiver's."""
        if request.path != PATH or request.method != "POST":
            return None
        stamp = request.headers.get("x-obsgen-timestamp", "")
        expected = hmac.new(SIGNING_KEY.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v1={expected}", request.headers.get("x-obsgen-signature", "")):
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
