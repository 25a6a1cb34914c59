"""A file of tests on the stages that there are: which test is played where, and what cannot be played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from generator.findings import Finding, did_you_mean
from generator.scenarios.environment import Stage
from generator.scenarios.language import Read, Test
from generator.scenarios.scenario import Scenario, named_alarms, scenario


@dataclass(frozen=True, slots=True)
class Stages:
    """Where tests can be played.

    environments: of the spec, those that are to be played. known: all names of environments. templates: by the path
    that a test names and its index, each with the parameters of that test.
    """

    environments: Mapping[str, Stage] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    templates: Mapping[int, Stage] = field(default_factory=dict)


def suite(read: Read, stages: Stages) -> tuple[list[Scenario], list[Finding]]:
    """Every test wherever it is played, in the order of the file, and what is wrong with the file."""
    made: list[Scenario] = []
    findings = list(read.findings)
    for number, test in read.tests.items():
        index = read.at.get(number, number)
        for stage in _stages(test, number, index, stages, findings):
            one, found = scenario(test, index, stage)
            findings += [finding for finding in found if finding not in findings]
            if not found:
                made.append(one)
    return made, findings


def _stages(test: Test, number: int, index: int, stages: Stages, findings: list[Finding]) -> Sequence[Stage]:
    if test.template is not None:
        return [stages.templates[number]] if number in stages.templates else []
    if test.environment:
        for name in test.environment:
            if name not in stages.known:
                hint = did_you_mean(name, stages.known).strip() or f"there are {', '.join(stages.known)}"
                path = ("tests", index, "environment")
                findings.append(Finding("R02", f"there is no environment `{name}`", path, hint=hint))
        return [stages.environments[name] for name in test.environment if name in stages.environments]
    named = named_alarms(test)
    whole = [stage for stage in stages.environments.values() if all(name in stage.called for name in named)]
    return whole or list(stages.environments.values())[:1]
