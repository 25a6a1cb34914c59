"""What an agent tells the hub: a window in parts that EventBridge takes, and single events; and the way there.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.error_logs.tally import WindowTally, error_json
from handlers.error_logs.windows import Pass

logger = logging.getLogger(__name__)
SOURCE = "obsgen.error-logs"
WINDOW, MONITORING_EVENT = "Error Log Window", "Monitoring Event"
VERSION = 1
# Entries of a call, and bytes of an entry and of a call, with a reserve for the envelope.
MOST_ENTRIES, MOST_DETAIL, MOST_CALL = 10, 200_000, 240_000
ATTEMPTS, PAUSE_S = 4, 0.2


class NotAccepted(Exception):
    """EventBridge did not take some entries; the message is tried again."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who says it. correlation: the same in every log line and event of one run."""

    environment: str
    region: str
    correlation: str

    def head(self) -> dict[str, Any]:
        """What every detail begins with."""
        return {
            "version": VERSION,
            "environment": self.environment,
            "region": self.region,
            "correlation": self.correlation,
        }


def window_parts(
    sender: Sender,
    of: Pass,
    tally: WindowTally,
    agent: Mapping[str, Any],
    services: Mapping[str, str],
    *,
    partial: bool = False,
) -> list[dict[str, Any]]:
    """The details of one pass, one at least. Errors are in the order of their keys, so that parts are the same again.

    agent: the block of that name; the first part has it whole, the others its version alone.
    partial: whether there are log groups that could not be read, so that errors may be missing.
    """
    head = {
        **sender.head(),
        "window": {"start": of.window.start, "end": of.window.end},
        "pass": of.name,
        **({"partial": True} if partial else {}),
    }
    room = MOST_DETAIL - size({**head, "agent": agent}) - 200
    batches: list[list[dict[str, Any]]] = [[]]
    used = 0
    for key in sorted(key for key, one in tally.errors.items() if one.count):
        error = error_json(tally.errors[key], services, sender.environment)
        bytes_ = size(error) + 1
        if batches[-1] and used + bytes_ > room:
            batches.append([])
            used = 0
        batches[-1].append(error)
        used += bytes_
    return [
        {
            **head,
            "part": number,
            "parts": len(batches),
            "agent": agent if number == 1 else {"version": agent["version"]},
            "errors": batch,
        }
        for number, batch in enumerate(batches, 1)
    ]


def size(value: Any) -> int:
    """Bytes of a value in an event."""
    return len(text_of(value).encode("utf-8", "replace"))


def text_of(value: Any) -> str:
    """A value as an event has it. A surrogate without its other half is sent as `?`, for UTF-8 has none."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class Bus:
    """See world.Events. client: of EventBridge in the Region of the bus, which is the hub's."""

    client: Any
    bus: str
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def put(self, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """See world.Events. Some entries of a call may fail, mostly for throttling, while the others are taken."""
        failed = sum(self._put(batch) for batch in _batches(entries))
        if failed:
            raise NotAccepted(f"{failed} of {len(entries)} events were not accepted by {self.bus}")

    def _put(self, batch: list[dict[str, Any]]) -> int:
        for attempt in range(ATTEMPTS):
            if attempt:
                self.pause(PAUSE_S * 2 ** (attempt - 1))
            answer = self.client.put_events(Entries=[{**entry, "EventBusName": self.bus} for entry in batch])
            if not answer.get("FailedEntryCount"):
                return 0
            codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
            logger.warning("entries not accepted", extra={"codes": sorted({code for code in codes if code})})
            batch = [entry for entry, code in zip(batch, codes, strict=True) if code]
        return len(batch)


def _batches(entries: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    used = 0
    for kind, detail in entries:
        text = text_of(detail)
        bytes_ = len(text.encode())
        if batch and (len(batch) >= MOST_ENTRIES or used + bytes_ > MOST_CALL):
            yield batch
            batch, used = [], 0
        batch.append({"Source": SOURCE, "DetailType": kind, "Detail": text})
        used += bytes_
    if batch:
        yield batch
