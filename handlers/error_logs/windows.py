"""Windows: which stretch of time a run counts; pure. Times are milliseconds since 1970.

A window follows from the time that the schedule names, and from nothing else: whoever handles the message, however
late and however often, counts the same windows. The schedule is a cron on the grid of the clock, so windows tile.
"""

from __future__ import annotations

from dataclasses import dataclass

# Lines that are read before and after the windows, so that what continues an event is seen with it.
MARGIN_MS = 2_000
FIRST, FINAL = "first", "final"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Half open, [start, end), on `@timestamp`."""

    start: int
    end: int

    def has(self, at: int) -> bool:
        """Whether a line of that time is counted here."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Pass:
    """One count of a window. name: FIRST, when it has just ended; FINAL, one period later, which replaces the first."""

    name: str
    window: Window


@dataclass(frozen=True, slots=True)
class CountingTask:
    """What one message of the schedule asks for. at: the time that the schedule named, after which the passes end."""

    at: int
    first: Pass
    final: Pass

    @property
    def passes(self) -> tuple[Pass, Pass]:
        """Both, older window first."""
        return (self.final, self.first)

    @property
    def span(self) -> Window:
        """Both windows as one: they touch."""
        return Window(self.final.window.start, self.first.window.end)


def due(at: int, every: int, latency: int) -> CountingTask:
    """The windows that are counted for a scheduled time: the one that ended `latency` before it, and the one before.

    every, latency: seconds.
    """
    end = at - latency * 1000
    start = end - every * 1000
    return CountingTask(at, Pass(FIRST, Window(start, end)), Pass(FINAL, Window(start - every * 1000, start)))
