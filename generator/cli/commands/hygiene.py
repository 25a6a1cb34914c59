"""obsgen hygiene"""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="hygiene")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--environment", "-e", help="Environment.  [default: that of the capture]")
@click.option(
    "--file", "-f", type=click.Path(path_type=Path), help="The spec.  [default: observability.yaml if it exists]"
)
@click.option("--rule", multiple=True, help="Rule to judge by, such as flapping. Repeatable.  [default: all]")
@click.option(
    "--days",
    type=click.FloatRange(0, 30),
    default=14,
    show_default=True,
    help="Days of unchanged history that an alarm needs to be judged by it.",
)
@click.option(
    "--firing",
    type=click.IntRange(1, 100),
    default=90,
    show_default=True,
    help="Percent of the time in ALARM from which an alarm always fires.",
)
@click.option(
    "--flaps", type=click.IntRange(2), default=6, show_default=True, help="Firings within 24 hours that are flapping."
)
@click.option(
    "--missing",
    type=click.IntRange(1, 100),
    default=50,
    show_default=True,
    help="Percent of the time in INSUFFICIENT_DATA from which it is reported.",
)
@click.option("--apply", is_flag=True, help="Change the YAML instead of printing the patch.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["problem", "notice", "never"]),
    default="problem",
    show_default=True,
    help="The least level of findings that exits with 1.",
)
def command(
    folder: Path,
    environment: str | None,
    file: Path | None,
    rule: tuple[str, ...],
    days: float,
    firing: int,
    flaps: int,
    missing: int,
    apply: bool,
    form: str,
    fail_on: str,
) -> None:
    """Find alarms that do no good in a capture, and patch the YAML.

    Alarms that never fire, always fire, flap or have no data, without a route, an owner or a runbook, identical ones,
    those whose resource is gone, and thresholds that the metric cannot reach. Each finding has its evidence; for alarms
    of the spec, the patch that ends it.

    Reads a folder of `obsgen capture`, and calls no AWS.

    \b
    Examples:
      obsgen hygiene captures/monday
      obsgen hygiene captures/monday --rule flapping --apply
      obsgen hygiene captures/monday --format markdown --fail-on never

    \b
    Exit codes:
      0  no findings of the level
      1  findings
      2  bad usage or input
    """
    from generator.cli.hygiene_run import HygieneOptions, run_hygiene
    from generator.hygiene.types import Thresholds

    thresholds = Thresholds(days, firing / 100, flaps, missing / 100)
    run_hygiene(folder, HygieneOptions(file, environment, rule, thresholds, form, fail_on, apply))
