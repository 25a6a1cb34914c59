"""The chart of an alarm's card: its series, its threshold, and when it was past it.

Small, because a page has thousands: the hours below a chart are a rule of the style sheet for all charts of one window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series
from generator.evaluate.types import MetricId
from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm, Tuning
from generator.model.metric_queries import MetricQuery, metric_queries
from generator.model.signals import AnomalySignal
from generator.model.stack_values import filled
from generator.preview.charts.alarm_limit import in_unit, limit_path, limit_words
from generator.preview.charts.axes import ValueAxis
from generator.preview.charts.numbers import extent, round_ticks, short_number
from generator.preview.charts.paths import area_path, fewer, line_path, number
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.dashboards.context import Firings, WidgetContext
from generator.preview.dashboards.values import GraphMetric, GraphValues
from generator.preview.dashboards.window import grid_of
from generator.preview.data.chart_source import DrawnLimit, PlottedMetric
from generator.preview.data.measures import unit_of
from generator.preview.markup import text

# Of the plot's own coordinates; with whole numbers a point takes six characters.
_WIDTH, _POINTS, _BAND_POINTS = 300, 60, 18
_SHORTEST_S = 3 * 3_600
# An alarm of hours shows so many of its periods.
_PERIODS = 60


@dataclass(frozen=True, slots=True)
class _AlarmSeries:
    """What an alarm evaluates. lower, upper: the band of an anomaly alarm."""

    grid: Grid
    values: Series
    lower: Series | None = None
    upper: Series | None = None


class AlarmChart(NamedTuple):
    """The SVG, and the time that it shows."""

    svg: str
    window: ChartWindow


def alarm_chart(
    alarm: Alarm, context: WidgetContext, account: Account | None = None, region: str = "", *, has_hours: bool = True
) -> AlarmChart | None:
    """The chart; None where there is none: of logs, of PromQL, or of a metric that a capture does not have.

    account: the member; without it the first of `chart_places`. has_hours: whether the times below it are in it; on a
    card the style sheet writes them (`hours_css`). Reading a capture can raise BadCapture.
    """
    queries = metric_queries(alarm)
    if not queries:
        return None
    member, place = _where(alarm, context, account, region)
    tuning = alarm.tuning_in(member.name, place) if alarm.side is Side.MEMBERS else alarm.tuning
    end = context.source.end_ms // 1000
    grid = grid_of(ChartWindow(end - max(_SHORTEST_S, _PERIODS * tuning.period), end), tuning.period)
    series = _series(alarm, queries, tuning, context, (member, place), grid)
    if series is None or not np.isfinite(series.values).any():
        return None
    firings = context.firings.get((member.id, place, alarm.name), ())
    window = ChartWindow(series.grid.start, series.grid.start + series.grid.period * series.grid.count)
    hours = "".join(_hour(at, label, window) for at, label in window.ticks(4)) if has_hours else ""
    return AlarmChart(_drawn(series, tuning, alarm, firings, window, hours, context.source.note), window)


def chart_places(alarm: Alarm, context: WidgetContext) -> Iterator[tuple[Account, str]]:
    """Accounts and Regions whose chart says most about an alarm, the best first.

    Those where it fired most; then those with its usual condition, then the others.
    """
    estate = context.estate
    if alarm.side is Side.HUB:
        yield Account("hub", estate.hub.account), estate.hub.region
        return
    members = context.members
    by_id = {members[name].id: members[name] for name in members} if alarm.name in context.places_of_firings else {}
    yield from (
        (by_id[number], region) for number, region in context.places_of_firings.get(alarm.name, ()) if number in by_id
    )
    differing = {variant.account for variant in alarm.variants}
    names = alarm.deployed_among(tuple(members))
    for name in chain((name for name in names if name not in differing), (name for name in names if name in differing)):
        regions = alarm.regions or members[name].regions or estate.regions
        yield members[name], next(iter(regions), estate.hub.region)


def _where(alarm: Alarm, context: WidgetContext, account: Account | None, region: str) -> tuple[Account, str]:
    """The account that evaluates the alarm, and the Region."""
    hub = Account("hub", context.estate.hub.account), context.estate.hub.region
    if account is not None and region:
        return account, region
    member, place = next(chart_places(alarm, context), hub)
    return account or member, region or place


def _series(
    alarm: Alarm,
    queries: Sequence[MetricQuery],
    tuning: Tuning,
    context: WidgetContext,
    where: tuple[Account, str],
    grid: Grid,
) -> _AlarmSeries | None:
    member, region = where
    is_anomaly = isinstance(alarm.signal, AnomalySignal)
    limit = None if is_anomaly else DrawnLimit(tuning.threshold, tuning.comparison.startswith(">"))
    returned = next((query for query in queries if query.is_returned), queries[0])
    if returned.metric is None and context.source.kind == "sample":
        # What an expression gives is sampled itself, so that it is near the threshold.
        metric = MetricId(member.id, region, "", alarm.key)
        values = context.source.series(PlottedMetric(metric, "Average", "", limit), grid)
        return None if values is None else _AlarmSeries(grid, values)
    metrics = {query.id: _metric(query, where) for query in queries if query.metric is not None}
    expressions = {query.id: query.expression for query in queries if query.expression}
    limits = {returned.id: limit} if limit else {}
    values_of = GraphValues(context, region, metrics, expressions, limits)
    value = values_of.of(returned.id, grid).value
    if not isinstance(value, np.ndarray):
        return None
    band = values_of.of("band", grid).value if is_anomaly else None
    if isinstance(band, tuple) and len(band) == 2:
        return _AlarmSeries(grid, value, np.fmin(*band), np.fmax(*band))
    return _AlarmSeries(grid, value)


def _metric(query: MetricQuery, where: tuple[Account, str]) -> GraphMetric:
    assert query.metric is not None, "only queries of metrics are given"
    member, region = (query.account or where[0]), where[1]
    dimensions = tuple((name, filled(value, member, region)) for name, value in query.metric.dimensions)
    metric = MetricId(member.id, region, query.metric.namespace, query.metric.name, tuple(sorted(dimensions)))
    return GraphMetric(metric, query.statistic, query.metric.unit)


def _drawn(
    series: _AlarmSeries, tuning: Tuning, alarm: Alarm, firings: Firings, window: ChartWindow, below: str, note: str
) -> str:
    is_band = series.lower is not None
    past = _past(series, tuning, alarm)
    rows = [
        series.values,
        *([series.lower, series.upper] if series.lower is not None and series.upper is not None else []),
    ]
    low, high = extent(rows) or (0.0, 1.0)
    if not is_band:
        low, high = _with_threshold(low, high, tuning)
    metric = next((reference.metric for reference in alarm.measured()), None)
    unit = unit_of(metric.namespace, metric.name, alarm.statistic) if metric and alarm.statistic else ""
    if unit == "Percent" and max(tuning.threshold, *(extent(rows) or (0.0,))) <= 100:
        high = min(high, 100.0)
    ticks = round_ticks(0.0 if 0 <= low < 0.6 * high else low, high, 3)
    if unit == "Percent" and high <= 100 < ticks[-1]:
        ticks = (*ticks[:-1], 100.0)
    axis = ValueAxis(ticks[0], ticks[-1], ticks, unit, "")
    hours = (window.end - window.start) / 3_600
    count = int(past.sum())
    past_words = f"{count or 'none'} of {series.grid.count} values past the threshold"
    words = f"{note}, the last {short_number(hours)} hours: {past_words}"
    parts = [f'<svg class="c-chart c-alarm" role="img" aria-label="{text(words)}">']
    for tick in (ticks[0], ticks[-1]):
        parts.append(
            f'<text class="c-e" x="-5" y="{number(axis.y(tick))}%" dy=".32em">{text(in_unit(tick, unit))}</text>'
        )
    parts.append(below)
    if not is_band:
        parts.append(limit_words(tuning.comparison, tuning.threshold, axis, series.values))
    limit = "" if is_band else limit_path(tuning.comparison, tuning.threshold, axis, _WIDTH)
    lines = _lines(series, past, axis)
    parts.append(f'<svg viewBox="0 0 {_WIDTH} 100" preserveAspectRatio="none">{limit}{lines}</svg>')
    parts += [_firing(start, end, window) for start, end in firings]
    return "".join([*parts, "</svg>"])


def _hour(at: int, label: str, window: ChartWindow) -> str:
    return f'<text class="c-m" x="{number(window.percent(at))}%" y="100%" dy="13">{label}</text>'


def _with_threshold(low: float, high: float, tuning: Tuning) -> tuple[float, float]:
    """The extent with the threshold in it, and room on its bad side."""
    low, high = min(low, tuning.threshold), max(high, tuning.threshold)
    if not low and not high:
        return (0.0, 1.0) if tuning.comparison.startswith(">") else (-1.0, 1.0)
    room = 0.08 * (high - low or abs(high))
    return (low, high + room) if tuning.comparison.startswith(">") else (low - 2 * room, high)


def _past(series: _AlarmSeries, tuning: Tuning, alarm: Alarm) -> npt.NDArray[np.bool_]:
    """Which values are past the threshold, or outside of the band."""
    if series.lower is not None and series.upper is not None:
        direction = alarm.signal.direction if isinstance(alarm.signal, AnomalySignal) else "both"
        above = (series.values > series.upper) & (direction != "below")
        return above | ((series.values < series.lower) & (direction != "above"))
    compare = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}[tuning.comparison]
    result: npt.NDArray[np.bool_] = compare(series.values, tuning.threshold)
    return result


def _lines(series: _AlarmSeries, past: npt.NDArray[np.bool_], axis: ValueAxis) -> str:
    scale = _WIDTH / max(1, len(series.values) - 1)
    points = [(round(place * scale), value) for place, value in fewer(series.values, _POINTS)]
    places = {round(index * scale) for index in np.flatnonzero(past)}
    bad = [(place, value if place in places else np.nan) for place, value in points]
    parts = []
    if series.lower is not None and series.upper is not None:
        stretch = -(-len(series.values) // _BAND_POINTS)
        edges = [
            [(round(index * scale), float(row[index])) for index in range(0, len(row), stretch)]
            for row in (series.upper, series.lower)
        ]
        parts.append(f'<path class="c-band" d="{area_path(edges[0], edges[1], lambda value: round(axis.y(value)))}"/>')
    parts.append(f'<path class="c-l c-s1" d="{line_path(points, lambda value: round(axis.y(value)))}"/>')
    marks = line_path(bad, lambda value: round(axis.y(value)))
    return "".join([*parts, f'<path class="c-l c-past" d="{marks}"/>' if marks else ""])


def _firing(from_ms: int, until_ms: int, window: ChartWindow) -> str:
    """A bar at the bottom for the time in ALARM."""
    left, right = (max(0.0, min(100.0, window.percent(at / 1000))) for at in (from_ms, until_ms))
    if right <= left:
        return ""
    x, width = number(left), number(max(0.5, right - left))
    return f'<rect class="c-fire" x="{x}%" width="{width}%" y="100%" height="3"/>'
