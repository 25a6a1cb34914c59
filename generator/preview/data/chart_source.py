"""What charts ask of their data, whether it is a sample or was captured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series
from generator.evaluate.types import MetricId, State

SourceKind = Literal["sample", "capture", "backtest"]


class DrawnLimit(NamedTuple):
    """A threshold that a chart draws, and whether values above it are the bad ones."""

    value: float
    is_upper: bool = True


@dataclass(frozen=True, slots=True)
class PlottedMetric:
    """A statistic of a metric in a chart. limit: the threshold beside it, near which a sample is."""

    metric: MetricId
    statistic: str
    unit: str = ""
    limit: DrawnLimit | None = None


@dataclass(frozen=True, slots=True)
class MetricSearch:
    """What a SEARCH finds metrics by. dimensions: their names. terms: exact values, any of which is right, by name.

    accounts: IDs of the accounts that it sees.
    """

    namespace: str
    dimensions: tuple[str, ...]
    region: str
    accounts: tuple[str, ...]
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class ChartSource(Protocol):
    """Values for charts. note: what every chart says about its data. end_ms: the end of the newest window.

    Reading from a capture can raise BadCapture.
    """

    @property
    def kind(self) -> SourceKind:
        """What the values are."""

    @property
    def note(self) -> str:
        """What every chart says about its data."""

    @property
    def end_ms(self) -> int:
        """When windows end that end now, in milliseconds since 1970."""

    def series(self, plotted: PlottedMetric, grid: Grid) -> Series | None:
        """Values over a grid, not-a-number where there is no data; None where the metric is not known at all."""

    def matches(self, search: MetricSearch) -> tuple[MetricId, ...]:
        """The metrics that a search finds, sorted."""

    def state(self, account: str, region: str, alarm: str) -> State | None:
        """The state of an alarm at the end; None where it is not known."""
