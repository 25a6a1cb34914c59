"""Schedules in the words of EventBridge Scheduler: `rate(1 day)`, or `cron(…)` of six fields.

It is not the cron of mute rules: there is a year, and one of the two days is `?`.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generator.spec.scalars import show, wrong

SHORTEST_SECONDS = 300
LONGEST_DAYS = 366
_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_EXAMPLE = "rate(1 day), or cron(0 6 * * ? *) each day at six"
_MONTH_DAY, _MONTH, _WEEK_DAY = 2, 3, 4
_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Name, least, most, names of the numbers, and what else the field may have.
_FIELDS = (
    ("minute", 0, 59, (), ""),
    ("hour", 0, 23, (), ""),
    ("day of the month", 1, 31, (), r"\?|L|LW|\d{1,2}W"),
    ("month", 1, 12, _MONTHS, ""),
    ("day of the week", 1, 7, _DAYS, r"\?|L|[1-7]L|[1-7]#[1-5]"),
    ("year", 1970, 2199, (), ""),
)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def schedule(value: object) -> str:
    """The expression, one space between its fields. Raises a scalar's error with what to write instead."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    rate, cron = re.fullmatch(r"rate\((\d+) (\w+)\)", text), re.fullmatch(r"cron\((.*)\)", text)
    if rate:
        return _rate(int(rate[1]), rate[2])
    if cron:
        return f"cron({_cron(cron[1].split())})"
    raise wrong(f"expected a schedule, got {show(value)}", _EXAMPLE)


def time_or_cron(value: object) -> str:
    """`06:00`, each day, or `cron(…)`, as an expression."""
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        return f"cron({int(match[2])} {int(match[1])} * * ? *)"
    if isinstance(value, int) and not isinstance(value, bool):
        hint = (
            f'quote it: "{value // 60:02}:{value % 60:02}"'
            if 0 <= value < 24 * 60
            else 'write it in quotes, such as "06:00"'
        )
        raise wrong("the time of day has no quotes, so YAML reads a number", hint)
    if isinstance(value, str) and value.strip().startswith("cron("):
        return schedule(value)
    if isinstance(value, str) and value.strip().startswith("rate("):
        raise wrong(
            "a rate has no time of day: it starts when the schedule is created",
            'use a time such as "06:00", or cron(0 6 ? * MON *)',
        )
    raise wrong(f"expected a time of day, got {show(value)}", 'use a time such as "06:00", or cron(0 6 ? * MON *)')


def _rate(number: int, word: str) -> str:
    unit = word.removesuffix("s")
    if unit not in _UNITS or not number:
        raise wrong(
            f"invalid rate `rate({number} {word})`", "use a number of minutes, hours or days, such as rate(1 day)"
        )
    if number * _UNITS[unit] < SHORTEST_SECONDS:
        raise wrong(f"every {number} {word} is too often for a scan", "use at least rate(5 minutes)")
    if number * _UNITS[unit] > LONGEST_DAYS * _UNITS["day"]:
        raise wrong(f"every {number} {word} is too rare", f"use at most rate({LONGEST_DAYS} days)")
    return f"rate({number} {unit}{'' if number == 1 else 's'})"


def _cron(fields: list[str]) -> str:
    if len(fields) != len(_FIELDS):
        message = f"a cron has {len(_FIELDS)} fields: minute, hour, day, month, day of the week, year"
        raise wrong(f"{message}; this one has {len(fields)}", "cron(0 6 * * ? *)")
    if (fields[_MONTH_DAY] == "?") == (fields[_WEEK_DAY] == "?"):
        message = "a cron cannot restrict both the day of the month and the day of the week"
        raise wrong(message, "use `?` for one of them: cron(0 6 * * ? *) each day, cron(0 6 ? * MON *) each Monday")
    for text, (name, least, most, names, other) in zip(fields, _FIELDS, strict=True):
        if not _is_field(text.upper(), least, most, names, other):
            known = f"{names[0]} to {names[-1]}" if names else f"{least} to {most}"
            raise wrong(f"invalid {name} `{text}`", f"use {known}, with * - , and / between them")
    if not _is_some_day(fields[_MONTH_DAY].upper(), fields[_MONTH].upper()):
        message = f"no month of `{fields[_MONTH]}` has a day `{fields[_MONTH_DAY]}`, so the schedule never runs"
        raise wrong(message, "use L for the last day of the month")
    return " ".join(field.upper() for field in fields)


def _is_field(text: str, least: int, most: int, names: tuple[str, ...], other: str) -> bool:
    if other and re.fullmatch(other, text):
        return True
    return all(_is_entry(entry, least, most, names) for entry in text.split(","))


def _is_some_day(day: str, month: str) -> bool:
    """True if the earliest of these days of the month is in the longest of these months."""
    first = re.findall(r"(?:^|,)(\d+|\*)", day)
    earliest = min((1 if text == "*" else int(text) for text in first), default=1)
    months = {number for entry in month.split(",") for number in _months(entry)}
    return any(earliest <= _DAYS_OF_MONTHS[number - 1] for number in months)


def _months(entry: str) -> Sequence[int]:
    span, _, step = entry.partition("/")
    ends = [1, 12] if span == "*" else [_number(end, 1, 12, _MONTHS) or 1 for end in span.split("-")]
    last = 12 if step else ends[-1]
    return range(ends[0], last + 1, int(step or 1))


def _is_entry(entry: str, least: int, most: int, names: tuple[str, ...]) -> bool:
    """`*`, `5`, `1-5`, `MON-FRI`, `*/15`, `0/10`; days of the week have no step."""
    span, slash, step = entry.partition("/")
    if slash and not (names != _DAYS and step.isascii() and step.isdigit() and 0 < int(step) <= most):
        return False
    ends = [] if span == "*" else [_number(end, least, most, names) for end in span.split("-")]
    known = [end for end in ends if end is not None]
    return len(known) == len(ends) <= 2 and known == sorted(known)


def _number(text: str, least: int, most: int, names: tuple[str, ...]) -> int | None:
    if text in names:
        return names.index(text) + least
    is_number = text.isascii() and text.isdigit() and len(text) <= 4
    return int(text) if is_number and least <= int(text) <= most else None
