"""How often a schedule comes in a month of 730 hours."""

from __future__ import annotations

import re

from generator.cost.items import HOURS_A_MONTH

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_RATE = re.compile(r"rate\((\d+) (second|minute|hour|day)s?\)")
_DAYS_A_MONTH = HOURS_A_MONTH / 24
# Numbers of the fields minute, hour, day of the month, month and day of the week.
_SIZES = (60, 24, 31, 12, 7)
_MINUTE, _HOUR, _MONTH_DAY, _MONTH, _WEEK_DAY = range(5)


def runs_a_month(expression: str) -> float | None:
    """Runs of `rate(…)` or `cron(…)`; None for what is neither. A canary of `rate(0 minutes)` runs once.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    rate = _RATE.fullmatch(expression)
    if rate:
        seconds = int(rate[1]) * _SECONDS[rate[2]]
        return HOURS_A_MONTH * 3_600 / seconds if seconds else 1
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    if not expression.startswith("cron(") or len(fields) < len(_SIZES):
        return None
    counts = [_count(field, size) for field, size in zip(fields, _SIZES, strict=False)]
    days = _DAYS_A_MONTH
    if fields[_MONTH_DAY] not in ("*", "?"):
        days = counts[_MONTH_DAY]
    elif fields[_WEEK_DAY] not in ("*", "?"):
        # `2#1`, the first Monday, and `6L`, the last Friday, come once a month.
        is_once = re.fullmatch(r"\w+#\d|\dL", fields[_WEEK_DAY])
        days = 1 if is_once else _DAYS_A_MONTH * counts[_WEEK_DAY] / _SIZES[_WEEK_DAY]
    return counts[_MINUTE] * counts[_HOUR] * days * counts[_MONTH] / _SIZES[_MONTH]


def _count(field: str, size: int) -> int:
    """How many values a field has: `*`, `5`, `1,3`, `9-17`, `*/15`, `9-17/2`, `MON-FRI`."""
    return min(size, sum(_part(part, size) for part in field.split(",")))


def _part(part: str, size: int) -> int:
    span, _, step = part.partition("/")
    every = max(int(step), 1) if step.isdigit() else 1
    first, _, last = span.partition("-")
    if span in ("*", "?"):
        width = size
    elif last:
        width = (_number(last) - _number(first)) % max(size, 1) + 1
    else:
        width = size - _number(first) if step else 1
    return max(1, -(-width // every))


def _number(text: str) -> int:
    names = ("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", "SUN MON TUE WED THU FRI SAT")
    for listed in names:
        if text.upper() in listed.split():
            return listed.split().index(text.upper()) + 1
    return int(text) if text.isdigit() else 0
