"""obsgen build"""

from __future__ import annotations

from pathlib import Path

import click

from generator import workspace
from generator.build import Built
from generator.cli.exit import FINDINGS, code_for, fail, out_of, tell
from generator.cli.leftover import leftover, written_by
from generator.cli.options import Place, compared, compiled, place, place_options
from generator.findings import has_errors
from generator.manifest import MANIFEST
from generator.render.words import counted


@click.command(name="build")
@place_options
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where out/ is not what build would write.")
@click.option("--lint/--no-lint", default=True, help="Run cfn-lint over the templates.  [default: lint]")
def command(file: Path, out: Path | None, environment: tuple[str, ...], check: bool, lint: bool) -> None:
    """Compile the spec into out/<environment>/: templates, manifest, catalogue.

    Everything is checked first; where anything is wrong, nothing is written.

    \b
    Examples:
      obsgen build                      every environment
      obsgen build -e prod              only prod
      obsgen build --check              in a pipeline: is out/ up to date?
    """
    where = place(file, out, environment)
    built = compiled(where, lint=lint)
    if has_errors(built.findings):
        verdict = f"{where.out} was not compared with what build would write" if check else "nothing was written"
        tell(built, verdict, out=out_of("err"))
        raise click.exceptions.Exit(code_for(built))
    changed = compared(where.out, built.artifacts, built.environments)
    for sentence in leftover(where.out, built.environments):
        click.echo(sentence, err=True)
    if check:
        _compare(built, where, changed)
        return
    try:
        workspace.write(where.out, changed)
    except OSError as error:
        raise fail(f"{error.filename or where.out}: {error.strerror or error}; out/ is as it was") from None
    if built.findings or built.not_run:
        tell(built, "", out=out_of("err"))
    click.echo(_summary(built, where, changed))


def _compare(built: Built, where: Place, changed: list[workspace.Change]) -> None:
    if built.findings or built.not_run:
        tell(built, "", out=out_of("err"))
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
            click.echo(f"{where.out}/{name} was written by {wrote or 'an earlier obsgen'}, and this is {writes}")
    click.echo(f"{where.out} is stale: {len(changed)} files differ; run `obsgen build` and commit what it writes")
    raise click.exceptions.Exit(FINDINGS)


def _summary(built: Built, where: Place, changed: list[workspace.Change]) -> str:
    lines = []
    for environment, estate in built.estates.items():
        hub, member = (len(made["Resources"]) for made in built.templates[environment].values())
        alarms = sum(1 for alarm in estate.alarms if not alarm.everywhere_disabled) + len(estate.composites)
        written = sum(1 for change in changed if change.path.startswith(f"{environment}/"))
        state = f"{counted(written, 'file')} written" if written else "unchanged"
        sizes = f"hub {hub} resources, member {member} resources"
        lines.append(f"{where.out}/{environment}: {counted(alarms, 'alarm')}, {sizes}; {state}")
    return "\n".join(lines)
