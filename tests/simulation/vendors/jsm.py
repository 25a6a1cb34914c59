"""Jira Service Management's integration API: alerts by alias, and requests that are carried out some time later.

https://docs.opsgenie.com/docs/alert-api
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.simulation.vendors.network import Answer, Request, Vendor, answer
from tests.simulation.world import MINUTE, MS, SECOND

MESSAGE_LIMIT, DESCRIPTION_LIMIT, NOTE_LIMIT = 130, 15_000, 25_000
REQUESTS_A_MINUTE = 300
# One request in so many waits for long.
SLOW_ONE_IN, LONGEST = 12, 90 * SECOND
_PATH = re.compile(r"/v2/alerts/([^/]+)/(close|notes)")


class Jsm(Vendor):
    """open: aliases of alerts that are open. Of one alias requests are carried out in the order of their arrival."""

    def __post_init__(self) -> None:
        self.open: set[str] = set()
        self.outcomes: dict[str, dict[str, Any]] = {}
        self._taken: deque[int] = deque()
        self._busy_until: dict[str, int] = {}
        self._number = 0

    def handle(self, request: Request) -> Answer:
        """See Vendor."""
        if request.headers.get("authorization") != f"GenieKey {self.secret['api_key']}":
            return answer(401, {"message": "Could not authenticate", "requestId": "r"})
        if request.path.startswith("/v2/alerts/requests/"):
            outcome = self.outcomes.get(request.path.rpartition("/")[2])
            if outcome is None:
                return answer(404, {"message": "Request not found. It might not be processed, yet."})
            return answer(200, {"data": outcome, "requestId": "r"})
        while self._taken and self._taken[0] <= self.world.now - MINUTE:
            self._taken.popleft()
        if len(self._taken) >= REQUESTS_A_MINUTE:
            self.world.reached["jsm.rate-limited"] += 1
            return answer(429, {"message": "You are making too many requests!"})
        self._taken.append(self.world.now)
        data, text = request.data, request.body.decode()
        if request.path == "/v2/alerts":
            if len(data["message"]) > MESSAGE_LIMIT or len(data["description"]) > DESCRIPTION_LIMIT:
                return answer(422, {"message": "Request body is not processable.", "errors": {"message": "too long"}})
            alias = data["alias"]
            return self._accepted(alias, lambda: self._create(alias, text))
        found = _PATH.fullmatch(request.path)
        assert found, f"no such path is simulated: {request.method} {request.path}"
        assert request.query == {"identifierType": "alias"}, f"an alias is no ID: {request.query}"
        alias, action = found.groups()
        if action == "close":
            return self._accepted(alias, lambda: self._close(alias))
        assert len(data["note"]) <= NOTE_LIMIT
        return self._accepted(alias, lambda: self._note(alias, text))

    def _accepted(self, alias: str, action: Callable[[], str]) -> Answer:
        self._number += 1
        id_ = f"request-{self._number}"
        lag = self.world.between(20 * MS, 900 * MS, "jsm-lag", self.channel, alias, self._number)
        if not self.world.between(0, SLOW_ONE_IN, "jsm-slow", self.channel, alias, self._number):
            self.world.reached["jsm.slow-outcome"] += 1
            lag = self.world.between(SECOND, LONGEST, "jsm-slow-lag", self.channel, alias, self._number)
        at = max(self.world.now + lag, self._busy_until.get(alias, 0))
        self._busy_until[alias] = at

        def carry_out() -> None:
            refused = action()
            self.outcomes[id_] = {"isSuccess": not refused, "status": refused or "done", "alias": alias}

        self.world.at(at, carry_out)
        return answer(202, {"result": "Request will be processed", "took": 0.1, "requestId": id_})

    def _create(self, alias: str, text: str) -> str:
        action = "update" if alias in self.open else "trigger"
        self.open.add(alias)
        self.saw(action, text, alias)
        return ""

    def _close(self, alias: str) -> str:
        if alias not in self.open:
            return "Alert does not exist"
        self.open.remove(alias)
        self.saw("resolve", alias, alias)
        return ""

    def _note(self, alias: str, text: str) -> str:
        if alias not in self.open:
            return "Alert does not exist"
        self.saw("comment", text, alias)
        return ""
