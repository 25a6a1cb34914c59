"""A capture as its readers see it: the folder's description now, each part when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from generator.capture.errors import BadCapture
from generator.capture.lines import Line, json_lines, parse, text_of
from generator.capture.metrics import MetricsOfOthers, listed_metric, read_metrics
from generator.capture.parts import PARTS
from generator.capture.series import MetricSeries, SeriesIndex, SeriesKey, unpack, values_text
from generator.capture.times import parse_ms
from generator.capture.types import CapturedAccount, CapturedAlarm, HistoryItem, ListedMetric, MetricDataWindow, Problem
from generator.reading import opened, shown

_VALUES = b',"values":'
Parsed = TypeVar("Parsed")


@dataclass
class CapturedRegion:
    """What was captured of an account in a Region. A part that was not read is None; one without rows is empty.

    Each method raises BadCapture where the file of its part is corrupt.
    """

    account: str
    account_name: str
    region: str
    folder: Path
    _parts: dict[str, Any] = field(default_factory=dict, repr=False)

    def alarms(self) -> tuple[CapturedAlarm, ...] | None:
        """Alarms of all types, by type and name."""
        return self._once("alarms", lambda: self._read("alarms", _alarm))

    def history(self) -> tuple[HistoryItem, ...] | None:
        """The history of all alarms, deleted ones too, oldest first."""
        return self._once("history", lambda: self._read("history", _history_item))

    def metrics(self) -> tuple[ListedMetric, ...] | None:
        """Metrics with data in the last two weeks; the hub's have those of linked accounts."""
        return self._once("metrics", lambda: self._read("metrics", listed_metric))

    def rows(self, part: str) -> tuple[Mapping[str, Any], ...] | None:
        """The rows of a part as AWS gave them."""
        return self._once(f"{part} rows", lambda: self._read(part, dict))

    def series(self) -> SeriesIndex | None:
        """Metric data. Values are read when they are needed."""
        return self._once("metric-data", self._series)

    def metrics_of_others(
        self,
        known: Mapping[bytes, str],
        is_distinct: Callable[[str, str], bool],
        alarm_lines: frozenset[bytes] = frozenset(),
    ) -> MetricsOfOthers | None:
        """Metrics but those of known accounts; None where metrics were not read.

        known: the ends of their lines. The hub lists metrics of hundreds of accounts, which their own lists have, too.
        is_distinct: whether a metric, by namespace and name, is wanted beside others with the same dimensions.
        alarm_lines: lines of which it is asked whether they are there.
        """
        return read_metrics(self.folder / PARTS["metrics"].file, known, is_distinct, alarm_lines)

    def has(self, part: str) -> bool:
        """Whether a part was read."""
        return (self.folder / PARTS[part].file).exists()

    def corrupt_parts(self) -> tuple[str, ...]:
        """The parts whose files cannot be read to their end."""
        return tuple(part for part in PARTS if self._is_corrupt(part))

    def _is_corrupt(self, part: str) -> bool:
        build = {"alarms": _alarm, "history": _history_item, "metrics": listed_metric}
        try:
            if part == "metric-data":
                for series in self._series() or ():
                    series.load()
            else:
                self._read(part, build.get(part, dict))
        except BadCapture:
            return True
        return False

    def _once(self, name: str, read: Callable[[], Parsed]) -> Parsed:
        if name not in self._parts:
            self._parts[name] = read()
        part: Parsed = self._parts[name]
        return part

    def _series(self) -> SeriesIndex | None:
        path = self.folder / PARTS["metric-data"].file
        series = _each_line(path, lambda row: _one_series(path, row))
        return None if series is None else SeriesIndex(series)

    def _read(self, part: str, build: Callable[[dict[str, Any]], Parsed]) -> tuple[Parsed, ...] | None:
        texts = PARTS[part].texts

        def parsed(line: Line) -> Parsed:
            row = parse(line.text)
            for key in texts:
                text_of(row, key)
            return build(row)

        return _each_line(self.folder / PARTS[part].file, parsed)


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture. is_complete: whether its run came to an end. from_ms, to_ms: the time of histories.

    environment, hub: None without an environment. metric_data: None where no data was asked for.
    """

    folder: Path
    is_complete: bool
    environment: str | None
    hub: str | None
    from_ms: int
    to_ms: int
    metric_data: MetricDataWindow | None
    accounts: tuple[CapturedAccount, ...]
    regions: tuple[CapturedRegion, ...]
    problems: tuple[Problem, ...]


def _each_line(path: Path, build: Callable[[Line], Parsed]) -> tuple[Parsed, ...] | None:
    """What each line of a file becomes; None where there is no file. Raises BadCapture with every line at fault."""
    built: list[Parsed] = []
    errors: list[str] = []
    try:
        for line in json_lines(path):
            try:
                built.append(build(line))
            except ValueError as error:
                errors.append(f"{shown(path)}:{line.number}: {error}")
    except FileNotFoundError:
        return None
    if errors:
        raise BadCapture(errors)
    return tuple(built)


def _alarm(row: dict[str, Any]) -> CapturedAlarm:
    tags = row.get("Tags")
    if row.get("AlarmConfigurationUpdatedTimestamp") is not None:
        parse_ms(row["AlarmConfigurationUpdatedTimestamp"])
    return CapturedAlarm(
        row["AlarmName"], row["AlarmArn"], row["AlarmType"], None if tags is None else _texts(row, "Tags"), row
    )


def _history_item(row: dict[str, Any]) -> HistoryItem:
    summary = row.get("HistorySummary", "")
    return HistoryItem(
        row["AlarmName"],
        row["AlarmType"],
        parse_ms(row["Timestamp"]),
        row["HistoryItemType"],
        summary if isinstance(summary, str) else "",
        row.get("HistoryData"),
        row,
    )


def _one_series(path: Path, line: Line) -> MetricSeries:
    """A series by the head of its line. Its values are parsed later, unless the line is not as obsgen writes it."""
    head, separator, values = line.text.rpartition(_VALUES)
    if separator and values.endswith(b"}"):
        row = parse(head + b"}")
        start, length = line.offset + len(head) + len(_VALUES), len(values) - 1
        return _series_of(row, lambda: _later(path, line.number, start, length))
    row = parse(line.text)
    dense = unpack(row.get("values"))
    return _series_of(row, lambda: dense)


def _series_of(row: dict[str, Any], load: Callable[[], Any]) -> MetricSeries:
    for name in PARTS["metric-data"].texts:
        text_of(row, name)
    unit = None if row.get("unit") is None else text_of(row, "unit")
    dimensions = tuple(sorted(_texts(row, "dimensions").items()))
    key = SeriesKey(row["account"], row["namespace"], row["name"], dimensions, unit)
    return MetricSeries(
        key, row["statistic"], _seconds(row, "period_s"), _seconds(row, "step_s"), parse_ms(row["start"]), load
    )


def _later(path: Path, number: int, start: int, length: int) -> Any:
    try:
        with opened(path) as file:
            file.seek(start)
            return values_text(file.read(length))
    except (ValueError, RecursionError) as error:
        raise BadCapture([f"{shown(path)}:{number}: {error}"]) from None
    except OSError as error:
        raise BadCapture([f"{shown(path)}: {error.strerror or error}"]) from None


def _seconds(row: Mapping[str, Any], key: str) -> int:
    value = row.get(key)
    if type(value) is not int or not 1 <= value <= 86_400:
        raise ValueError(f"expected `{key}` to be a number of seconds from 1 to 86400")
    return value


def _texts(row: Mapping[str, Any], key: str) -> dict[str, str]:
    """A mapping of texts in a row. Raises ValueError."""
    value = row.get(key)
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError(f"expected `{key}` to be an object of strings")
    return value
