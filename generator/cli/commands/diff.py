"""obsgen diff"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.diff_sides import differences
from generator.cli.exit import FINDINGS, colour, out_of
from generator.cli.options import build_target, compiled_or_exit, target_options
from generator.cli.own_prices import prices_of, prices_option


@click.command(name="diff")
@click.argument("revision", metavar="[GIT-REF]", default="HEAD")
@target_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="Output format; markdown suits a comment on a pull request.",
)
@prices_option
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there are differences.")
def command(
    revision: str,
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    form: str,
    prices: Path | None,
    exit_code: bool,
) -> None:
    """Compare the spec with out/ as committed at GIT-REF (default: HEAD).

    Lists changes of alarms first: condition, accounts, notified channels. What they cost a month, resources and IAM
    statements follow.

    \b
    Examples:
      obsgen diff                       uncommitted changes
      obsgen diff main --format markdown

    \b
    Exit codes:
      0  compared
      1  with --exit-code: there are differences
      2  bad usage or input
    """
    from generator.render.diff import render_diff

    where, of_prices = build_target(file, out, environment), prices_of(prices)
    compared = differences(compiled_or_exit(where), where, revision, of_prices)
    click.echo(render_diff(compared, form, colour(out_of("out"))), nl=False)
    if exit_code and any(not d.empty for d in compared):
        raise click.exceptions.Exit(FINDINGS)
