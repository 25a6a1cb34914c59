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
from generator.evaluate.types import AlarmId, LogLine, MetricId, Published, SimulationResult, State
from generator.findings import Finding, Path, unknown_reference
from generator.scenarios.active_alarms import active_alarms
from generator.scenarios.entries import Expect, Given, IncidentText, MetricText
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.given_events import RuleMessage, event_locations, given_messages
from generator.scenarios.language import Test
from generator.scenarios.mentions import no_alarm, shown_metric
from generator.scenarios.places import places_of
from generator.scenarios.scalars import TimeWindow
from generator.scenarios.unused_input import not_deployed, unfiltered_log_group, unwatched_metric

START = 1_767_225_600
"""When every test begins: 2026-01-01T00:00:00Z, the full minute, hour and day of any clock."""
# A line counts when its minute is over.
_COUNTED_AFTER = 60


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
    seconds since 1970. messages: those that event rules make of the given events.
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


def scenario(test: Test, index: int, environment: SimulatedEnvironment) -> tuple[Scenario, list[Finding]]:
    """The scenario of a test in an environment, and findings about it (codes R02, R05, R07)."""
    builder = _ScenarioBuilder(test, ("tests", index), environment)
    for number, given in enumerate(test.given):
        builder.happens(given, (*builder.at, "given", number))
    builder.settles()
    expected = [builder.expects(expect, (*builder.at, "expect", number)) for number, expect in enumerate(test.expect)]
    end = builder.end(expected)
    return Scenario(
        builder.at,
        test,
        environment,
        tuple(builder.published),
        tuple(builder.lines),
        builder.states,
        frozenset(builder.frozen(expected)),
        builder.created,
        end,
        tuple(expected),
        tuple(builder.messages),
    ), builder.findings


