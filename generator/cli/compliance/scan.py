"""obsgen compliance scan"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from generator.cli.compliance.places import ComplianceScope, compliance_scope, scope_options
from generator.cli.exit import AWS_REFUSED, FINDINGS, FINE, usage_error
from generator.cli.progress import Progress
from generator.cli.rollout import exit_on_aws_error, progress
from generator.rollout.aws.clients import sign_in
from generator.rollout.operate.compliance_scan import ScanRequest, Scans, in_words, message
from generator.wording import pluralize

SESSION = "obsgen-compliance-scan"
USUAL_WAIT = "15m"


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


@click.command(name="scan")
@scope_options
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and exit.")
@click.option(
    "--wait",
    metavar="[TIME]",
    is_flag=False,
    flag_value=USUAL_WAIT,
    callback=_seconds,
    help=f"Wait for the results, at most TIME.  [without TIME: {USUAL_WAIT}]",
)
def command(
    environment: str | None,
    out: Path,
    account: tuple[str, ...],
    region: tuple[str, ...],
    profile: str | None,
    members_profile: str | None,
    dry_run: bool,
    wait: int | None,
) -> None:
    """Start a scan in every account and Region now, instead of at the next scheduled time.

    Each checker gets a message in its queue. Where a scan is running, it continues and no other one starts. Owners are
    notified of new findings, as after a scheduled scan.

    \b
    Examples:
      obsgen compliance scan -e prod --dry-run
      obsgen compliance scan -e prod --account checkout --wait

    Exit codes: 0 every checker was asked, and with --wait its scan is done; 1 with --wait: a scan is not done;
    2 no out/, no tag compliance, or no such account or Region; 3 AWS refused at least one.
    """
    if dry_run and wait:
        raise usage_error("--wait is for scans, and --dry-run begins none")
    at = datetime.now(UTC).replace(microsecond=0)
    shown = progress()
    with exit_on_aws_error(shown):
        where = compliance_scope(environment, out, account, region, profile, members_profile, SESSION)
        _head(where)
        if dry_run:
            for place in where.chosen:
                click.echo(
                    f"  {place.name} {place.account} {place.region}: {where.checker.queue} would get {message(at)}"
                )
            click.echo("nothing was sent")
            raise click.exceptions.Exit(AWS_REFUSED if where.missing else FINE)
        sign_in(where.access.aws, where.desired)
        scans = Scans(where.access)
        asked = _ask(scans, where, at)
        done = _wait(scans, asked, wait, shown) if wait else asked
    shown.end()
    raise click.exceptions.Exit(_verdict(where, asked, done, at, wait))


def _head(where: ComplianceScope) -> None:
    accounts = len({place.account for place in where.chosen})
    regions = len({place.region for place in where.chosen})
    counts = f"{pluralize(accounts, 'account')}, {pluralize(regions, 'Region')}"
    click.echo(f"{where.desired.environment}: {where.checker.queue} in {counts}")
    if where.missing:
        click.echo(f"  accounts of organizational units are not known: {where.missing}", err=True)
        click.echo(f"    = help: {where.missing.hint}", err=True)


def _ask(scans: Scans, where: ComplianceScope, at: datetime) -> list[ScanRequest]:
    asked = []
    for one in scans.ask(where.chosen, at):
        asked.append(one)
        _line(one, lambda _: "asked for a scan")
    return asked


def _wait(scans: Scans, asked: Sequence[ScanRequest], seconds: int, shown: Progress) -> list[ScanRequest]:
    """Those that were asked, with what they found."""
    waiting = [one for one in asked if not one.problem]
    done: list[ScanRequest] = []
    if waiting:
        click.echo("what they find")
    for one in scans.found(waiting, seconds, lambda number: shown.at("scans", number, len(waiting))):
        shown.end()
        done.append(one)
        _line(one, lambda one: in_words(one.total) if one.total else "its scan is not done")
    return done


def _line(one: ScanRequest, say: Callable[[ScanRequest], str]) -> None:
    place = f"{one.place.name} {one.place.account} {one.place.region}"
    click.echo(f"  {place}: {one.problem or say(one)}")
    if one.problem:
        click.echo(f"    = help: {one.hint}")


def _verdict(
    where: ComplianceScope, asked: Sequence[ScanRequest], done: Sequence[ScanRequest], at: datetime, wait: int | None
) -> int:
    """The last line, and the exit code."""
    name = where.desired.environment
    sent = [one for one in asked if not one.problem]
    report = f"`obsgen compliance report -e {name}` shows what they find"
    late = [one for one in done if not one.total and not one.problem] if wait else []
    click.echo(f"{len(sent)} of {pluralize(len(asked), 'checker')} asked, scan {at:%Y-%m-%dT%H:%M:%SZ}; {report}")
    if where.missing or len(sent) < len(asked) or any(one.problem for one in done):
        return AWS_REFUSED
    return FINDINGS if late else FINE
