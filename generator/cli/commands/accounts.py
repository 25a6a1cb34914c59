"""obsgen accounts"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.exit import usage_error
from generator.cli.option_groups import profile_option


@click.command(name="accounts")
@click.option("--update", is_flag=True, help="Read the organization and write accounts.lock.yaml.")
@click.option("--check", is_flag=True, help="(--update) Write nothing; exit with 1 if the lock is out of date.")
@click.option("--yes", is_flag=True, help="(--update) Write although most accounts leave or lose a label.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format of the list.",
)
@click.option(
    "--file", "-f", type=click.Path(path_type=Path), default="observability.yaml", show_default=True, help="The spec."
)
@profile_option
def command(update: bool, check: bool, yes: bool, form: str, file: Path, profile: str | None) -> None:
    """List the member accounts, and the file and line that each comes from.

    With --update, read the AWS organization, print the accounts that joined, left, moved or were renamed, and write
    the selected ones into accounts.lock.yaml beside the spec. Commit that file: `obsgen build` reads it and never
    calls AWS. Requires credentials of the management account or of a delegated administrator.

    \b
    Examples:
      obsgen accounts
      obsgen accounts --update
      obsgen accounts --update --check

    \b
    Exit codes:
      0  listed, written, or up to date
      1  --check: out of date; or so many accounts would leave or lose a label that --yes is required
      2  bad usage or input
      3  AWS refused
    """
    if update:
        if form != "text":
            raise usage_error("--format is for the list", "use it without --update")
        from generator.cli.accounts_update import update_accounts

        update_accounts(file, profile, check=check, is_accepted=yes)
        return
    if check or yes or profile:
        raise usage_error("--check, --yes and --profile require --update", "use `obsgen accounts --update`")
    from generator.cli.accounts_list import list_accounts

    list_accounts(file, form)
