"""Options that many commands have in the same words; they load nothing but click."""

from __future__ import annotations

from pathlib import Path

import click

environment_option = click.option("--environment", "-e", help="Environment. Required if out/ has several.")
out_option = click.option(
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
