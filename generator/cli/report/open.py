"""obsgen report open"""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from datetime import datetime
from pathlib import Path

import click

from generator.cli.exit import FINDINGS, usage_error
from generator.cli.option_groups import environment_option, hub_profile_option, out_option
from generator.cli.rollout import aws, desired_from_out, exit_on_aws_error, progress
from generator.rollout.aws.session import AwsSession
from generator.rollout.operate.report_pages import pages_of


@click.command(name="open")
@click.argument("name", type=click.Choice(["daily", "weekly"]))
@click.argument("date", required=False, type=click.DateTime(["%Y-%m-%d"]), metavar="[DATE]")
@environment_option
@out_option
@hub_profile_option
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Write the page into this file instead.")
def command(
    name: str, date: datetime | None, environment: str | None, out: Path, profile: str | None, to: Path | None
) -> None:
    """Open the page of a report in the browser: that of DATE, the day on which its period ended, or the latest.

    The page is read with your own credentials and kept in a temporary file, whose name is printed.

    \b
    Examples:
      obsgen report open daily -e prod
      obsgen report open weekly 2026-11-30 -e prod --to weekly.html

    Exit codes: 0 opened or written; 1 there is no such report; 2 no out/, or bad usage; 3 AWS refused.
    """
    shown = progress()
    session = AwsSession(desired_from_out(out, environment), aws(profile), shown)
    with exit_on_aws_error(shown):
        session.sign_in()
        pages = pages_of(session)
        dates = pages.dates(name)
        asked = date.strftime("%Y-%m-%d") if date else next(iter(dates), "")
        if asked not in dates:
            raise _missing(name, asked, dates)
        content = pages.page(name, asked)
    path = to or Path(tempfile.mkdtemp(prefix="obsgen-report-")) / f"{name}-{asked}.html"
    try:
        path.write_bytes(content)
    except OSError as error:
        raise usage_error(f"{path}: {error.strerror or error}") from None
    click.echo(path)
    if to is None and sys.stdout.isatty():
        webbrowser.open(path.as_uri())


def _missing(name: str, asked: str, dates: list[str]) -> click.exceptions.Exit:
    what = f"there is no {name} report of {asked}" if asked else f"there is no {name} report yet"
    near = f"\n  = help: {', '.join(dates[:5])}" if dates else ""
    click.echo(f"{what}{near}", err=True)
    return click.exceptions.Exit(FINDINGS)
