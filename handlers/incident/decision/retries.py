"""Writes that others get in the way of: read again, decide again, write again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from handlers.common.deadline import Deadline
from handlers.incident.state.table import Conflict

CONFLICTS = 20
# Below this many seconds nothing new is begun.
TOO_LATE = 0.3
# Seconds: two that decide on the same at the same time are soon apart.
JITTER = 0.04
T = TypeVar("T")


class RetryLater(Exception):
    """It could not be committed in time; the queue hands the message out again."""


@dataclass(frozen=True, slots=True)
class Retries:
    """pause: waits so many seconds. random: at least 0, less than 1."""

    pause: Callable[[float], None]
    random: Callable[[], float]

    def written(self, attempt: Callable[[], T], deadline: Deadline, what: str) -> T:
        """What an attempt returns that met no Conflict. what: what others decide on. Raises TryLater."""
        for number in range(1, CONFLICTS + 1):
            try:
                return attempt()
            except Conflict:
                if deadline.left < TOO_LATE:
                    break
                self.pause(JITTER * number * self.random())
        raise RetryLater(f"others kept changing {what}")
