"""How long something may still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a monotonic clock, in seconds."""

    at: float
    clock: Callable[[], float] = field(default=time.monotonic, repr=False, compare=False)

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """The moment that many seconds from now."""
        return cls(clock() + seconds, clock)

    @property
    def left(self) -> float:
        """Seconds that are left, never less than nothing."""
        return max(0.0, self.at - self.clock())

    def earlier(self, seconds: float) -> Deadline:
        """The same deadline less a reserve."""
        return Deadline(self.at - seconds, self.clock)

    def within(self, seconds: float) -> Deadline:
        """The same deadline, or the moment that many seconds from now where that is earlier."""
        return Deadline(min(self.at, self.clock() + seconds), self.clock)
