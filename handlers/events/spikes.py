"""Many more of a known error than usual; pure."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple

from handlers.events.records import Count, Error
from handlers.events.settings import Settings

DAY_MS = 86_400_000
# An error that is known for fewer windows has no usual rate.
LEAST_WINDOWS = 12


class Spike(NamedTuple):
    """total: occurrences in the window, everywhere. usual: the median of the windows of the day before."""

    total: int
    usual: float


def may_be_one(error: Error, count: int, settings: Settings) -> bool:
    """Whether a count of one place may be part of a spike, so that it is worth reading the others."""
    return count * max(1, len(error.sources)) >= settings.spike_floor


def spike_of(counts: Iterable[Count], start: int, known_since: int, settings: Settings) -> Spike | None:
    """The spike in the window that begins at `start`, if there is one.

    counts: of the day before and of the window. known_since: when the error was first seen. A window without a count
    had no occurrence. Where the usual rate is nothing, one is taken for it.
    """
    totals: dict[int, int] = {}
    for count in counts:
        totals[count.start] = totals.get(count.start, 0) + count.count
    total = totals.get(start, 0)
    since = max(start - DAY_MS, known_since)
    windows = (start - since) // settings.every
    if total < settings.spike_floor or windows < LEAST_WINDOWS:
        return None
    before = [count for at, count in totals.items() if start - windows * settings.every <= at < start]
    usual = float(median([*before, *[0] * (windows - len(before))]))
    return Spike(total, usual) if total >= settings.spike_factor * max(1.0, usual) else None
