"""A number that is expected, or a limit of it: `2`, `"<= 4"`; of events, or as a value that an alarm compares."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, NamedTuple

from generator.spec.scalars import Scalar, show, wrong

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"": operator.eq, "==": operator.eq, "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
)
_PATTERN = r"(==|<=|>=|<|>|)\s*(\d{1,9})"


class ExpectedCount(NamedTuple):
    """comparison: empty for exactly so many."""

    comparison: str
    number: int

    def holds(self, number: int) -> bool:
        """Whether a number is as expected."""
        return _COMPARISONS[self.comparison](number, self.number)

    def __str__(self) -> str:
        return f"{self.comparison} {self.number}".strip()


def _count(value: object) -> ExpectedCount:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    found = re.fullmatch(_PATTERN, text.strip()) if isinstance(text, str) else None
    if not found:
        raise wrong(f"a number, or a limit of it, is wanted here, not {show(value)}", 'such as 1 or "<= 4"')
    comparison = found[1] if found[1] != "==" else ""
    return ExpectedCount(comparison, int(found[2]))


CountText = Annotated[
    ExpectedCount, Scalar(_count, type=["integer", "string"], pattern=f"^{_PATTERN}$", examples=[1, "<= 4"])
]


_VALUE = r"(==|<=|>=|<|>|)\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)"
NO_DATA = "no data"


class ExpectedValue(NamedTuple):
    """comparison: empty for that value, but for what arithmetic in halves leaves over. number: None for no data."""

    comparison: str
    number: float | None

    def holds(self, value: float | None) -> bool:
        """Whether a value is as expected."""
        if value is None or self.number is None:
            return value is self.number
        if not self.comparison:
            return math.isclose(value, self.number, rel_tol=1e-9, abs_tol=1e-12)
        return _COMPARISONS[self.comparison](value, self.number)

    def __str__(self) -> str:
        return f"{self.comparison} {NO_DATA if self.number is None else f'{self.number:g}'}".strip()


def _value(value: object) -> ExpectedValue:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if isinstance(text, str) and text.strip() in (NO_DATA, "_"):
        return ExpectedValue("", None)
    found = re.fullmatch(_VALUE, text.strip()) if isinstance(text, str) else None
    if not found or not math.isfinite(float(found[2])):
        raise wrong(f"a value, or a limit of it, is wanted here, not {show(value)}", 'such as 2.5, "> 5" or no data')
    comparison = found[1] if found[1] != "==" else ""
    return ExpectedValue(comparison, float(found[2]))


ValueText = Annotated[ExpectedValue, Scalar(_value, type=["number", "string"], examples=[2.5, "> 5", NO_DATA])]
