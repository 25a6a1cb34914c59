"""The scalars of tests.yaml: moments, windows, series, names, values of parameters.

Each is text as one writes it, read into a value, with what would be right where it is none.
"""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

from generator.scenarios.notation import NotationError, Values, parse
from generator.spec.scalars import Scalar, show, wrong

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_MOMENT = r"(?:\d+\s*[smhd]\s*)+"
# The longest period of an alarm is a week, and trying one takes a dozen of its periods.
LONGEST = 100 * 86_400


class TimeWindow(NamedTuple):
    """From when to when something is to hold, in seconds after the start; twice the same for one moment."""

    start: int
    end: int


def moment(value: object) -> int:
    """`0m`, `90s`, `1h30m`: seconds after the start."""
    if isinstance(value, str) and re.fullmatch(_MOMENT, value.strip()):
        seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)\s*([smhd])", value))
        if seconds > LONGEST:
            raise wrong(f"{show(value)} is more than the 100 days that a test may last")
        return seconds
    bare = isinstance(value, int) and not isinstance(value, bool)
    hint = f"write {value}s for seconds or {value}m for minutes" if bare else "such as 0m, 90s, 5m or 1h30m"
    raise wrong(f"a moment is the time since the start of the test, not {show(value)}", hint)


def window(value: object) -> TimeWindow:
    """`5m`, or `2m to 10m` for all the time between."""
    start, to, end = value.partition(" to ") if isinstance(value, str) else ("", "", "")
    if not to:
        return TimeWindow(at := moment(value), at)
    found = TimeWindow(moment(start), moment(end))
    if found.start > found.end:
        raise wrong(f"{show(value)} ends before it begins", f"write {end.strip()} to {start.strip()}")
    return found


def _series(value: object) -> Values:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        quote = 'quote it: "[1 2 3]x5"' if isinstance(value, list) else 'such as "0x5 10+10x3 _"'
        raise wrong(f"a series is text, not {show(value)}", quote)
    found = parse(text)
    if isinstance(found, NotationError):
        raise wrong(found.message, found.hint)
    return found


def _names(value: object) -> tuple[str, ...]:
    several = value if isinstance(value, list) else [value]
    if several and all(isinstance(one, str) and one for one in several):
        return tuple(dict.fromkeys(several))
    hint = f'quote it: "{value}"' if isinstance(value, int) else ""
    raise wrong(f"a name or a list of names is wanted here, not {show(value)}", hint)


def _parameter(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, str | int | float):
        return str(value)
    raise wrong(f"a parameter's value is text or a number, not {show(value)}")


_ONE_OR_SEVERAL = [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
Moment = Annotated[int, Scalar(moment, type="string", pattern=f"^{_MOMENT}$", examples=["0m", "5m", "1h30m"])]
WindowText = Annotated[TimeWindow, Scalar(window, type="string", examples=["5m", "2m to 10m"])]
SeriesText = Annotated[Values, Scalar(_series, type=["string", "number"], examples=["0x5 10+10x3 _"])]
Names = Annotated[tuple[str, ...], Scalar(_names, anyOf=_ONE_OR_SEVERAL)]
ParameterText = Annotated[str, Scalar(_parameter, type=["string", "number", "boolean"])]
