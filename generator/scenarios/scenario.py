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

    at: its path in the file. states: given for alarms. still: alarms that are not evaluated. created: when, since 1970.
    """

    at: Path
    test: Test
    environment: SimulatedEnvironment
    published: tuple[Published, ...]
    lines: tuple[LogLine, ...]
    states: Mapping[AlarmId, State]
    still: frozenset[AlarmId]
    created: Mapping[AlarmId, int]
    end: int
    expected: tuple[Expected, ...]

    def play(self) -> SimulationResult:
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
            still=self.still,
            created=self.created,
        )

    def _stacks(self, lines: Iterable[LogLine]) -> set[int]:
        """Those in which anything happens: an alarm that moves, or lines that are counted."""
        environment = self.environment
        found = {
            number
            for alarm, numbers in environment.deployed_in.items()
            if alarm not in self.still
            for number in numbers
        }
        groups = {(one.account, one.region, one.log_group) for one in lines}
        return found | {number for group in groups for number, _filter in environment.readers.get(group, ())}


def named_alarms(test: Test) -> tuple[str, ...]:
    """Every alarm that a test speaks of, by the name it uses."""
    names = [one.alarm for one in test.given if one.alarm]
    for expect in test.expect:
        names += [expect.alarm] if expect.alarm else []
        names += [expect.incident.alarm] if expect.incident else []
    return tuple(dict.fromkeys(names))


def scenario(test: Test, index: int, environment: SimulatedEnvironment) -> tuple[Scenario, list[Finding]]:
    """A test on a stage, and what is wrong with it there (codes R02, R05)."""
    made = _Made(test, ("tests", index), environment)
    for number, given in enumerate(test.given):
        made.happens(given, (*made.at, "given", number))
    made.settles()
    expected = [made.expects(one, (*made.at, "expect", number)) for number, one in enumerate(test.expect)]
    end = made.end(expected)
    return Scenario(
        made.at,
        test,
        environment,
        tuple(made.published),
        tuple(made.lines),
        made.states,
        frozenset(made.still(expected)),
        made.created,
        end,
        tuple(expected),
    ), made.findings


@dataclass(slots=True)
class _Made:
    """What has been gathered of a test so far."""

    test: Test
    at: Path
    environment: SimulatedEnvironment
    findings: list[Finding] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    states: dict[AlarmId, State] = field(default_factory=dict)
    created: dict[AlarmId, int] = field(default_factory=dict)

    def _tell(self, finding: Finding) -> None:
        """Once, though it may be so in every account."""
        if finding not in self.findings:
            self.findings.append(finding)

    def happens(self, given: Given, path: Path) -> None:
        """Take in one thing that happens."""
        if given.created is not None:
            self.created |= {one.alarm: START + given.created for one in self._made(given, path)}
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
                if any(one.alarm in self.created for one in self._location(given.alarm, given, path)):
                    message = f"`{given.alarm}` is made in this test, and begins in no state"
                    hint = "leave out `state`, or `created`"
                    self._tell(Finding("R07", message, (*path, "state"), hint=hint, on="key"))

    def _made(self, given: Given, path: Path) -> Iterable[AlarmLocation]:
        """The alarms that are made: those that are named, or all that are not obsgen's own."""
        if given.alarm is not None:
            return self._location(given.alarm, given, path)
        places = set(self._places(given, path))
        return [
            one
            for one in self.environment.location
            if one.ours
            and (not given.account or (one.alarm.account, one.alarm.region) in places)
            and given.region in (None, one.alarm.region)
        ]

    def _series(self, given: Given, said: MetricText, path: Path) -> None:
        written = sorted((key, self._filled(value)) for key, value in said.dimensions.items())
        found = False
        places = self._places(given, path)
        for account, region in places:
            dimensions = tuple((key, self.environment.in_place(value, account, region)) for key, value in written)
            metric = MetricId(account, region, self._filled(said.namespace), self._filled(said.name), dimensions)
            units = self.environment.watched.get(metric, frozenset())
            if (
                metric not in self.environment.watched
                and (metric.namespace, metric.name) not in self.environment.queried
            ):
                continue
            found = True
            unit = said.unit or next((one for one in sorted(units) if one), "None")
            self.published.append(Published(metric, START, self.test.interval, given.series or (), unit))
        if places and not found:
            here = tuple((key, self.environment.in_place(value, *places[0])) for key, value in written)
            self._nobody_watches(said, here, (*path, "metric"))

    def _nobody_watches(self, said: MetricText, dimensions: tuple[tuple[str, str], ...], path: Path) -> None:
        shown = shown_metric(self._filled(said.namespace), self._filled(said.name), dimensions)
        known = {shown_metric(one.namespace, one.name, one.dimensions) for one in self.environment.watched}
        elsewhere = "" if shown not in known else " there; in another account or Region one does"
        watched = f"watched are {some_of(known)}" if known else self._why_nothing_is_watched()
        hint = self._where_watched(shown) if elsewhere else did_you_mean(shown, known).strip() or watched
        self._tell(Finding("R02", f"no alarm watches {shown}{elsewhere}", path, hint=hint))

    def _where_watched(self, shown: str) -> str:
        """The accounts and Regions in which a metric is watched."""
        names = {number: name for name, number in self.environment.accounts.items()}
        of = [one for one in self.environment.watched if shown_metric(one.namespace, one.name, one.dimensions) == shown]
        accounts = some_of(f'"{name}"' if name.isdigit() else name for one in of if (name := names.get(one.account)))
        return f"account: {accounts}" if accounts else f"it is watched in {some_of(one.region for one in of)}"

    def _why_nothing_is_watched(self) -> str:
        for contents in self.environment.contents:
            for alarm, reason in contents.unknown.items():
                return f"{alarm.name} cannot be played: {reason}"
        return "there is no alarm on a metric"

    def _lines(self, given: Given, said: str, path: Path) -> None:
        name = self.environment.log_groups.get(said) or self._filled(said)
        places = [(*place, self.environment.in_place(name, *place)) for place in self._places(given, path)]
        read = [place for place in places if place in self.environment.readers]
        if places and not read:
            groups = {group for _, _, group in self.environment.readers}
            keys = {
                key
                for key, group in self.environment.log_groups.items()
                if any(self.environment.in_place(group, account, region) in groups for account, region, _ in places)
            }
            hint = did_you_mean(said, groups | keys).strip() or f"filters count in {some_of(keys or groups)}"
            self._tell(Finding("R02", f"no filter counts in a log group `{said}`", (*path, "log_group"), hint=hint))
        for number, line in enumerate(given.lines or ()):
            if line.every is not None and line.times == 1:
                hint = "say how often: `times: 5`"
                self._tell(Finding("R05", "`every` without `times`", (*path, "lines", number, "every"), hint=hint))
            for place in read:
                moments = (START + line.at + count * (line.every or 0) for count in range(line.times))
                self.lines += [LogLine(*place, moment, line.text) for moment in moments]

    def expects(self, expect: Expect, path: Path) -> Expected:
        """Take in one expectation."""
        window = TimeWindow(START + expect.at.start, START + expect.at.end) if expect.at else TimeWindow(START, START)
        if expect.counts:
            self._has_incidents(path)
            return Expected(path, expect, window, ())
        said: Expect | IncidentText = expect.incident or expect
        inside = (*path, "incident") if expect.incident else path
        alarms = tuple(self._location(said.alarm or "", said, inside))
        if expect.incident:
            self._can_be_an_incident(expect.incident, inside)
        return Expected(path, expect, window, alarms)

    def _has_incidents(self, path: Path) -> None:
        if not self.environment.package:
            message = "a template of its own has no incident function"
            self._tell(Finding("R05", message, path, hint="expect a state, a reason or actions"))

    def _can_be_an_incident(self, incident: IncidentText, path: Path) -> None:
        self._has_incidents(path)
        for index, name in enumerate(incident.channels or ()):
            if self.environment.package and name not in self.environment.channels:
                hint = (
                    did_you_mean(name, self.environment.channels).strip()
                    or f"there are {some_of(self.environment.channels)}"
                )
                where = (*path, "channels", index)
                self._tell(Finding("R02", f"there is no channel `{name}`", where, hint=hint))

    def _location(self, name: str, said: Given | Expect | IncidentText, path: Path) -> Iterable[AlarmLocation]:
        """The alarms that are meant by a name, in the accounts and Regions that are meant."""
        named = self.environment.called.get(self._filled(name), ())
        if not named:
            message, hint = no_alarm(self.environment, name, self._filled(name))
            self._tell(Finding("R02", message, (*path, "alarm"), hint=hint))
            return ()
        found = []
        for account in said.account or ("",):
            here = [one for one in named if not account or one.deployed_in(account)]
            here = [one for one in here if said.region in (None, one.alarm.region)]
            found += here
            if not here:
                where = (*path, "account" if account else "region")
                stands = some_of({one.about or one.account or one.alarm.account for one in named})
                message = f"`{name}` does not stand in {account or said.region}"
                self._tell(Finding("R02", message, where, hint=f"it stands in {stands}"))
        return found

    def _places(self, said: Given, path: Path) -> list[tuple[str, str]]:
        """Account and Region wherever something is meant to happen."""
        found = []
        for name in said.account or self.environment.members:
            number = self.environment.accounts.get(name) or (name if name in self.environment.accounts.values() else "")
            if not number:
                known = sorted(filter(None, self.environment.accounts))
                there = (
                    f"there are {some_of(known)}"
                    if known
                    else "leave it out: the template stands in an account of its own"
                )
                hint = did_you_mean(name, known).strip() or there
                self._tell(Finding("R02", f"there is no account `{name}`", (*path, "account"), hint=hint))
                continue
            regions = self.environment.regions(number)
            if said.region and said.region not in regions:
                if not said.account and self._is_watched(said.region):
                    # All members are meant, and this one has other Regions.
                    continue
                message = f"nothing stands in {said.region}"
                self._tell(Finding("R02", message, (*path, "region"), hint=f"but in {some_of(regions)}"))
            found += [(number, region) for region in regions if said.region in (None, region)]
        return found

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
        ends = [one.window.end for one in expected if one.expect.at]
        if any(one.expect.at is None for one in expected):
            ends += [START + self.test.interval * len(given.series or ()) for given in self.test.given]
            ends += [line.at + _COUNTED_AFTER for line in self.lines]
        return max(ends, default=START)

    def still(self, expected: Iterable[Expected]) -> Iterable[AlarmId]:
        """The alarms that need not be evaluated."""
        asked = {one.alarm for each in expected for one in each.alarms} | self.created.keys()
        fed = {one.metric for one in self.published}
        return self.environment.deployed_in.keys() - active_alarms(self.environment, asked, fed, self.lines)
