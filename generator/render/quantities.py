"""Durations and numbers of things in words; for commands that load nothing else to say them."""

from __future__ import annotations

_UNITS = ((604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def duration_in_words(seconds: int) -> str:
    """`5 minutes`, `1 hour`, `90 seconds`."""
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "0 seconds"


def duration_as_written(seconds: int) -> str:
    """`14d`, `1h`, `90s`: as the YAML has it."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def pluralize(number: int, thing: str) -> str:
    """`1 alarm`, `2 alarms`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
