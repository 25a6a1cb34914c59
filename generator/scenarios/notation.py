"""A series in promtool's notation, and several values in one period besides.

    1 2.5 -3      values, one a period       _    no data            _x3   no data in 3 periods
    10x3          10, and 3 times more       0+5x3   0 5 10 15       9-2x3   9 7 5 3
    [1 2 3]       three values in a period   [1 2 3]x2   that period, and 2 more like it
    [5x999 80]    1000 fives in a period, and 80
    stale         no data, as `_`

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MOST_VALUES = 100_000
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(r"\s*(\[[^\[\]]*\](?:x\d+)?|\S+)")
_MISSING = re.compile(r"(?:_|stale)(?:x(\d+))?")
_RUN = re.compile(rf"([-+]?{_NUMBER})(?:([-+]{_NUMBER}))?(?:x(\d+))?")
_SAME = re.compile(rf"([-+]?{_NUMBER})(?:x(\d+))?")
_SEVERAL = re.compile(r"\[([^\[\]]*)\](?:x(\d+))?")

Values = tuple[tuple[float, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class NotationError:
    """Why a text is no series. token: the part that is not understood."""

    message: str
    token: str
    hint: str = ""


def parse(text: str) -> Values | NotationError:
    """The values of each period: None for no data. Never raises."""
    values: list[tuple[float, ...] | None] = []
    number = 0
    for match in _TOKEN.finditer(text):
        token = match.group(1)
        more = _expand(token)
        if isinstance(more, NotationError):
            return more
        period_values, times = more
        number += times * max(1, len(period_values[0] or ()))
        if number > MOST_VALUES:
            return NotationError(f"`{token}` gives more than {MOST_VALUES:,} values", token, "use a longer `interval`")
        values += period_values * times if len(period_values) == 1 else period_values
    return tuple(values) or NotationError("the series is empty", "", 'write values such as "0x5 10+10x3 _"')


def _expand(token: str) -> tuple[list[tuple[float, ...] | None], int] | NotationError:
    """What a token stands for, and how often. A rising series is written out, and then as many as it has."""
    if missing := _MISSING.fullmatch(token):
        return [None], _count(missing.group(1), 1)
    if bracketed := _SEVERAL.fullmatch(token):
        runs = [_SAME.fullmatch(part) for part in bracketed.group(1).replace(",", " ").split()]
        same = [(float(run.group(1)), 1 + _count(run.group(2), 0)) for run in runs if run]
        if same and all(runs):
            if sum(times for _value, times in same) > MOST_VALUES:
                return NotationError(f"`{token}` gives more than {MOST_VALUES:,} values", token, "use fewer values")
            numbers = tuple(value for value, times in same for _ in range(times))
            return _finite(token, [numbers], 1 + _count(bracketed.group(2), 0))
        message = f"`{token}`: brackets contain the values of one period"
        return NotationError(message, token, "write numbers, such as [120 80 3100]")
    run = _RUN.fullmatch(token)
    if not run or (run.group(2) and run.group(3) is None):
        return NotationError(f"`{token}` is not a value of a series", token, _hint(token))
    first, step, times = float(run.group(1)), float(run.group(2) or 0), _count(run.group(3), 0)
    if not step or times > MOST_VALUES:
        return _finite(token, [(first,)], 1 + times)
    return _finite(token, [(first + step * index,) for index in range(1 + times)], 1 + times)


def _count(digits: str | None, otherwise: int) -> int:
    """A repetition; what has more digits than any series may have is too many, however many it is."""
    if digits is None:
        return otherwise
    return int(digits) if len(digits) < len(str(MOST_VALUES)) + 2 else MOST_VALUES + 1


def _finite(
    token: str, values: list[tuple[float, ...] | None], times: int
) -> tuple[list[tuple[float, ...] | None], int] | NotationError:
    if all(math.isfinite(number) for period in values for number in period or ()):
        return values, times
    return NotationError(f"`{token}` is too large", token)


def _hint(token: str) -> str:
    if re.fullmatch(rf"[-+]?{_NUMBER}[-+]{_NUMBER}", token):
        return f"add how many more values follow: {token}x3"
    if re.search(r"[*×]", token):
        return f"write x: {re.sub(r'[*×]', 'x', token)}"
    if token.lower().lstrip("+-") in ("nan", "inf", "null", "none", "-"):
        return "write `_` for no data; CloudWatch rejects NaN and infinities"
    return "use values (5), runs (5x3 is four fives, 0+5x3), _ for no data, [1 2 3] for several in a period"
