"""The data points that a metric alarm saw, as a sequence of numbers and gaps that is made when it is read.

Kept for every alarm, a month of minutes would need more memory than the play itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np

from generator.evaluate.math.series import Series


class WatchedValues(Sequence[float | None]):
    """count: how many. read: makes them, not-a-number where there is no data point."""

    __slots__ = ("_count", "_read")

    def __init__(self, count: int, read: Callable[[], Series]) -> None:
        self._count = count
        self._read = read

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> float | None: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[float | None, ...]: ...

    def __getitem__(self, index: int | slice) -> float | None | tuple[float | None, ...]:
        values = self._read()[index].tolist()
        return tuple(map(_or_none, values)) if isinstance(index, slice) else _or_none(values)

    def __iter__(self) -> Iterator[float | None]:
        return map(_or_none, self._read().tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self._read(), dtype=dtype) if copy is not False else np.asarray(self._read(), dtype=dtype)


def _or_none(value: float) -> float | None:
    return None if value != value else value
