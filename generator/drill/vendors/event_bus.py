"""An event bus in a drill: one of the simulated AWS in place of the channel's, and a rule with a queue as target."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit import vendor
from generator.drill.vendors.kit.queues import ReceivingQueue, words_of
from generator.drill.vendors.kit.vendor import Connection, DrillServices, Entry

SOURCE = "obsgen.incidents"
DETAIL_TYPES = {"open": "Incident Opened", "resolve": "Incident Closed"}
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
ENTRY_BYTES = 262_144
KEYS = {"idempotency_key", "step", "version"}


class Vendor(vendor.Vendor):
    """queue: the target of a rule for every event of the source that is documented."""

    latency_ms: ClassVar[int] = 60

    def __init__(self, queue: ReceivingQueue) -> None:
        self.violations = []
        self._queue = queue
        self._events: list[dict[str, Any]] = []

    @classmethod
    def connect(cls, name: str, channel: Entry, services: DrillServices) -> Connection:
        """A bus with a rule, in the drill's own account and Region."""
        events, bus = services.client("events"), f"drill-{name}"
        arn = events.create_event_bus(Name=bus)["EventBusArn"]
        queue = ReceivingQueue(services.client("sqs"), f"drill-event-bus-{name}")
        pattern = json.dumps({"source": [SOURCE]})
        events.put_rule(Name=bus, EventBusName=bus, EventPattern=pattern, State="ENABLED")
        events.put_targets(Rule=bus, EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue.arn}])
        return Connection(cls(queue), {**channel, "bus": arn})

    def deliveries(self) -> list[float]:
        """When the rule's target received each event."""
        self._fetch()
        return [float(event["at"]) for event in self._events]

    def data(self) -> dict[str, Any]:
        """The events, oldest first."""
        self._fetch()
        return {"bus_events": self._events}

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """The detail type, and the fields of the detail that are no lists or objects."""
        for event in data["bus_events"]:
            detail = event["detail"]
            yield f"{event['source']}: {event['detail-type']}"
            yield from (f"  resource: {arn}" for arn in event["resources"])
            yield "  " + "   ".join(words_of(detail))

    def _fetch(self) -> None:
        for message in self._queue.take():
            event = message["body"]
            self._check(event)
            event_data = {name: event[name] for name in ("source", "detail-type", "resources", "detail")}
            self._events.append({**event_data, "at": message["at"]})

    def _check(self, event: Mapping[str, Any]) -> None:
        """What is not as documented, or too large for EventBridge."""
        detail = event["detail"]
        if KEYS - detail.keys():
            self.violations.append("event_bus: a detail without " + ", ".join(sorted(KEYS - detail.keys())))
        expected = DETAIL_TYPES.get(str(detail.get("step")), "Incident Changed")
        if event["detail-type"] != expected:
            self.violations.append(f"event_bus: {event['detail-type']} for the step {detail.get('step')}")
        size = len(json.dumps([event["source"], event["detail-type"], event["resources"], detail]).encode())
        if size > ENTRY_BYTES:
            self.violations.append(f"event_bus: an entry of {size} bytes")
