"""obsgen import"""

from __future__ import annotations

from pathlib import Path

import click


def _parameters(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Values by name."""
    parameters = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
        parameters[name] = text
    return parameters


@click.command(name="import")
@click.argument("sources", nargs=-1, metavar="SOURCE...", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--output",
    "-o",
    "out",
    type=click.Path(path_type=Path, allow_dash=True),
    default="observability.yaml",
    show_default=True,
    help="File to write; - for standard output.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option(
    "--from",
    "kind",
    type=click.Choice(["template", "capture", "terraform"]),
    help="What the sources are.  [default: by their content]",
)
@click.option(
    "--parameter",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_parameters,
    help="Parameter of a template, or value that a plan does not know yet. Repeatable.",
)
@click.option("--account", metavar="ID", help="Account of sources that do not have it.")
@click.option("--region", help="Region of sources that do not have it.")
@click.option("--stack", default="", help="Name of the stack of a template.  [default: that of its file]")
@click.option("--environment", "-e", default="", help="Environment to write.  [default: that of a capture, or prod]")
@click.option("--project", default="imported", show_default=True, help="Project to write.")
@click.option("--hub", default="", metavar="ID", help="Account of the hub.  [default: that of a capture]")
@click.option("--packs/--no-packs", default=True, help="Write services where packs have the alarms.  [default: packs]")
@click.option(
    "--beside",
    is_flag=True,
    help="Let the new alarms run beside the old ones, without channels and actions. Writes a map, too.",
)
@click.option(
    "--compare-with",
    "compare_with",
    metavar="CAPTURE",
    type=click.Path(path_type=Path),
    help="Compare what old and new alarms did, instead of importing.",
)
@click.option(
    "--retire",
    metavar="CAPTURE",
    type=click.Path(path_type=Path),
    help="Switch on the new alarms that a capture proves, and list the old ones to remove, instead of importing.",
)
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path),
    help="Map of --beside.  [default: that of --output, observability.map.json]",
)
@click.option(
    "--days",
    type=click.FloatRange(0, 30),
    default=7,
    show_default=True,
    help="(--retire) Days that both have to have agreed.",
)
@click.option("--keep-names", is_flag=True, help="(--retire) Give the new alarms the names of the old ones.")
@click.option("--verbose", "-v", is_flag=True, help="List every alarm and everything that was dropped.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(
    sources: tuple[Path, ...],
    out: Path,
    force: bool,
    kind: str | None,
    parameter: dict[str, str],
    account: str | None,
    region: str | None,
    stack: str,
    environment: str,
    project: str,
    hub: str,
    packs: bool,
    beside: bool,
    compare_with: Path | None,
    retire: Path | None,
    map_file: Path | None,
    days: float,
    keep_names: bool,
    verbose: bool,
    form: str,
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
    chosen = retire or compare_with
    if bool(chosen) == bool(sources) or (retire and compare_with):
        raise click.UsageError("Name either sources, or one capture with --compare-with or --retire.")
    if chosen:
        from generator.cli.import_takeover import TakeoverRequest, run_compare, run_retire

        of_file = map_file or out.with_suffix(".map.json")
        takeover = TakeoverRequest(chosen, out, of_file, days, keep_names, verbose, form)
        (run_retire if retire else run_compare)(takeover)
        return
    from generator.cli.import_run import ImportRequest, run_import

    request = ImportRequest(
        sources=sources,
        out=None if str(out) == "-" else out,
        force=force,
        kind=kind,
        parameters=parameter,
        account=account or "",
        region=region or "",
        stack=stack,
        environment=environment,
        project=project,
        hub=hub,
        packs=packs,
        verbose=verbose,
        form=form,
        beside=beside,
    )
    run_import(request)
