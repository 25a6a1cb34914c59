"""Parts of a widget's HTML that several kinds share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from generator.preview.charts.time_chart import ink
from generator.preview.charts.types import ChartLine
from generator.preview.markup import text

# Of each column of the grid: more lines than these have no room in two rows.
_LEGEND = 0.5


class WidgetSize(NamedTuple):
    """The size of a widget on the grid."""

    columns: int
    rows: int


class WidgetContent(NamedTuple):
    """A widget without its frame. has_values: whether it shows values, so that the page says where they are from."""

    title: str
    html: str
    has_values: bool = False
    kind: str = ""


def swatch(line: ChartLine) -> str:
    """A small square in the color of a line."""
    return f'<svg {ink(line.color, "w-swatch")} aria-hidden="true"><rect width="100%" height="100%"/></svg>'


def legend(lines: Sequence[ChartLine], size: WidgetSize) -> str:
    """The labels of lines with their colors; nothing for none."""
    if not lines:
        return ""
    entries = "".join(f"<li>{swatch(line)}{text(line.label)}</li>" for line in lines)
    return f'<ul class="w-legend"{scrolling(len(lines) > _LEGEND * size.columns, "Lines")}>{entries}</ul>'


def scrolling(is_long: bool, label: str) -> str:
    """Attributes of an area that scrolls, so that a keyboard reaches what is in it; nothing for one that does not."""
    return f' tabindex="0" aria-label="{text(label)}"' if is_long else ""


def remarks_html(remarks: Iterable[str]) -> str:
    """What a reader has to know beside a chart."""
    words = "; ".join(remarks)
    return f'<p class="w-remark">{text(words)}</p>' if words else ""


def table_html(head: Sequence[str], rows: Iterable[Sequence[str]], label: str, *, is_blank: bool = False) -> str:
    """A table of fragments of HTML that scrolls in its widget. label: of the area, for keyboards.

    is_blank: whether its rows have nothing to read aloud.
    """
    cells = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    silent = ' aria-hidden="true"' if is_blank else ""
    return (
        f'<div class="w-scroll" tabindex="0" role="region" aria-label="{text(label)}"><table class="w-table">'
        f"<thead><tr>{cells}</tr></thead><tbody{silent}>{body}</tbody></table></div>"
    )


def text_lines(value: str) -> str:
    """Text of several lines."""
    return "\n".join(text(line) for line in value.split("\n"))
