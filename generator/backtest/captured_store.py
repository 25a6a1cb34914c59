"""The metrics of a capture, as the store that the evaluator reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

from generator.backtest.captured_metric import CapturedMetric, DataWindow, ParsedRows
from generator.capture.capture import Capture, CapturedRegion
from generator.capture.series import SeriesIndex, SeriesKey
from generator.evaluate.types import MetricId


class CapturedStore:
    """Metrics by identity. Series are parsed when an alarm reads them, so reading can raise BadCapture."""

    since: Mapping[MetricId, int] = MappingProxyType({})
    quotas: Mapping[MetricId, float] = MappingProxyType({})

    def __init__(self, capture: Capture, window: DataWindow) -> None:
        self.start = window.start
        self.window = window
        self._capture = capture
        self._rows = ParsedRows()
        self._metrics: dict[tuple[MetricId, str], CapturedMetric | None] = {}

    def data(self, metric: MetricId, unit: str = "") -> CapturedMetric:
        """A metric that `find` finds. Raises KeyError for others."""
        known = self.find(metric, unit)
        if known is None:
            raise KeyError(metric)
        return known

    def find(self, metric: MetricId, unit: str = "") -> CapturedMetric | None:
        """A metric; None where it is not in the capture."""
        query = (metric, unit)
        if query not in self._metrics:
            key = SeriesKey(metric.account, metric.namespace, metric.name, metric.dimensions, unit or None)
            index = self._by_region.get(metric.region, {}).get(key)
            self._metrics[query] = None if index is None else CapturedMetric(key, index, self.window, self._rows)
        return self._metrics[query]

    def has_region(self, account: str, region: str) -> bool:
        """Whether metric data of an account and Region were captured, there or by the account that reads them."""
        return (account, region) in self._sources

    def metrics(self) -> Iterator[MetricId]:
        """None: queries find metrics by names that a capture does not list with their data."""
        return iter(())

    @cached_property
    def _by_region(self) -> Mapping[str, Mapping[SeriesKey, SeriesIndex]]:
        """The series with each metric, by Region. What an account captured of itself goes before what another did."""
        by_region: dict[str, dict[SeriesKey, SeriesIndex]] = {}
        for region in self._capture.regions:
            index = region.series()
            keys = by_region.setdefault(region.region, {})
            for key in index.keys() if index else ():  # noqa: SIM118  # not a mapping
                if index is not None and (key not in keys or key.account == region.account):
                    keys[key] = index
        return by_region

    @cached_property
    def _sources(self) -> frozenset[tuple[str, str]]:
        own = {(region.account, region.region) for region in self._capture.regions if region.series() is not None}
        linked = {(key.account, region) for region, keys in self._by_region.items() for key in keys}
        return frozenset(own | linked)


def captured_regions(capture: Capture) -> Mapping[tuple[str, str], CapturedRegion]:
    """The captured Regions by account ID and Region."""
    return {(region.account, region.region): region for region in capture.regions}
