"""obsgen check"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.exit import FINDINGS, exit_code_of, out_of, print_findings
from generator.cli.options import build_target, compiled, target_options
from generator.findings import Severity


@click.command(name="check")
@target_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option("--lint/--no-lint", default=True, help="Run cfn-lint over the templates.  [default: lint]")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
def command(file: Path, out: Path | None, environment: tuple[str, ...], form: str, lint: bool, strict: bool) -> None:
    """Run all checks without writing files: language, house rules, truth rules, quotas, cfn-lint.

    \b
    Examples:
      obsgen check
      obsgen check --format github      annotations on a pull request
      obsgen check --format sarif > obsgen.sarif
    """
    built = compiled(build_target(file, out, environment), lint=lint)
    print_findings(built, "nothing is wrong" if not built.findings else "", out=out_of("out"), form=form)
    warned = strict and any(f.severity is Severity.WARNING for f in built.findings)
    raise click.exceptions.Exit(exit_code_of(built) or (FINDINGS if warned else 0))
