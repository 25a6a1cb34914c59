"""The work of `obsgen coverage`: numbers of a capture, and their comparison with the lock."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from generator.cli.coverage_lock import LOCK, read_lock, write_lock
from generator.cli.exit import FINDINGS, usage_error
from generator.cli.inventory_run import CaptureCoverage, capture_coverage
from generator.inventory.lock import CoverageCheck, check, lock_of, unjudged_places
from generator.inventory.locked import CoverageLock
from generator.reading import shown
from generator.wording import pluralize


@dataclass(frozen=True, slots=True)
class CoverageOptions:
    """What was asked for. file, lock: None for the default ones. max_age_days: of a capture that is compared."""

    file: Path | None
    environment: str | None
    lock: Path | None
    form: str
    check: bool
    update: bool
    max_age_days: int
    verbose: bool


def run_coverage(folder: Path, options: CoverageOptions) -> None:
    """Print the numbers; compare them with the lock, or write it. Exits with 1 where something is worse."""
    from generator.inventory.document import check_document, coverage_document, resources_data

    of_capture = capture_coverage(folder, options.file, options.environment)
    path = lock_path(options.lock, of_capture)
    data = coverage_document(of_capture.capture, of_capture.coverage)
    if options.verbose:
        data["resources"] = resources_data(of_capture.coverage, is_whole=options.form == "json")
    result = _checked(of_capture, path, options.max_age_days) if options.check else None
    if result is not None:
        data["check"] = check_document(result)
    notes = _update(of_capture, path) if options.update else []
    _print(data, options.form, [*notes])
    if result is not None and result.findings:
        raise click.exceptions.Exit(FINDINGS)


def lock_path(chosen: Path | None, of_capture: CaptureCoverage) -> Path:
    """The file of the lock."""
    return chosen or (of_capture.target.file.parent if of_capture.target else Path()) / LOCK


def today() -> datetime.date:
    """The day by which waivers hold."""
    return datetime.datetime.now(datetime.UTC).date()


def _checked(of_capture: CaptureCoverage, path: Path, max_age_days: int) -> CoverageCheck:
    lock = read_lock(path, of_capture.coverage.day)
    if lock is None:
        raise usage_error(f"{shown(path)}: file not found", "run `obsgen coverage FOLDER --update` and commit it")
    return check(of_capture.coverage, lock, today(), of_capture.places, max_age_days)


def _update(of_capture: CaptureCoverage, path: Path) -> list[str]:
    if not of_capture.capture.is_complete:
        raise usage_error("the capture is not complete", "run the same `obsgen capture` again: it continues")
    before = read_lock(path, of_capture.coverage.day) or CoverageLock()
    day, locked = of_capture.coverage.day, before.captures.get(of_capture.coverage.environment)
    if locked is not None and day < locked:
        raise usage_error(f"the capture is of {day}, and the lock of {locked}", "use a capture that is not older")
    unjudged = unjudged_places(of_capture.coverage, before)
    is_changed = write_lock(path, lock_of(of_capture.coverage, before, today(), of_capture.places))
    lines = ["", f"{'Written' if is_changed else 'Unchanged'}: {shown(path)}"]
    if unjudged:
        places = pluralize(unjudged, "account and Region", "accounts and Regions")
        lines.append(f"Kept as they were: {places} that this capture cannot judge; remove those that are gone by hand")
    return lines


def _print(data: Mapping[str, Any], form: str, notes: list[str]) -> None:
    from generator.inventory.markdown import markdown_lines
    from generator.inventory.text import coverage_lines

    if form == "json":
        click.echo(json.dumps(data, indent=1))
        return
    lines: Iterator[str] = markdown_lines(data) if form == "markdown" else coverage_lines(data)
    click.echo("\n".join([*lines, *notes]))
