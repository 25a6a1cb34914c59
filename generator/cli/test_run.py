"""A run of tests: read them, build their environments, simulate, and open incidents with the function's own code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.cli.exit import usage_error
from generator.cli.options import BuildTarget, compiled_or_exit, incident_package
from generator.findings import Finding, has_errors
from generator.reading import content, shown

if TYPE_CHECKING:
    from generator.build import Built
    from generator.evaluate.template.text import TemplateText
    from generator.scenarios.environment import SimulatedEnvironment
    from generator.scenarios.language import ParsedTests, Test
    from generator.scenarios.scenario import Scenario
    from generator.scenarios.suite import TestEnvironments
    from generator.scenarios.verdict import Verdict


@dataclass(frozen=True, slots=True)
class TestOptions:
    """The options of `obsgen test`."""

    where: BuildTarget
    tests: tuple[Path, ...]
    only: tuple[str, ...]
    junit: Path | None
    coverage: bool
    verbose: bool


@dataclass(slots=True)
class TestRun:
    """The result of a file of tests. stages: environments that ran. templates: those with findings of their own."""

    read: ParsedTests
    findings: list[Finding]
    templates: dict[Path, TemplateText] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    environments: list[SimulatedEnvironment] = field(default_factory=list)


@dataclass(slots=True)
class KnownEnvironments:
    """The environments of the spec, built once for all files. known: the names of all of them."""

    environments: dict[str, SimulatedEnvironment] = field(default_factory=dict)
    known: tuple[str, ...] = ()


def files_of(tests: Sequence[Path]) -> tuple[Path, ...]:
    """The files of tests: those that are named, and in folders, however deep, YAML files with `test` in their names."""
    files: dict[Path, None] = {}
    for path in tests:
        if not path.is_dir():
            files[path] = None
            continue
        within = sorted(file for file in path.rglob("*test*") if file.suffix in (".yaml", ".yml") and file.is_file())
        if not within:
            raise usage_error(f"{path}: no YAML file in it has `test` in its name", "name it like orders.tests.yaml")
        files |= dict.fromkeys(within)
    return tuple(files)


def run(test_options: TestOptions, tests: Path, environments: KnownEnvironments) -> TestRun:
    """Read the tests of a file and play those that are asked for."""
    from generator.scenarios.language import read
    from generator.scenarios.suite import suite

    parsed = read(_bytes(tests), str(tests))
    test_run = TestRun(parsed, list(parsed.findings))
    if has_errors(test_run.findings) and not parsed.tests:
        return test_run
    test_environments = _environments(test_options, tests, parsed, test_run, environments)
    scenarios, findings = suite(parsed, test_environments)
    test_run.findings = [*findings, *(finding for finding in test_run.findings if finding not in findings)]
    if has_errors(test_run.findings):
        return test_run
    chosen = [scenario for scenario in scenarios if _is_requested(scenario.test.name, test_options.only)]
    test_run.verdicts = _played(chosen)
    test_run.environments = list({id(scenario.environment): scenario.environment for scenario in chosen}.values())
    return test_run


def _bytes(tests: Path) -> bytes:
    try:
        return content(tests)
    except FileNotFoundError:
        raise usage_error(f"{tests}: file not found", f"run `obsgen test --generate > {tests}` to create it") from None
    except OSError as error:
        raise usage_error(f"{tests}: {error.strerror or error}") from None


def _is_requested(name: str, only: Sequence[str]) -> bool:
    return not only or any(pattern in name or fnmatchcase(name, pattern) for pattern in only)


def _environments(
    test_options: TestOptions, tests: Path, parsed: ParsedTests, test_run: TestRun, environments: KnownEnvironments
) -> TestEnvironments:
    """The environments, if any test is about one, and the templates that tests name."""
    from generator.scenarios.suite import TestEnvironments

    if not environments.known and any(test.template is None for test in parsed.tests.values()):
        built = compiled_or_exit(test_options.where)
        environments.known = built.environments
        environments.environments = {name: test_environment(built, name) for name in built.estates}
    templates = {}
    # What is tested several times with the same parameters is read once, and counted together.
    same: dict[object, SimulatedEnvironment | None] = {}
    for number, test in parsed.tests.items():
        if test.template is not None:
            alike = (test.template, *_environment_key(test))
            if same.get(alike) is None:
                same[alike] = _template_environment(
                    tests.parent / test.template, test, parsed.at.get(number, number), test_run
                )
            environment = same[alike]
            if environment:
                templates[number] = environment
    return TestEnvironments(environments.environments, environments.known, templates)


def test_environment(built: Built, name: str) -> SimulatedEnvironment:
    """The simulated environment of the tests: its templates and package, as they would be deployed."""
    import yaml

    from generator.manifest import MANIFEST
    from generator.scenarios.deployed import simulated_environment

    manifest = yaml.load(built.artifacts[f"{name}/{MANIFEST}"], Loader=yaml.CSafeLoader)
    return simulated_environment(
        built.estates[name], built.spread[name].templates, manifest, incident_package(built, name)
    )


def _template_environment(path: Path, test: Test, index: int, test_run: TestRun) -> SimulatedEnvironment | None:
    from generator.evaluate.template.text import template_text
    from generator.evaluate.types import Deployed
    from generator.scenarios.deployed import template_environment
    from generator.scenarios.parameters import refused

    place_ = ("tests", index, "template")
    try:
        parsed = template_text(content(path), str(path))
    except OSError as error:
        test_run.findings.append(Finding("R02", f"{shown(path)}: {error.strerror or error}", place_))
        return None
    if parsed.findings and path not in test_run.templates:
        test_run.templates[path] = parsed
    if parsed.template is None:
        test_run.findings.append(Finding("R05", f"{path} cannot be read as a template", place_))
        return None
    test_run.findings += refused(parsed.template, test.parameters, ("tests", index))
    return template_environment(path.name, Deployed(parsed.template, *_environment_key(test)))


def _environment_key(test: Test) -> tuple[Any, ...]:
    """Account, Region and values with which a test deploys its template; equal tests share one environment."""
    from generator.scenarios.environment import OWN_ACCOUNT, OWN_REGION

    parameters, imports, stored = (
        tuple(sorted(mapping.items())) for mapping in (test.parameters, test.imports, test.ssm)
    )
    return (test.account or OWN_ACCOUNT, test.region or OWN_REGION, "", parameters, "stack", imports, stored)


def _played(scenarios: Sequence[Scenario]) -> list[Verdict]:
    """The verdict of each test. The incident function runs only for tests that expect incidents."""
    from generator.drill.incident_process import CoreFailed, Play, Result, simulated
    from generator.scenarios.events import events
    from generator.scenarios.verdict import NOTHING, verdict

    simulations = [scenario.simulate() for scenario in scenarios]
    results: dict[int, Result] = {}
    by_environment: dict[int, list[int]] = {}
    for index, scenario in enumerate(scenarios):
        if any(expected.expect.incident or expected.expect.counts for expected in scenario.expected):
            by_environment.setdefault(id(scenario.environment), []).append(index)
    for indices in by_environment.values():
        plays = [Play(events(scenarios[index], simulations[index]), scenarios[index].end * 1000) for index in indices]
        try:
            results |= zip(indices, simulated(scenarios[indices[0]].environment.package, plays), strict=True)
        except CoreFailed as error:
            raise usage_error(str(error)) from None
    return [
        verdict(scenario, simulations[index], results.get(index, NOTHING)) for index, scenario in enumerate(scenarios)
    ]
