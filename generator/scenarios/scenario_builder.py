"""Builds the scenario of a test: resolves its names in an environment, and reports what does not exist there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.evaluate.types import AlarmId, FoundSeries, LogLine, MetricId, Published, State
from generator.findings import Finding, Path, unknown_reference
from generator.model.event_rules import EventRule
from generator.scenarios.active_alarms import active_alarms
from generator.scenarios.contributors import check_contributor, check_own_incidents, check_result, found_series
from generator.scenarios.entries import Expect, Given, IncidentText, MetricText
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.event_places import usual_places, without_event, without_subject
from generator.scenarios.given_events import RuleMessage, event_locations, given_events
from generator.scenarios.language import Test
from generator.scenarios.mentions import no_alarm, shown_metric
from generator.scenarios.places import places_of
from generator.scenarios.queried_metrics import is_queried, query_elsewhere
from generator.scenarios.quotas import unused_quota
from generator.scenarios.scalars import TimeWindow
from generator.scenarios.scenario import START, Expected, Scenario
from generator.scenarios.unused_input import not_deployed, unfiltered_log_group, unwatched_metric

# A line counts when its minute is over.
_COUNTED_AFTER = 60


def scenario(test: Test, index: int, environment: SimulatedEnvironment) -> tuple[Scenario, list[Finding]]:
    """The scenario of a test in an environment, and findings about it (codes R02, R05, R07)."""
    builder = _ScenarioBuilder(test, ("tests", index), environment)
    for number, entry in enumerate(test.given):
        builder.happens(entry, (*builder.at, "given", number))
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
        tuple(builder.results),
        builder.quotas,
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
    results: list[FoundSeries] = field(default_factory=list)
    quotas: dict[MetricId, float] = field(default_factory=dict)
    events: list[Mapping[str, Any]] = field(default_factory=list)

    def _report(self, finding: Finding) -> None:
        """Report a finding once, although it may apply to every account."""
        if finding not in self.findings:
            self.findings.append(finding)

    def happens(self, entry: Given, path: Path) -> None:
        """Add one entry of `given`."""
        if entry.created is not None:
            self.created |= {location_.alarm: START + entry.created for location_ in self._made(entry, path)}
        elif entry.alarm is not None and entry.state is not None:
            for location in self._location(entry.alarm, entry, path):
                self.states[location.alarm] = entry.state
        elif entry.alarm is not None and entry.series is not None:
            self._result(entry, entry.alarm, path)
        elif entry.metric is not None and (entry.series is not None or entry.quota is not None):
            self._series(entry, entry.metric, path)
        elif entry.log_group is not None and entry.lines is not None:
            self._lines(entry, entry.log_group, path)
        elif entry.event is not None and entry.at is not None:
            self._event(entry, entry.at, path)

    def settles(self) -> None:
        """Report alarms that have a first state and are created, which makes them INSUFFICIENT_DATA, or that have a
        result of their query.
        """
        answered = {series.alarm for series in self.results}
        for number, entry in enumerate(self.test.given):
            if entry.alarm is not None and entry.state is not None:
                path: Path = (*self.at, "given", number)
                alarms = [location.alarm for location in self._location(entry.alarm, entry, path)]
                if not answered.isdisjoint(alarms):
                    message = f"the result of the query of `{entry.alarm}` is given, which says its state"
                    self._report(Finding("R07", message, (*path, "state"), hint="remove `state`", on="key"))
                if any(alarm in self.created for alarm in alarms):
                    message = f"`{entry.alarm}` is created in this test and cannot have a first state"
                    hint = "remove `state` or `created`"
                    self._report(Finding("R07", message, (*path, "state"), hint=hint, on="key"))

    def _made(self, entry: Given, path: Path) -> Iterable[AlarmLocation]:
        """The alarms that are created: the named ones, or all that are not obsgen's own."""
        if entry.alarm is not None:
            return self._location(entry.alarm, entry, path)
        places = set(self._places(entry, path))
        return [
            location
            for location in self.environment.locations
            if location.is_own
            and (not entry.account or (location.alarm.account, location.alarm.region) in places)
            and entry.region in (None, location.alarm.region)
        ]

    def _series(self, entry: Given, metric_text: MetricText, path: Path) -> None:
        written = sorted((key, self._filled(value)) for key, value in metric_text.dimensions.items())
        watched, elsewhere = False, None
        places = self._places(entry, path)
        for account, region in places:
            dimensions = tuple((key, self.environment.filled_in(value, account, region)) for key, value in written)
            metric = MetricId(
                account, region, self._filled(metric_text.namespace), self._filled(metric_text.name), dimensions
            )
            units = self.environment.units_by_metric.get(metric, frozenset())
            if metric not in self.environment.units_by_metric and not is_queried(self.environment, metric):
                elsewhere = elsewhere or query_elsewhere(self.environment, metric, (*path, "metric"))
                continue
            watched = True
            if entry.quota is not None:
                self._quota(metric, entry.quota, path)
            if entry.series is not None:
                unit = metric_text.unit or next((unit_ for unit_ in sorted(units) if unit_), "None")
                self.published.append(Published(metric, START, self.test.interval, entry.series, unit))
        if places and not watched:
            filled = tuple((key, self.environment.filled_in(value, *places[0])) for key, value in written)
            name = shown_metric(self._filled(metric_text.namespace), self._filled(metric_text.name), filled)
            self._report(elsewhere or unwatched_metric(self.environment, name, (*path, "metric")))

    def _quota(self, metric: MetricId, quota: float, path: Path) -> None:
        unused = unused_quota(self.environment, metric, (*path, "quota"))
        if unused:
            self._report(unused)
        self.quotas[metric] = quota

    def _lines(self, entry: Given, log_group: str, path: Path) -> None:
        name = self.environment.log_groups.get(log_group) or self._filled(log_group)
        groups = [(*place, self.environment.filled_in(name, *place)) for place in self._places(entry, path)]
        filtered = [group for group in groups if group in self.environment.filters_by_log_group]
        if groups and not filtered:
            self._report(unfiltered_log_group(self.environment, log_group, groups, (*path, "log_group")))
        for number, line in enumerate(entry.lines or ()):
            if line.every is not None and line.times == 1:
                where = (*path, "lines", number, "every")
                hint = "add how often, such as `times: 5`"
                self._report(Finding("R05", "`every` requires `times`", where, hint=hint))
            for group in filtered:
                times = (START + line.at + count * (line.every or 0) for count in range(line.times))
                self.lines += [LogLine(*group, at, line.text) for at in times]

    def _result(self, entry: Given, name: str, path: Path) -> None:
        for location in self._location(name, entry, path):
            place = location.alarm.account, location.alarm.region
            labels = {
                key: self.environment.filled_in(value, *place) for key, value in (entry.contributor or {}).items()
            }
            series = found_series(location.alarm, labels, entry.series or (), START, self.test.interval)
            problem = check_result(self.environment, name, series, self.results, path)
            if problem:
                self._report(problem)
            else:
                self.results.append(series)

    def _event(self, entry: Given, at: int, path: Path) -> None:
        self._has_incidents((*path, "event"))
        if self.environment.package:
            places = self._places(entry, path)
            sent, findings = given_events(self.environment, entry, places, START + at, int(path[-1]), path)
            self.events += sent.events
            self.messages += sent.messages
            for finding in findings:
                self._report(finding)

    def _event_incident(self, incident: IncidentText, key: str, path: Path) -> tuple[AlarmLocation, ...]:
        """Where the incidents of an event rule are expected."""
        rules = {rule.key: rule for rule in self.environment.event_rules}
        if key not in rules:
            if self.environment.package:
                hint = "add it to event_rules"
                self._report(unknown_reference("R02", "event rule", key, rules, (*path, "event"), hint))
            return ()
        if not self.events:
            if not any(entry.event is not None for entry in self.test.given):
                hint = "add it to `given`: {event: …, at: 2m}"
                self._report(Finding("R06", f"the test gives no event for `{key}`", (*path, "event"), hint=hint))
            return ()
        places = self._event_places(incident, rules[key], path)
        events = [event for event in self.events if (event["account"], event["region"]) in places]
        subject = incident.subject
        if subject is not None and places:
            filled = [self.environment.filled_in(subject, *place) for place in places]
            problem = without_subject(rules[key], filled, events, path)
            if problem:
                self._report(problem)
        return event_locations(self.environment, rules[key].name, places)

    def _event_places(self, incident: IncidentText, rule: EventRule, path: Path) -> list[tuple[str, str]]:
        """The places of the expectation; without any, those in which the test gives events of the rule."""
        if not incident.account and not incident.region:
            return usual_places(self.environment, rule, self.events)
        with_events = {(event["account"], event["region"]) for event in self.events}
        places = self._places(incident, path)
        problem = without_event(self.environment, places, incident, with_events, path)
        if problem:
            self._report(problem)
        return [place for place in places if place in with_events]

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
            self._has_contributor(target, alarms, inside)
        if expect.incident:
            self._can_be_an_incident(expect.incident, inside)
        return Expected(path, expect, window, alarms)

    def _has_contributor(self, target: Expect | IncidentText, alarms: Iterable[AlarmLocation], path: Path) -> None:
        for location in alarms if target.contributor is not None else ():
            labels = target.contributor or {}
            problem = check_contributor(self.environment, target.alarm or "", location.alarm, labels, path)
            if not problem and isinstance(target, IncidentText):
                problem = check_own_incidents(self.environment, target.alarm or "", location.alarm, path)
            if problem:
                self._report(problem)

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
            ends += [START + self.test.interval * len(entry.series or ()) for entry in self.test.given]
            ends += [line.at + _COUNTED_AFTER for line in self.lines]
            ends += [message.at for message in self.messages]
        return max(ends, default=START)

    def frozen(self, expected: Iterable[Expected]) -> Iterable[AlarmId]:
        """The alarms that need not be evaluated."""
        requested = {location.alarm for item in expected for location in item.alarms} | self.created.keys()
        requested |= {series.alarm for series in self.results}
        fed = {location.metric for location in self.published}
        return self.environment.deployed_in.keys() - active_alarms(self.environment, requested, fed, self.lines)
