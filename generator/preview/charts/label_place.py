"""Where words beside a level line can stand: at one of its ends, above or below it, where the least data is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

# Places of data in percent of the plot: from the left, and from the top.
Points = Sequence[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]


class LabelPlace(NamedTuple):
    """The end of the line, and the side of it."""

    is_right: bool
    is_above: bool

    @property
    def attributes(self) -> str:
        """Those of the text. A halo parts it from what is under it all the same."""
        place = 'class="c-e c-a" x="100%" dx="-3"' if self.is_right else 'class="c-a" dx="3"'
        return f'{place} dy="{"-4" if self.is_above else "11"}"'


def label_place(y: float, width: float, height: float, points: Points) -> LabelPlace:
    """The best place; without data the right end, above the line.

    y: of the line. width, height: of the words. All in percent of the plot.
    """
    return min(_places(y, height), key=lambda place: _under(place, y, width, height, points))


def _places(y: float, height: float) -> Iterator[LabelPlace]:
    """The places within the plot, the best first."""
    room = 1.2 * height
    sides = [is_above for is_above in (True, False) if (y > room if is_above else y < 100 - room)] or [True]
    return (LabelPlace(is_right, is_above) for is_above in sides for is_right in (True, False))


def _under(place: LabelPlace, y: float, width: float, height: float, points: Points) -> int:
    """How many values would be under the words."""
    top, bottom = (y - 1.2 * height, y - 0.1 * height) if place.is_above else (y + 0.1 * height, y + 1.2 * height)
    count = 0
    for xs, ys in points:
        is_near = xs >= 100 - width if place.is_right else xs <= width
        count += int((is_near & (ys >= top) & (ys <= bottom)).sum())
    return count
