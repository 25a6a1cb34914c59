"""obsgen report preview"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from generator.cli.exit import usage_error
from generator.cli.options import build_target, compiled_or_exit, target_options
from generator.drill.package_run import PackageFailed
from generator.drill.report_preview import last_due, preview
from generator.model.accounts import Side
from generator.model.estate import Estate
from generator.render.event_settings import report_settings_json
from generator.workspace import handler_files


@click.command(name="preview")
@target_options
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default="report-preview",
    show_default=True,
    help="Write into this folder.",
)
def command(file: Path, out: Path | None, environment: tuple[str, ...], to: Path) -> None:
    """Write the reports of sample data, with the names of the spec: page, mail as HTML and text, chat messages.

    The code that writes them is the code that is deployed. AWS is not called. Each is the report that was due last.

    \b
    Examples:
      obsgen report preview -e prod
      obsgen report preview -e prod --to /tmp/preview

    \b
    Exit codes:
      0  written
      2  bad usage or input
    """
    built = compiled_or_exit(build_target(file, out, environment))
    estates = {name: estate for name, estate in built.estates.items() if estate.reports}
    if not estates:
        raise usage_error(
            "the spec has no reports", "add `reports: {daily: {at: ..., to: [...]}}`; see docs/reports.md"
        )
    if len(estates) > 1:
        raise usage_error(f"several environments have reports: {', '.join(estates)}", "use -e to choose one")
    (estate,) = estates.values()
    try:
        pages = preview(handler_files(), json.loads(report_settings_json(estate)), _ends(estate), _alarms(estate))
    except PackageFailed as error:
        raise usage_error(str(error)) from None
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (to / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise usage_error(f"{error.filename or to}: {error.strerror or error}") from None
    for name in pages:
        click.echo(to / name)


def _ends(estate: Estate) -> dict[str, int]:
    """Milliseconds since 1970 at which each report was due last."""
    now = datetime.now(UTC)
    reports = estate.reports.reports if estate.reports else ()
    return {
        report.name: int(last_due(report.expression, report.time_zone, now).timestamp()) * 1_000 for report in reports
    }


def _alarms(estate: Estate) -> list[str]:
    """The keys of alarms of the members, those first that are in `alarms`."""
    alarms = [alarm for alarm in estate.alarms if alarm.side is not Side.HUB and not alarm.everywhere_disabled]
    return [alarm.name for alarm in sorted(alarms, key=lambda alarm: (alarm.path[0] != "alarms", alarm.name))]
