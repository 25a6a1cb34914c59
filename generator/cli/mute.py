"""obsgen mute"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.aws.regions import REGIONS
from generator.cli.exit import FINDINGS, fail
from generator.cli.rollout import as_built, aws, from_out, progress, told_plainly
from generator.findings import did_you_mean
from generator.render.quantities import counted
from generator.rollout.wanted import Wanted, alarms_of

if TYPE_CHECKING:
    from generator.rollout.mutes import Mute, Mutes

DOCUMENTED = "members' alarms are muted where they stand: --account NAME, with credentials of that account"


@click.command(name="mute")
@click.argument("glob", required=False)
@click.option("--for", "lasts", metavar="DURATION", help="How long, such as 30m, 2h or 1d; 15d at most.")
@click.option("--reason", help="Why; it stands in the rule.")
@click.option("--account", help="The member whose alarms are meant; the hub's without it.")
@click.option("--list", "listing", is_flag=True, help="Show what is muted, and until when.")
@click.option("--dry-run", is_flag=True, help="Show what would be muted.")
@click.option("--environment", "-e", help="Which environment, where several were built.")
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), default="out", show_default=True, help="Where build wrote."
)
@click.option("--region", help="Which Region of the member, where there are several.")
@click.option("--profile", help="The AWS profile to use, instead of the usual chain.")
def command(
    glob: str | None,
    lasts: str | None,
    reason: str | None,
    account: str | None,
    listing: bool,
    dry_run: bool,
    environment: str | None,
    out: Path,
    region: str | None,
    profile: str | None,
) -> None:
    """Hold back whoever would be told about the alarms like GLOB, for a while.

    GLOB is like keys or full names of alarms. Alarms go on being evaluated; what is still in ALARM at the end is told
    then. A mute always ends. Members' alarms are muted with credentials of their account.

    \b
    Examples:
      obsgen mute 'settlement-*' --for 2h --reason 'moving the queue'
      obsgen mute 'application-error' --account ledger --profile ledger --for 30m --reason 'load test'
      obsgen mute --list

    Exit codes: 0 muted; 1 nothing is muted (--list), or CloudWatch knows none of them; 2 bad usage; 3 AWS refused.
    """
    wanted = from_out(out, environment)
    mutes = where(wanted, account, region, aws(profile))
    if listing:
        with told_plainly(progress()):
            mutes.sign_in()
            found = mutes.all()
        click.echo("\n".join(line for mute in found for line in shown(mute)) or "nothing is muted")
        raise click.exceptions.Exit(0 if found else FINDINGS)
    if not glob or not lasts or not reason:
        raise fail("a mute names alarms, --for how long, and --reason why", "obsgen mute 'errors*' --for 2h --reason …")
    time = _lasting(lasts)
    names = meant(wanted, glob, account)
    now = datetime.now(UTC)
    if dry_run:
        click.echo(f"would mute until {_until(now + time)}\n" + "\n".join(f"  {name}" for name in names))
        return
    with told_plainly(progress()):
        mutes.sign_in()
        there = mutes.there(names)
        if not there:
            click.echo(f"CloudWatch knows none of them in {mutes.account}\n  = try: obsgen deploy first", err=True)
            raise click.exceptions.Exit(FINDINGS)
        made = mutes.put(there, time, reason, now)
    click.echo(f"{counted(len(there), 'alarm')} muted from the next minute until {_until(made[0].end)}")
    click.echo("\n".join(f"  {name}" for name in there))
    click.echo(f"what is in ALARM then is told then; `obsgen unmute '{glob}'` ends it before")


def where(wanted: Wanted, account: str | None, region: str | None, caller: Any) -> Mutes:
    """The account and Region whose alarms are meant."""
    from generator.rollout.mutes import Mutes

    if region and region not in REGIONS:
        raise fail(f"{region} is not an AWS Region", did_you_mean(region, REGIONS).strip() or "such as us-east-1")
    if account is None:
        return Mutes(caller, wanted.hub.account, region or wanted.hub.region)
    ids = {name: number for number, name in wanted.members.names.items()}
    if account not in ids:
        raise fail(f"there is no account `{account}`", did_you_mean(account, ids).strip() or f"one of {', '.join(ids)}")
    regions = wanted.members.regions
    if region is None and len(regions) > 1:
        raise fail(f"{account} is watched in {', '.join(regions)}", "--region says which")
    return Mutes(caller, ids[account], region or regions[0])


def meant(wanted: Wanted, glob: str, account: str | None) -> list[str]:
    """Names of the alarms like the glob, on the side that is meant; ends the command where there are none."""
    from generator.rollout.mutes import matching

    sides: dict[str, dict[str, str]] = {"hub": {}, "members": {}}
    with as_built(Path(wanted.environment)):
        for one in alarms_of(wanted.files):
            sides.setdefault(one.side, {})[one.name] = one.key
    mine, others = (sides["members"], sides["hub"]) if account else (sides["hub"], sides["members"])
    found = matching(mine, glob)
    if not found:
        if matching(others, glob):
            hint = "without --account: they stand in the hub" if account else DOCUMENTED
            raise fail(f"no alarm of {account or 'the hub'} is like `{glob}`", hint)
        near = did_you_mean(glob, [*mine, *mine.values()]).strip()
        raise fail(f"no alarm is like `{glob}`", near or f"such as {', '.join(sorted(set(mine.values()))[:5])}")
    return found


def shown(mute: Mute) -> Iterator[str]:
    """A mute, for people."""
    yield f"{mute.name} ({mute.status.lower()}) until {_until(mute.end)}: {mute.reason}"
    yield from (f"  {name}" for name in mute.alarms)


def _lasting(text: str) -> timedelta:
    from pydantic_core import PydanticCustomError

    from generator.rollout.mutes import LONGEST, SHORTEST
    from generator.spec.scalars import duration

    try:
        seconds = duration(text)
    except PydanticCustomError as error:
        context = error.context or {}
        raise fail(f"--for: {context.get('message', error)}", str(context.get("hint", ""))) from None
    if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
        raise fail("--for: CloudWatch mutes for one minute to fifteen days")
    return timedelta(seconds=seconds)


def _until(end: datetime | None) -> str:
    if end is None:
        return "an end that CloudWatch does not tell"
    here = end.astimezone()
    local = "" if here.utcoffset() == timedelta(0) else f" ({here:%H:%M} here)"
    return f"{end.astimezone(UTC):%Y-%m-%d %H:%M} UTC{local}"