@dataclass(slots=True)
class _ScenarioBuilder:
    """Collects the input and the expectations of a test."""

    test: Test
    at: Path
    environment: SimulatedEnvironment
    findings: list[Finding] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    states: dict[AlarmId, State] = field(default_factory=dict)
    created: dict[AlarmId, int] = field(default_factory=dict)
    messages: list[RuleMessage] = field(default_factory=list)
    event_places: dict[tuple[str, str], None] = field(default_factory=dict)

    def _report(self, finding: Finding) -> None:
        """Report a finding once, although it may apply to every account."""
        if finding not in self.findings:
            self.findings.append(finding)

    def happens(self, given: Given, path: Path) -> None:
        """Add one entry of `given`."""
        if given.created is not None:
            self.created |= {location_.alarm: START + given.created for location_ in self._made(given, path)}
        elif given.alarm is not None and given.state is not None:
            for location in self._location(given.alarm, given, path):
                self.states[location.alarm] = given.state
        elif given.metric is not None and given.series is not None:
            self._series(given, given.metric, path)
        elif given.log_group is not None and given.lines is not None:
            self._lines(given, given.log_group, path)
        elif given.event is not None and given.at is not None:
            self._event(given, given.at, path)

    def settles(self) -> None:
        """Report alarms that are created and have a first state: a new alarm is INSUFFICIENT_DATA."""
        for number, given in enumerate(self.test.given):
            if given.alarm is not None and given.state is not None:
                path: Path = (*self.at, "given", number)
                if any(location.alarm in self.created for location in self._location(given.alarm, given, path)):
                    message = f"`{given.alarm}` is created in this test and cannot have a first state"
                    hint = "remove `state` or `created`"
                    self._report(Finding("R07", message, (*path, "state"), hint=hint, on="key"))

    def _made(self, given: Given, path: Path) -> Iterable[AlarmLocation]:
        """The alarms that are created: the named ones, or all that are not obsgen's own."""
        if given.alarm is not None:
            return self._location(given.alarm, given, path)
        places = set(self._places(given, path))
        return [
            location
            for location in self.environment.locations
            if location.is_own
            and (not given.account or (location.alarm.account, location.alarm.region) in places)
            and given.region in (None, location.alarm.region)
        ]

    def _series(self, given: Given, metric_text: MetricText, path: Path) -> None:
        written = sorted((key, self._filled(value)) for key, value in metric_text.dimensions.items())
        watched = False
        places = self._places(given, path)
        for account, region in places:
            dimensions = tuple((key, self.environment.filled_in(value, account, region)) for key, value in written)
            metric = MetricId(
                account, region, self._filled(metric_text.namespace), self._filled(metric_text.name), dimensions
            )
            units = self.environment.units_by_metric.get(metric, frozenset())
            if (
                metric not in self.environment.units_by_metric
                and (metric.namespace, metric.name) not in self.environment.alarms_by_query
            ):
                continue
            watched = True
            unit = metric_text.unit or next((unit_ for unit_ in sorted(units) if unit_), "None")
            self.published.append(Published(metric, START, self.test.interval, given.series or (), unit))
        if places and not watched:
            filled = tuple((key, self.environment.filled_in(value, *places[0])) for key, value in written)
            name = shown_metric(self._filled(metric_text.namespace), self._filled(metric_text.name), filled)
            self._report(unwatched_metric(self.environment, name, (*path, "metric")))

    def _lines(self, given: Given, log_group: str, path: Path) -> None:
        name = self.environment.log_groups.get(log_group) or self._filled(log_group)
        groups = [(*place, self.environment.filled_in(name, *place)) for place in self._places(given, path)]
        filtered = [group for group in groups if group in self.environment.filters_by_log_group]
        if groups and not filtered:
            self._report(unfiltered_log_group(self.environment, log_group, groups, (*path, "log_group")))
        for number, line in enumerate(given.lines or ()):
            if line.every is not None and line.times == 1:
                where = (*path, "lines", number, "every")
                hint = "add how often, such as `times: 5`"
                self._report(Finding("R05", "`every` requires `times`", where, hint=hint))
            for group in filtered:
                times = (START + line.at + count * (line.every or 0) for count in range(line.times))
                self.lines += [LogLine(*group, at, line.text) for at in times]

    def _event(self, given: Given, at: int, path: Path) -> None:
        self._has_incidents((*path, "event"))
        if self.environment.package:
            places = self._places(given, path)
            self.event_places |= dict.fromkeys(places)
            messages, findings = given_messages(self.environment, given, places, START + at, int(path[-1]), path)
            self.messages += messages
            for finding in findings:
                self._report(finding)

    def _event_incident(self, incident: IncidentText, rule: str, path: Path) -> tuple[AlarmLocation, ...]:
        """Where the incidents of an event rule are expected: by default where the test gives events."""
        known = [rule_.key for rule_ in self.environment.event_rules]
        if self.environment.package and rule not in known:
            self._report(unknown_reference("R02", "event rule", rule, known, (*path, "event"), "add it to event_rules"))
            return ()
        is_elsewhere = incident.account or incident.region or not self.event_places
        return event_locations(
            self.environment, rule, self._places(incident, path) if is_elsewhere else self.event_places
        )

    def expects(self, expect: Expect, path: Path) -> Expected:
        """Resolve the names of one expectation."""
        window = TimeWindow(START + expect.at.start, START + expect.at.end) if expect.at else TimeWindow(START, START)
        if expect.counts:
            self._has_incidents(path)
            return Expected(path, expect, window, ())
        target: Expect | IncidentText = expect.incident or expect
        inside = (*path, "incident") if expect.incident else path
        if expect.incident and expect.incident.event is not None:
            alarms = self._event_incident(expect.incident, expect.incident.event, inside)
        else:
            alarms = tuple(self._location(target.alarm or "", target, inside))
        if expect.incident:
            self._can_be_an_incident(expect.incident, inside)
        return Expected(path, expect, window, alarms)

    def _has_incidents(self, path: Path) -> None:
        if not self.environment.package:
            message = "a test with `template` has no incident function"
            self._report(Finding("R05", message, path, hint="use an expectation of a state, a reason or actions"))

    def _can_be_an_incident(self, incident: IncidentText, path: Path) -> None:
        self._has_incidents(path)
        for index, name in enumerate(incident.channels or ()):
            if self.environment.package and name not in self.environment.channels:
                where = (*path, "channels", index)
                self._report(unknown_reference("R02", "channel", name, list(self.environment.channels), where))

    def _location(self, name: str, target: Given | Expect | IncidentText, path: Path) -> Iterable[AlarmLocation]:
        """The alarms of a name in the accounts and Regions of the entry; all without them."""
        locations = self.environment.by_name.get(self._filled(name), ())
        if not locations:
            message, hint = no_alarm(self.environment, name, self._filled(name))
            self._report(Finding("R02", message, (*path, "alarm"), hint=hint))
            return ()
        matches: list[AlarmLocation] = []
        for account in target.account or ("",):
            in_account = [location for location in locations if not account or location.deployed_in(account)]
            matching = [location for location in in_account if target.region in (None, location.alarm.region)]
            matches += matching
            if not matching:
                self._report(not_deployed(name, account, target.region or "", in_account or locations, path))
        return matches

    def _places(self, target: Given | IncidentText, path: Path) -> list[tuple[str, str]]:
        """Account ID and Region of each place that an entry applies to."""
        places, findings = places_of(self.environment, target, path)
        for finding in findings:
            self._report(finding)
        return places

    def _filled(self, text: str) -> str:
        for word, value in self.environment.words.items():
            text = text.replace(f"{{{word}}}", value)
        return text

    def end(self, expected: Iterable[Expected]) -> int:
        """The end of the test: its last moment; for counts of the whole test, when all data is counted."""
        ends = [item.window.end for item in expected if item.expect.at]
        if any(item.expect.at is None for item in expected):
            ends += [START + self.test.interval * len(given.series or ()) for given in self.test.given]
            ends += [line.at + _COUNTED_AFTER for line in self.lines]
            ends += [message.at for message in self.messages]
        return max(ends, default=START)

    def frozen(self, expected: Iterable[Expected]) -> Iterable[AlarmId]:
        """The alarms that need not be evaluated."""
        requested = {location.alarm for item in expected for location in item.alarms} | self.created.keys()
        fed = {location.metric for location in self.published}
        return self.environment.deployed_in.keys() - active_alarms(self.environment, requested, fed, self.lines)
