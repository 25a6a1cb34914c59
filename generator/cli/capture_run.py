"""Running a capture: a new one, or the rest of one that was ended or that could not read everything."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.capture_target import CaptureTarget
from generator.cli.captures import capture_errors
from generator.cli.confirmation import is_confirmed, require_terminal
from generator.cli.exit import AWS_REFUSED, FINDINGS, usage_error
from generator.cli.progress import Progress
from generator.cli.rollout import INTERRUPTED, exit_on_aws_error, progress, warn_about_clock
from generator.findings import suggest

if TYPE_CHECKING:
    from generator.rollout.capture.access import AccountClients
    from generator.rollout.capture.fetches import DataEstimate
    from generator.rollout.capture.folder import CaptureFolder
    from generator.rollout.capture.request import CaptureRequest

MINUTE_MS, MOST_AGE_MS = 60_000, 86_400_000
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
_STATISTIC = re.compile(r"IQM|(?:p|tm|wm|tc|ts)(?:100|\d{1,2}(?:\.\d{1,10})?)|(?:PR|TM|WM|TC|TS)\([^()]{1,60}\)")


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """What to read, as the options say it."""

    data_days: int
    statistics: Sequence[str]
    metrics: Sequence[str]
    tags: Sequence[str]
    only: Sequence[str]
    yes: bool
    extra: Sequence[str] = ()


def run_capture(path: Path, target: CaptureTarget, options: CaptureOptions) -> None:
    """Capture into a folder and print what it has; ends the command with its exit code."""
    from generator.rollout.capture.folder import CaptureFolder
    from generator.rollout.capture.run import CaptureRun

    _check(options)
    reporter = progress()
    with exit_on_aws_error(reporter):
        access = target.access()
        warn_about_clock(target.aws)
        request = _request(target, access, options)
        folder = CaptureFolder(path)
        request = _started(folder, request)
        run = CaptureRun(request, folder, access, reporter, lambda estimate: _is_accepted(estimate, options, reporter))
        try:
            is_complete = run.capture()
        except KeyboardInterrupt:
            reporter.end()
            click.echo("Interrupted. Run the same command again to continue.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
    reporter.end()
    _finish(folder, request, is_complete=is_complete)


def _check(options: CaptureOptions) -> None:
    from generator.capture.parts import EXTRA, PARTS

    for part in options.only:
        if part not in PARTS:
            raise usage_error(f"there is no part `{part}`", suggest(part, list(PARTS)))
    for part in options.extra:
        if part not in EXTRA:
            raise usage_error(f"`{part}` is no part for --with", suggest(part, EXTRA))
    needed = "metrics" if options.metrics else "alarms"
    if "metric-data" in options.only and needed not in options.only:
        raise usage_error(f"metric-data needs {needed}", f"add --only {needed}")
    for pattern in options.metrics:
        if not set("/*?[") & set(pattern):
            raise usage_error(f"`{pattern}` matches no metric", "use namespace/name such as 'AWS/Lambda/*'")
    for statistic in options.statistics:
        if not _STATISTIC.fullmatch(statistic):
            hint = "use a percentile such as p99; Sum, SampleCount, Minimum, Maximum and Average are always there"
            raise usage_error(f"`{statistic}` is not a percentile", hint)
    if options.data_days and (not options.only or "metric-data" in options.only):
        require_terminal(skipped=options.yes, as_json=False, hint="use --yes, or --data-days 0")


def _request(target: CaptureTarget, access: AccountClients, options: CaptureOptions) -> CaptureRequest:
    from generator.rollout.capture.request import CaptureRequest

    now_ms = target.aws.now_ms()
    return CaptureRequest(
        target.environment,
        target.hub,
        target.accounts(access),
        now_ms - now_ms % MINUTE_MS,
        options.data_days,
        tuple(sorted(set(options.statistics))),
        tuple(sorted(set(options.metrics))),
        tuple(sorted(set(options.tags))),
        tuple(sorted(set(options.only))),
        target.linked,
        tuple(sorted(set(options.extra))),
    )


def _started(folder: CaptureFolder, request: CaptureRequest) -> CaptureRequest:
    """The request for the time of the run before, where there was one; ends the command if it read something else."""
    from generator.capture.parts import CAPTURE
    from generator.capture.read import read_capture
    from generator.capture.times import format_s
    from generator.rollout.capture.request import differences, read_description

    path = folder.path
    if not (path / CAPTURE).exists():
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise usage_error(f"{path} is not empty and has no capture", "use another folder")
        folder.create()
        folder.keep_problems(())
        folder.describe(request, complete=False)
        return request
    with capture_errors():
        before = read_capture(path)
    corrupt = [(region.account, region.region, part) for region in before.regions for part in region.corrupt_parts()]
    if before.is_complete and not before.problems and not corrupt:
        raise usage_error(f"{path} has a complete capture", "use another folder")
    if abs(request.to_ms - before.to_ms) > MOST_AGE_MS:
        # AWS drops a day of the history each day: its beginning would be missing without a sign.
        reason = f"{path} has a capture of {format_s(before.to_ms)}, which can be continued for a day"
        raise usage_error(reason, "use another folder")
    request = replace(request, to_ms=before.to_ms)
    changed = differences(read_description(path), request)
    if changed:
        hint = "use the same options to continue it, or another folder"
        raise usage_error(f"{path} has a capture that differs in {', '.join(changed)}", hint)
    folder.describe(request, complete=False)
    folder.keep_problems(before.problems)
    for part in corrupt:
        folder.forget(*part)
    click.echo(f"Continuing the capture of {format_s(request.to_ms)}", err=True)
    return request


def _is_accepted(estimate: DataEstimate, options: CaptureOptions, reporter: Progress) -> bool:
    from generator.cli.capture_lines import estimate_line

    reporter.end()
    click.echo(estimate_line(estimate, options.data_days), err=True)
    return options.yes or is_confirmed("Read it?")


def _finish(folder: CaptureFolder, request: CaptureRequest, *, is_complete: bool) -> None:
    from generator.cli.capture_lines import summary_lines
    from generator.rollout.capture.summary import summary_of

    problems = folder.problems
    summary = summary_of(folder, request)
    lines = summary_lines(folder.path, request, summary, problems, complete=is_complete)
    click.echo("\n".join(lines), file=sys.stdout)
    if problems and not summary.places:
        raise click.exceptions.Exit(AWS_REFUSED)
    if problems or not is_complete:
        raise click.exceptions.Exit(FINDINGS)
