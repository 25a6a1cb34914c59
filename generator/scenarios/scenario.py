"""A test on a stage: who is meant by each name, and everything that happens, as the evaluator wants it.

What nobody looks at is an error: a metric that no alarm watches, a log group in which no filter counts. A test that
passes because of a slip of the pen would be worse than none.

Alarms that a test does not name, and for which it gives no data, are in order all the time: a test of one thing does
not have to feed everything else. A test that gives the state of an alarm and no data for it keeps it in that state.
Alarms are taken to have been made long before, unless the test says when they are `created`; those are all evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from generator.evaluate.simulate import simulate
from generator.evaluate.types import AlarmId, LogLine, MetricId, Published, SimulationResult, State
from generator.findings import Finding, Path, did_you_mean
from generator.scenarios.active_alarms import active_alarms
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.language import Expect, Given, IncidentText, MetricText, Test
from generator.scenarios.mentions import no_alarm, shown_metric, some_of
from generator.scenarios.scalars import TimeWindow

START = 1_767_225_600
"""When every test begins: 2026-01-01T00:00:00Z, the full minute, hour and day of any clock."""
# A line counts when its minute is over.
_COUNTED_AFTER = 60


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation, with all the alarms that are meant. window: seconds since 1970. path: in the file of tests."""

    path: Path
    expect: Expect
    window: TimeWindow
    alarms: tuple[AlarmLocation, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A test that can be played: everything that happens on a stage, and what is to come of it.

    at: its path in the file. states: given for alarms. frozen: alarms that are not evaluated. created: when, in
    seconds since 1970.
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

    def simulate(self) -> SimulationResult:
        """What comes of it."""
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
        """Those in which anything happens: an alarm that moves, or lines that are counted."""
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


def named_alarms(test: Test) -> tuple[str, ...]:
    """Every alarm that a test speaks of, by the name it uses."""
    names = [given.alarm for given in test.given if given.alarm]
    for expect in test.expect:
        names += [expect.alarm] if expect.alarm else []
        names += [expect.incident.alarm] if expect.incident else []
    return tuple(dict.fromkeys(names))


def scenario(test: Test, index: int, environment: SimulatedEnvironment) -> tuple[Scenario, list[Finding]]:
    """A test on a stage, and what is wrong with it there (codes R02, R05)."""
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
    ), builder.findings


