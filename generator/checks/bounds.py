"""Thresholds that are always or never crossed, given the bounds of the compared value."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Path
from generator.model.alarms import Alarm, Origin, Tuning


def constant_outcome(tuning: Tuning, least: float, most: float) -> str:
    """`never` or `always`, if the bounds of a statistic alone decide whether an alarm fires; otherwise empty."""
    bound = tuning.threshold
    never = {">": bound >= most, ">=": bound > most, "<": bound <= least, "<=": bound < least}
    always = {">": bound < least, ">=": bound <= least, "<": bound > most, "<=": bound >= most}
    return "never" if never[tuning.comparison] else "always" if always[tuning.comparison] else ""


def each_threshold(alarm: Alarm) -> Iterator[tuple[Tuning, tuple[Origin, ...]]]:
    """The default threshold of an alarm, and those of accounts and Regions that differ, each with its origins."""
    usual = (alarm.tuning.comparison, alarm.tuning.threshold)
    yield alarm.tuning, alarm.origins
    for tuning, origins in alarm.origins_of_tunings():
        if (tuning.comparison, tuning.threshold) != usual:
            yield tuning, origins


def origin_path(alarm: Alarm, origins: tuple[Origin, ...], field: str) -> Path:
    """The YAML path that a field of an alarm comes from."""
    return next((origin.path for origin in origins if origin.field == field), alarm.path)


def format_threshold(tuning: Tuning) -> str:
    """A comparison with its threshold, such as `> 5`."""
    return f"{tuning.comparison} {tuning.threshold:g}"
