"""Service level objectives: what is counted, over which window, and how much of it has to be good."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from generator.findings import Path
from generator.model.placement import Placement
from generator.model.signals import Operand


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Events that are counted: one metric, or metric math over several. expression: empty for one metric alone."""

    operands: tuple[Operand, ...]
    expression: str = ""


@dataclass(frozen=True, slots=True)
class WindowPair:
    """Two windows of an alarm, in seconds. speed: fast or slow. burn_rate: the one that both exceed."""

    speed: str
    long_s: int
    short_s: int
    burn_rate: float


@dataclass(frozen=True, slots=True)
class SignalsObjective:
    """The SLO that Application Signals has of an objective, as counts of requests.

    events, total: with the accounts that the metrics are of, where one SLO is over several.
    look_backs: of its burn rates, in minutes.
    """

    name: str
    logical_id: str
    events: EventCounts
    total: EventCounts
    look_backs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Objective:
    """A service level objective, with what is left of its budget.

    percent: of all that has to be good. window: seconds. counts_bad: whether `counted` is what was bad, else what was
    good. together: whether all accounts have one budget, else each has its own. of_hub: of the hub's own metrics.
    source: what is counted, in the words of the file, such as `service checkout-api`; empty for metrics.
    pairs: its own windows; none means those of the SRE workbook. minimum_traffic: 0 for none.
    service: the entry of `services` that it belongs to. signals: its SLO in Application Signals; None for none.
    """

    key: str
    title: str
    percent: float
    window: int
    counts_bad: bool
    together: bool
    counted: EventCounts
    total: EventCounts
    path: Path
    of_hub: bool = False
    source: str = ""
    pairs: tuple[WindowPair, ...] = ()
    minimum_traffic: float = 0
    no_traffic_fails: bool = False
    placement: Placement | None = None
    service: str = ""
    signals: SignalsObjective | None = None

    @property
    def budget(self) -> Decimal:
        """The share of events that may be bad."""
        return (100 - Decimal(str(self.percent))) / 100