@dataclass(slots=True)
class _ScenarioBuilder:
    """What has been gathered of a test so far."""

    test: Test
    at: Path
    environment: SimulatedEnvironment
    findings: list[Finding] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    states: dict[AlarmId, State] = field(default_factory=dict)
    created: dict[AlarmId, int] = field(default_factory=dict)

    def _report(self, finding: Finding) -> None:
        """Once, though it may be so in every account."""
        if finding not in self.findings:
            self.findings.append(finding)

    def happens(self, given: Given, path: Path) -> None:
        """Take in one thing that happens."""
        if given.created is not None:
            self.created |= {location_.alarm: START + given.created for location_ in self._made(given, path)}
        elif given.alarm is not None and given.state is not None:
            for location in self._location(given.alarm, given, path):
                self.states[location.alarm] = given.state
        elif given.metric is not None and given.series is not None:
            self._series(given, given.metric, path)
        elif given.log_group is not None and given.lines is not None:
            self._lines(given, given.log_group, path)

    def settles(self) -> None:
        """An alarm that is made begins in no state."""
        for number, given in enumerate(self.test.given):
            if given.alarm is not None and given.state is not None:
                path: Path = (*self.at, "given", number)
                if any(location.alarm in self.created for location in self._location(given.alarm, given, path)):
                    message = f"`{given.alarm}` is made in this test, and begins in no state"
                    hint = "leave out `state`, or `created`"
                    self._report(Finding("R07", message, (*path, "state"), hint=hint, on="key"))

    def _made(self, given: Given, path: Path) -> Iterable[AlarmLocation]:
        """The alarms that are made: those that are named, or all that are not obsgen's own."""
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
            self._report_unwatched(metric_text, filled, (*path, "metric"))

    def _report_unwatched(self, metric_text: MetricText, dimensions: tuple[tuple[str, str], ...], path: Path) -> None:
        name = shown_metric(self._filled(metric_text.namespace), self._filled(metric_text.name), dimensions)
        known = {
            shown_metric(metric.namespace, metric.name, metric.dimensions)
            for metric in self.environment.units_by_metric
        }
        elsewhere = "" if name not in known else " there; in another account or Region one does"
        watched = f"watched are {some_of(known)}" if known else self._why_nothing_is_watched()
        hint = self._watched_in(name) if elsewhere else did_you_mean(name, known).strip() or watched
        self._report(Finding("R02", f"no alarm watches {name}{elsewhere}", path, hint=hint))

    def _watched_in(self, metric_name: str) -> str:
        """The accounts and Regions in which a metric is watched."""
        names = {number: name for name, number in self.environment.accounts.items()}
        of = [
            metric
            for metric in self.environment.units_by_metric
            if shown_metric(metric.namespace, metric.name, metric.dimensions) == metric_name
        ]
        accounts = some_of(
            f'"{name}"' if name.isdigit() else name for metric in of if (name := names.get(metric.account))
        )
        return f"account: {accounts}" if accounts else f"it is watched in {some_of(metric.region for metric in of)}"

    def _why_nothing_is_watched(self) -> str:
        for contents in self.environment.contents:
            for alarm, reason in contents.unknown.items():
                return f"{alarm.name} cannot be played: {reason}"
        return "there is no alarm on a metric"

    def _lines(self, given: Given, log_group: str, path: Path) -> None:
        name = self.environment.log_groups.get(log_group) or self._filled(log_group)
        places = [
            (*log_group_place, self.environment.filled_in(name, *log_group_place))
            for log_group_place in self._places(given, path)
        ]
        read = [
            log_group_place for log_group_place in places if log_group_place in self.environment.filters_by_log_group
        ]
        if places and not read:
            groups = {group for _, _, group in self.environment.filters_by_log_group}
            keys = {
                key
                for key, group in self.environment.log_groups.items()
                if any(self.environment.filled_in(group, account, region) in groups for account, region, _ in places)
            }
            hint = did_you_mean(log_group, groups | keys).strip() or f"filters count in {some_of(keys or groups)}"
            self._report(
                Finding("R02", f"no filter counts in a log group `{log_group}`", (*path, "log_group"), hint=hint)
            )
        for number, line in enumerate(given.lines or ()):
            if line.every is not None and line.times == 1:
                hint = "say how often: `times: 5`"
                self._report(Finding("R05", "`every` without `times`", (*path, "lines", number, "every"), hint=hint))
            for log_group_place in read:
                moments = (START + line.at + count * (line.every or 0) for count in range(line.times))
                self.lines += [LogLine(*log_group_place, at, line.text) for at in moments]

    def expects(self, expect: Expect, path: Path) -> Expected:
        """Take in one expectation."""
        window = TimeWindow(START + expect.at.start, START + expect.at.end) if expect.at else TimeWindow(START, START)
        if expect.counts:
            self._has_incidents(path)
            return Expected(path, expect, window, ())
        target: Expect | IncidentText = expect.incident or expect
        inside = (*path, "incident") if expect.incident else path
        alarms = tuple(self._location(target.alarm or "", target, inside))
        if expect.incident:
            self._can_be_an_incident(expect.incident, inside)
        return Expected(path, expect, window, alarms)

    def _has_incidents(self, path: Path) -> None:
        if not self.environment.package:
            message = "a template of its own has no incident function"
            self._report(Finding("R05", message, path, hint="expect a state, a reason or actions"))

    def _can_be_an_incident(self, incident: IncidentText, path: Path) -> None:
        self._has_incidents(path)
        for index, name in enumerate(incident.channels or ()):
            if self.environment.package and name not in self.environment.channels:
                hint = (
                    did_you_mean(name, self.environment.channels).strip()
                    or f"there are {some_of(self.environment.channels)}"
                )
                where = (*path, "channels", index)
                self._report(Finding("R02", f"there is no channel `{name}`", where, hint=hint))

    def _location(self, name: str, target: Given | Expect | IncidentText, path: Path) -> Iterable[AlarmLocation]:
        """The alarms that are meant by a name, in the accounts and Regions that are meant."""
        locations = self.environment.by_name.get(self._filled(name), ())
        if not locations:
            message, hint = no_alarm(self.environment, name, self._filled(name))
            self._report(Finding("R02", message, (*path, "alarm"), hint=hint))
            return ()
        matches = []
        for account in target.account or ("",):
            matching = [location for location in locations if not account or location.deployed_in(account)]
            matching = [location for location in matching if target.region in (None, location.alarm.region)]
            matches += matching
            if not matching:
                where = (*path, "account" if account else "region")
                stands = some_of(
                    {location.subject or location.account or location.alarm.account for location in locations}
                )
                message = f"`{name}` does not stand in {account or target.region}"
                self._report(Finding("R02", message, where, hint=f"it stands in {stands}"))
        return matches

    def _places(self, target: Given, path: Path) -> list[tuple[str, str]]:
        """Account and Region wherever something is meant to happen."""
        places = []
        for name in target.account or self.environment.members:
            number = self.environment.accounts.get(name) or (name if name in self.environment.accounts.values() else "")
            if not number:
                known = sorted(filter(None, self.environment.accounts))
                known_accounts = (
                    f"there are {some_of(known)}"
                    if known
                    else "leave it out: the template stands in an account of its own"
                )
                hint = did_you_mean(name, known).strip() or known_accounts
                self._report(Finding("R02", f"there is no account `{name}`", (*path, "account"), hint=hint))
                continue
            regions = self.environment.regions(number)
            if target.region and target.region not in regions:
                if not target.account and self._is_watched(target.region):
                    # All members are meant, and this one has other Regions.
                    continue
                message = f"nothing stands in {target.region}"
                self._report(Finding("R02", message, (*path, "region"), hint=f"but in {some_of(regions)}"))
            places += [(number, region) for region in regions if target.region in (None, region)]
        return places

    def _is_watched(self, region: str) -> bool:
        """Whether some member has a Region."""
        numbers = (self.environment.accounts[name] for name in self.environment.members)
        return any(region in self.environment.regions(number) for number in numbers)

    def _filled(self, text: str) -> str:
        for word, value in self.environment.words.items():
            text = text.replace(f"{{{word}}}", value)
        return text

    def end(self, expected: Iterable[Expected]) -> int:
        """When the test is over: at its last moment, and for numbers of the whole test when all data is counted."""
        ends = [item.window.end for item in expected if item.expect.at]
        if any(item.expect.at is None for item in expected):
            ends += [START + self.test.interval * len(given.series or ()) for given in self.test.given]
            ends += [line.at + _COUNTED_AFTER for line in self.lines]
        return max(ends, default=START)

    def frozen(self, expected: Iterable[Expected]) -> Iterable[AlarmId]:
        """The alarms that need not be evaluated."""
        requested = {location.alarm for item in expected for location in item.alarms} | self.created.keys()
        fed = {location.metric for location in self.published}
        return self.environment.deployed_in.keys() - active_alarms(self.environment, requested, fed, self.lines)
