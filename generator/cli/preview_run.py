"""A run of `obsgen preview`: build the spec in memory, compare it, read a capture, and write the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.captures import capture_errors
from generator.cli.exit import usage_error
from generator.cli.options import NIGHT_HOURS, NIGHT_ZONE, BuildTarget, compiled_or_exit
from generator.cli.own_prices import estimate_of, prices_of
from generator.findings import has_errors
from generator.manifest import HUB_TEMPLATE
from generator.reading import content, shown
from generator.wording import pluralize

if TYPE_CHECKING:
    from generator.backtest.outcome import BacktestOutcome
    from generator.build import Built
    from generator.capture.capture import Capture
    from generator.preview.drawn import Drawn
    from generator.preview.types import Preview, PreviewFinding
    from generator.render.diff import EnvironmentDiff
    from generator.scenarios.language import Test

TESTS = "tests.yaml"


@dataclass(frozen=True, slots=True)
class PreviewOptions:
    """The options of `obsgen preview`. against: a revision. capture: a folder. tests: none for the default file."""

    target: BuildTarget
    against: str | None
    capture: Path | None
    tests: tuple[Path, ...]
    prices: Path | None

    @property
    def possible_tests(self) -> tuple[Path, ...]:
        """The files of tests; without any named, the one beside the spec, which need not exist."""
        return self.tests or (self.target.file.parent / TESTS,)

    @property
    def test_files(self) -> tuple[Path, ...]:
        """The files of tests that are read."""
        return self.tests or tuple(path for path in self.possible_tests if path.exists())


def write_preview(options: PreviewOptions, output: Path | None, *, is_default: bool = False) -> None:
    """Write the page, to standard output without a file; findings of the build end the command.

    is_default: whether no one named the file. A link of its name may then be that of a stranger's pull request, and is
    not followed out of the folder.
    """
    from generator.preview.page import page_html
    from generator.staged_files import replace_file

    if output is not None and output.is_dir():
        raise usage_error(f"{output} is a directory", f"use --output {output}/preview.html")
    if output is not None and output.is_file():
        read = (options.target.file, *options.test_files, *([options.prices] if options.prices else []))
        if any(path.is_file() and path.samefile(output) for path in read):
            raise usage_error(f"{output} is what the page is made of", "use another --output")
    preview = preview_of(options, compiled_or_exit(options.target))
    text = page_html(preview)
    if output is None:
        # What the page has goes to a program, and what is said of it to the terminal.
        click.echo(text, nl=False)
    else:
        try:
            replace_file(output, text.encode(), inside=output.parent if is_default else None)
        except OSError as error:
            raise usage_error(f"{output}: {error.strerror or error}") from None
    estates = [environment.estate for environment in preview.environments]
    # As many as the last line of a build.
    alarms = sum(1 for estate in estates for alarm in estate.alarms if not alarm.everywhere_disabled)
    alarms += sum(len(estate.composites) for estate in estates)
    environments = pluralize(len(preview.environments), "environment")
    size = f"{len(text.encode()) / 1000:,.0f} kB"
    click.echo(f"{output or 'page'}: {environments}, {pluralize(alarms, 'alarm')}, {size}", err=output is None)


def preview_of(options: PreviewOptions, built: Built) -> Preview:
    """The contents of the page for a build without errors."""
    from generator.preview.charts.hours import hours_css
    from generator.preview.dashboards.grid import grid_css
    from generator.preview.history import capture_words, histories
    from generator.preview.types import EnvironmentPreview, Preview

    prices = prices_of(options.prices)
    differences = _differences(options, built)
    with capture_errors():
        capture, outcomes = _captured(options, built)
        pictures = {name: _drawn(built, name, capture, outcomes.get(name)) for name in built.estates}
    tests = [*_tests(options)]
    environments = [
        EnvironmentPreview(
            estate,
            estimate_of(built, name, prices),
            dashboards=pictures[name].dashboards,
            charts=pictures[name].charts,
            tests=_mentions(tests, name),
            history=histories(outcomes[name]) if name in outcomes else {},
            difference=differences.get(name),
            capture=capture_words(outcomes[name]) if name in outcomes else None,
        )
        for name, estate in built.estates.items()
    ]
    return Preview(
        project=environments[0].estate.project,
        environments=environments,
        findings=_findings(built),
        revision=options.against or "",
        removed=[f"{name}: {differences[name].headline}" for name in differences if name not in built.estates],
        own_style=grid_css(max(picture.rows for picture in pictures.values()))
        + hours_css(window for picture in pictures.values() for window in picture.windows),
    )


def _drawn(built: Built, name: str, capture: Capture | None, outcome: BacktestOutcome | None) -> Drawn:
    """The dashboards and charts of an environment: of the capture's data where that is of it, else of samples."""
    from generator.preview.data.captured import CapturedSource
    from generator.preview.data.sample import SampleSource
    from generator.preview.drawn import drawn

    is_captured = capture is not None and (capture.environment or name) == name
    source = CapturedSource(capture, kind="backtest") if capture and is_captured else SampleSource()
    firings = {
        (alarm.account, alarm.region, alarm.name): tuple((1000 * at.at, 1000 * at.end) for at in row.firings)
        for alarm, row in (outcome.result.alarms.items() if outcome else ())
    }
    return drawn(built.estates[name], built.templates[name][HUB_TEMPLATE], source, firings)


