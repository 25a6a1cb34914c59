"""obsgen report preview"""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from generator.cli.exit import fail
from generator.cli.options import compiled_or_exit, place, place_options
from generator.drill.package_run import PackageFailed
from generator.drill.report_preview import preview
from generator.render.event_settings import event_settings_json
from generator.workspace import handler_files


@click.command(name="preview")
@place_options
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default="report-preview",
    show_default=True,
    help="Write into this folder.",
)
def command(file: Path, out: Path | None, environment: tuple[str, ...], to: Path) -> None:
    """Write the reports of sample data, with the names of the spec: page, mail as HTML and text, Slack message.

    The code that writes them is the code that is deployed. AWS is not called.

    \b
    Examples:
      obsgen report preview -e prod
      obsgen report preview -e prod --to /tmp/preview

    Exit codes: 0 written, 2 bad usage or input.
    """
    built = compiled_or_exit(place(file, out, environment))
    estates = {name: estate for name, estate in built.estates.items() if estate.reports}
    if not estates:
        raise fail("the spec asks for no reports", "add `reports: {daily: {at: ..., to: [...]}}`; docs/reports.md")
    if len(estates) > 1:
        raise fail(f"several environments have reports: {', '.join(estates)}", "choose one with -e")
    (estate,) = estates.values()
    try:
        made = preview(handler_files(), json.loads(event_settings_json(estate)), _this_hour())
    except PackageFailed as error:
        raise fail(str(error)) from None
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            (to / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise fail(f"{error.filename or to}: {error.strerror or error}") from None
    for name in made:
        click.echo(to / name)


def _this_hour() -> int:
    return int(time.time()) // 3_600 * 3_600_000
