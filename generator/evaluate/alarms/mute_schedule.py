"""When the windows of a mute rule begin, read from its expression: cron of five fields, or one time.

It is not the cron of EventBridge: there is no year, and 0 and 7 are Sunday. The guide has `*`, `-`, `,`, steps (`*/15`,
`8-18/2`) and names everywhere, `?` for any day, `L` for the last day of the month and behind a day of the week for the
last such day, and `#` for its first to fifth. The older page of the API has only `*`, `-` and `,`.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html
"""

from __future__ import annotations

import datetime
import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_CRON = re.compile(r"cron\(([^()]*)\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\)")
_PART = re.compile(r"([^/#-]+)(?:-([^/#-]+))?(?:/([0-9]{1,2}))?", re.ASCII)
_NTH = re.compile(r"([A-Z0-9]+)#([1-5])", re.ASCII)
_LAST = re.compile(r"([A-Z0-9]+?)L", re.ASCII)
_DAY = 86_400
# Four years have every day that there is.
_FROM, _SPAN = datetime.date(2024, 1, 1), 4 * 366


@dataclass(frozen=True, slots=True)
class Misread:
    """Why an expression is none, and what to write instead."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class _Field:
    """The numbers of a field. last: of a month, or days of the week of which the last counts; nth: such days by count.

    is_any: whether the field leaves everything open.
    """

    numbers: frozenset[int]
    is_any: bool = False
    last: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()

    def cron(self) -> str:
        """As other readers of cron take it: numbers, with Sunday as 0."""
        parts = [*map(str, sorted(self.numbers)), *(f"{day}#{count}" for day, count in sorted(self.nth))]
        last = ["L" if day < 0 else f"{day}L" for day in sorted(self.last)]
        return "*" if self.is_any else ",".join([*parts, *last])


@dataclass(frozen=True, slots=True)
class Recurring:
    """A window begins at each of these minutes of these hours, of the days that are all of the rest."""

    minutes: _Field
    hours: _Field
    days: _Field
    months: _Field
    weekdays: _Field
    cron: str = field(default="", compare=False)

    def longest_gap(self) -> int | None:
        """The most seconds from one beginning to the next; None where there is no next one."""
        days = self.days_of_four_years()
        times = sorted(hour * 3600 + minute * 60 for hour in self.hours.numbers for minute in self.minutes.numbers)
        between = [later - earlier for earlier, later in pairwise(times)]
        over_night = [(later - earlier) * _DAY - times[-1] + times[0] for earlier, later in pairwise(days)]
        return max([*over_night, *between], default=None) if over_night else None

    def days_of_four_years(self) -> list[int]:
        """The days on which a window begins, by their number."""
        days = (_FROM + datetime.timedelta(days=number) for number in range(_SPAN))
        return [day.toordinal() for day in days if self._on(day)]

    def _on(self, day: datetime.date) -> bool:
        if day.month not in self.months.numbers:
            return False
        left = monthrange(day.year, day.month)[1] - day.day
        weekday = (day.weekday() + 1) % 7
        of_month = day.day in self.days.numbers or bool(self.days.last) and left == 0
        of_week = weekday in self.weekdays.numbers or (weekday, (day.day + 6) // 7) in self.weekdays.nth
        of_week = of_week or weekday in self.weekdays.last and left < 7
        # As in every cron: where both are said, either will do.
        are_both = not self.days.is_any and not self.weekdays.is_any
        return of_month or of_week if are_both else of_month and of_week


@dataclass(frozen=True, slots=True)
class Once:
    """One window, from that minute on."""

    at: datetime.datetime


def read(expression: str) -> Recurring | Once | Misread:
    """What an expression means, or why it is better written otherwise."""
    recurring = schedule(expression)
    if isinstance(recurring, Recurring) and not recurring.days.is_any and not recurring.weekdays.is_any:
        message = "a day of the month and a day of the week: which of them counts CloudWatch does not say"
        return Misread(message, "two entries, one for each")
    return recurring


@lru_cache(maxsize=256)
def schedule(expression: str) -> Recurring | Once | Misread:
    """What an expression means, or why CloudWatch would not take it. Never raises.

    Remembered: an environment is simulated once for each test, and a rule asks for the days of four years.
    """
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
    if len(fields) != 5:
        five = " ".join(field.replace("?", "*") for field in fields[:5])
        hint = f"cron({five})" if len(fields) in (5, 6) else "cron(0 2 * * *)"
        return Misread("a mute rule has five fields (minute, hour, day, month, day of the week) and no year", hint)
    return _fields(fields)


def _fields(fields: Sequence[str]) -> Recurring | Misread:
    parsed_fields: list[_Field] = []
    for text, (what, least, most, names) in zip(fields, _FIELDS, strict=True):
        parsed_field = _field(text.upper(), what, least, most, names)
        if parsed_field is None:
            known = f"{names[0]} to {names[-1]}, or {least} to {most}" if names else f"{least} to {most}"
            more = {_OF_MONTH: ", ? or L", _OF_WEEK: ", ?, SUN#1 or SUNL"}.get(what, "")
            return Misread(f"`{text}` is no {what}", f"{known}{more}, with * - , and / between them")
        parsed_fields.append(parsed_field)
    minutes, hours, days, months, weekdays = parsed_fields
    recurring = Recurring(
        minutes, hours, days, months, weekdays, " ".join(parsed_field.cron() for parsed_field in parsed_fields)
    )
    if not recurring.days_of_four_years():
        return Misread("this never begins: there is no such day", "cron(0 2 * * *)")
    return recurring


_OF_MONTH, _OF_WEEK = "day of the month", "day of the week"
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    (_OF_MONTH, 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    (_OF_WEEK, 0, 7, _DAYS),
)


def _field(text: str, what: str, least: int, most: int, names: tuple[str, ...]) -> _Field | None:
    """What a field means; nothing where it is none."""
    top = 6 if what == _OF_WEEK else most
    everything = frozenset(range(least, top + 1))
    if text == "*" or text == "?" and what in (_OF_MONTH, _OF_WEEK):
        return _Field(everything, is_any=True)
    numbers: set[int] = set()
    last: set[int] = set()
    nth: set[tuple[int, int]] = set()
    for part in text.split(","):
        nth_match = _NTH.fullmatch(part)
        special = nth_match or _LAST.fullmatch(part)
        if what == _OF_MONTH and part == "L":
            last.add(-1)
        elif what == _OF_WEEK and special:
            day = _number(special[1], least, most, names)
            if day is None:
                return None
            if nth_match:
                nth.add((day % 7, int(nth_match[2])))
            else:
                last.add(day % 7)
        else:
            numbers_of_part = _several(part, least, most, names)
            if numbers_of_part is None:
                return None
            numbers |= {number % 7 if what == _OF_WEEK else number for number in numbers_of_part}
    return _Field(frozenset(numbers), numbers >= everything, frozenset(last), frozenset(nth))


def _several(part: str, least: int, most: int, names: tuple[str, ...]) -> list[int] | None:
    """A number, a range, or each so many of one."""
    match = _PART.fullmatch(part)
    if not match:
        return None
    step = int(match[3] or 1)
    if match[1] == "*":
        first, last = least, most
    else:
        ends = [_number(end, least, most, names) for end in match.group(1, 2) if end]
        known = [end for end in ends if end is not None]
        if len(known) != len(ends):
            return None
        first, last = known[0], most if match[3] and not match[2] else known[-1]
    if step < 1 or match[1] == "*" and match[2]:
        return None
    # SAT-MON goes over the end of the week.
    around = range(first, last + 1) if first <= last else [*range(first, most + 1), *range(least, last + 1)]
    if names == _DAYS and (first > last or match[1] == "*"):
        around = list(dict.fromkeys(number % 7 for number in around))
    return list(around)[::step]


def _number(text: str, least: int, most: int, names: tuple[str, ...]) -> int | None:
    if text in names:
        return names.index(text) + (least if names == _MONTHS else 0)
    is_number = text.isascii() and text.isdigit() and len(text) < 3
    return int(text) if is_number and least <= int(text) <= most else None
