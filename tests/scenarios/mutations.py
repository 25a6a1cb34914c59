"""Templates in which one property of one alarm is another, and whether the generated tests notice.

`python -m bench.mutations` prints the rate for the shipped example; a test holds it.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.cli.options import compiled, place
from generator.cli.test import environment_stage
from generator.evaluate.template import MetricAlarm
from generator.scenarios.language import read
from generator.scenarios.propose import proposed
from generator.scenarios.scenario import scenario
from generator.scenarios.stage import Stage, Standing
from generator.scenarios.verdict import verdict
from tests.support import ROOT

COMPARISONS = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
MISSING = ("breaching", "notBreaching", "ignore", "missing")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One alarm, one property, another value."""

    alarm: str
    place: str
    what: str
    value: Any


def mutants(standing: Standing, about: MetricAlarm) -> Iterator[Mutant]:
    """Threshold, comparison, M, N and missing data, each as somebody might change it by a slip."""
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
        ("TreatMissingData", [one for one in MISSING if one != about.missing]),
    ]
    for what, values in changes:
        yield from (Mutant(standing.alarm.name, str(standing), what, value) for value in values)


def mutated(stage: Stage, mutant: Mutant, standing: Standing, about: MetricAlarm) -> Stage:
    """The stage in which the template of one account says otherwise of one alarm."""
    stacks = []
    for stack, contents in zip(stage.stacks, stage.contents, strict=True):
        if any(one.alarm == standing.alarm for one in contents.metric_alarms):
            template: dict[str, Any] = copy.deepcopy(dict(stack.template))
            properties = template["Resources"][about.logical_id]["Properties"]
            # M is as N where it is not said, and a change of N is not to be one of M.
            properties["DatapointsToAlarm"] = about.datapoints
            properties[mutant.what] = mutant.value
            stack = replace(stack, template=template)
        stacks.append(stack)
    return replace(stage, stacks=tuple(stacks))


def survivors(stage: Stage) -> tuple[list[Mutant], Mapping[str, int]]:
    """Mutants that no generated test notices, and how many there were of each kind."""
    suite = read(proposed([stage]).encode(), "generated.yaml")
    assert not suite.findings
    alive: list[Mutant] = []
    counted: Counter[str] = Counter()
    tested: set[str] = set()
    for standing in stage.standing:
        about = stage.alarms.get(standing.alarm)
        names = f"{standing.key} in {standing.about or standing.account} "
        its = {index: test for index, test in suite.tests.items() if f" {names}" in f" {test.name}"}
        if not isinstance(about, MetricAlarm) or not standing.ours or names in tested or not its:
            continue
        tested.add(names)
        for mutant in mutants(standing, about):
            counted[mutant.what] += 1
            there = mutated(stage, mutant, standing, about)
            if all(_passes(test, index, there) for index, test in its.items()):
                alive.append(mutant)
    return alive, counted


def _passes(test: Any, index: int, stage: Stage) -> bool:
    made, news = scenario(test, index, stage)
    return not news and verdict(made, made.play()).met


def example(environment: str) -> Stage:
    """The shipped example, as it would be deployed."""
    return environment_stage(
        compiled(place(ROOT / "observability.yaml", None, (environment,)), lint=False), environment
    )
