"""The window of a dashboard or a widget: `start` and `end` as CloudWatch writes them, and the periods in it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from generator.evaluate.math.grid import Grid
from generator.preview.charts.time_axis import ChartWindow

_DURATION = re.compile(
    r"-?P(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?"
)
_SECONDS = (30 * 86_400, 7 * 86_400, 86_400, 3_600, 60, 1)
_DEFAULT_S = 3 * 3_600
_LONGEST_S = 455 * 86_400
# CloudWatch draws at most so many data points of a metric, and takes a longer period where there would be more.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
_MOST_POINTS = 1_440
_PERIODS = (1, 5, 10, 20, 30, 60, 300, 900, 3_600, 21_600, 86_400, 604_800, 2_592_000)


def duration_s(text: str) -> int | None:
    """`-PT3H` as 10,800 seconds; None for what is no duration."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return 0 if text in ("P0D", "-P0D") else None
    return sum(int(part) * seconds for part, seconds in zip(match.groups(), _SECONDS, strict=True) if part)


def time_s(text: str) -> int | None:
    """A time such as `2026-05-04T10:30:00.000Z` in seconds since 1970; None for what is none."""
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def chart_window(start: object, end: object, now_s: int) -> ChartWindow:
    """A window by its start (a duration back from the end, or a time) and its end; three hours where none is set."""
    until = time_s(end) if isinstance(end, str) and duration_s(end) is None else None
    until_s = min(until, now_s + _LONGEST_S) if until is not None else now_s
    length, at = (duration_s(start), time_s(start)) if isinstance(start, str) else (None, None)
    if not length and at is not None and at < until_s:
        length = until_s - at
    return ChartWindow(until_s - max(60, min(length or _DEFAULT_S, _LONGEST_S)), until_s)


def drawn_period(period: object, window: ChartWindow) -> int:
    """A period in which a window has no more data points than CloudWatch draws; five minutes where none is set."""
    own = period if isinstance(period, int) and not isinstance(period, bool) and period > 0 else 300
    span = window.end - window.start
    own = min(own, max(60, span))
    if span / own <= _MOST_POINTS:
        return own
    return next((longer for longer in _PERIODS if longer >= own and span / longer <= _MOST_POINTS), _PERIODS[-1])


def grid_of(window: ChartWindow, period: int) -> Grid:
    """The periods of a window, from the first that begins in it."""
    first = -(-window.start // period) * period
    return Grid(first, period, max(1, (window.end - first) // period))
