"""Google Chat: the incoming webhook of a space, one message a second, and each requestId once.

https://developers.google.com/workspace/chat/limits,
https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from tests.simulation.vendors.network import Answer, Request, Vendor, answer
from tests.simulation.world import SECOND


class GoogleChat(Vendor):
    """threads: their keys. requests: what was taken by its requestId."""

    def __post_init__(self) -> None:
        self.threads: set[str] = set()
        self.requests: dict[str, str] = {}
        self._latest = -SECOND

    def handle(self, request: Request) -> Answer:
        """See Vendor."""
        hook = urlsplit(self.secret["webhook_url"])
        credentials = dict(parse_qsl(hook.query))
        if request.path != hook.path or not credentials.items() <= request.query.items():
            return answer(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        known = self.requests.get(request.query["requestId"])
        if known:
            return answer(200, {"name": known})
        if self.world.now - self._latest < SECOND:
            self.world.reached["google-chat.rate-limited"] += 1
            return answer(429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}})
        self._latest = self.world.now
        name = f"spaces/A/messages/{len(self.requests)}"
        self.requests[request.query["requestId"]] = name
        thread = str((request.data.get("thread") or {}).get("threadKey", ""))
        action = "copy" if request.query["requestId"].endswith("-space") else "post"
        self.saw("reply" if thread in self.threads else action, request.body.decode())
        self.threads |= {thread} - {""}
        return answer(200, {"name": name})
