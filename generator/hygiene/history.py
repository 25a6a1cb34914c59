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


def length_in_words(ms: int) -> str:
    """`12 days`, `5 hours`, `3 minutes`: rounded down to the largest unit of which there are two."""
    minutes = ms // 60_000
    if minutes >= 2 * 1440:
        return pluralize(minutes // 1440, "day")
    return pluralize(minutes // 60, "hour") if minutes >= 120 else pluralize(minutes, "minute")


def percent(share: float) -> int:
    """A share as a whole number of percent, rounded down: 100 only if it is all."""
    return int(100 * share + 1e-9)


def window_evidence(line: Timeline) -> dict[str, object]:
    """The time that was judged, for every evidence."""
    return {"from": format_utc(line.from_ms), "to": format_utc(line.to_ms)}
