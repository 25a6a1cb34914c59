"""Assigns the tests of a file to the environments in which they are simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from generator.findings import Finding, suggest
from generator.scenarios.environment import SimulatedEnvironment
from generator.scenarios.language import ParsedTests, Test
from generator.scenarios.named import named_alarms, named_events
from generator.scenarios.scenario import Scenario
from generator.scenarios.scenario_builder import scenario


@dataclass(frozen=True, slots=True)
class TestEnvironments:
    """The environments of tests.

    environments: of the spec, those that are simulated. known: all names of environments. templates: by the path
    that a test names and its index, each with the parameters of that test.
    """

    environments: Mapping[str, SimulatedEnvironment] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    templates: Mapping[int, SimulatedEnvironment] = field(default_factory=dict)


def suite(read: ParsedTests, environments: TestEnvironments) -> tuple[list[Scenario], list[Finding]]:
    """The scenarios of every test in the order of the file, and findings about the file."""
    scenarios: list[Scenario] = []
    findings = list(read.findings)
    for number, test in read.tests.items():
        index = read.at.get(number, number)
        for environment in _environments(test, number, index, environments, findings):
            scenario_, problems = scenario(test, index, environment)
            findings += [finding for finding in problems if finding not in findings]
            if not problems:
                scenarios.append(scenario_)
    return scenarios, findings


def _environments(
    test: Test, number: int, index: int, environments: TestEnvironments, findings: list[Finding]
) -> Sequence[SimulatedEnvironment]:
    if test.template is not None:
        return [environments.templates[number]] if number in environments.templates else []
    if test.environment:
        for name in test.environment:
            if name not in environments.known:
                hint = suggest(name, environments.known, f"use one of {', '.join(environments.known)}")
                path = ("tests", index, "environment")
                findings.append(Finding("R02", f"there is no environment `{name}`", path, hint=hint))
        return [environments.environments[name] for name in test.environment if name in environments.environments]
    names, events = named_alarms(test), named_events(test)
    whole = [
        environment
        for environment in environments.environments.values()
        if all(name in environment.by_name for name in names)
        and events <= {rule.key for rule in environment.event_rules}
    ]
    return whole or list(environments.environments.values())[:1]
