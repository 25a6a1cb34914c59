"""Signals of alarms: the closed set of forms that CloudWatch has.

When CloudWatch gains a form, it becomes a case here, and `assert_never` makes the type checker name every reader.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from typing import Literal, assert_never

from generator.aws.one_region import region_of
from generator.findings import Path
from generator.model.accounts import Account, Hub
from generator.model.stack_values import depends_on_stack, filled

Direction = Literal["both", "above", "below"]
# An alarm combines so many metrics at most.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MOST_COMBINED = 10


@dataclass(frozen=True, slots=True)
class Metric:
    """A CloudWatch metric. `filter` is the key of our own metric filter where one of ours emits it.

    The value of a dimension may lean on where the metric is, as generator.model.stack_values has it. unit: of the data
    that is used; empty for data of any unit.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    filter: str | None = None
    unit: str = ""

    def row(self) -> list[str]:
        """Namespace, name and dimensions in the flat order of a dashboard's metric row."""
        return [self.namespace, self.name, *(part for pair in self.dimensions for part in pair)]

    def only_region(self, partition: str) -> str:
        """The only Region that has it; empty where each has its own."""
        return region_of(self.namespace, [name for name, _ in self.dimensions], partition)

    def of(self, account: Account, hub: Hub) -> Metric:
        """The metric as it is called in a member, in the hub's Region."""
        if not any(depends_on_stack(value) for _, value in self.dimensions):
            return self
        dimensions = tuple((name, filled(value, account, hub.region)) for name, value in self.dimensions)
        return replace(self, dimensions=dimensions)


@dataclass(frozen=True, slots=True)
class LocalSignal:
    """A metric of the alarm's own account."""

    metric: Metric


@dataclass(frozen=True, slots=True)
class AccountSignal:
    """A member's metric seen from the hub through Observability Access Manager."""

    metric: Metric
    account: Account


@dataclass(frozen=True, slots=True)
class FleetSignal:
    """The same metric of several accounts, combined into one series by a metric math function.

    query: where an alarm cannot name them all, the Metrics Insights query that gives the series; no account is named
    then.
    """

    metric: Metric
    accounts: tuple[Account, ...]
    combine: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Operand:
    """A metric that an expression names by its ID. account: None for the alarm's own account."""

    id: str
    metric: Metric
    statistic: str
    path: Path
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """Below so much traffic in a period (the operand of that id) the value is the quiet one, which crosses nothing."""

    traffic: str
    at_least: float
    quiet: float


@dataclass(frozen=True, slots=True)
class MathSignal:
    """Metric math over a few metrics, one series. title: what its value is called, where the expression says little.

    parts: expressions with ids, which the expression and each other may use.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """

    expression: str
    operands: tuple[Operand, ...]
    guard: Guard | None = None
    title: str = ""
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def formula(self) -> str:
        """The expression as CloudWatch gets it, with its guard. No data of the traffic is no traffic."""
        if self.guard is None:
            return self.expression
        enough = f"FILL({self.guard.traffic}, 0) >= {plain_number(self.guard.at_least)}"
        return f"IF({enough}, {self.expression}, {plain_number(self.guard.quiet)})"

    @property
    def id(self) -> str:
        """The id of the expression itself, one that no operand and no part has."""
        return free_id("e1", self.ids)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its operands and parts."""
        return (*(operand.id for operand in self.operands), *(id_ for id_, _ in self.parts))


@dataclass(frozen=True, slots=True)
class QuerySignal:
    """A Metrics Insights query, run again at every evaluation: it also finds metrics that are new since then.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-alarms.html
    """

    query: str


@dataclass(frozen=True, slots=True)
class AnomalySignal:
    """A metric of the alarm's own account against the band that CloudWatch expects it in.

    band: its half width in standard deviations. direction: on which side outside of it is bad.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html
    """

    metric: Metric
    band: float
    direction: Direction


@dataclass(frozen=True, slots=True)
class LogSignal:
    """A Logs Insights query, run every period; `aggregate` makes the one value of its result that is compared.

    log_groups: their keys, on the alarm's own side. window: seconds of log that each run reads; None for one period.
    delay: seconds between the end of that window and the run, for lines that come late.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html
    """

    query: str
    aggregate: str
    log_groups: tuple[str, ...]
    window: int | None
    delay: int

    def seconds(self, period: int) -> int:
        """The seconds of the log that one run reads."""
        return self.window or period


@dataclass(frozen=True, slots=True)
class PromqlSignal:
    """A PromQL query of the account's metrics from OpenTelemetry. Each series that it finds breaches; none is OK.

    every: seconds between evaluations. pending, recovery: seconds for which a series has to be found, or not to be
    found, before the alarm changes its state.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-promql.html
    """

    query: str
    every: int
    pending: int = 0
    recovery: int = 0


Signal = LocalSignal | AccountSignal | FleetSignal | MathSignal | QuerySignal | AnomalySignal | LogSignal | PromqlSignal


def query_of(signal: Signal) -> str:
    """The Metrics Insights query that the alarm is on; empty where there is none."""
    return signal.query if isinstance(signal, QuerySignal | FleetSignal) else ""


def reads_other_accounts(signal: Signal) -> bool:
    """True if it is about accounts that it names, or, as a query, about any: not about the alarm's own alone."""
    match signal:
        case LocalSignal() | AnomalySignal() | LogSignal() | PromqlSignal():
            return False
        case MathSignal(operands=operands):
            return any(operand.account for operand in operands)
        case AccountSignal() | FleetSignal() | QuerySignal():
            return True
        case _:
            assert_never(signal)


def plain_number(value: float) -> str:
    """A number as metric math reads it: never with an exponent."""
    return str(int(value)) if float(value).is_integer() else format(Decimal(str(value)), "f")


def free_id(preferred: str, used: Collection[str]) -> str:
    """An id like the wanted one that none of the others is."""
    stem = preferred.rstrip("0123456789")
    numbered = (f"{stem}{number}" for number in count(1))
    return preferred if preferred not in used else next(name for name in numbered if name not in used)
