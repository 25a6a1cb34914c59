"""A file of tests on the stages that there are: which test is played where, and what cannot be played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from generator.findings import Finding, did_you_mean
from generator.scenarios.environment import SimulatedEnvironment
from generator.scenarios.language import ParsedTests, Test
from generator.scenarios.scenario import Scenario, named_alarms, scenario


@dataclass(frozen=True, slots=True)
class TestEnvironments:
    """Where tests can be played.

    environments: of the spec, those that are to be played. known: all names of environments. templates: by the path
    that a test names and its index, each with the parameters of that test.
    """

    environments: Mapping[str, SimulatedEnvironment] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    templates: Mapping[int, SimulatedEnvironment] = field(default_factory=dict)


def suite(read: ParsedTests, environments: TestEnvironments) -> tuple[list[Scenario], list[Finding]]:
    """Every test wherever it is played, in the order of the file, and what is wrong with the file."""
    made: list[Scenario] = []
    findings = list(read.findings)
    for number, test in read.tests.items():
        index = read.at.get(number, number)
        for environment in _environments(test, number, index, environments, findings):
            one, found = scenario(test, index, environment)
            findings += [finding for finding in found if finding not in findings]
            if not found:
                made.append(one)
    return made, findings


def _environments(
    test: Test, number: int, index: int, environments: TestEnvironments, findings: list[Finding]
) -> Sequence[SimulatedEnvironment]:
    if test.template is not None:
        return [environments.templates[number]] if number in environments.templates else []
    if test.environment:
        for name in test.environment:
            if name not in environments.known:
                hint = did_you_mean(name, environments.known).strip() or f"there are {', '.join(environments.known)}"
                path = ("tests", index, "environment")
                findings.append(Finding("R02", f"there is no environment `{name}`", path, hint=hint))
        return [environments.environments[name] for name in test.environment if name in environments.environments]
    named = named_alarms(test)
    whole = [
        environment
        for environment in environments.environments.values()
        if all(name in environment.called for name in named)
    ]
    return whole or list(environments.environments.values())[:1]
