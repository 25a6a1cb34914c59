"""obsgen test"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import BAD_INPUT, FINDINGS, colour, out_of, usage_error
from generator.cli.options import build_target, target_options
from generator.cli.test_run import KnownEnvironments, TestOptions, TestRun, files_of, run
from generator.findings import has_errors
from generator.reading import content

if TYPE_CHECKING:
    from generator.findings import SourceText
    from generator.scenarios.environment import SimulatedEnvironment
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


@click.command(name="test")
@click.argument("tests", nargs=-1, type=click.Path(path_type=Path))
@target_options
@click.option(
    "--only", multiple=True, metavar="NAME", help="Run only tests whose name contains NAME or matches the glob."
)
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML to FILE.")
@click.option("--coverage", is_flag=True, help="List alarms and composite conditions that no test covers.")
@click.option("--verbose", "-v", is_flag=True, help="List passed tests, too.")
@click.option("--watch", is_flag=True, help="Run again whenever a file changes.")
@click.option("--generate", is_flag=True, help="Print tests for every alarm, as a starting point.")
@click.option(
    "--template",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="(--generate) Use this template instead of the spec.",
)
@click.option(
    "--parameter", multiple=True, metavar="NAME=VALUE", help="(--template) Parameter of the template. Repeatable."
)
def command(
    tests: tuple[Path, ...],
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    only: tuple[str, ...],
    junit: Path | None,
    coverage: bool,
    verbose: bool,
    watch: bool,
    generate: bool,
    template: tuple[Path, ...],
    parameter: tuple[str, ...],
) -> None:
    """Run alarm unit tests against the generated templates, offline, and report unmet expectations.

    Tests give log lines and metric values, and expect alarm states, and incidents with their channels. A test with
    `template:` runs against any CloudFormation template. TESTS are files, or folders whose YAML files with `test` in
    their names are run (default: tests.yaml beside the spec).

    \b
    Examples:
      obsgen test
      obsgen test --only 'ledger*' -e prod -v
      obsgen test orders.tests.yaml shared/tests
      obsgen test --coverage --junit results.xml
      obsgen test --generate > tests.yaml
      obsgen test --generate --template orders.yaml --parameter Stage=prod > tests.yaml

    \b
    Exit codes:
      0  all tests passed
      1  a test failed
      2  bad usage or input
    """
    test_options = TestOptions(
        build_target(file, out, environment), tests or (file.parent / TESTS,), only, junit, coverage, verbose
    )
    if (template or parameter) and not generate:
        raise click.UsageError("--template and --parameter require --generate; a test names its own `template`")
    if generate:
        from generator.cli.test_generate import generate as generate_

        generate_(test_options.where, template, parameter)
        return
    if watch:
        _watch(test_options)
        return
    raise click.exceptions.Exit(_once(test_options))


def _once(test_options: TestOptions) -> int:
    """Run all tests and print the results; the exit code."""
    environments = KnownEnvironments()
    runs = [run(test_options, tests, environments) for tests in files_of(test_options.tests)]
    if any(test_run.findings for test_run in runs):
        _print_findings([test_run for test_run in runs if test_run.findings])
        return BAD_INPUT
    verdicts = [(verdict, test_run.read.source) for test_run in runs for verdict in test_run.verdicts]
    if not verdicts:
        raise usage_error(
            f"no test matches {' or '.join(test_options.only)}"
            if test_options.only
            else "no test is for this environment"
        )
    tested = list({id(environment): environment for test_run in runs for environment in test_run.environments}.values())
    _print_results(test_options, verdicts, tested)
    if test_options.junit:
        from generator.scenarios.junit import junit

        try:
            test_options.junit.write_text(junit(verdicts), encoding="utf-8")
        except OSError as error:
            raise usage_error(f"{test_options.junit}: {error.strerror or error}") from None
    return 0 if all(verdict.met for verdict, _source in verdicts) else FINDINGS


def _print_findings(runs: Sequence[TestRun]) -> None:
    from generator.render import findings

    stream = out_of("err" if any(has_errors(test_run.findings) for test_run in runs) else "out")
    for test_run in runs:
        for template in test_run.templates.values():
            text = findings.render(template.findings, template, "text", "", colour(stream))
            click.echo(text, file=stream, nl=False)
        text = findings.render(test_run.findings, test_run.read.source, "text", "no test ran", colour(stream))
        click.echo(text, file=stream, nl=False)


def _print_results(
    test_options: TestOptions, results: Sequence[tuple[Verdict, SourceText]], tested: Sequence[SimulatedEnvironment]
) -> None:
    from generator.scenarios.report import failure, title

    stream = out_of("out")
    coloured = colour(stream)

    def style(text: str, role: str) -> str:
        return f"\x1b[{_COLOURS[role]}m{text}\x1b[0m" if coloured and role in _COLOURS else text

    plain = "utf" not in str(getattr(stream, "encoding", "")).lower()
    for verdict, source in results:
        if verdict.met and test_options.verbose:
            click.echo(f"{style('passed', 'met')}  {title(verdict)}")
        elif not verdict.met:
            click.echo(f"{style('FAILED', 'not met')}  {title(verdict)}")
            click.echo(failure(verdict, source, ascii=plain, style=style))
    failed = sum(not verdict.met for verdict, _source in results)
    passed = len(results) - failed
    click.echo(f"{passed} passed, {failed} failed" if failed else f"{passed} passed")
    if test_options.coverage:
        from generator.scenarios.coverage import coverage
        from generator.scenarios.report import gaps

        names = [str(environment) for environment in tested]
        for environment in tested:
            parameters = environment.parameters if names.count(str(environment)) > 1 else ""
            click.echo(
                gaps(f"{environment}{parameters}", coverage(environment, [verdict for verdict, _source in results]))
            )


def _watch(test_options: TestOptions) -> None:
    """Run the tests again whenever a file changes, until Ctrl-C."""
    before, templates = None, list[Path]()
    try:
        while True:
            if _stamps(test_options, templates) != before:
                templates = [template for tests in _files(test_options) for template in _named_templates(tests)]
                before = _stamps(test_options, templates)
                click.clear()
                try:
                    _once(test_options)
                except click.ClickException as error:
                    error.show()
                except click.exceptions.Exit:
                    pass  # the spec does not build, and it has been said why
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        return


def _files(test_options: TestOptions) -> tuple[Path, ...]:
    """The files of tests, as far as there are any."""
    try:
        return files_of(test_options.tests)
    except click.ClickException:
        return ()


def _stamps(test_options: TestOptions, templates: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """Size and time of everything that a run reads: the spec and its packs, the tests and the templates they name."""
    folder = test_options.where.file.parent
    packs = [path for name in ("packs", "event_packs") for path in (folder / name).glob("*.yaml")]
    files = [test_options.where.file, *_files(test_options), *packs]
    stamps = {}
    for path in (*files, *templates):
        try:
            stat = path.stat()
            stamps[path] = (stat.st_mtime_ns, stat.st_size)
        except (OSError, ValueError):
            continue
    return stamps


def _named_templates(tests: Path) -> list[Path]:
    from generator.scenarios.language import read

    try:
        cases = read(content(tests), str(tests)).tests.values()
    except OSError:
        return []
    return list({tests.parent / case.template for case in cases if case.template is not None})
