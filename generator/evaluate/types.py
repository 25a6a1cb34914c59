"""Input and output of a simulation: the types that the evaluator and its callers share.

Times are whole seconds since 1970. A series has a value for each period from its start, None where nothing was
published. Nothing here knows the spec: the simulation uses only the templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """A template as it is deployed in one account and Region, with the values of its parameters there.

    account_name: what people call the account. parameters: those that differ from the template's defaults.
    stack: its name, for templates that build names from it. imports: what other stacks export, by name. stored: what
    stands in the account's Parameter Store, by name.
    """

    template: Mapping[str, Any]
    account: str
    region: str
    account_name: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    stack: str = ""
    imports: tuple[tuple[str, str], ...] = ()
    stored: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MetricId:
    """A metric of one account and Region. dimensions: sorted pairs."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


class Numbers(Protocol):
    """Anything that numpy converts to a row of numbers: an array, a memory map, or an object that reads them late."""

    def __array__(self) -> Any:
        """The numbers, not-a-number where there is none."""


@dataclass(frozen=True, slots=True)
class Published:
    """Values of a metric: values[n] are what was published in the period that begins at start + n * period.

    Several values in one period make its Sum, SampleCount and percentiles; None or empty is no data. Where no period
    has more than one, Numbers do as well: they are asked for when an alarm needs them, each time, and not kept, so
    that more can be played than there is memory for.
    """

    metric: MetricId
    start: int
    period: int
    values: tuple[tuple[float, ...] | None, ...] | Numbers
    unit: str = "None"


@dataclass(frozen=True, slots=True)
class LogLine:
    """A log event."""

    account: str
    region: str
    log_group: str
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class AlarmId:
    """The identity of an alarm: account ID, Region and name."""

    account: str
    region: str
    name: str


@dataclass(frozen=True, slots=True)
class StateTransition:
    """A change of state. reason: as CloudWatch would put it. values: the data points that decided, newest last.

    suppressed_by: what held a composite's actions, as in ActionsSuppressedBy: Alarm, WaitPeriod or ExtensionPeriod.
    muted_until: the end of the mute window in which it happened. executed: when its actions are; None if never.
    """

    alarm: AlarmId
    at: int
    before: State
    after: State
    reason: str
    values: tuple[float | None, ...] = ()
    suppressed_by: str = ""
    muted_until: int | None = None
    executed: int | None = None


@dataclass(frozen=True, slots=True)
class EvaluatedSeries:
    """The series that a metric alarm evaluated: a value for each period from start on, of its statistic or expression.

    values: may be made of what was published only when they are read.
    """

    alarm: AlarmId
    start: int
    period: int
    values: Sequence[float | None]
    threshold: float | None
    comparison: str


Attributes = tuple[tuple[str, str], ...]
"""The labels that a series differs from others by, sorted."""


@dataclass(frozen=True, slots=True)
class FoundSeries:
    """A series of the result of a PromQL alarm's query. is_present[n]: whether it is there from start + n * step on."""

    alarm: AlarmId
    attributes: Attributes
    start: int
    step: int
    is_present: tuple[bool, ...]

    def is_found(self, at: int) -> bool:
        """Whether the query finds it at a time."""
        number = (at - self.start) // self.step
        return 0 <= number < len(self.is_present) and self.is_present[number]


@dataclass(frozen=True, slots=True)
class Contributor:
    """A series of an alarm on several. transitions: between OK, in which it begins, and ALARM.

    evaluated: its data; nothing for PromQL.
    """

    attributes: Attributes
    transitions: tuple[StateTransition, ...]
    evaluated: EvaluatedSeries | None = None


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """The result of a simulation.

    transitions: in order of time. evaluated: the data behind each metric alarm. unknown: alarms that cannot be
    evaluated offline, with the reason. states: at the end. composites: each with its rule. approximate: alarms whose
    anomaly band is only like CloudWatch's. mutes_unknown: mute rules that could not be followed, with the reason.
    contributors: of the alarms on several series.
    """

    transitions: tuple[StateTransition, ...]
    evaluated: tuple[EvaluatedSeries, ...]
    states: Mapping[AlarmId, State]
    unknown: Mapping[AlarmId, str]
    composites: Mapping[AlarmId, str]
    approximate: frozenset[AlarmId]
    mutes_unknown: Mapping[str, str]
    contributors: Mapping[AlarmId, tuple[Contributor, ...]] = field(default_factory=dict)
