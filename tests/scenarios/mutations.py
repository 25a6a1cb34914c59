"""Templates in which one property of one alarm is another, and whether the generated tests notice.

`python -m bench.mutations` prints the rate for the shipped example; a test holds it.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.cli.options import build_target, compiled
from generator.cli.test_run import test_environment
from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import MetricAlarm
from generator.evaluate.template.template import read as contents_of
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.language import read
from generator.scenarios.propose import proposed
from generator.scenarios.scenario import START
from generator.scenarios.scenario_builder import scenario
from generator.scenarios.verdict import verdict
from tests.support import ROOT

COMPARISONS = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
# What an environment works out of its templates, and no mutant changes: where alarms are, and what they read.
UNCHANGED = (
    "alarms_by_metric",
    "alarms_by_query",
    "by_name",
    "dependencies",
    "dependents",
    "deployed_in",
    "filters_by_log_group",
    "locations",
    "locations_by_alarm",
)
STATISTICS = ("Sum", "Average", "Maximum", "Minimum")
MISSING = ("breaching", "notBreaching", "ignore", "missing")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One alarm, one property, another value."""

    alarm: str
    build_target: str
    what: str
    value: Any


def mutants(location: AlarmLocation, about: MetricAlarm, *, can_be_missing: bool) -> Iterator[Mutant]:
    """Threshold, comparison, M, N, missing data, period and statistic, each as somebody might change it by a slip.

    Only what makes a difference: whole numbers are never between two of them, and what has a value even where all its
    metrics are silent is never missing.
    """
    threshold = about.threshold or 0.0
    changes: list[tuple[str, list[Any]]] = [
        (
            "Threshold",
            sorted({threshold - 1, threshold + 1, threshold * 0.9, threshold * 1.1, threshold * 2} - {threshold}),
        ),
        ("ComparisonOperator", [one for one in COMPARISONS if one != about.comparison]),
        (
            "DatapointsToAlarm",
            [one for one in (about.datapoints - 1, about.datapoints + 1) if 0 < one <= about.periods],
        ),
        ("EvaluationPeriods", [one for one in (about.periods - 1, about.periods + 1) if one >= about.datapoints]),
        ("TreatMissingData", [one for one in MISSING if one != about.missing] if can_be_missing else []),
    ]
    if len(about.entries) == 1 and about.entries[0].stat:
        stat = about.entries[0].stat
        changes.append(("Period", [60 if stat.period != 60 else 300]))
        if stat.statistic in STATISTICS:
            # Of numbers of events, sum, average and maximum are more than nothing together.
            same = STATISTICS[:3] if about.threshold == 0 and "Greater" in about.comparison else ()
            others = [one for one in STATISTICS if one != stat.statistic]
            changes.append(
                ("Statistic", [one for one in others if not (stat.statistic in same and one in same)]),
            )
            whole = stat.statistic in ("Sum", "SampleCount")
            changes[0] = ("Threshold", [one for one in changes[0][1] if not whole or one == int(one)])
    for what, values in changes:
        yield from (Mutant(location.alarm.name, str(location), what, value) for value in values)


def mutated(
    environment: SimulatedEnvironment, mutant: Mutant, location: AlarmLocation, about: MetricAlarm
) -> SimulatedEnvironment:
    """The stage in which the template of one account says otherwise of one alarm."""
    stacks, read_ = [], []
    for stack, contents in zip(environment.stacks, environment.contents, strict=True):
        found = contents
        if any(one.alarm == location.alarm for one in contents.metric_alarms):
            resources = {**stack.template["Resources"]}
            resources[about.logical_id] = copy.deepcopy(resources[about.logical_id])
            template: dict[str, Any] = {**stack.template, "Resources": resources}
            properties = resources[about.logical_id]["Properties"]
            # M is as N where it is not said, and a change of N is not to be one of M.
            properties["DatapointsToAlarm"] = about.datapoints
            _put(properties, mutant)
            # Only what is changed is read again.
            kept = {about.logical_id: template["Resources"][about.logical_id]}
            of_one = contents_of(replace(stack, template={**template, "Resources": kept}))
            assert [one.alarm for one in of_one.metric_alarms] == [location.alarm]
            alarms = tuple(
                of_one.metric_alarms[0] if one.alarm == location.alarm else one for one in found.metric_alarms
            )
            found = replace(contents, metric_alarms=alarms)
            stack = replace(stack, template=template)
        stacks.append(stack)
        read_.append(found)
    there = replace(environment, stacks=tuple(stacks))
    there.__dict__.update({name: getattr(environment, name) for name in UNCHANGED}, contents=tuple(read_))
    return there


def _put(properties: dict[str, Any], mutant: Mutant) -> None:
    """Period and statistic stand with the metric, which may be one of several entries."""
    if mutant.what in ("Period", "Statistic") and "Metrics" in properties:
        (entry,) = properties["Metrics"]
        entry["MetricStat"]["Stat" if mutant.what == "Statistic" else mutant.what] = mutant.value
    else:
        properties[mutant.what] = mutant.value


def is_ever_missing(environment: SimulatedEnvironment, location: AlarmLocation, about: MetricAlarm) -> bool:
    """Whether what an alarm compares is missing where none of its metrics has data."""
    period = max(one.stat.period if one.stat else one.period or 60 for one in about.entries)
    others = frozenset(one.alarm for one in environment.locations if one.alarm != location.alarm)
    found = simulate(environment.contents, (), (), START, START + 9 * period, frozen=others)
    return any(value is None for one in found.evaluated if one.alarm == location.alarm for value in one.values)


def survivors(environment: SimulatedEnvironment) -> tuple[list[Mutant], Mapping[str, int]]:
    """Mutants that no generated test notices, and how many there were of each kind."""
    suite = read(proposed([environment]).encode(), "generated.yaml")
    assert not suite.findings
    alive: list[Mutant] = []
    counted: Counter[str] = Counter()
    tested: set[str] = set()
    for location in environment.locations:
        about = environment.alarms.get(location.alarm)
        names = f"{location.key} in {location.subject or location.account} "
        its = {index: test for index, test in suite.tests.items() if f" {names}" in f" {test.name}"}
        if not isinstance(about, MetricAlarm) or not location.is_own or names in tested or not its:
            continue
        tested.add(names)
        for mutant in mutants(location, about, can_be_missing=is_ever_missing(environment, location, about)):
            counted[mutant.what] += 1
            there = mutated(environment, mutant, location, about)
            if all(_passes(test, index, there) for index, test in its.items()):
                alive.append(mutant)
    return alive, counted


def _passes(test: Any, index: int, environment: SimulatedEnvironment) -> bool:
    made, findings = scenario(test, index, environment)
    return not findings and verdict(made, made.simulate()).met


def example(environment: str) -> SimulatedEnvironment:
    """The shipped example, as it would be deployed."""
    return test_environment(
        compiled(build_target(ROOT / "observability.yaml", None, (environment,)), lint=False), environment
    )
