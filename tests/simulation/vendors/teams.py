"""Teams: the webhook of a workflow, which answers 202 and names no message."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from tests.simulation.vendors.network import Answer, Request, Vendor, answer


class Teams(Vendor):
    """A message for each request with the right signature."""

    def handle(self, request: Request) -> Answer:
        """See Vendor."""
        hook = urlsplit(self.secret["webhook_url"])
        if (request.path, request.query) != (hook.path, dict(parse_qsl(hook.query))):
            return answer(401, {"error": {"code": "DirectApiAuthorizationRequired", "message": "no"}})
        self.saw("post", request.body.decode())
        return 202, {}, b""
