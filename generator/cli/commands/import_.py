"""obsgen import"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from generator.cli.import_options import (
    content_options,
    file_options,
    report_options,
    source_options,
    takeover_options,
)


@click.command(name="import")
@click.argument("sources", nargs=-1, metavar="SOURCE...", type=click.Path(path_type=Path, allow_dash=True))
@file_options
@source_options
@content_options
@takeover_options
@report_options
def command(
    sources: tuple[Path, ...],
    out: Path,
    compare_with: Path | None,
    retire: Path | None,
    map_file: Path | None,
    days: float,
    keep_names: bool,
    verbose: bool,
    form: str,
    **options: Any,
) -> None:
    """Write an observability.yaml from alarms that exist, and prove that it builds the same alarms.

    SOURCES are CloudFormation templates (JSON, YAML, SAM, the folder of `cdk synth`), folders of `obsgen capture`, and
    states or plans of Terraform (terraform.tfstate, `terraform show -json`). The file that is written is built in
    memory, and every alarm is compared with its source: equal, differs, dropped, added. The source - is standard input.

    With --beside, the new alarms run beside the old ones for a while. --compare-with compares what both did, and
    --retire ends it. Nothing is deleted.

    Reads the sources only, and calls no AWS.

    \b
    Examples:
      obsgen import captures/monday
      obsgen import orders.template.yaml --parameter Stage=prod --account 222222222222
      obsgen import cdk.out -o imported.yaml
      terraform show -json | obsgen import -
      obsgen import captures/monday --beside
      obsgen import --compare-with captures/friday
      obsgen import --retire captures/later --days 14

    \b
    Exit codes:
      0  all alarms are equal
      1  an alarm differs, something was dropped, or an alarm stays beside
      2  bad usage or input
    """
    capture = retire or compare_with
    if bool(capture) == bool(sources) or (retire and compare_with):
        raise click.UsageError("Name either sources, or one capture with --compare-with or --retire.")
    if capture:
        from generator.cli.import_takeover import TakeoverRequest, run_compare, run_retire

        of_file = map_file or out.with_suffix(".map.json")
        takeover = TakeoverRequest(capture, out, of_file, days, keep_names, verbose, form)
        (run_retire if retire else run_compare)(takeover)
        return
    from generator.cli.import_run import ImportRequest, run_import

    file = None if str(out) == "-" else out
    run_import(ImportRequest(sources=sources, out=file, verbose=verbose, form=form, **options))
