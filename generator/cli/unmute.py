"""obsgen unmute"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import click

from generator.cli.exit import FINDINGS
from generator.cli.mute import meant, shown, where
from generator.cli.rollout import aws, from_out, progress, told_plainly


@click.command(name="unmute")
@click.argument("glob")
@click.option("--account", help="The member whose alarms are meant; the hub's without it.")
@click.option("--environment", "-e", help="Which environment, where several were built.")
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), default="out", show_default=True, help="Where build wrote."
)
@click.option("--region", help="Which Region of the member, where there are several.")
@click.option("--profile", help="The AWS profile to use, instead of the usual chain.")
def command(
    glob: str, account: str | None, environment: str | None, out: Path, region: str | None, profile: str | None
) -> None:
    """End every mute that holds an alarm like GLOB; or the mute of that name. A mute ends as a whole.

    \b
    Examples:
      obsgen unmute 'settlement-*'

    Exit codes: 0 ended; 1 nothing was muted; 2 bad usage; 3 AWS refused.
    """
    wanted = from_out(out, environment)
    mutes = where(wanted, account, region, aws(profile))
    names = set() if glob.startswith("obsgen-mute-") else set(meant(wanted, glob, account))
    with told_plainly(progress()):
        mutes.sign_in()
        ended = [mute for mute in mutes.all() if names & set(mute.alarms) or fnmatchcase(mute.name, glob)]
        for mute in ended:
            mutes.delete(mute)
            click.echo("ended " + "\n".join(shown(mute)))
    if not ended:
        click.echo(f"nothing like `{glob}` is muted", err=True)
        raise click.exceptions.Exit(FINDINGS)
