"""obsgen compliance scan"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from generator.cli.compliance.places import ComplianceScope, compliance_scope, scope_options
from generator.cli.exit import AWS_REFUSED, FINDINGS, FINE, usage_error, with_hint
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

    from generator.spec.quantities import duration

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

    \b
    Exit codes:
      0  every scan was requested; with --wait, every scan has finished
      1  with --wait: a scan has not finished
      2  no out/, no tag compliance, or no such account or Region
      3  AWS refused at least one account and Region
    """
    if dry_run and wait:
        raise usage_error("--wait and --dry-run cannot be combined")
    at = datetime.now(UTC).replace(microsecond=0)
    reporter = progress()
    with exit_on_aws_error(reporter):
        where = compliance_scope(environment, out, account, region, profile, members_profile, SESSION)
        _head(where)
        if dry_run:
            for location in where.chosen:
                address = f"{location.name} {location.account} {location.region}"
                click.echo(f"  {address}: {where.checker.queue} would receive {message(at)}")
            click.echo("no message was sent")
            raise click.exceptions.Exit(AWS_REFUSED if where.missing else FINE)
        sign_in(where.access.aws, where.desired)
        scans = Scans(where.access)
        requests = _ask(scans, where, at)
        done = _wait(scans, requests, wait, reporter) if wait else requests
    reporter.end()
    raise click.exceptions.Exit(_verdict(where, requests, done, at, wait))


def _head(where: ComplianceScope) -> None:
    accounts = len({location.account for location in where.chosen})
    regions = len({location.region for location in where.chosen})
    counts = f"{pluralize(accounts, 'account')}, {pluralize(regions, 'Region')}"
    click.echo(f"{where.desired.environment}: {where.checker.queue} in {counts}")
    if where.missing:
        click.echo(f"  accounts of organizational units are not known: {where.missing}", err=True)
        click.echo(f"    = help: {where.missing.hint}", err=True)


def _ask(scans: Scans, where: ComplianceScope, at: datetime) -> list[ScanRequest]:
    requests = []
    for request in scans.ask(where.chosen, at):
        requests.append(request)
        _line(request, lambda _: "scan requested")
    return requests


def _wait(scans: Scans, requests: Sequence[ScanRequest], seconds: int, reporter: Progress) -> list[ScanRequest]:
    """Wait for the scans that were requested; the finished ones with their totals."""
    waiting = [request for request in requests if not request.problem]
    done: list[ScanRequest] = []
    if waiting:
        click.echo("results")
    for request in scans.found(waiting, seconds, lambda number: reporter.at("scans", number, len(waiting))):
        reporter.end()
        done.append(request)
        _line(request, lambda request: in_words(request.total) if request.total else "scan not finished")
    return done


def _line(request: ScanRequest, say: Callable[[ScanRequest], str]) -> None:
    location = f"{request.place.name} {request.place.account} {request.place.region}"
    hint = request.hint if request.problem else ""
    click.echo(with_hint(f"  {location}: {request.problem or say(request)}", hint, "    "))


def _verdict(
    where: ComplianceScope, requests: Sequence[ScanRequest], done: Sequence[ScanRequest], at: datetime, wait: int | None
) -> int:
    """The last line, and the exit code."""
    name = where.desired.environment
    sent = [request for request in requests if not request.problem]
    report = f"`obsgen compliance report -e {name}` shows the results"
    late = [request for request in done if not request.total and not request.problem] if wait else []
    click.echo(f"{len(sent)} of {pluralize(len(requests), 'scan')} requested, {at:%Y-%m-%dT%H:%M:%SZ}; {report}")
    if where.missing or len(sent) < len(requests) or any(request.problem for request in done):
        return AWS_REFUSED
    return FINDINGS if late else FINE
