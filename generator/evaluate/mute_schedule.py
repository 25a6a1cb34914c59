"""When the windows of a mute rule begin, read from its expression: cron of five fields, or one time.

It is not the cron of EventBridge: no year, no `?`. `*`, `-` and `,` stand in every field, months and days of the week
have English names. What a number means as a day of the week is not said, so only names are read.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_CRON = re.compile(r"cron\(([^()]*)\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\)")
_DAY = 86_400
# Four years have every day that there is.
_FROM, _SPAN = datetime.date(2024, 1, 1), 4 * 366


@dataclass(frozen=True, slots=True)
class Misread:
    """Why an expression is none, and what to write instead."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Recurring:
    """A window begins at each of these minutes of these hours, of the days that are all of the rest."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def longest_gap(self) -> int | None:
        """The most seconds from one beginning to the next; None where there is no next one."""
        each = (_FROM + datetime.timedelta(days=number) for number in range(_SPAN))
        days = [day.toordinal() for day in each if self._on(day)]
        times = sorted(hour * 3600 + minute * 60 for hour in self.hours for minute in self.minutes)
        between = [later - earlier for earlier, later in pairwise(times)]
        over_night = [(later - earlier) * _DAY - times[-1] + times[0] for earlier, later in pairwise(days)]
        return max([*over_night, *between], default=None) if over_night else None

    def _on(self, day: datetime.date) -> bool:
        return day.day in self.days and day.month in self.months and day.weekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class Once:
    """One window, from that minute on."""

    at: datetime.datetime


def read(expression: str) -> Recurring | Once | Misread:
    """What an expression means, or why CloudWatch would not take it."""
    once, recurring = _AT.fullmatch(expression), _CRON.fullmatch(expression)
    if once:
        try:
            return Once(datetime.datetime.fromisoformat(once[1]))
        except ValueError:
            return Misread(f"{once[1]} is no minute of the calendar", "at(2027-03-01T02:00)")
    if recurring is None:
        return Misread(
            "this is no schedule of a mute rule", "cron(0 2 * * *) each night at two, or at(2027-03-01T02:00)"
        )
    fields = recurring[1].split()
    if len(fields) != 5 or "?" in fields:
        five = " ".join(field.replace("?", "*") for field in fields[:5])
        hint = f"cron({five})" if len(fields) in (5, 6) else "cron(0 2 * * *)"
        message = "a mute rule has five fields (minute, hour, day, month, day of the week) and no `?`"
        return Misread(message, hint)
    if fields[2] != "*" and fields[4] != "*":
        message = "a day of the month and a day of the week: which of them counts CloudWatch does not say"
        return Misread(message, "two entries, one for each")
    return _fields(fields)


def _fields(fields: Sequence[str]) -> Recurring | Misread:
    found: list[frozenset[int]] = []
    for text, (what, least, most, names) in zip(fields, _FIELDS, strict=True):
        numbers = _numbers(text, least, most, names)
        if not numbers:
            known = f"{names[0]} to {names[-1]}" if names else f"{least} to {most}"
            return Misread(f"`{text}` is no {what}", f"{known}, with * - and , between them")
        found.append(numbers)
    made = Recurring(*found)
    if made.longest_gap() is None:
        return Misread("this never begins: there is no such day", "cron(0 2 * * *)")
    return made


_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)


def _numbers(text: str, least: int, most: int, names: tuple[str, ...]) -> frozenset[int]:
    """The numbers that a field means; none where it is not one."""
    found: set[int] = set()
    for part in text.split(","):
        if part == "*":
            found |= set(range(least, most + 1))
            continue
        ends = [_number(end, least, most, names) for end in part.split("-")]
        known = [end for end in ends if end is not None]
        if len(known) != len(ends) or len(known) > 2:
            return frozenset()
        first, last = known[0], known[-1]
        # SUN-TUE goes over the end of the week.
        found |= set(range(first, last + 1)) if first <= last else {*range(first, most + 1), *range(least, last + 1)}
    return frozenset(found)


def _number(text: str, least: int, most: int, names: tuple[str, ...]) -> int | None:
    if text.upper() in names:
        return names.index(text.upper()) + least
    is_number = text.isascii() and text.isdigit() and names != _DAYS
    return int(text) if is_number and least <= int(text) <= most else None
