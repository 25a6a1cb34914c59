"""The options of `obsgen import`, by what they are about; they load nothing but click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from generator.cli.option_groups import Command


def file_options(command: Command) -> Command:
    """Add the options of the file that is written."""
    return _with(
        command,
        click.option(
            "--output",
            "-o",
            "out",
            type=click.Path(path_type=Path, allow_dash=True),
            default="observability.yaml",
            show_default=True,
            help="File to write; - for standard output.",
        ),
        click.option("--force", is_flag=True, help="Replace the file if it exists."),
    )


def source_options(command: Command) -> Command:
    """Add those of what is read."""
    return _with(
        command,
        click.option(
            "--from",
            "kind",
            type=click.Choice(["template", "capture", "terraform"]),
            help="What the sources are.  [default: by their content]",
        ),
        click.option(
            "--parameter",
            "parameters",
            multiple=True,
            metavar="NAME=VALUE",
            callback=_parameters,
            help="Parameter of a template, or value that a plan does not know yet. Repeatable.",
        ),
        click.option("--account", default="", metavar="ID", help="Account of sources that do not have it."),
        click.option("--region", default="", help="Region of sources that do not have it."),
        click.option("--stack", default="", help="Name of the stack of a template.  [default: that of its file]"),
    )


def content_options(command: Command) -> Command:
    """Add those of what is written."""
    return _with(
        command,
        click.option(
            "--environment", "-e", default="", help="Environment to write.  [default: that of a capture, or prod]"
        ),
        click.option("--project", default="imported", show_default=True, help="Project to write."),
        click.option("--hub", default="", metavar="ID", help="Account of the hub.  [default: that of a capture]"),
        click.option(
            "--packs/--no-packs", default=True, help="Write services where packs have the alarms.  [default: packs]"
        ),
        click.option(
            "--beside",
            is_flag=True,
            help="Let the new alarms run beside the old ones, without channels and actions. Writes a map, too.",
        ),
    )


def takeover_options(command: Command) -> Command:
    """Add those of the end of a takeover."""
    return _with(
        command,
        click.option(
            "--compare-with",
            "compare_with",
            metavar="CAPTURE",
            type=click.Path(path_type=Path),
            help="Compare what old and new alarms did, instead of importing.",
        ),
        click.option(
            "--retire",
            metavar="CAPTURE",
            type=click.Path(path_type=Path),
            help="Switch on the new alarms that a capture proves, and list the old ones to remove, "
            "instead of importing.",
        ),
        click.option(
            "--map",
            "map_file",
            type=click.Path(path_type=Path),
            help="Map of --beside.  [default: that of --output, observability.map.json]",
        ),
        click.option(
            "--days",
            type=click.FloatRange(0, 30),
            default=7,
            show_default=True,
            help="(--retire) Days that both have to have agreed.",
        ),
        click.option("--keep-names", is_flag=True, help="(--retire) Give the new alarms the names of the old ones."),
    )


def report_options(command: Command) -> Command:
    """Add those of the report."""
    return _with(
        command,
        click.option("--verbose", "-v", is_flag=True, help="List every alarm and everything that was dropped."),
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help="Output format.",
        ),
    )


def _with(command: Command, *options: Callable[[Any], Any]) -> Command:
    """The command with options, which help lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def _parameters(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Values by name."""
    parameters = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
        parameters[name] = text
    return parameters
