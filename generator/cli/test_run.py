"""A run of tests: read, found their stages, played, and their incidents had from the function's own code."""

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
    from generator.scenarios.environment import Stage
    from generator.scenarios.language import Read, Test
    from generator.scenarios.scenario import Scenario
    from generator.scenarios.suite import Stages
    from generator.scenarios.verdict import Verdict


@dataclass(frozen=True, slots=True)
class TestOptions:
    """What was asked for on the command line."""

    where: BuildTarget
    tests: tuple[Path, ...]
    only: tuple[str, ...]
    junit: Path | None
    coverage: bool
    verbose: bool


@dataclass(slots=True)
class TestRun:
    """A run. stages: everything on which something was played. templates: those with findings of their own."""

    read: Read
    findings: list[Finding]
    templates: dict[Path, TemplateText] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)


@dataclass(slots=True)
class KnownEnvironments:
    """The environments of the spec, built once for all files. known: the names of all of them."""

    stages: dict[str, Stage] = field(default_factory=dict)
    known: tuple[str, ...] = ()


def files_of(tests: Sequence[Path]) -> tuple[Path, ...]:
    """The files of tests: those that are named, and in folders, however deep, YAML files with `test` in their names."""
    found: dict[Path, None] = {}
    for path in tests:
        if not path.is_dir():
            found[path] = None
            continue
        within = sorted(one for one in path.rglob("*test*") if one.suffix in (".yaml", ".yml") and one.is_file())
        if not within:
            raise usage_error(f"{path}: no YAML file in it has `test` in its name", "such as orders.tests.yaml")
        found |= dict.fromkeys(within)
    return tuple(found)


def run(test_options: TestOptions, tests: Path, environments: KnownEnvironments) -> TestRun:
    """Read the tests of a file and play those that are asked for."""
    from generator.scenarios.language import read
    from generator.scenarios.suite import suite

    found = read(_bytes(tests), str(tests))
    ran = TestRun(found, list(found.findings))
    if has_errors(ran.findings) and not found.tests:
        return ran
    stages = _stages(test_options, tests, found, ran, environments)
    scenarios, findings = suite(found, stages)
    ran.findings = [*findings, *(one for one in ran.findings if one not in findings)]
    if has_errors(ran.findings):
        return ran
    chosen = [one for one in scenarios if _is_wanted(one.test.name, test_options.only)]
    ran.verdicts = _played(chosen)
    ran.stages = list({id(one.stage): one.stage for one in chosen}.values())
    return ran


def _bytes(tests: Path) -> bytes:
    try:
        return content(tests)
    except FileNotFoundError:
        raise usage_error(f"{tests}: there is no such file", f"`obsgen test --generate > {tests}`") from None
    except OSError as error:
        raise usage_error(f"{tests}: {error.strerror or error}") from None


def _is_wanted(name: str, only: Sequence[str]) -> bool:
    return not only or any(each in name or fnmatchcase(name, each) for each in only)


def _stages(
    test_options: TestOptions, tests: Path, found: Read, ran: TestRun, environments: KnownEnvironments
) -> Stages:
    """The environments, if any test is about one, and the templates that tests name."""
    from generator.scenarios.suite import Stages

    if not environments.known and any(test.template is None for test in found.tests.values()):
        built = compiled_or_exit(test_options.where)
        environments.known = built.environments
        environments.stages = {name: environment_stage(built, name) for name in built.estates}
    templates = {}
    # What is tested several times with the same parameters is read once, and counted together.
    same: dict[object, Stage | None] = {}
    for number, test in found.tests.items():
        if test.template is not None:
            alike = (test.template, *_where_it_stands(test))
            if same.get(alike) is None:
                same[alike] = _template_stage(tests.parent / test.template, test, found.at.get(number, number), ran)
            stage = same[alike]
            if stage:
                templates[number] = stage
    return Stages(environments.stages, environments.known, templates)


def environment_stage(built: Built, name: str) -> Stage:
    """Where the tests of an environment are played: what was built, as it would be deployed."""
    import yaml

    from generator.manifest import MANIFEST
    from generator.scenarios.environment import of_environment

    manifest = yaml.load(built.artifacts[f"{name}/{MANIFEST}"], Loader=yaml.CSafeLoader)
    return of_environment(built.estates[name], built.spread[name].templates, manifest, incident_package(built, name))


def _template_stage(path: Path, test: Test, index: int, ran: TestRun) -> Stage | None:
    from generator.evaluate.template.text import template_text
    from generator.evaluate.types import Deployed
    from generator.scenarios.environment import of_template
    from generator.scenarios.parameters import refused

    place_ = ("tests", index, "template")
    try:
        read_ = template_text(content(path), str(path))
    except OSError as error:
        ran.findings.append(Finding("R02", f"{shown(path)}: {error.strerror or error}", place_))
        return None
    if read_.findings and path not in ran.templates:
        ran.templates[path] = read_
    if read_.template is None:
        ran.findings.append(Finding("R05", f"{path} cannot be read as a template", place_))
        return None
    ran.findings += refused(read_.template, test.parameters, ("tests", index))
    return of_template(path.name, Deployed(read_.template, *_where_it_stands(test)))


def _where_it_stands(test: Test) -> tuple[Any, ...]:
    """How a test deploys its template: where, and with which values; two tests that say the same share a stage."""
    from generator.scenarios.environment import OWN_ACCOUNT, OWN_REGION

    parameters, imports, stored = (tuple(sorted(one.items())) for one in (test.parameters, test.imports, test.ssm))
    return (test.account or OWN_ACCOUNT, test.region or OWN_REGION, "", parameters, "stack", imports, stored)


def _played(scenarios: Sequence[Scenario]) -> list[Verdict]:
    """Every test played, with what the incident function made of it where somebody asks for incidents."""
    from generator.drill.incident_process import CoreFailed, Play, Result, simulated
    from generator.scenarios.events import events
    from generator.scenarios.verdict import NOTHING, verdict

    played = [one.play() for one in scenarios]
    results: dict[int, Result] = {}
    by_stage: dict[int, list[int]] = {}
    for index, one in enumerate(scenarios):
        if any(expected.expect.incident or expected.expect.counts for expected in one.expected):
            by_stage.setdefault(id(one.stage), []).append(index)
    for indices in by_stage.values():
        plays = [Play(events(scenarios[index], played[index]), scenarios[index].end * 1000) for index in indices]
        try:
            results |= zip(indices, simulated(scenarios[indices[0]].stage.package, plays), strict=True)
        except CoreFailed as error:
            raise usage_error(str(error)) from None
    return [verdict(one, played[index], results.get(index, NOTHING)) for index, one in enumerate(scenarios)]
