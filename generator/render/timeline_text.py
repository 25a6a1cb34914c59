"""The signs of a timeline, in Unicode or in ASCII, and labels cut to a width."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One sign for each thing. window: its left end, its middle and its right end. states: by CloudWatch's word."""

    breaching: str
    within: str
    no_data: str
    between: str
    dash: str
    bar: str
    labelled: str
    crossing: str
    corner: str
    line: str
    tick: str
    moment: str
    window: tuple[str, str, str]
    cut: str
    states: Mapping[str, str]
    is_ascii: bool = False


UNICODE = Glyphs(
    breaching="●",
    within="○",
    no_data="·",
    between="┊",
    dash="╌",
    bar="│",
    labelled="┤",
    crossing="┼",
    corner="└",
    line="─",
    tick="┬",
    moment="▲",
    window=("└", "─", "┘"),
    cut="…",
    states=MappingProxyType({"ALARM": "━", "OK": "─", "INSUFFICIENT_DATA": "┄"}),
)
ASCII = Glyphs(
    breaching="X",
    within="o",
    no_data=".",
    between=":",
    dash="-",
    bar="|",
    labelled="|",
    crossing="+",
    corner="+",
    line="-",
    tick="+",
    moment="^",
    window=("[", "_", "]"),
    cut="~",
    states=MappingProxyType({"ALARM": "#", "OK": "-", "INSUFFICIENT_DATA": "."}),
    is_ascii=True,
)


def plain(text: str, glyphs: Glyphs) -> str:
    """A label without what would move the cursor, and in ASCII where no more can be written."""
    return "".join(sign if sign.isprintable() and (sign.isascii() or not glyphs.is_ascii) else "?" for sign in text)


def wide(text: str) -> int:
    """The number of columns of a text: https://www.unicode.org/reports/tr11/"""
    return sum(map(_columns, text))


def _columns(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in ("W", "F") else 1


def cut(text: str, room: int, glyphs: Glyphs) -> str:
    """The beginning of a text that is too long, with a sign that there is more."""
    if wide(text) <= room:
        return text
    return _beginning(text, room - 1) + glyphs.cut if room > 0 else ""


def cut_inside(text: str, room: int, glyphs: Glyphs) -> str:
    """Both ends of a text that is too long: names of alarms differ in either."""
    if wide(text) <= room or room < 3:
        return cut(text, room, glyphs)
    end = _beginning(text[::-1], (room - 1) // 2)[::-1]
    return _beginning(text, room - 1 - wide(end)) + glyphs.cut + end


def _beginning(text: str, room: int) -> str:
    used = 0
    for index, sign in enumerate(text):
        used += _columns(sign)
        if used > room:
            return text[:index]
    return text
