"""obsgen drill"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.build import Built
from generator.cli.drill import compliance as drill_compliance
from generator.cli.drill import errors as drill_errors
from generator.cli.drill.storm import MOST
from generator.cli.drill.subject import choose, find, one_place, parts_of, region_of, subject_in
from generator.cli.exit import FINDINGS, usage_error
from generator.cli.options import build_target, compiled_or_exit, incident_package, spec_of, target_options
from generator.manifest import ROUTING_FILE

if TYPE_CHECKING:
    from generator.drill.alarm_event import Subject
    from generator.model.estate import Estate


def _alarms(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: the keys of alarms and composites."""
    data = spec_of(ctx)
    sections = [data.get(section) for section in ("alarms", "composites")]
    return [key for one in sections if isinstance(one, dict) for key in one if key.startswith(incomplete)]


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """A duration as the spec has them."""
    if value is None:
        return None
    from pydantic_core import PydanticCustomError

    from generator.spec.scalars import duration

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
    local: bool,
    storm: int | None,
    down: str | None,
    down_for: int | None,
    account: str | None,
    region: str | None,
    as_json: bool,
    quiet: bool,
    keep: bool,
    **deployed: Any,
) -> None:
    """Fire ALARM, return it to OK, and show which channels were notified.

    Without --local, the deployed alarm is set to ALARM: ITS ROUTE IS PAGED, with a reason that begins with "Drill".
    The alarm is always reset. With --local, everything runs on this machine and no channel is contacted; the output
    shows what each channel would receive. For a composite, the alarms in its rule fire first, so that the drill shows
    one incident of several alarms.

    ALARM is a key in the spec or the full name of an alarm. With --local it can also be `compliance`, an instance
    without required tags, or `errors`, an error in a member's log. If several environments have the alarm, -e is
    required. With --local, the default account is the first that has it; a deployed alarm must be named exactly.

    \b
    Examples:
      obsgen drill --local application-error -e prod
      obsgen drill --local application-error --account ledger -e dev
      obsgen drill --local lambda-critical -e prod
      obsgen drill --local compliance -e prod
      obsgen drill --local errors -e prod
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
    from generator.model.alarms import Composite

    _check_options(alarm, local=local, keep=keep, storm=storm, down=down, down_for=down_for)
    given = [name for name, value in deployed.items() if value]
    if local and given:
        raise usage_error(f"--{given[0].replace('_', '-')} is for a deployed alarm, and --local drills none")
    if not local and not deployed["yes"] and (as_json or not sys.stdin.isatty()):
        raise usage_error(
            "confirmation requires a terminal, since this pages people", "--yes, or `obsgen drill --local`"
        )
    built = compiled_or_exit(build_target(file, out, environment))
    if alarm is None:
        from generator.cli.drill.storm import storm as play_storm

        code = play_storm(built, number=storm, down=down, seconds=down_for, account=account, as_json=as_json)
        raise click.exceptions.Exit(code)
    if drill_compliance.is_asked(built, alarm):
        if not local:
            raise usage_error("tag compliance is drilled on this machine only", "`obsgen drill --local compliance`")
        estate = drill_compliance.estate_with(built)
        raise click.exceptions.Exit(
            _local(
                lambda: _plan(built, estate, **drill_compliance.example(built, estate, account, region)),
                as_json=as_json,
                quiet=quiet,
                keep=keep,
            )
        )
    if drill_errors.is_asked(built, alarm):
        if not local:
            raise usage_error("errors in logs are drilled on this machine only", "`obsgen drill --local errors`")
        estate = drill_errors.estate_with(built)
        raise click.exceptions.Exit(_errors(built, estate, account, region, as_json=as_json, quiet=quiet, keep=keep))
    estate, found = find(built, alarm)
    if not local:
        one_place(estate, alarm, found, account)
    chosen, name = choose(estate, found, account)
    own = next((one.regions for one in estate.accounts if one.name == name), ())
    subject = subject_in(built, estate, chosen, name, region_of(estate, chosen, own, region))
    if not local:
        from generator.cli.drill.deployed import drill

        raise click.exceptions.Exit(drill(built, estate, chosen, subject, as_json=as_json, quiet=quiet, **deployed))
    if alarm in drill_errors.ERRORS and any(one.error_logs for one in built.estates.values()):
        click.echo(f"`{alarm}` is an alarm here; an error in a log is `obsgen drill --local error_logs`", err=True)
    parts: tuple[Subject, ...] = ()
    if isinstance(chosen, Composite):
        routing = json.loads(incident_package(built, estate.environment)[ROUTING_FILE])
        parts = tuple(parts_of(built, estate, chosen, routing, subject))
    raise click.exceptions.Exit(
        _local(lambda: _plan(built, estate, subject=subject, parts=parts), as_json=as_json, quiet=quiet, keep=keep)
    )


def _errors(
    built: Built, estate: Estate, account: str | None, region: str | None, *, as_json: bool, quiet: bool, keep: bool
) -> int:
    """From a log line to the report; the exit code."""
    from generator.drill.machine import CannotDrill, NoMoto

    try:
        made, about = drill_errors.played(built, estate, account, region)
    except NoMoto as error:
        raise usage_error(str(error), "pip install 'obsgen[drill]'") from None
    except CannotDrill as error:
        raise usage_error(str(error)) from None
    shown = not as_json and not quiet
    for line in drill_errors.before_the_story(made) if shown else ():
        click.echo(line)
    more = {"errors": drill_errors.as_data(made)}
    code = _local(lambda: _plan(built, estate, **about), as_json=as_json, quiet=quiet, keep=keep, more=more)
    for line in drill_errors.after_the_story(made) if shown else ():
        click.echo(line)
    return code


def _local(
    planned: Callable[[], Any], *, as_json: bool, quiet: bool, keep: bool, more: Mapping[str, Any] | None = None
) -> int:
    """Play it on this machine, and show what came of it; the exit code. more: what else `--json` has."""
    from generator.drill.local import play
    from generator.drill.machine import CannotDrill, NoMoto
    from generator.drill.story import as_data, short, story

    try:
        played = play(planned(), keep=keep)
    except NoMoto as error:
        raise usage_error(str(error), "pip install 'obsgen[drill]'") from None
    except CannotDrill as error:
        raise usage_error(str(error)) from None
    if as_json:
        click.echo(json.dumps({**as_data(played), **(more or {})}, indent=1))
    else:
        click.echo(short(played) if quiet else story(played))
    return FINDINGS if played.problems else 0


def _check_options(
    alarm: str | None, *, local: bool, keep: bool, storm: int | None, down: str | None, down_for: int | None
) -> None:
    option = "--storm" if storm else "--down" if down else ""
    if down_for and not down:
        raise usage_error("--for is for --down: how long a channel does not answer", "--down ops-jira --for 6h")
    if option and not local:
        raise usage_error(f"{option} is for --local: it is played on this machine only")
    if option and alarm:
        raise usage_error(f"{option} chooses its alarms itself", f"leave `{alarm}` out, or {option}")
    if option and keep:
        raise usage_error(f"--keep is for the drill of one alarm: {option} leaves nothing on this machine")
    if not option and not alarm:
        raise usage_error("which alarm?", "its key or its name; or --local --storm 300, or --local --down CHANNEL")
    if keep and not local:
        raise usage_error("--keep is for --local: a deployed alarm leaves nothing on this machine")


def _plan(built: Built, estate: Estate, **about: Any) -> Any:
    """What was built, for a drill that cannot build. about: what is played."""
    from generator.build import HUB_TEMPLATE
    from generator.drill.drill_result import Plan
    from generator.drill.local import FUNCTION, NOTIFIER
    from generator.packages import unpacked

    template = built.templates[estate.environment][HUB_TEMPLATE]
    keys = [template["Resources"][title]["Properties"]["Code"]["S3Key"] for title in (FUNCTION, NOTIFIER)]
    files, notifier_files = (unpacked(built.packages[estate.environment][key]) for key in keys)
    return Plan(
        environment=estate.environment,
        files=files,
        notifier_files=notifier_files,
        template=template,
        account=estate.hub.account,
        region=estate.hub.region,
        partition=estate.hub.partition,
        **about,
    )
