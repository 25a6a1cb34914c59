"""A report as people read it, in whichever form: figures, notes, a trend and tables; pure.

Every text may come from a log or from a tag, so each form escapes all of them. build.py decides what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that everybody reads. value: as it is shown. change: against the period before; may be empty.

    is_bad: whether it is to be seen.
    """

    name: str
    value: str
    change: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One step of the trend. label: an hour or a day. value: how many, never less than 0."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, with a cell for each column. bar: the number that a bar shows, where the table has bars."""

    cells: tuple[str, ...]
    bar: int = 0
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table. columns: their headings. total: rows before the list was cut. empty: the sentence where it has none.

    has_bars: whether the bars of its rows mean anything.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    total: int = 0
    empty: str = ""
    has_bars: bool = False

    @property
    def more(self) -> int:
        """How many rows are not listed."""
        return max(0, self.total - len(self.rows))


@dataclass(frozen=True, slots=True)
class Report:
    """One report. name: daily or weekly. start, end: the period, with the time zone's offset at each.

    headline: a sentence that says whether there is anything to do. notes: what the report could not read, a clause
    each. trend_of: what the trend counts, in the plural; trend_step: how long a step of it is. command: what opens the
    page.
    """

    name: str
    project: str
    environment: str
    start: datetime
    end: datetime
    time_zone: str
    headline: str
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()
    trend: tuple[Point, ...] = ()
    trend_of: str = "errors"
    trend_step: str = "hour"
    command: str = ""

    @property
    def title(self) -> str:
        """`Daily report: payments prod, 28 November 2026`."""
        return f"{self.name.capitalize()} report: {self.project} {self.environment}, {self.period}"

    @property
    def period(self) -> str:
        """`28 November 2026`, or `23 to 29 November 2026`: the days that it covers."""
        first, last = self.start.date(), last_day(self.start, self.end)
        until = f"{last.day} {last:%B %Y}"
        if first == last:
            return until
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day} to {until}"
        year = f" {first.year}" if first.year != last.year else ""
        return f"{first.day} {first:%B}{year} to {until}"

    @property
    def span(self) -> str:
        """`2026-11-28 08:00 to 2026-11-29 08:00, Europe/Berlin`."""
        return f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}, {self.time_zone}"


def last_day(start: datetime, end: datetime) -> date:
    """The last day of a period; one that ends at midnight has none of the day that begins then."""
    return max(start, end - timedelta(microseconds=1)).date()


def one_line(text: str) -> str:
    """In one line, without what moves a cursor or reverses a text."""
    printable = text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())


def cut(text: str, limit: int) -> str:
    """At most so many characters, with an ellipsis where some are missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def trend_in_words(report: Report) -> str:
    """What the picture of the trend shows, for those who do not see it; of a trend that has a step."""
    trend = report.trend
    values = [point.value for point in trend]
    most = max(range(len(values)), key=lambda index: values[index])
    between = f"at least {min(values):,} and at most {max(values):,}"
    return f"{sum(values):,} {report.trend_of}; {between} in one {report.trend_step} ({trend[most].label})"
