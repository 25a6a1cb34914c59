"""`obsgen import --compare-with` and `--retire`: old alarms against new ones, and the end of a takeover. Offline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import click

from generator.cli.captures import capture_errors
from generator.cli.exit import FINDINGS, out_of, usage_error
from generator.cli.import_sources import read_or_exit
from generator.importer.beside.captured import agreements
from generator.importer.beside.report import (
    agreement_data,
    agreement_lines,
    retirement_data,
    retirement_lines,
)
from generator.importer.beside.retire import Retirement, retirement
from generator.importer.beside.takeover import MOST_BYTES, BadMap, Takeover, read_takeover
from generator.importer.beside.transitions import Agreement
from generator.importer.read import ReadOptions
from generator.importer.types import SourceKind
from generator.reading import content, shown
from generator.staged_files import replace_file
from generator.yaml_edits import NotEditable


@dataclass(frozen=True, slots=True)
class TakeoverRequest:
    """What was asked for. capture: a folder. file: the YAML file. days: how long both have to have agreed."""

    capture: Path
    file: Path
    map_file: Path
    days: float
    keep_names: bool
    verbose: bool
    form: str


def run_compare(request: TakeoverRequest) -> None:
    """Print what old and new alarms did; exit 1 where one pair differs or cannot be compared."""
    pairs = _agreements(request, _takeover(request))
    if request.form == "json":
        click.echo(json.dumps({"alarms": agreement_data(pairs)}, indent=1))
    else:
        for line in agreement_lines(pairs, verbose=request.verbose):
            click.echo(line, file=out_of("out"))
    raise click.exceptions.Exit(0 if all(pair.is_agreed for pair in pairs) else FINDINGS)


def run_retire(request: TakeoverRequest) -> None:
    """Switch on what is proven, and print who removes the old alarms; exit 1 where an entry stays beside."""
    takeover = _takeover(request)
    text = _read(request.file, "the file of the takeover")
    pairs = _agreements(request, takeover)
    source = read_or_exit((request.capture,), ReadOptions(SourceKind.CAPTURE))
    try:
        result = retirement(text, takeover, source.stacks, pairs, request.days, keep_names=request.keep_names)
    except NotEditable as error:
        raise usage_error(f"{shown(request.file)} cannot be edited: {error}", "change it by hand") from None
    _write(request.file, text, result)
    if request.form == "json":
        click.echo(json.dumps(retirement_data(result), indent=1))
    else:
        for line in retirement_lines(result, keep_names=request.keep_names):
            click.echo(line, file=out_of("out"))
    raise click.exceptions.Exit(FINDINGS if result.refused else 0)


def _takeover(request: TakeoverRequest) -> Takeover:
    try:
        return read_takeover(_read(request.map_file, "the map of the takeover"))
    except BadMap as error:
        raise usage_error(f"{shown(request.map_file)}: {error}", "it is written by `obsgen import --beside`") from None


def _agreements(request: TakeoverRequest, takeover: Takeover) -> list[Agreement]:
    from generator.capture.read import read_capture

    with capture_errors():
        return list(agreements(takeover, read_capture(request.capture)))


def _read(path: Path, what: str) -> str:
    try:
        return content(path, MOST_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        raise usage_error(f"{shown(path)}: it is not text in UTF-8") from None
    except OSError as error:
        raise usage_error(f"{shown(path)}: {error.strerror or error}", f"name {what} with --output or --map") from None


def _write(path: Path, before: str, result: Retirement) -> None:
    """The file, whole or not at all."""
    if result.text == before:
        return
    try:
        replace_file(path, result.text.encode())
    except OSError as error:
        raise usage_error(f"{shown(path)}: {error.strerror or error}") from None
