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
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "-o",
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
    verbose: bool,
    form: str,
) -> None:
    """Write an observability.yaml from alarms that exist, and prove that it builds the same alarms.

    SOURCES are CloudFormation templates (JSON, YAML, SAM, the folder of `cdk synth`), folders of `obsgen capture`, and
    states or plans of Terraform (terraform.tfstate, `terraform show -json`). The file that is written is built in
    memory, and every alarm is compared with its source: equal, differs, dropped, added.

    Reads the sources only, and calls no AWS.

    \b
    Examples:
      obsgen import captures/monday
      obsgen import orders.template.yaml --parameter Stage=prod --account 222222222222
      obsgen import cdk.out -o imported.yaml
      terraform show -json > state.json && obsgen import state.json

    \b
    Exit codes:
      0  all alarms are equal
      1  an alarm differs, or something was dropped
      2  bad usage or input
    """
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
    )
    run_import(request)
