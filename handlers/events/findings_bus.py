"""The hub's own bus as the way to the incident function. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.events.finding_detail import DETAIL_TYPES, SOURCE
from handlers.events.records import PendingFinding

# In one call.
MOST_EVENTS = 10
ATTEMPTS = 4
PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class EventBridgeFindings:
    """See outputs.Findings. client: of EventBridge. bus: name or ARN. pause: sleeps for seconds."""

    client: Any
    bus: str
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def send(self, owed: Sequence[PendingFinding]) -> list[bool]:
        """See outputs.Findings."""
        taken = [False] * len(owed)
        for start in range(0, len(owed), MOST_EVENTS):
            try:
                self._send(list(range(start, min(start + MOST_EVENTS, len(owed)))), owed, taken)
            except Exception:
                if not any(taken):
                    raise
                # What was taken has to be written down; the rest is tried again by whoever asked.
                return taken
        return taken

    def _send(self, batch: list[int], owed: Sequence[PendingFinding], taken: list[bool]) -> None:
        """Some entries of a call may fail, mostly for throttling, while the others are taken."""
        for attempt in range(ATTEMPTS):
            if attempt:
                self.pause(PAUSE_S * 2 ** (attempt - 1))
            answer = self.client.put_events(Entries=[self._entry(owed[index]) for index in batch])
            for index, entry in zip(batch, answer["Entries"], strict=True):
                taken[index] = "ErrorCode" not in entry
            batch = [index for index in batch if not taken[index]]
            if not batch:
                return

    def _entry(self, owed: PendingFinding) -> dict[str, Any]:
        text = json.dumps(owed.detail, ensure_ascii=False, separators=(",", ":"))
        return {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPES[owed.check],
            "EventBusName": self.bus,
            "Detail": text,
        }
