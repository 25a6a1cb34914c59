"""obsgen build"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from generator import workspace
from generator.build import Built, Inputs
from generator.cli.exit import FINDINGS, colour, exit_code_of, findings_text, out_of, print_findings, usage_error
from generator.cli.last_build import BuildRecord, LastBuild, NotedParts, digests_of
from generator.cli.leftover import removed_environments, written_by
from generator.cli.options import BuildTarget, build_inputs, build_target, built_of, compare_with_out, target_options
from generator.findings import has_errors
from generator.included_files import IncludedFiles
from generator.manifest import MANIFEST
from generator.wording import pluralize


@click.command(name="build")
@target_options
@click.option("--check", is_flag=True, help="Write no files. Exit with 1 if out/ is out of date.")
@click.option("--lint/--no-lint", default=True, help="Run cfn-lint over the templates.  [default: lint]")
@click.option("--cache/--no-cache", default=True, help="Use results of earlier builds from ~/.cache.  [default: cache]")
def command(file: Path, out: Path | None, environment: tuple[str, ...], check: bool, lint: bool, cache: bool) -> None:
    """Compile the spec into out/<environment>/: templates, manifest, catalogue.

    All checks run first. If one fails, no file is written. If nothing changed since the last build, obsgen repeats its
    findings and compiles nothing; --check and --no-cache always compile and check everything.

    \b
    Examples:
      obsgen build                      all environments
      obsgen build -e prod              prod only
      obsgen build --check              in a pipeline: is out/ up to date?

    \b
    Exit codes:
      0  written or unchanged; with --check: out/ is up to date
      1  a check failed; with --check: out/ is out of date
      2  bad usage or input
    """
    where = build_target(file, out, environment)
    inputs = build_inputs(where, lint=lint)
    last = None if check or not cache else _last(inputs, where)
    if last and (record := last.found()):
        _leftovers(where, record.environments)
        click.echo(record.report, file=out_of("err"), nl=False)
        click.echo("\n".join(f"{where.out}/{name}: {sizes}; unchanged" for name, sizes in record.sizes.items()))
        return
    parts = NotedParts(IncludedFiles(file))
    built = built_of(replace(inputs, parts=parts), cache=cache)
    if has_errors(built.findings):
        verdict = f"{where.out} was not compared with the spec" if check else "no file was written"
        print_findings(built, verdict, out=out_of("err"))
        raise click.exceptions.Exit(exit_code_of(built))
    changed = compare_with_out(where.out, built.artifacts, built.environments)
    _leftovers(where, built.environments)
    if check:
        _compare(built, where, changed)
        return
    try:
        workspace.write(where.out, changed)
    except OSError as error:
        raise usage_error(f"{error.filename or where.out}: {error.strerror or error}; out/ was not changed") from None
    report = findings_text(built, "", in_colour=colour(out_of("err"))) if built.findings or built.not_run else ""
    click.echo(report, file=out_of("err"), nl=False)
    click.echo(_summary(built, where, changed))
    if last and not parts.has_failed:
        _keep(last, built, parts, report, where, inputs)


def _last(inputs: Inputs, where: BuildTarget) -> LastBuild | None:
    """The build before this one; None where obsgen cannot read its own files."""
    try:
        return LastBuild(inputs, where.file, where.out, colour=colour(out_of("err")))
    except OSError:
        return None


def _keep(last: LastBuild, built: Built, parts: NotedParts, report: str, where: BuildTarget, inputs: Inputs) -> None:
    now = _last(inputs, where)
    # What is installed may have been replaced meanwhile.
    if now and now.made_of == last.made_of:
        files, sizes = digests_of(built.artifacts), {name: _sizes(built, name) for name in built.estates}
        last.keep(BuildRecord(last.made_of, parts.notes, files, list(built.environments), sizes, report))


def _leftovers(where: BuildTarget, environments: Sequence[str]) -> None:
    for sentence in removed_environments(where.out, tuple(environments)):
        click.echo(sentence, err=True)


def _compare(built: Built, where: BuildTarget, changed: list[workspace.FileChange]) -> None:
    if built.findings or built.not_run:
        print_findings(built, "", out=out_of("err"))
    if not changed:
        click.echo(f"{where.out} is up to date")
        return
    for change in changed[:5]:
        click.echo(workspace.difference(change))
    if len(changed) > 5:
        click.echo(f"… and {len(changed) - 5} more files")
    for name in built.estates:
        wrote, writes = written_by(where.out / name / MANIFEST), f"obsgen {built.version}"
        if (where.out / name / MANIFEST).exists() and wrote != writes:
            click.echo(f"{where.out}/{name} was written by {wrote or 'an earlier version of obsgen'}; this is {writes}")
    files = f"{pluralize(len(changed), 'file')} {'differs' if len(changed) == 1 else 'differ'}"
    click.echo(f"{where.out} is out of date: {files}. Run `obsgen build` and commit the result")
    raise click.exceptions.Exit(FINDINGS)


def _summary(built: Built, where: BuildTarget, changed: list[workspace.FileChange]) -> str:
    lines = []
    for environment in built.estates:
        written = sum(1 for change in changed if change.path.startswith(f"{environment}/"))
        state = f"{pluralize(written, 'file')} written" if written else "unchanged"
        lines.append(f"{where.out}/{environment}: {_sizes(built, environment)}; {state}")
    return "\n".join(lines)


def _sizes(built: Built, environment: str) -> str:
    """Numbers of alarms and resources, and the price, for the last lines."""
    from generator.render.cost_words import amount_in_words

    estate = built.estates[environment]
    hub, member = (len(template["Resources"]) for template in built.templates[environment].values())
    alarms = sum(1 for alarm in estate.alarms if not alarm.everywhere_disabled) + len(estate.composites)
    cost = amount_in_words(built.costs[environment].total)
    return f"{pluralize(alarms, 'alarm')}, hub {hub} resources, member {member} resources, {cost} a month"
