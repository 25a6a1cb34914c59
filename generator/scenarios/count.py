"""A number that is expected, or a limit of it: `2`, `"<= 4"`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, NamedTuple

from generator.spec.scalars import Scalar, show, wrong

_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = MappingProxyType(
    {"": operator.eq, "==": operator.eq, "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
)
_PATTERN = r"(==|<=|>=|<|>|)\s*(\d{1,9})"


class Count(NamedTuple):
    """comparison: empty for exactly so many."""

    comparison: str
    number: int

    def holds(self, number: int) -> bool:
        """Whether a number is as expected."""
        return _COMPARISONS[self.comparison](number, self.number)

    def __str__(self) -> str:
        return f"{self.comparison} {self.number}".strip()


def _count(value: object) -> Count:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    found = re.fullmatch(_PATTERN, text.strip()) if isinstance(text, str) else None
    if not found:
        raise wrong(f"a number, or a limit of it, is wanted here, not {show(value)}", 'such as 1 or "<= 4"')
    comparison = found[1] if found[1] != "==" else ""
    return Count(comparison, int(found[2]))


CountText = Annotated[Count, Scalar(_count, type=["integer", "string"], pattern=f"^{_PATTERN}$", examples=[1, "<= 4"])]
