"""Whether a threshold is crossed at all, given the bounds of what it is compared with."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Path
from generator.model.alarms import Alarm, Origin, Tuning


def constant_outcome(tuning: Tuning, least: float, most: float) -> str:
    """`never` or `always`, where the bounds of a statistic decide by themselves whether an alarm fires."""
    bound = tuning.threshold
    never = {">": bound >= most, ">=": bound > most, "<": bound <= least, "<=": bound < least}
    always = {">": bound < least, ">=": bound <= least, "<": bound > most, "<=": bound >= most}
    return "never" if never[tuning.comparison] else "always" if always[tuning.comparison] else ""


def each_threshold(alarm: Alarm) -> Iterator[tuple[Tuning, tuple[Origin, ...]]]:
    """The alarm's usual threshold and those of accounts and Regions that have others, with where they come from."""
    usual = (alarm.tuning.comparison, alarm.tuning.threshold)
    yield alarm.tuning, alarm.origins
    for tuning, origins in alarm.origins_of_tunings():
        if (tuning.comparison, tuning.threshold) != usual:
            yield tuning, origins


def origin_path(alarm: Alarm, origins: tuple[Origin, ...], field: str) -> Path:
    """The place of the YAML that a field of an alarm comes from."""
    return next((origin.path for origin in origins if origin.field == field), alarm.path)


def format_threshold(tuning: Tuning) -> str:
    """Such as `> 5`."""
    return f"{tuning.comparison} {tuning.threshold:g}"
