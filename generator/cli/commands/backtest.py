"""obsgen backtest"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.options import NIGHT_HOURS, NIGHT_ZONE, build_target, target_options


def _firings_a_month(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    """The value: a range lets not-a-number through."""
    if value is not None and value != value:
        raise click.BadParameter("'nan' is not a number of firings")
    return value


@click.command(name="backtest")
@target_options
@click.option(
    "--capture",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Folder that `obsgen capture` wrote.",
)
@click.option("--against", metavar="GIT-REF", help="Compare with the alarms in out/ as committed at GIT-REF.")
@click.option("--verify", is_flag=True, help="Compare with the state changes that the accounts' alarms had.")
@click.option(
    "--tolerance",
    type=click.IntRange(0, 60),
    default=5,
    show_default=True,
    help="(--verify) Minutes between a state change and its match.",
)
@click.option(
    "--suggest",
    type=click.FloatRange(0),
    callback=_firings_a_month,
    metavar="N",
    help="Suggest thresholds with at most N firings a month.",
)
@click.option("--only", multiple=True, metavar="NAME", help="Only alarms whose name matches the glob. Repeatable.")
@click.option(
    "--incidents/--no-incidents",
    default=True,
    show_default=True,
    help="Group firings into incidents, as the incident function does.",
)
@click.option("--night", default=NIGHT_HOURS, show_default=True, help="Hours that count as night.")
@click.option("--zone", default=NIGHT_ZONE, show_default=True, help="Time zone of --night, such as Europe/Berlin.")
@click.option("--most", type=click.IntRange(1), default=30, show_default=True, help="Rows of each table.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="Output format; markdown suits a comment on a pull request.",
)
def command(
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    folder: Path,
    against: str | None,
    verify: bool,
    tolerance: int,
    suggest: float | None,
    only: tuple[str, ...],
    incidents: bool,
    night: str,
    zone: str,
    most: int,
    form: str,
) -> None:
    """Evaluate the alarms of the spec over captured metric data: how often each would have fired, offline.

    Windows slide every minute, as CloudWatch's do. Data coverage is printed before any number; alarms that the capture
    cannot judge are listed with the reason. Firings are grouped into incidents by the incident function's own code.

    \b
    Examples:
      obsgen backtest --capture captures/monday -e prod
      obsgen backtest --capture captures/monday --verify
      obsgen backtest --capture captures/monday --against main --format markdown
      obsgen backtest --capture captures/monday --suggest 2 --only 'payments-*'

    \b
    Exit codes:
      0  alarms were judged
      1  no alarm could be judged
      2  bad usage or input
    """
    from generator.cli.backtest_run import BacktestOptions, night_hours, run_backtest

    hours = night_hours(night, zone)
    options = BacktestOptions(folder, hours, against, verify, 60 * tolerance, suggest, only, incidents)
    run_backtest(build_target(file, out, environment), options, form, most)
