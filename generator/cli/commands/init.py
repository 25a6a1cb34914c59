"""obsgen init"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.exit import usage_error

STARTER = Path(__file__).with_name("starter.yaml")


@click.command(name="init")
@click.option(
    "--file",
    "-f",
    type=click.Path(path_type=Path),
    default="observability.yaml",
    show_default=True,
    help="File to write.",
)
def command(file: Path) -> None:
    """Write a small, commented observability.yaml that builds. Never overwrites anything.

    \b
    Example:
      obsgen init && obsgen build
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as new:
            new.write(STARTER.read_bytes())
    except FileExistsError:
        raise usage_error(
            f"{file} is there already, and stays as it is", "another name: obsgen init --file other.yaml"
        ) from None
    except OSError as error:
        raise usage_error(f"{file}: {error.strerror or error}") from None
    click.echo(f"{file} is written: put your account ids in, then run `obsgen build`")
