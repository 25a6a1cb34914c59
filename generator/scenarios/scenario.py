"""Scenarios: a test in a simulated environment, with its names resolved, as input of the evaluator.

Unused input is an error: a metric that no alarm evaluates, a log group that no filter reads. A test that passes
because of a typo would be worse than no test.

Alarms that a test does not name, and for which it gives no data, stay OK: a test of one alarm does not need data for
all others. If a test gives the state of an alarm and no data for it, the alarm stays in that state. Alarms count as
created long before the test, unless the test says when they are `created`; those are all evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from generator.evaluate.simulate import simulate
from generator.evaluate.types import AlarmId, FoundSeries, LogLine, MetricId, Published, SimulationResult, State
from generator.findings import Path
from generator.scenarios.entries import Expect
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.given_events import RuleMessage
from generator.scenarios.language import Test
from generator.scenarios.scalars import TimeWindow

START = 1_767_225_600
"""When every test begins: 2026-01-01T00:00:00Z, the full minute, hour and day of any clock."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation, with the alarms that it names. window: seconds since 1970. path: in the file of tests."""

    path: Path
    expect: Expect
    window: TimeWindow
    alarms: tuple[AlarmLocation, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A test that can be simulated: its input for an environment, and its expectations.

    at: its path in the file. states: given for alarms. frozen: alarms that are not evaluated. created: when, in
    seconds since 1970. messages: those that event rules make of the given events. results: of PromQL queries.
    quotas: the service quotas of metrics.
    """

    at: Path
    test: Test
    environment: SimulatedEnvironment
    published: tuple[Published, ...]
    lines: tuple[LogLine, ...]
    states: Mapping[AlarmId, State]
    frozen: frozenset[AlarmId]
    created: Mapping[AlarmId, int]
    end: int
    expected: tuple[Expected, ...]
    messages: tuple[RuleMessage, ...] = ()
    results: tuple[FoundSeries, ...] = ()
    quotas: Mapping[MetricId, float] = field(default_factory=dict)

    def simulate(self) -> SimulationResult:
        """Simulate the alarms of the environment with the input of the test."""
        lines = [line for line in self.lines if line.at <= self.end]
        stacks = [self.environment.contents[number] for number in sorted(self._stacks(lines))]
        return simulate(
            stacks,
            self.published,
            lines,
            START,
            self.end,
            states=self.states,
            frozen=self.frozen,
            created=self.created,
            results=self.results,
            quotas=self.quotas,
        )

    def _stacks(self, lines: Iterable[LogLine]) -> set[int]:
        """The stacks that the test affects: with an alarm that is evaluated, or filters that read its lines."""
        environment = self.environment
        stacks = {
            number
            for alarm, numbers in environment.deployed_in.items()
            if alarm not in self.frozen
            for number in numbers
        }
        groups = {(line.account, line.region, line.log_group) for line in lines}
        return stacks | {
            number for group in groups for number, _filter in environment.filters_by_log_group.get(group, ())
        }
