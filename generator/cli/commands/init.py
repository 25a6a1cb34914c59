"""obsgen init"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.exit import usage_error
from generator.cli.option_groups import profile_option

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
@click.option("--from-organization", is_flag=True, help="Take the members from the AWS organization.")
@click.option("--region", default="us-east-1", show_default=True, help="(--from-organization) Region of the hub.")
@profile_option
def command(file: Path, from_organization: bool, region: str, profile: str | None) -> None:
    """Write a small, commented observability.yaml that builds. Never overwrites anything.

    With --from-organization, its members are the accounts of the AWS organization, in accounts.lock.yaml beside it,
    and its hub is the account of the credentials: the management account, or a delegated administrator.

    \b
    Examples:
      obsgen init && obsgen build
      obsgen init --from-organization --profile monitoring
    """
    text, lock = STARTER.read_bytes(), b""
    if from_organization:
        from generator.cli.init_organization import refuse_existing_lock, starter_of_organization

        refuse_existing_lock(file)
        if file.exists():
            raise _exists(file)
        first, lock = starter_of_organization(text.decode(), file, profile, region)
        text = first.encode()
    elif profile:
        raise usage_error("--profile requires --from-organization")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as new:
            new.write(text)
    except FileExistsError:
        raise _exists(file) from None
    except OSError as error:
        raise usage_error(f"{file}: {error.strerror or error}") from None
    if lock:
        from generator.cli.init_organization import write_first_lock

        write_first_lock(file, lock)
        click.echo(f"created {file} and accounts.lock.yaml; run `obsgen build`")
        return
    click.echo(f"created {file}; add your account IDs, then run `obsgen build`")


def _exists(file: Path) -> click.ClickException:
    return usage_error(
        f"{file} already exists and was not overwritten", "use another name: `obsgen init --file other.yaml`"
    )
