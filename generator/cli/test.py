"""obsgen test"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import BAD_INPUT, FINDINGS, colour, fail, out_of
from generator.cli.options import Place, compiled_or_exit, place, place_options
from generator.findings import Finding, has_errors

if TYPE_CHECKING:
    from generator.build import Built
    from generator.evaluate.template_text import TemplateText
    from generator.scenarios.language import Read, Test
    from generator.scenarios.scenario import Scenario
    from generator.scenarios.stage import Stage
    from generator.scenarios.suite import Stages
    from generator.scenarios.verdict import Verdict

TESTS = "tests.yaml"
_POLL_SECONDS = 0.5
_COLOURS = {
    "ALARM": "31;1",
    "INSUFFICIENT_DATA": "33",
    "OK": "32",
    "breaching": "31;1",
    "threshold": "36",
    "met": "32",
    "not met": "31;1",
}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for on the command line."""

    where: Place
    tests: Path
    only: tuple[str, ...]
    junit: Path | None
    coverage: bool
    verbose: bool


@dataclass(slots=True)
class _Ran:
    """A run. stages: everything on which something was played. templates: those with findings of their own."""

    read: Read
    news: list[Finding]
    templates: dict[Path, TemplateText] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)


@click.command(name="test")
@click.argument("tests", required=False, type=click.Path(path_type=Path))
@place_options
@click.option("--only", multiple=True, metavar="NAME", help="Only tests whose name has this in it, or is like it (*).")
@click.option(
    "--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the results as JUnit XML as well."
)
@click.option("--coverage", is_flag=True, help="Say which alarms and parts of composites no test has tried.")
@click.option("--verbose", "-v", is_flag=True, help="Name the tests that passed, too.")
@click.option("--watch", is_flag=True, help="Stay, and test again whenever a file changes.")
@click.option("--generate", is_flag=True, help="Print tests for every alarm as it is now, to start from.")
def command(
    tests: Path | None,
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    only: tuple[str, ...],
    junit: Path | None,
    coverage: bool,
    verbose: bool,
    watch: bool,
    generate: bool,
) -> None:
    """Play the tests in TESTS through the generated templates, offline, and show what did not come as expected.

    Log lines and metric values go in; states of alarms, and incidents with their channels, come out. A test with
    `template:` plays any CloudFormation template, whoever made it. TESTS is tests.yaml beside the spec unless given.

    \b
    Examples:
      obsgen test
      obsgen test --only 'ledger*' -e prod -v
      obsgen test --coverage --junit results.xml
      obsgen test --generate > tests.yaml

    Exit codes: 0 everything came as expected, 1 something did not, 2 bad usage or input.
    """
    wish = _Wish(place(file, out, environment), tests or file.parent / TESTS, only, junit, coverage, verbose)
    if generate:
        _generate(wish)
        return
    if watch:
        _watch(wish)
        return
    raise click.exceptions.Exit(_once(wish))


def _once(wish: _Wish) -> int:
    """Play everything, tell it, and give the exit code."""
    ran = _ran(wish)
    stream = out_of("err" if has_errors(ran.news) else "out")
    if ran.news:
        from generator.render import findings

        for one in ran.templates.values():
            click.echo(findings.render(one.findings, one, "text", "", colour(stream)), file=stream, nl=False)
        text = findings.render(ran.news, ran.read.source, "text", "nothing was played", colour(stream))
        click.echo(text, file=stream, nl=False)
        return BAD_INPUT
    if not ran.verdicts:
        raise fail(f"no test is called {' or '.join(wish.only)}" if wish.only else "no test is for this environment")
    _tell(wish, ran)
    if wish.junit:
        from generator.scenarios.junit import junit

        try:
            wish.junit.write_text(junit(ran.verdicts, ran.read.source), encoding="utf-8")
        except OSError as error:
            raise fail(f"{wish.junit}: {error.strerror or error}") from None
    return 0 if all(one.met for one in ran.verdicts) else FINDINGS


def _ran(wish: _Wish) -> _Ran:
    from generator.scenarios.language import read
    from generator.scenarios.suite import suite

    found = read(_bytes(wish.tests), str(wish.tests))
    ran = _Ran(found, list(found.findings))
    if has_errors(ran.news) and not found.tests:
        return ran
    stages = _stages(wish, found, ran)
    scenarios, news = suite(found, stages)
    ran.news = [*news, *(one for one in ran.news if one not in news)]
    if has_errors(ran.news):
        return ran
    chosen = [one for one in scenarios if _is_wanted(one.test.name, wish.only)]
    ran.verdicts = _played(chosen)
    ran.stages = list({id(one.stage): one.stage for one in chosen}.values())
    return ran


def _bytes(tests: Path) -> bytes:
    try:
        return tests.read_bytes()
    except FileNotFoundError:
        raise fail(f"{tests}: there is no such file", f"`obsgen test --generate > {tests}`") from None
    except OSError as error:
        raise fail(f"{tests}: {error.strerror or error}") from None


def _is_wanted(name: str, only: Sequence[str]) -> bool:
    return not only or any(each in name or fnmatchcase(name, each) for each in only)


def _stages(wish: _Wish, found: Read, ran: _Ran) -> Stages:
    """The environments, if any test is about one, and the templates that tests name."""
    from generator.scenarios.suite import Stages

    environments: dict[str, Stage] = {}
    known: tuple[str, ...] = ()
    if any(test.template is None for test in found.tests.values()):
        built = compiled_or_exit(wish.where)
        known = built.environments
        environments = {name: environment_stage(built, name) for name in built.estates}
    templates = {}
    # What is tested several times with the same parameters is read once, and counted together.
    same: dict[object, Stage | None] = {}
    for index, test in found.tests.items():
        if test.template is not None:
            told = (test.template, tuple(sorted(test.parameters.items())), test.region)
            if same.get(told) is None:
                same[told] = _template_stage(wish.tests.parent / test.template, test, index, ran)
            stage = same[told]
            if stage:
                templates[index] = stage
    return Stages(environments, known, templates)


