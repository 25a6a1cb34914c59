"""obsgen discover"""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="discover")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--environment", "-e", help="Environment.  [default: that of the capture]")
@click.option(
    "--file", "-f", type=click.Path(path_type=Path), help="The spec.  [default: observability.yaml if it exists]"
)
@click.option("--apply", is_flag=True, help="Add the proposed entries to the YAML.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(folder: Path, environment: str | None, file: Path | None, apply: bool, form: str) -> None:
    """List what accounts have and what watches it, and propose entries.

    Resources of the types that have packs, by the metrics, tags and lists of a capture. An alarm watches a resource by
    the dimensions of its metrics, by a query or by a log group of the resource; alarms of the file count before they
    are deployed. For what nothing watches, entries of `services` are proposed.

    Reads a folder of `obsgen capture`, and calls no AWS.

    \b
    Examples:
      obsgen discover captures/monday
      obsgen discover captures/monday --apply
      obsgen discover captures/monday --format json

    \b
    Exit codes:
      0  listed
      2  bad usage or input
    """
    from generator.cli.discover_run import run_discover

    run_discover(folder, file, environment, form, apply=apply)
