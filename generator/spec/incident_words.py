"""The small words of the section `incidents`: durations with bounds, rates of incidents, and what is switched off."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from generator.model.routing import AlarmSeverity
from generator.spec.delivery import DAY, MINUTE
from generator.spec.quantities import duration
from generator.spec.scalars import EnumScalar, Scalar, show, wrong

_UNITS = ((DAY, "d"), (3600, "h"), (MINUTE, "m"), (1, "s"))
_SECONDS = {unit: size for size, unit in _UNITS}
_RATE = re.compile(r"([0-9]{1,9})\s*/\s*([0-9]{0,6})\s*([smhd])[a-z]*")
_NOTHING = re.compile(r"0+\s*[smhdw]?")
MOST_INCIDENTS = 10_000
MOST_REPEATS = 12


def _written(seconds: int) -> str:
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds and seconds % size == 0), (1, "s"))
    return f"{seconds // size}{unit}"


class Bounded(Scalar):
    """A duration of `least` to `most` seconds. what: the beginning of the message. none: whether `none` means 0."""

    def __init__(self, what: str, least: int, most: int, example: str, *, none: bool = False) -> None:
        words = f"{what} {_written(least)} to {_written(most)}"

        def parse(value: object) -> int:
            if none and value == "none":
                return 0
            if isinstance(value, str) and _NOTHING.fullmatch(value.strip()) and not value.strip().isdigit():
                if least == 0:
                    return 0
                raise wrong(
                    f"expected {words}, got {show(value)}",
                    "write none to disable it" if none else f"use a duration such as {example}",
                )
            seconds = duration(value)
            if not least <= seconds <= most:
                raise wrong(
                    f"expected {words}, got {show(value)}",
                    f"use a duration such as {example}{', or none' if none else ''}",
                )
            return seconds

        pattern = r"^(none|\d+\s*[smhdw])$" if none else r"^\d+\s*[smhdw]$"
        super().__init__(parse, type="string", pattern=pattern, examples=[example])


def _incidents(value: object) -> int:
    """`30/1m`: new incidents in a minute."""
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        bare = isinstance(value, int) and not isinstance(value, bool) and value > 0
        message = f"expected a number of new incidents in a minute, such as 30/1m, got {show(value)}"
        raise wrong(message, f"write {value}/1m" if bare else "use a rate such as 30/1m")
    count, over = int(match[1]), int(match[2] or 1) * _SECONDS[match[3]]
    if over != MINUTE or not match[2]:
        raise wrong(f"expected a rate of incidents per minute (/1m), got {show(value)}", f"use {max(count, 2)}/1m")
    if not 2 <= count <= MOST_INCIDENTS:
        raise wrong(
            f"expected a storm rate from 2/1m to {MOST_INCIDENTS}/1m, got {show(value)}",
            "use a rate such as 30/1m, or disable it with `storm: none`",
        )
    return count


def _occurrences(value: object) -> tuple[int, int]:
    """`4/1h`: how often, and within how many seconds."""
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or not match[2]:
        message = f"expected a number of repeats in a time, such as 4/1h, got {show(value)}"
        raise wrong(message, "use a rate such as 4/1h")
    count, over = int(match[1]), int(match[2]) * _SECONDS[match[3]]
    if not 1 <= count <= MOST_REPEATS - 1:
        raise wrong(
            f"expected 1 to {MOST_REPEATS - 1} repeats, got {show(value)}",
            "use a rate such as 4/1h, or disable it with `flapping: none`",
        )
    if not MINUTE <= over <= DAY:
        raise wrong(f"expected repeats over 1m to 1d, got {show(value)}", f"use {count}/1h")
    return count, over


def off(what: str, otherwise: str, hint: str = "write none, or remove it") -> Callable[[object], str]:
    """The word none, which switches `what` off; otherwise: what it is or can be besides, for the message."""

    def parse(value: object) -> str:
        if value == "none":
            return "none"
        raise wrong(f"`{what}` is {otherwise}, not {show(value)}", hint)

    return parse


RoutedSeverity = Annotated[
    AlarmSeverity, EnumScalar("a severity that can be routed", "critical", "high", "medium", "low")
]
IncidentsPerMinute = Annotated[int, Scalar(_incidents, type="string", pattern=r"^[1-9][0-9]*/1m$", examples=["30/1m"])]
Occurrences = Annotated[
    tuple[int, int], Scalar(_occurrences, type="string", pattern=r"^[1-9][0-9]*/[0-9]+[smhd]$", examples=["4/1h"])
]