def environment_stage(built: Built, name: str) -> Stage:
    """Where the tests of an environment are played: what was built, as it would be deployed."""
    import yaml

    from generator.blueprints.incidents import FUNCTION
    from generator.manifest import MANIFEST
    from generator.render.routing import routing_json
    from generator.scenarios.stage import of_environment
    from generator.workspace import handler_files

    manifest = yaml.load(built.artifacts[f"{name}/{MANIFEST}"], Loader=yaml.CSafeLoader)
    listed = next(asset["files"] for asset in manifest["assets"] if asset["name"] == FUNCTION)
    known = {**handler_files(), "handlers/incident/routing.json": routing_json(built.estates[name])}
    package = {path: known[path] for path in listed}
    return of_environment(built.estates[name], built.templates[name], manifest, package)


def _template_stage(path: Path, test: Test, index: int, ran: _Ran) -> Stage | None:
    from generator.evaluate.template_text import template_text
    from generator.scenarios.parameters import refused
    from generator.scenarios.stage import of_template

    place_ = ("tests", index, "template")
    try:
        read_ = template_text(path.read_bytes(), str(path))
    except OSError as error:
        ran.news.append(Finding("R02", f"{path}: {error.strerror or error}", place_))
        return None
    except ValueError:
        ran.news.append(Finding("R02", "no file can be called that", place_, hint="the path of a template"))
        return None
    if read_.findings and path not in ran.templates:
        ran.templates[path] = read_
    if read_.template is None:
        ran.news.append(Finding("R05", f"{path} cannot be read as a template", place_))
        return None
    ran.news += refused(read_.template, test.parameters, ("tests", index))
    return of_template(path.name, read_.template, tuple(sorted(test.parameters.items())), test.region)


def _played(scenarios: Sequence[Scenario]) -> list[Verdict]:
    """Every test played, with what the incident function made of it where somebody asks for incidents."""
    from generator.drill.core import CoreFailed, Heard, heard
    from generator.scenarios.events import events
    from generator.scenarios.verdict import verdict

    played = [one.play() for one in scenarios]
    told: dict[int, Heard] = {}
    by_stage: dict[int, list[int]] = {}
    for index, one in enumerate(scenarios):
        if any(expected.expect.incident for expected in one.expected):
            by_stage.setdefault(id(one.stage), []).append(index)
    for indices in by_stage.values():
        stories = [(events(scenarios[index], played[index]), scenarios[index].end * 1000) for index in indices]
        try:
            told |= zip(indices, heard(scenarios[indices[0]].stage.package, stories), strict=True)
        except CoreFailed as error:
            raise fail(str(error)) from None
    nothing = Heard((), ())
    return [
        verdict(one, played[index], told.get(index, nothing).told, told.get(index, nothing).failed)
        for index, one in enumerate(scenarios)
    ]


def _tell(wish: _Wish, ran: _Ran) -> None:
    from generator.scenarios.report import failure, title

    stream = out_of("out")
    coloured = colour(stream)

    def style(text: str, role: str) -> str:
        return f"\x1b[{_COLOURS[role]}m{text}\x1b[0m" if coloured and role in _COLOURS else text

    plain = "utf" not in str(getattr(stream, "encoding", "")).lower()
    for one in ran.verdicts:
        if one.met and wish.verbose:
            click.echo(f"{style('passed', 'met')}  {title(one)}")
        elif not one.met:
            click.echo(f"{style('FAILED', 'not met')}  {title(one)}")
            click.echo(failure(one, ran.read.source, ascii=plain, style=style))
    failed = sum(not one.met for one in ran.verdicts)
    passed = len(ran.verdicts) - failed
    click.echo(f"{passed} passed, {failed} failed" if failed else f"{passed} passed")
    if wish.coverage:
        from generator.scenarios.coverage import coverage
        from generator.scenarios.report import gaps

        names = [str(stage) for stage in ran.stages]
        for stage in ran.stages:
            parameters = stage.parameters if names.count(str(stage)) > 1 else ""
            click.echo(gaps(f"{stage}{parameters}", coverage(stage, ran.verdicts)))


def _generate(wish: _Wish) -> None:
    from generator.scenarios.propose import proposed

    built = compiled_or_exit(wish.where)
    click.echo(proposed([environment_stage(built, name) for name in built.estates]), nl=False)


def _watch(wish: _Wish) -> None:
    """Again whenever a file changes, until Ctrl-C."""
    before, templates = None, list[Path]()
    try:
        while True:
            if _stamps(wish, templates) != before:
                templates = _named_templates(wish.tests)
                before = _stamps(wish, templates)
                click.clear()
                try:
                    _once(wish)
                except click.ClickException as error:
                    error.show()
                except click.exceptions.Exit:
                    pass  # the spec does not build, and it has been said why
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        return


def _stamps(wish: _Wish, templates: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """Size and time of everything that a run reads: the spec and its packs, the tests and the templates they name."""
    files = [wish.where.file, wish.tests, *(wish.where.file.parent / "packs").glob("*.yaml")]
    found = {}
    for path in (*files, *templates):
        try:
            about = path.stat()
            found[path] = (about.st_mtime_ns, about.st_size)
        except (OSError, ValueError):
            continue
    return found


def _named_templates(tests: Path) -> list[Path]:
    from generator.scenarios.language import read

    try:
        named = read(tests.read_bytes(), str(tests)).tests.values()
    except OSError:
        return []
    return list({tests.parent / one.template for one in named if one.template is not None})
