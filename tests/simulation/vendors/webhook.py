"""A receiver of signed posts that takes each Idempotency-Key once."""

from __future__ import annotations

import hashlib
import hmac

from tests.simulation.vendors.network import Answer, Request, Vendor, answer


class Webhook(Vendor):
    """keys: the Idempotency-Keys of what was taken."""

    believes_any_page = True

    def __post_init__(self) -> None:
        self.keys: set[str] = set()

    def handle(self, request: Request) -> Answer:
        """See Vendor."""
        signed = f"{request.headers.get('x-obsgen-timestamp', '')}.".encode() + request.body
        expected = f"v1={hmac.new(self.secret['key'].encode(), signed, hashlib.sha256).hexdigest()}"
        if request.headers.get("x-obsgen-signature") != expected:
            return answer(401, {"error": "wrong signature"})
        key = request.headers.get("idempotency-key", "")
        if key not in self.keys:
            self.keys.add(key)
            self.saw("post", request.body.decode())
        return answer(204)
