"""obsgen coverage"""

from __future__ import annotations

from pathlib import Path

import click

_DAY = 86_400


def _days(_ctx: click.Context, _parameter: click.Parameter, value: str) -> int:
    from generator.spec.quantities import duration

    try:
        seconds = duration(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}") from None
    if seconds < _DAY or seconds % _DAY:
        raise click.BadParameter("expected whole days, such as 7d")
    return seconds // _DAY


@click.command(name="coverage")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--environment", "-e", help="Environment.  [default: that of the capture]")
@click.option(
    "--file", "-f", type=click.Path(path_type=Path), help="The spec.  [default: observability.yaml if it exists]"
)
@click.option(
    "--lock", type=click.Path(path_type=Path), help="The lock.  [default: coverage.lock.yaml beside the spec]"
)
@click.option("--check", is_flag=True, help="Compare with the lock; exit 1 where something is worse.")
@click.option("--update", is_flag=True, help="Write the lock.")
@click.option(
    "--max-age",
    metavar="DURATION",
    default="30d",
    show_default=True,
    callback=_days,
    help="(--check) The oldest capture that is compared, in days, such as 7d.",
)
@click.option("--verbose", "-v", is_flag=True, help="List the alarms of packs that watched resources lack.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)
def command(
    folder: Path,
    environment: str | None,
    file: Path | None,
    lock: Path | None,
    check: bool,
    update: bool,
    max_age: int,
    verbose: bool,
    form: str,
) -> None:
    """Count the resources of a capture that alarms watch, and compare.

    Numbers by account, type and owner: watched, watched by alarms without data or that call no one, not watched, and
    those that the capture cannot judge. --check compares them with a committed lock: a resource that is not watched any
    more, or a new one that is not, exits with 1, and so does an old capture. Waivers in the lock end on a day. --update
    writes the lock, whose numbers the reports of the next build have.

    Reads a folder of `obsgen capture`, and calls no AWS.

    \b
    Examples:
      obsgen coverage captures/monday
      obsgen coverage captures/monday --update
      obsgen coverage captures/monday --check --format markdown

    \b
    Exit codes:
      0  counted; with --check: nothing is worse
      1  (--check) something is worse, cannot be compared, or a waiver ended
      2  bad usage or input
    """
    from generator.cli.coverage_run import CoverageOptions, run_coverage

    if check and update:
        raise click.UsageError("--check compares with the lock and --update writes it, so omit one of them")
    run_coverage(folder, CoverageOptions(file, environment, lock, form, check, update, max_age, verbose))
