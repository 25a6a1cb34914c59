"""The grid of a dashboard: 24 columns, and rows as many as its widgets need.

A widget without x or y goes to "the next available position"; AWS does not say more. Here that is the first place,
row by row and from the left, where it covers no widget before it, beginning with the row of the last such widget.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

COLUMNS = 24
_DEFAULT_SIZE = 6
_TALLEST = 1_000
# A grid in a browser has no more rows; AWS's only limit is that of a whole number.
_LOWEST = 9_000


class WidgetPlace(NamedTuple):
    """Where a widget is, in columns and rows."""

    x: int
    y: int
    width: int
    height: int

    @property
    def classes(self) -> str:
        """The classes of the style sheet that put it there."""
        return f"x-{self.x} wide-{self.width} y-{self.y} tall-{self.height}"


def places(widgets: Sequence[Mapping[str, Any]]) -> list[WidgetPlace]:
    """The place of each widget, in their order."""
    used_rows: list[int] = []
    result = []
    first_row = 0
    for widget in widgets:
        width = _whole(widget.get("width"), _DEFAULT_SIZE, 1, COLUMNS)
        height = _whole(widget.get("height"), _DEFAULT_SIZE, 1, _TALLEST)
        x, y = widget.get("x"), widget.get("y")
        if isinstance(x, int) and isinstance(y, int):
            column = _whole(x, 0, 0, COLUMNS - 1)
            place = WidgetPlace(column, _whole(y, 0, 0, _LOWEST), min(width, COLUMNS - column), height)
        else:
            place = _next(used_rows, (width, height), x, y, first_row)
            first_row = place.y
        _cover(used_rows, place)
        result.append(place)
    return result


def _whole(value: object, default: int, least: int, most: int) -> int:
    return max(least, min(most, value)) if isinstance(value, int) and not isinstance(value, bool) else default


def _mask(x: int, width: int) -> int:
    return ((1 << width) - 1) << x


def _cover(used_rows: list[int], place: WidgetPlace) -> None:
    """Mark the place as used: used_rows has a bit for each column of each row."""
    bottom = min(place.y + place.height, _LOWEST + _TALLEST)
    used_rows.extend([0] * (bottom - len(used_rows)))
    mask = _mask(place.x, place.width)
    for row in range(place.y, bottom):
        used_rows[row] |= mask


def _next(used_rows: list[int], size: tuple[int, int], x: object, y: object, first_row: int) -> WidgetPlace:
    """The first free place; in the column or from the row that is set, if one is."""
    width, height = size
    columns = [_whole(x, 0, 0, COLUMNS - width)] if isinstance(x, int) else range(COLUMNS - width + 1)
    row = _whole(y, 0, 0, _LOWEST) if isinstance(y, int) else first_row
    while row < min(len(used_rows), _LOWEST):
        used = 0
        for line in used_rows[row : row + height]:
            used |= line
        for column in columns:
            if not used & _mask(column, width):
                return WidgetPlace(column, row, width, height)
        row += 1
    return WidgetPlace(columns[0], min(row, _LOWEST), width, height)


def dashboard_rows(body: Mapping[str, Any]) -> int:
    """How many rows a dashboard has."""
    return max((place.y + place.height for place in places(widgets_of(body))), default=0)


def widgets_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The widgets of a body; what is none is left out."""
    widgets = body.get("widgets")
    return [widget for widget in widgets if isinstance(widget, Mapping)] if isinstance(widgets, list) else []


def grid_css(rows: int) -> str:
    """The rules of the classes `x-`, `wide-`, `y-` and `tall-`. rows: of the longest dashboard of the page."""
    rules = [f".x-{x}{{grid-column-start:{x + 1}}}" for x in range(COLUMNS)]
    rules += [f".wide-{width}{{grid-column-end:span {width}}}" for width in range(1, COLUMNS + 1)]
    rules += [f".y-{y}{{grid-row-start:{y + 1}}}" for y in range(rows)]
    rules += [
        f".tall-{height}{{grid-row-end:span {height};--tall:{height}}}" for height in range(1, min(rows, _TALLEST) + 1)
    ]
    return "".join(rules)
