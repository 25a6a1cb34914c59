"""obsgen drill"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from generator.cli.drill.options import DeployedOptions, DrillOptions, check
from generator.cli.drill.storm import MOST
from generator.cli.options import build_target, compiled_or_exit, spec_of, target_options


def _alarms(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: the keys of alarms, composites and event rules."""
    data = spec_of(ctx)
    sections = [data.get(section) for section in ("alarms", "composites", "event_rules")]
    return [key for section in sections if isinstance(section, dict) for key in section if key.startswith(incomplete)]


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """A duration in the format of the spec, in seconds."""
    if value is None:
        return None
    from pydantic_core import PydanticCustomError

    from generator.spec.quantities import duration

    try:
        return duration(value)
    except PydanticCustomError as error:
        raise click.BadParameter(error.message()) from None


@click.command(name="drill")
@click.argument("alarm", required=False, shell_complete=_alarms)
@target_options
@click.option("--local", is_flag=True, help="Run on this machine, with simulated AWS services and channels.")
@click.option(
    "--storm", metavar="N", type=click.IntRange(1, MOST), help="(local) Fire N alarms at once, on a virtual clock."
)
@click.option("--down", metavar="CHANNEL", help="(local) Simulate an outage of CHANNEL, on a virtual clock.")
@click.option(
    "--for", "down_for", metavar="TIME", callback=_seconds, help="(local) Duration of the outage.  [default: 1h]"
)
@click.option("--account", metavar="NAME", help="Account of the alarm.  [default: the first that has it]")
@click.option("--region", metavar="REGION", help="Region of the alarm.  [default: the hub's]")
@click.option("--profile", metavar="NAME", help="(deployed) AWS profile of the hub account.")
@click.option("--alarm-profile", metavar="NAME", help="(deployed) AWS profile of the member with the alarm.")
@click.option(
    "--wait", metavar="TIME", callback=_seconds, help="(deployed) Time to wait for each channel.  [default: 2m]"
)
@click.option("--anyway", is_flag=True, help="(deployed) Allow an alarm in INSUFFICIENT_DATA.")
@click.option("--yes", "-y", is_flag=True, help="(deployed) Skip the confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Print the result only.")
@click.option("--keep", is_flag=True, help="(local) Keep the function package and its log; print their location.")
def command(
    alarm: str | None,
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    profile: str | None,
    alarm_profile: str | None,
    wait: int | None,
    anyway: bool,
    yes: bool,
    **given: Any,
) -> None:
    """Fire ALARM, return it to OK, and show which channels were notified.

    Without --local, the deployed alarm is set to ALARM: ITS ROUTE IS PAGED, with a reason that begins with "Drill".
    The alarm is always reset. With --local, everything runs on this machine and no channel is contacted; the output
    shows what each channel would receive. For a composite, the alarms in its rule fire first, so that the drill shows
    one incident of several alarms.

    ALARM is a key in the spec or the full name of an alarm. With --local it can also be `compliance`, an instance
    without required tags, `errors`, an error in a member's log, or an event rule, whose example events are played. If
    several environments have the alarm, -e is required. With --local, the default account is the first that has it; a
    deployed alarm must be named exactly.

    \b
    Examples:
      obsgen drill --local application-error -e prod
      obsgen drill --local application-error --account ledger -e dev
      obsgen drill --local lambda-critical -e prod
      obsgen drill --local compliance -e prod
      obsgen drill --local errors -e prod
      obsgen drill --local databases-failover -e prod
      obsgen drill --local --storm 300 -e prod
      obsgen drill --local --down ops-jira --for 6h -e prod
      obsgen drill application-error -e dev --account ledger --alarm-profile ledger-operator

    \b
    Exit codes:
      0  every channel was notified as expected
      1  at least one channel was not
      2  bad usage or input
      3  AWS refused
    """
    options = DrillOptions(alarm, deployed=DeployedOptions(profile, alarm_profile, wait, anyway, yes), **given)
    check(options)
    built = compiled_or_exit(build_target(file, out, environment))
    if options.local:
        from generator.cli.drill.local import run_local

        code = run_local(built, options)
    else:
        from generator.cli.drill.deployed import run_deployed

        code = run_deployed(built, options)
    raise click.exceptions.Exit(code)
