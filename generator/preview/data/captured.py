"""Values of a capture: what CloudWatch had, with its gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np

from generator.backtest.captured_metric import data_window
from generator.backtest.captured_store import CapturedStore
from generator.capture.capture import Capture
from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series
from generator.evaluate.metrics.statistics import NoStatistic, statistic
from generator.evaluate.types import MetricId, State
from generator.preview.data.chart_source import MetricSearch, PlottedMetric, SourceKind

_ACCOUNT = ":aws.AccountId"
_STATES: Mapping[object, State] = {"ALARM": "ALARM", "INSUFFICIENT_DATA": "INSUFFICIENT_DATA", "OK": "OK"}


class CapturedSource:
    """The metric data and the states of alarms of a capture. kind: `backtest` where firings over it are shown, too."""

    note = "captured data"

    def __init__(self, capture: Capture, kind: SourceKind = "capture") -> None:
        self.kind = kind
        window = data_window(capture)
        self.end_ms = capture.to_ms if window is None else window.end * 1000
        self._capture = capture
        self._store = None if window is None else CapturedStore(capture, window)

    def series(self, plotted: PlottedMetric, grid: Grid) -> Series | None:
        """Values over a grid, not-a-number where there was no data; None where the capture does not have it."""
        reduced = statistic(plotted.statistic)
        if self._store is None or isinstance(reduced, NoStatistic) or grid.period % 60:
            return None
        captured = self._store.find(plotted.metric, plotted.unit)
        if captured is None or captured.missing_statistic(plotted.statistic, grid.period):
            return None
        return captured.over(reduced, grid.start + grid.period * np.arange(grid.count), grid.period)

    def matches(self, search: MetricSearch) -> tuple[MetricId, ...]:
        """The captured metrics with exactly these dimensions and values."""
        return tuple(
            sorted(self._matching(search), key=lambda metric: (metric.account, metric.name, metric.dimensions))
        )

    def _matching(self, search: MetricSearch) -> Iterator[MetricId]:
        wanted_names = {*search.dimensions}
        for metric in self._metrics.get((search.region, search.namespace), ()):
            values = {**dict(metric.dimensions), "MetricName": metric.name, _ACCOUNT: metric.account}
            is_seen = metric.account in search.accounts
            has_names = {name for name, _ in metric.dimensions} == wanted_names
            if is_seen and has_names and all(values.get(name) in allowed for name, allowed in search.terms.items()):
                yield metric

    @cached_property
    def _metrics(self) -> dict[tuple[str, str], list[MetricId]]:
        """The captured metrics by Region and namespace, each once."""
        metrics: dict[tuple[str, str], dict[MetricId, None]] = {}
        for region in self._capture.regions:
            index = region.series()
            for key in index.keys() if index else ():  # noqa: SIM118  # not a mapping
                metric = MetricId(key.account, region.region, key.namespace, key.name, key.dimensions)
                metrics.setdefault((region.region, key.namespace), {})[metric] = None
        return {place: [*listed] for place, listed in metrics.items()}

    def state(self, account: str, region: str, alarm: str) -> State | None:
        """The state that AWS gave for an alarm."""
        return self._states.get((account, region, alarm))

    @cached_property
    def _states(self) -> dict[tuple[str, str, str], State]:
        return {
            (region.account, region.region, alarm.name): _STATES[state]
            for region in self._capture.regions
            for alarm in region.alarms() or ()
            if (state := alarm.definition.get("StateValue")) in _STATES
        }
