"""PagerDuty's Events API v2: alerts by deduplication key; a trigger after the resolve opens a new one.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

from collections import deque

from tests.simulation.vendors.network import Answer, Request, Vendor, answer
from tests.simulation.world import MINUTE

SUMMARY_LIMIT, EVENT_LIMIT = 1024, 512_000
# PagerDuty says that it throttles, and not at how many; what its people have named in their forum.
EVENTS_A_MINUTE = 120


class PagerDuty(Vendor):
    """open: deduplication keys of alerts that are open, with the last trigger's text."""

    def __post_init__(self) -> None:
        self.open: dict[str, str] = {}
        self._taken: deque[int] = deque()

    def handle(self, request: Request) -> Answer:
        """See Vendor."""
        event = request.data
        if request.path != "/v2/enqueue" or not isinstance(event, dict):
            return answer(400, {"status": "invalid event", "errors": ["not an event"]})
        if event.get("routing_key") != self.secret["routing_key"]:
            return answer(400, {"status": "invalid event", "errors": ["Invalid routing key"]})
        while self._taken and self._taken[0] <= self.world.now - MINUTE:
            self._taken.popleft()
        if len(self._taken) >= EVENTS_A_MINUTE:
            self.world.reached["pagerduty.rate-limited"] += 1
            return answer(429, {"status": "throttle exceeded"})
        self._taken.append(self.world.now)
        key = event["dedup_key"]
        if event["event_action"] == "resolve":
            if self.open.pop(key, None) is not None:
                self.saw("resolve", key, key)
            return answer(202, {"status": "success", "message": "Event processed", "dedup_key": key})
        payload = event["payload"]
        if len(request.body) > EVENT_LIMIT or len(payload["summary"]) > SUMMARY_LIMIT:
            return answer(400, {"status": "invalid event", "errors": ["payload is too long"]})
        if event["event_action"] == "acknowledge":
            return answer(202, {"status": "success", "dedup_key": key})
        text = request.body.decode()
        action = "update" if key in self.open else "trigger"
        self.open[key] = text
        self.saw(action, text, key)
        return answer(202, {"status": "success", "message": "Event processed", "dedup_key": key})
