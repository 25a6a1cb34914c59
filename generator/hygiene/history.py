"""What rules about the history of an alarm share: whether there is enough of it, and how it is worded."""

from __future__ import annotations

from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.timeline import Timeline
from generator.hygiene.types import NotJudged
from generator.wording import format_utc, pluralize

_NO_HISTORY = NotJudged("the capture has no history of its account and Region")


def judged_timeline(subject: JudgedAlarm) -> Timeline | NotJudged:
    """The timeline of an alarm, where it is long enough to say something."""
    line = subject.timeline
    if line is None:
        return _NO_HISTORY
    if line.days < subject.thresholds.days:
        return NotJudged(f"its condition is younger than {days_in_words(subject.thresholds.days)}")
    return line


def days_in_words(days: float) -> str:
    """`14 days`, `1.5 days`"""
    return pluralize(int(days), "day") if days == int(days) else f"{days:.1f} days"


def rounded_length(ms: int) -> str:
    """`12 days`, `5 hours`, `3 minutes`: rounded down to the largest unit of which there are two."""
    minutes = ms // 60_000
    if minutes >= 2 * 1440:
        return pluralize(minutes // 1440, "day")
    return pluralize(minutes // 60, "hour") if minutes >= 120 else pluralize(minutes, "minute")


def percent(share: float) -> int:
    """A share as a whole number of percent, rounded down: 100 only if it is all."""
    return int(100 * share + 1e-9)


def time_in_words(line: Timeline, state: str) -> str:
    """`in ALARM for 98 % of 30 days, now for 12 days`"""
    last = line.spans[-1]
    now = f", now for {rounded_length(last.to_ms - last.from_ms)}" if last.state == state else ""
    return f"in {state} for {percent(line.share_in(state))} % of {rounded_length(line.to_ms - line.from_ms)}{now}"


def began_at(line: Timeline, state: str) -> str | None:
    """Since when it is in a state; None where it is in another."""
    return format_utc(line.spans[-1].from_ms) if line.spans[-1].state == state else None


def window_evidence(line: Timeline) -> dict[str, object]:
    """The time that was judged, for every evidence."""
    return {"from": format_utc(line.from_ms), "to": format_utc(line.to_ms)}
