"""A small chart for the terminal: data of an alarm, states of it and its composites, and expectations.

    Errors, each 1m   ● > 5   ○ not > 5   · no data
          8 ┤                      ●
            │
          5 ┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
            │
            │    ○
          0 ┤             ○                 ·
            └┬────────┬────────┬────────┬────────┬
             0m       1m       2m       3m       4m
     errors  OK ────────────────────────ALARM ━━━━
    not met                    ▲ expected ALARM

Plain text; colours are added by the `style` of the caller. Where a column is several periods it
shows the highest and the lowest of them, so that no breach is hidden, and of several states the worst.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from types import MappingProxyType
from typing import Literal

from generator.render.timeline_scale import Times, Values, elapsed, exact, times_scale, values_scale
from generator.render.timeline_text import ASCII, UNICODE, Glyphs, cut, cut_inside, plain, wide

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Role = Literal["", "breaching", "within", "threshold", "OK", "ALARM", "INSUFFICIENT_DATA", "met", "not met"]
"""The meaning of a piece of the picture; empty for its frame."""
Style = Callable[[str, Role], str]

LEAST_WIDTH, LEAST_HEIGHT = 40, 3
_LEAST_GUTTER = 14
_WORST_FIRST: tuple[State, ...] = ("ALARM", "INSUFFICIENT_DATA", "OK")
_BREACHES: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
)


@dataclass(frozen=True, slots=True)
class TimelineData:
    """The data of an alarm: values[n] is that of the period that begins at start + n * period, None for no data.

    threshold and comparison (`>`, `>=`, `<`, `<=`): which values breach. unit: CloudWatch's word; empty for none.
    needed: how many have to, such as `3 of 5`; empty for one of one. missing: the treatment of missing data, if any.
    """

    label: str
    start: int
    period: int
    values: Sequence[float | None]
    threshold: float | None
    comparison: str
    unit: str = ""
    needed: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """The states of an alarm: the one before the span, and when it changed to what, in order of time."""

    label: str
    before: State
    changes: Sequence[tuple[int, State]]


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """An expectation at a moment (start is end) or in a window, and whether it was met."""

    start: int
    end: int
    met: bool
    label: str


_Piece = tuple[str, Role]
_Line = list[_Piece]


def timeline(
    span: tuple[int, int],
    data: TimelineData | None,
    tracks: Sequence[Track],
    marks: Sequence[TimelineMark],
    *,
    width: int = 78,
    height: int = 8,
    ascii: bool = False,  # noqa: A002  # the word for it
    style: Style | None = None,
) -> str:
    """The chart of a span in seconds, both ends included; no line is wider than width. Never raises.

    height: rows for the data. ascii: for terminals that write nothing else. Less than LEAST_WIDTH or LEAST_HEIGHT
    cannot be read and is replaced by that.
    """
    glyphs = ASCII if ascii else UNICODE
    width = max(width, LEAST_WIDTH)
    drawn_values = _visible(data, span) if data else []
    scale = _scale(data, drawn_values, max(height, LEAST_HEIGHT)) if data else None
    labels = [*(track.label for track in tracks), *(_verdict(mark) for mark in marks)]
    labels += scale.labels().values() if scale else []
    period = max(data.period, 1) if data else 0
    gutter = _gutter(
        [wide(plain(label, glyphs)) for label in labels], width, math.ceil((span[1] - span[0]) / (period or 1))
    )
    page = _Page(glyphs, width, gutter, times_scale(*span, width - gutter - 2, period))
    lines = [
        *(page.chart(data, drawn_values, scale) if data else ()),
        *page.axis(period),
        *(page.track(track) for track in tracks),
        *(page.mark(mark) for mark in marks),
        *page.legend(tracks),
    ]
    return "".join(f"{_painted(line, style)}\n" for line in lines)


_Seen = list[tuple[Fraction, float | None]]


def _visible(data: TimelineData, span: tuple[int, int]) -> _Seen:
    """The middle of the visible part of each period, with its value."""
    period, (start, end) = max(data.period, 1), (span[0], max(span[1], span[0] + 1))
    visible: _Seen = []
    for index, value in enumerate(data.values):
        since, until = max(data.start + index * period, start), min(data.start + (index + 1) * period, end)
        if since < until:
            is_there = value is not None and math.isfinite(value)
            visible.append((Fraction(since + until, 2), value if is_there else None))
    return visible


def _scale(data: TimelineData, visible: _Seen, height: int) -> Values | None:
    threshold = data.threshold if data.threshold is not None and math.isfinite(data.threshold) else None
    return values_scale([value for _, value in visible if value is not None], threshold, height)


def _gutter(labels: Sequence[int], width: int, periods: int) -> int:
    """The width of the labels on the left: as wide as necessary, less where that gives each period a column."""
    width_needed = min(max(labels, default=0), width // 3)
    spared = width - 3 - periods
    return min(width_needed, max(spared, _LEAST_GUTTER))


def _verdict(mark: TimelineMark) -> str:
    return "met" if mark.met else "not met"


@dataclass(frozen=True, slots=True)
class _Page:
    """The layout of the picture: a gutter for labels, a bar, then the columns of the times."""

    glyphs: Glyphs
    width: int
    gutter: int
    times: Times

    def chart(self, data: TimelineData, visible: _Seen, scale: Values | None) -> Iterator[_Line]:
        """The lines above the axis: a title, and the data."""
        for line in self.title(data, visible):
            yield [(line, "")]
        if scale is None:
            yield self.row("", self.glyphs.bar, self.scattered(visible, {}))
            return
        labels = scale.labels()
        drawn = self.drawn(data, visible, scale)
        for row in range(scale.rows - 1, -1, -1):
            is_line = row == scale.threshold_row
            bar = self.glyphs.crossing if is_line else self.glyphs.labelled if row in labels else self.glyphs.bar
            pieces = {column: piece for (column, at), piece in drawn.items() if at == row}
            cells = self.scattered(visible if row == 0 else [], pieces)
            if is_line:
                cells = [(self.glyphs.dash, "threshold") if piece == (" ", "") else piece for piece in cells]
            yield self.row(labels.get(row, ""), bar, cells)

    def title(self, data: TimelineData, visible: _Seen) -> list[str]:
        """The title and the signs of the data, only those that occur; in two lines where one is too short."""
        glyphs, values = self.glyphs, [value for _, value in visible]
        breaching = {_is_breaching(data, value) for value in values if value is not None}
        condition = f"{data.comparison} {exact(data.threshold)}" if data.threshold is not None else ""
        signs = [f"{glyphs.breaching} {condition}"] if True in breaching else []
        signs += [f"{glyphs.within} {f'not {condition}' if condition else 'value'}"] if False in breaching else []
        signs += [f"{glyphs.no_data} no data{f' ({data.missing})' if data.missing else ''}"] if None in values else []
        unit = f" ({data.unit})" if data.unit and data.unit != "None" else ""
        together = math.floor(self.times.size / max(data.period, 1))
        interval = f"each {elapsed(max(data.period, 1))}{f', {together} in a column' if together > 1 else ''}"
        needed = f", {data.needed}" if data.needed else ""
        parts = [plain(f"{data.label}{unit}, {interval}{needed}", glyphs), plain("   ".join(signs), glyphs)]
        joined = "   ".join(filter(None, parts))
        return [joined] if wide(joined) <= self.width else [cut(part, self.width, glyphs) for part in parts]

    def drawn(self, data: TimelineData, visible: _Seen, scale: Values) -> Mapping[tuple[int, int], _Piece]:
        """The points by column and row, and what joins the highest and the lowest of a column."""
        columns: dict[int, list[float]] = {}
        for at, value in visible:
            if value is not None:
                columns.setdefault(self.times.column(at), []).append(value)
        drawn: dict[tuple[int, int], _Piece] = {}
        for column, values in columns.items():
            ends = sorted({scale.row(min(values)), scale.row(max(values))})
            for row in range(ends[0], ends[-1]):
                drawn[column, row] = (self.glyphs.between, "")
            # A threshold has its own row, so a row's values breach together, but for the one that equals it.
            for value in (min(values), max(values)):
                is_breaching = _is_breaching(data, value)
                drawn[column, scale.row(value)] = (
                    (self.glyphs.breaching, "breaching") if is_breaching else (self.glyphs.within, "within")
                )
        return drawn

    def scattered(self, visible: _Seen, points: Mapping[int, _Piece]) -> _Line:
        """The cells of a row; no data is shown where there is no point, also if a column has data of other periods."""
        cells: _Line = [(" ", "")] * self.times.columns
        for at, value in visible:
            if value is None:
                cells[self.times.column(at)] = (self.glyphs.no_data, "")
        return [points.get(column, cell) for column, cell in enumerate(cells)]

    def axis(self, period: int) -> Iterator[_Line]:
        """The line of the time with its marks, and the labels below."""
        ticks = self.times.ticks(period)
        line = [self.glyphs.tick if column in ticks else self.glyphs.line for column in range(self.times.columns)]
        yield self.row("", self.glyphs.corner, [("".join(line), "")])
        below, room = "", self.width - self.gutter - 2
        for column, label in ticks.items():
            # The last label may have to end where the page does.
            at = min(column, room - len(label))
            below = below.ljust(at) + label if at >= len(below) + bool(below) else below
        yield self.row("", " ", [(below, "")])

    def track(self, track: Track) -> _Line:
        """A row of states."""
        line: _Line = []
        for state, long in self.runs(track):
            name = f"{state} " if _has_room(state, long) else ""
            line.append((name.ljust(long, self.glyphs.states[state]), state))
        return self.row(track.label, " ", line)

    def runs(self, track: Track) -> list[tuple[State, int]]:
        """Each state with the number of columns that it lasts."""
        return [(state, len(list(run))) for state, run in groupby(self.states(track))]

    def states(self, track: Track) -> list[State]:
        """The state of each column: the worst of those that the alarm had in it."""
        had: list[set[State]] = [set() for _ in range(self.times.columns)]
        state, since = track.before, 0
        for at, after in sorted(track.changes, key=lambda change: change[0]):
            if at > self.times.end:
                break
            column = self.times.column(at)
            at_its_beginning = at <= self.times.moment(column)
            for column_states in had[since : column if at_its_beginning else column + 1]:
                column_states.add(state)
            state, since = after, column
        for column_states in had[since:]:
            column_states.add(state)
        return [next(worst for worst in _WORST_FIRST if worst in column_states) for column_states in had]

    def mark(self, mark: TimelineMark) -> _Line:
        """A row with what was expected, below its moment or window."""
        first, last = self.times.column(min(mark.start, mark.end)), self.times.column(max(mark.start, mark.end))
        long = last - first + 1
        left, between, right = self.glyphs.window
        sign = self.glyphs.moment if long == 1 else left + between * (long - 2) + right
        label, after = plain(mark.label, self.glyphs), self.width - self.gutter - 2 - last - 2
        role: Role = "met" if mark.met else "not met"
        if wide(label) > max(after, 0) and first - 1 > after:
            label = cut(label, first - 1, self.glyphs)
            cells = [(f"{' ' * (first - 1 - wide(label))}{label} ", role), (sign, role)]
        elif wide(label) > after and long - 4 > max(after, first):
            label = f" {cut(label, long - 4, self.glyphs)} "
            cells = [(" " * first, ""), (sign[0] + label + sign[1 + wide(label) :], role)]
        else:
            cells = [(" " * first, ""), (f"{sign} {cut(label, after, self.glyphs)}".rstrip(), role)]
        return self.row(_verdict(mark), " ", cells)

    def legend(self, tracks: Sequence[Track]) -> Iterator[_Line]:
        """The meaning of the lines of states, where a run was too short for its name."""
        runs = [run for track in tracks for run in self.runs(track)]
        if not all(_has_room(*run) for run in runs):
            drawn_states = {state for state, _ in runs}
            pieces = [f"{self.glyphs.states[state] * 2} {state}" for state in _WORST_FIRST if state in drawn_states]
            yield [(" " * min(self.gutter + 2, self.width - wide("   ".join(pieces))) + "   ".join(pieces), "")]

    def row(self, label: str, bar: str, cells: _Line) -> _Line:
        label = cut_inside(plain(label, self.glyphs), self.gutter, self.glyphs)
        return [(" " * (self.gutter - wide(label)) + label + " ", ""), (bar, ""), *cells]


def _has_room(state: State, long: int) -> bool:
    return long > len(state)


def _is_breaching(data: TimelineData, value: float) -> bool:
    breaches = _BREACHES.get(data.comparison)
    return breaches is not None and data.threshold is not None and breaches(value, data.threshold)


def _painted(line: _Line, style: Style | None) -> str:
    """A line as text; neighbours of one role are painted together."""
    joined: _Line = []
    for text, role in line:
        if joined and joined[-1][1] == role:
            joined[-1] = joined[-1][0] + text, role
        else:
            joined.append((text, role))
    if joined:
        joined[-1] = joined[-1][0].rstrip(), joined[-1][1]
    return "".join(style(text, role) if style and role else text for text, role in joined)