def _differences(options: PreviewOptions, built: Built) -> Mapping[str, EnvironmentDiff]:
    if options.against is None:
        return {}
    from generator.cli.diff_sides import differences

    compared = differences(built, options.target, options.against, prices_of(options.prices))
    return {difference.environment: difference for difference in compared}


def _captured(options: PreviewOptions, built: Built) -> tuple[Capture | None, Mapping[str, BacktestOutcome]]:
    """The capture, and what the alarms of its environment would have done. Raises BadCapture."""
    if options.capture is None:
        return None, {}
    from generator.capture.read import read_capture
    from generator.cli.backtest_run import BacktestOptions, backtest_outcomes, night_hours

    # Without environments, a backtest is of the one that the capture is of.
    target = options.target
    capture = read_capture(options.capture)
    if capture.environment:
        target = replace(target, environments=())
    backtest_options = BacktestOptions(options.capture, night_hours(NIGHT_HOURS, NIGHT_ZONE), incidents=False)
    outcomes = backtest_outcomes(target, backtest_options, built)
    return capture, {outcome.environment: outcome for outcome in outcomes}


def _tests(options: PreviewOptions) -> Iterator[Test]:
    """The tests of all files that can be understood; what is wrong with the others is for `obsgen test` to say."""
    from generator.scenarios.language import read

    for file in options.test_files:
        try:
            text = content(file)
        except FileNotFoundError:
            raise usage_error(f"{file}: file not found") from None
        except OSError as error:
            raise usage_error(f"{file}: {error.strerror or error}") from None
        parsed = read(text, shown(file))
        if has_errors(parsed.findings) and not parsed.tests:
            raise usage_error(f"{file}: no test can be read", f"run `obsgen test {file}`")
        yield from parsed.tests.values()


def _mentions(tests: list[Test], environment: str) -> Mapping[str, tuple[str, ...]]:
    """Alarm, as tests name it, to the names of the tests of an environment that mention it."""
    from generator.scenarios.named import named_alarms

    mentions: dict[str, dict[str, None]] = {}
    for test in tests:
        if test.template is None and (not test.environment or environment in test.environment):
            for alarm in named_alarms(test):
                mentions.setdefault(alarm, {})[test.name] = None
    return {alarm: tuple(names) for alarm, names in mentions.items()}


def _findings(built: Built) -> list[PreviewFinding]:
    from generator.findings import Severity
    from generator.preview.types import PreviewFinding
    from generator.render.findings import rows_of

    return [
        PreviewFinding(
            Severity(row["severity"]),
            row["code"],
            f"{row['file']}:{row['line']}:{row['column']}",
            f"{row['path']}: {row['message']}" if row["path"] else row["message"],
            row["hint"] or "",
        )
        for row in rows_of(built.findings, built.source)
    ]
