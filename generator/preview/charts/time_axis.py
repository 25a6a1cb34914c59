"""The time axis of a chart: a window, and round times in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_STEPS_S = (
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 3, 5, 7, 10, 14, 28, 91, 182, 364)),
)


@dataclass(frozen=True, slots=True)
class ChartWindow:
    """The time that a chart shows, in seconds since 1970."""

    start: int
    end: int

    def percent(self, at: float) -> float:
        """Where a time is, from 0 at the left end to 100 at the right one; outside of both for other times."""
        return 100 * (at - self.start) / (self.end - self.start)

    def ticks(self, most: int) -> tuple[tuple[int, str], ...]:
        """At most so many round times, and what is written below each."""
        span = self.end - self.start
        step = next((step for step in _STEPS_S if span / step <= most), max(_STEPS_S[-1], span))
        first = -(-self.start // step) * step
        return tuple((at, _written(at, step)) for at in range(first, self.end + 1, step))


def _written(at: int, step: int) -> str:
    time = datetime.fromtimestamp(at, UTC)
    return time.strftime("%m/%d") if step >= _DAY or (not at % _DAY and step >= 6 * _HOUR) else time.strftime("%H:%M")


def utc(at: float) -> str:
    """A time in words: `2026-01-14 12:00`, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
