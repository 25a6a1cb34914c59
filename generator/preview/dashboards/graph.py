"""A metric widget's properties as lines, axes and annotations; every view draws these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series, everywhere
from generator.evaluate.types import MetricId
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.charts.types import AxisLimits, AxisSide, ChartLine, LevelMark, TimeMark
from generator.preview.dashboards.annotations import level_marks, time_marks
from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.contributors import contributor_lines
from generator.preview.dashboards.labels import LabelledLine, dynamic_label, metric_properties, usual_labels
from generator.preview.dashboards.rows import GraphRow, graph_rows
from generator.preview.dashboards.searches import search_terms
from generator.preview.dashboards.values import GraphMetric, GraphValues, RowValue
from generator.preview.dashboards.window import chart_window, drawn_period, grid_of
from generator.preview.data.chart_source import DrawnLimit
from generator.preview.data.measures import unit_of
from generator.wording import list_in_words

_COLOR = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}")
_SEARCH = re.compile(r"SEARCH\(\s*(['\"])(.*?)\1\s*,", re.DOTALL)
_MOST_LINES = 500
# Of no line.
_BAND_COLOR = -1
_MOST_LABEL = 80


@dataclass(frozen=True, slots=True)
class MetricGraph:
    """What a metric widget draws. remarks: what a reader has to know beside it, such as what a search finds."""

    title: str
    window: ChartWindow
    lines: tuple[ChartLine, ...]
    left: AxisLimits
    right: AxisLimits
    levels: tuple[LevelMark, ...]
    times: tuple[TimeMark, ...]
    remarks: tuple[str, ...]
    properties: Mapping[str, Any]

    @property
    def is_stacked(self) -> bool:
        """Whether the lines of the left axis are drawn on each other."""
        return self.properties.get("stacked") is True


def metric_graph(properties: Mapping[str, Any], context: WidgetContext) -> MetricGraph:
    """The graph of a metric widget. Reading a capture can raise BadCapture."""
    window = chart_window(
        properties.get("start", context.start), properties.get("end", context.end), context.source.end_ms // 1000
    )
    title = str(properties.get("title", ""))
    annotations = properties.get("annotations")
    annotations = annotations if isinstance(annotations, Mapping) else {}
    levels = level_marks(annotations.get("horizontal"))
    if isinstance(properties.get("insightRule"), Mapping):
        lines, remarks = contributor_lines(properties, context, window)
    else:
        lines, remarks = _Lines(properties, context, window, levels).drawn()
    axes = properties.get("yAxis")
    left, right = (_limits(axes, side) for side in ("left", "right"))
    times = time_marks(annotations.get("vertical"))
    return MetricGraph(title, window, lines, left, right, levels, times, remarks, properties)


def _limits(axes: object, side: str) -> AxisLimits:
    axis = axes.get(side) if isinstance(axes, Mapping) else None
    if not isinstance(axis, Mapping):
        return AxisLimits()
    low, high = (
        float(value) if isinstance(value := axis.get(key), int | float) and abs(value) < 1e300 else None
        for key in ("min", "max")
    )
    return AxisLimits(str(axis.get("label", "")), low, high, axis.get("showUnits") is not False)


class _Lines:
    """The lines of one graph."""

    def __init__(
        self,
        properties: Mapping[str, Any],
        context: WidgetContext,
        window: ChartWindow,
        levels: Sequence[LevelMark],
    ) -> None:
        self._properties = properties
        self._context = context
        self._window = window
        self._rows = graph_rows(properties.get("metrics"))
        self._metrics = {row.id: self._metric(row) for row in self._rows if not row.expression}
        expressions = {row.id: row.expression for row in self._rows if row.expression}
        by_side = {level.side: DrawnLimit(level.value, _is_upper(level)) for level in reversed(levels)}
        limits = {row.id: by_side[side] for row in self._rows if row.is_visible and (side := _side(row)) in by_side}
        region = str(properties.get("region", context.estate.hub.region))
        self._values = GraphValues(context, region, self._metrics, expressions, limits)

    def drawn(self) -> tuple[tuple[ChartLine, ...], tuple[str, ...]]:
        """The visible lines, and remarks about them."""
        lines: list[ChartLine] = []
        remarks: list[str] = []
        plain = [row for row in self._rows if row.is_visible and not row.expression]
        labels = dict(zip([row.id for row in plain], usual_labels([self._words(row.id) for row in plain]), strict=True))
        for row in (row for row in self._rows if row.is_visible):
            grid = self._grid(row)
            row_value = self._values.of(row.id, grid)
            remarks += [f"{_name(row)}: {row_value.reason}"] if row_value.value is None else []
            lines += self._lines(row, row_value, grid, labels.get(row.id, row.expression[:_MOST_LABEL]), len(lines))
        return tuple(lines[:_MOST_LINES]), (*self._searches(), *dict.fromkeys(remarks))

    def _grid(self, row: GraphRow) -> Grid:
        """The periods of a row: one for the whole window where the widget says so and draws no lines."""
        span = self._window.end - self._window.start
        is_whole = self._properties.get("setPeriodToTimeRange") is True and not self._properties.get("sparkline")
        if is_whole and self._properties.get("view", "timeSeries") not in ("timeSeries", "table"):
            return Grid(self._window.start, span, 1)
        return grid_of(
            self._window, drawn_period(row.options.get("period", self._properties.get("period")), self._window)
        )

    def _metric(self, row: GraphRow) -> GraphMetric:
        hub = self._context.estate.hub
        account = str(row.options.get("accountId", self._properties.get("accountId", hub.account)))
        region = str(row.options.get("region", self._properties.get("region", hub.region)))
        statistic = str(row.options.get("stat", self._properties.get("stat", "Average")))
        return GraphMetric(MetricId(account, region, row.namespace, row.name, row.dimensions), statistic)

    def _words(self, id_: str) -> tuple[MetricId, str, str]:
        graph = self._metrics[id_]
        return graph.metric, graph.statistic, self._context.account_name(graph.metric.account)

    def _searches(self) -> Iterator[str]:
        """What searches find, each once with the accounts in which it looks."""
        accounts: dict[str, dict[str, None]] = {}
        for match in (match for row in self._rows for match in _SEARCH.finditer(row.expression)):
            search = search_terms(match[2])
            names = accounts.setdefault(search.in_words(), {})
            names |= dict.fromkeys(map(self._context.account_name, search.accounts))
        for words, names in accounts.items():
            yield f"search for {words}, of {list_in_words([*names])}" if names else f"search for {words}"

    def _lines(self, row: GraphRow, row_value: RowValue, grid: Grid, usual: str, number: int) -> Iterator[ChartLine]:
        color = row.options.get("color")
        own = color if isinstance(color, str) and _COLOR.fullmatch(color) else None
        side = _side(row)
        if (
            "ANOMALY_DETECTION_BAND" in row.expression
            and isinstance(row_value.value, tuple)
            and len(row_value.value) == 2
        ):
            upper, lower = np.fmax(*row_value.value), np.fmin(*row_value.value)
            label = str(row.options.get("label", "expected"))
            yield ChartLine(label, grid, upper, own or _BAND_COLOR, side, "", lower)
            return
        for index, (values, metric) in enumerate(_series(row_value, grid)):
            label = self._label(row, usual, LabelledLine("", grid, values, {}), metric)
            yield ChartLine(label, grid, values, own or number + index, side, self._unit(row, metric))

    def _label(self, row: GraphRow, usual: str, line: LabelledLine, metric: MetricId | None) -> str:
        if metric is not None:
            usual = " ".join([metric.name, *(value for _, value in metric.dimensions)])
        graph = self._metrics.get(row.id)
        known = metric or (graph.metric if graph else None)
        statistic = graph.statistic if graph else str(row.options.get("stat", self._properties.get("stat", "Average")))
        properties = (
            metric_properties(known, self._context.account_name(known.account), statistic, line.grid.period, usual)
            if known
            else {}
        )
        label = str(row.options.get("label", "${LABEL}"))
        return dynamic_label(label, LabelledLine(usual, line.grid, line.values, properties))

    def _unit(self, row: GraphRow, metric: MetricId | None) -> str:
        graph = self._metrics.get(row.id)
        known = metric or (graph.metric if graph else None)
        if known is None:
            return ""
        own = self._context.filter_units.get((known.namespace, known.name), "")
        return unit_of(known.namespace, known.name, graph.statistic if graph else "") or own


def _side(row: GraphRow) -> AxisSide:
    return "right" if row.options.get("yAxis") == "right" else "left"


def _name(row: GraphRow) -> str:
    return str(row.options.get("label", row.expression or row.name))[:_MOST_LABEL]


def _is_upper(level: LevelMark) -> bool:
    """Whether the values above a threshold are the bad ones: by its fill, or by the condition in its label."""
    return level.fill != "below" and not re.search(r"<=?\s*-?[\d.,]+\D*$", level.label[:300])


def _series(row_value: RowValue, grid: Grid) -> Iterator[tuple[Series, MetricId | None]]:
    if row_value.value is None:
        return
    if isinstance(row_value.value, tuple):
        for index, values in enumerate(row_value.value):
            yield values, row_value.metrics[index] if index < len(row_value.metrics) else None
    elif isinstance(row_value.value, np.ndarray):
        yield row_value.value, None
    else:
        yield everywhere(row_value.value, grid), None
