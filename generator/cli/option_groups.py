"""Options that many commands have in the same words; they load nothing but click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

environment_option = click.option("--environment", "-e", help="Environment. Required if out/ has several.")
_FILE = "obsgen.file"


def _remember_file(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    context.meta[_FILE] = value


def _out_beside_file(context: click.Context, _: click.Parameter, value: Path | None) -> Path:
    file: Path | None = context.meta.get(_FILE)
    return value or (file.parent if file else Path()) / "out"


def out_option(command: Command) -> Command:
    """Add `--out`, and `--file` for the folder beside a spec, to a command that reads what was built.

    The command has `out` alone.
    """
    for option in (
        click.option(
            "--out",
            "-o",
            type=click.Path(path_type=Path),
            callback=_out_beside_file,
            help="Output folder of `obsgen build`.  [default: out beside the file]",
        ),
        click.option(
            "--file",
            "-f",
            type=click.Path(path_type=Path),
            is_eager=True,
            expose_value=False,
            callback=_remember_file,
            help="The spec.  [default: observability.yaml]",
        ),
    ):
        command = option(command)
    return command


# For a command with a `--file` of its own.
out_folder_option = click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    default="out",
    show_default=True,
    help="Output folder of `obsgen build`.",
)
profile_option = click.option("--profile", help="AWS profile.  [default: the standard credential chain]")
hub_profile_option = click.option(
    "--profile", help="AWS profile of the hub account.  [default: the standard credential chain]"
)
members_profile_option = click.option(
    "--members-profile", help="AWS profile of the management account, if it is not the hub account."
)
management_profile_option = click.option(
    "--management-profile", help="AWS profile of the management account, if that is a member."
)
