"""What a wake-up asks for: a pass over one channel, or the look at everything that the schedule asks for each minute.

A wake-up carries no truth: what is due stands in the table, and a lost wake-up costs a minute at most.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from handlers.common.deadline import Deadline
from handlers.incident.delivery.ports import Ports
from handlers.incident.delivery.worker import work
from handlers.incident.events import Key

logger = logging.getLogger(__name__)
EVERYTHING = "*"
MOST = 100
# Where a mute ends, the time of many alarms has come at once. The rest of a tick is left for reviews.
REST_S = 15.0
# So many alarms are asked for: all of them, for the worst may be listed last.
MOST_APPOINTED = 20_000
# Nothing is appointed later than this: a mute lasts for fifteen days at most.
LATEST_MS = 20 * 86_400_000
# A channel's name becomes a key of the table.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}|\*")
# Deciding on one alarm takes as long at most, in seconds; what does not fit is left for the next minute.
DECIDING_S = 3.0


class Decider(Protocol):
    """The decision service, for what is decided because of the time."""

    def recheck(self, key: Key, deadline: Deadline) -> object:
        """Decide on an alarm whose actions may be held no longer, or that may be muted no longer."""

    def release(self, appointed: Callable[[], Sequence[Key]], deadline: Deadline) -> None:
        """Decide on the alarms of mutes that somebody has ended early. appointed: all that are looked at later."""

    def process_parked(self, limit: int, deadline: Deadline) -> int:
        """Decide on events that were parked because an earlier build did not know their alarms."""

    def review(self, limit: int, deadline: Deadline) -> int:
        """Look at incidents whose time has come: storms, reminders, escalations."""

    def end_removed(self, deadline: Deadline) -> int:
        """End the incidents of what the deployed file has no more."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """alarms_to_look_at: by the time and how many at most. wake: sends wake-ups for channels."""

    ports: Ports
    decider: Decider
    due_alarms: Callable[[int, int], list[Key]]
    wake: Callable[[Sequence[str]], None]

    def handle(self, body: str, deadline: Deadline) -> float | None:
        """Do what a wake-up asks for. None where it is done with; else seconds after which it is to come again."""
        channel = _channel(body)
        if channel is None:
            logger.error("unreadable wake-up", extra={"body": self.ports.hide(body[:200])})
            return None
        if channel == EVERYTHING:
            self.tick(deadline)
            return None
        outcome = work(channel, self.ports, deadline)
        return outcome.wait_s if outcome.more_due else None

    def tick(self, deadline: Deadline) -> None:
        """What is due by the time: decide on it, and wake the channels. Raises what failed, after all is done."""
        self.ports.meter.tick()
        failures = [
            *self._attempt(lambda: self.decider.process_parked(MOST, deadline)),
            *self._attempt(lambda: self._recheck_all(deadline)),
            *self._attempt(lambda: self.decider.release(self._appointed, deadline)),
            *self._attempt(lambda: self.decider.review(MOST, deadline)),
            *self._attempt(lambda: self.decider.end_removed(deadline)),
        ]
        self.wake(self._due())
        if failures:
            raise failures[0]

    def _recheck_all(self, deadline: Deadline) -> None:
        failures: list[Exception] = []
        keys = self.due_alarms(self.ports.now(), MOST_APPOINTED)
        for number, key in enumerate(self.ports.routing.worst_first(keys)):
            if deadline.left >= (DECIDING_S if number < MOST else REST_S):
                failures += self._attempt(partial(self.decider.recheck, key, deadline))
        if failures:
            raise failures[0]

    def _appointed(self) -> Sequence[Key]:
        return self.due_alarms(self.ports.now() + LATEST_MS, MOST_APPOINTED)

    def _attempt(self, do: Callable[[], object]) -> list[Exception]:
        """One thing that fails must not keep the others from being done, and least of all the channels from waking."""
        try:
            do()
        except Exception as error:
            stack = self.ports.hide("".join(traceback.format_exception(error)))
            logger.error("unexpected", extra={"stack": stack})
            return [error]
        return []

    def _due(self) -> list[str]:
        """The channels for which something is due, and those not configured any more that are still owed something."""
        table, configured = self.ports.table, self.ports.routing.channels()
        now = self.ports.now()
        due = [name for name in configured if table.anything_due(name, now)]
        for name in sorted(table.channels() - set(configured)):
            if table.next_due(name) is None:
                table.forget_channel(name)
            else:
                due.append(name)
        return due


def _channel(body: str) -> str | None:
    """The channel that is meant; None where that cannot be read."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    name = data.get("wake") if isinstance(data, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else None
