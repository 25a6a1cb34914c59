"""The work of `obsgen import`: sources in, a file and the proof that it builds the same alarms out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import click

from generator.cli.exit import FINDINGS, out_of, print_findings, usage_error
from generator.cli.import_beside import beside, map_path
from generator.cli.import_built import ImportedFile, deployed_of, imported_file
from generator.cli.import_report import ImportReport, report_data, report_lines
from generator.cli.import_sources import read_or_exit
from generator.findings import has_errors
from generator.importer.compare import compared
from generator.importer.read import ReadOptions
from generator.importer.types import ImportSource, SourceKind
from generator.importer.write import ImportOptions
from generator.reading import shown
from generator.staged_files import replace_file
from generator.workspace import PackFiles

_UNNAMED = "imported.yaml"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What was asked for. out: None for standard output. kind: a word of SourceKind, None to find it out."""

    sources: tuple[Path, ...]
    out: Path | None
    force: bool
    kind: str | None
    parameters: Mapping[str, str]
    account: str
    region: str
    stack: str
    environment: str
    project: str
    hub: str
    packs: bool
    verbose: bool
    form: str
    beside: bool = False


def run_import(request: ImportRequest) -> None:
    """Read, write, build in memory, compare and report. Exits with 1 where an alarm differs or is dropped."""
    if request.out is not None and request.out.exists() and not request.force:
        raise _exists(request.out)
    options = ReadOptions(
        SourceKind(request.kind) if request.kind else None,
        request.parameters,
        request.account,
        request.region,
        request.stack,
    )
    source = read_or_exit(request.sources, options)
    name = shown(request.out) if request.out else _UNNAMED
    imported = imported_file(source, _write_options(source, request), name)
    report = _report(source, imported, name)
    if report.result.keys and request.beside:
        _write_beside(report, imported, request)
    elif report.result.keys:
        _write(imported.result.text, request)
    if report.result.keys and has_errors(imported.built.findings):
        print_findings(imported.built, "the file was written, but does not build yet", out=out_of("err"))
    if request.form == "json":
        click.echo(report_data(report), file=_stream(request))
    else:
        for line in report_lines(report, verbose=request.verbose):
            click.echo(line, file=_stream(request))
    raise click.exceptions.Exit(0 if report.is_proven else FINDINGS)


def _write_options(source: ImportSource, request: ImportRequest) -> ImportOptions:
    return ImportOptions(
        project=request.project,
        environment=request.environment or source.environment,
        hub=request.hub or source.hub,
        packs=PackFiles() if request.packs else {},
        names=not request.beside,
    )


def _report(source: ImportSource, imported: ImportedFile, name: str) -> ImportReport:
    """The report; without a comparison where the file does not build, or has nothing of the sources."""
    report = ImportReport(name, source, imported.result, None)
    if has_errors(imported.built.findings) or not imported.result.keys:
        return report
    after = deployed_of(imported.built)
    return replace(report, comparison=compared(source.stacks, after, imported.result.keys, dropped=report.dropped))


def _write_beside(report: ImportReport, imported: ImportedFile, request: ImportRequest) -> None:
    """The file with its alarms beside the old ones, and the map of both."""
    if request.out is None:
        raise usage_error("--beside writes two files, so it needs the name of one", "--output observability.yaml")
    if report.comparison is None:
        raise usage_error("the file does not build, so its alarms cannot be beside", "import without --beside first")
    map_file = map_path(request.out)
    if map_file.exists() and not request.force:
        raise _exists(map_file)
    result = beside(report.source, imported, report.comparison, request.out)
    _write(result.text, request)
    _write(result.map_text, replace(request, out=map_file))


def _write(text: str, request: ImportRequest) -> None:
    """The file, whole or not at all, and never in place of another one without --force."""
    if request.out is None:
        click.echo(text, nl=False)
        return
    try:
        # Another one may have come while this one was built.
        if request.out.exists() and not request.force:
            raise _exists(request.out)
        replace_file(request.out, text.encode())
    except OSError as error:
        raise usage_error(f"{shown(request.out)}: {error.strerror or error}") from None


def _exists(out: Path) -> click.ClickException:
    return usage_error(
        f"{shown(out)} already exists and was not overwritten",
        "use another name with --output, or --force to replace it",
    )


def _stream(request: ImportRequest) -> IO[Any]:
    """The report goes to standard error where the file is on standard output."""
    return out_of("out" if request.out is not None else "err")
