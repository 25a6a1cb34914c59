"""obsgen preview"""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from generator.cli.exit import usage_error
from generator.cli.options import build_target, environments_option, spec_option
from generator.cli.own_prices import prices_option


@click.command(name="preview")
@spec_option
@environments_option
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, allow_dash=True),
    default="preview.html",
    show_default=True,
    help="The page to write; - for standard output.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Output folder of builds.  [default: out beside the file]")
@click.option("--against", metavar="GIT-REF", help="Mark what differs from out/ as committed at GIT-REF.")
@click.option(
    "--capture",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder that `obsgen capture` wrote: its data in charts, and how often alarms would have fired.",
)
@click.option(
    "--tests",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Tests to name on the cards. Repeatable.  [default: tests.yaml beside the file, if it exists]",
)
@prices_option
@click.option("--serve", is_flag=True, help="Serve the page on this machine, and reload it when a file changes.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="(--serve) Port; 0 for any that is free.  [default: 8642]",
)
def command(
    environment: tuple[str, ...],
    file: Path,
    output: Path,
    out: Path | None,
    against: str | None,
    folder: Path | None,
    tests: tuple[Path, ...],
    prices: Path | None,
    serve: bool,
    port: int | None,
) -> None:
    """Write one HTML page of what the spec builds: dashboards, alarms, accounts, costs.

    The page is one file that requests nothing: it can be opened from a disk, sent, or kept as an artifact of a
    pipeline. Charts show sample data, or with --capture what the metrics were.

    \b
    Examples:
      obsgen preview
      obsgen preview -e prod --against main -o prod.html
      obsgen preview --capture captures/monday
      obsgen preview --serve

    \b
    Exit codes:
      0  written, or the server was stopped
      1  a check failed
      2  bad usage or input
    """
    from generator.cli.preview_run import PreviewOptions, write_preview

    if port is not None and not serve:
        raise usage_error("--port requires --serve")
    options = PreviewOptions(build_target(file, out, environment), against, folder, tests, prices)
    if serve:
        from generator.cli.preview_serve import serve_preview

        serve_preview(options, 8642 if port is None else port)
    else:
        is_default = click.get_current_context().get_parameter_source("output") is ParameterSource.DEFAULT
        write_preview(options, None if str(output) == "-" else output, is_default=is_default)
