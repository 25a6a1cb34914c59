"""obsgen compliance report"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from generator.cli.compliance.places import ComplianceScope, compliance_scope, scope_options
from generator.cli.exit import AWS_REFUSED, FINDINGS, FINE, usage_error, with_hint
from generator.cli.rollout import REBUILD_HINT, exit_on_aws_error, progress
from generator.manifest import ESTATE_FILE
from generator.render.compliance_html import as_html
from generator.render.compliance_report import DAY_MS, ComplianceReport, report
from generator.render.compliance_text import as_csv, as_data, as_text, headline
from generator.rollout.aws.clients import sign_in
from generator.rollout.aws.errors import AwsError
from generator.rollout.deploy.desired import DesiredState, NotWhatWasBuilt, estate_of
from generator.rollout.operate.compliance_ledger import ComplianceTable
from generator.rollout.operate.compliance_state import AccountRegion, ComplianceSnapshot

SESSION = "obsgen-compliance-report"
SIDE_BY_SIDE = 16
# Totals are kept for so long.
MOST_DAYS = 400


@click.command(name="report")
@scope_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help="Output format; csv has a row for each non-compliant resource.",
)
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=30, show_default=True, help="Days of the trend.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Write to FILE.")
def command(
    environment: str | None,
    out: Path,
    account: tuple[str, ...],
    region: tuple[str, ...],
    profile: str | None,
    members_profile: str | None,
    form: str,
    days: int,
    to: Path | None,
) -> None:
    """Report tag compliance by account, Region, type, owner and tag, its trend, and each resource.

    Counts are those of each account's and Region's last whole scan; the list of resources is as of now. The html is
    one file without scripts, for a browser, a mail or a printer.

    \b
    Examples:
      obsgen compliance report -e prod
      obsgen compliance report -e prod --format html --to report.html
      obsgen compliance report -e prod --account checkout --format csv > checkout.csv

    \b
    Exit codes:
      0  everything is compliant and was scanned in time
      1  something is not
      2  no out/, no tag compliance, or no such account or Region
      3  AWS refused at least one account and Region; the report is without it
    """
    with exit_on_aws_error(progress()):
        where = compliance_scope(environment, out, account, region, profile, members_profile, SESSION)
        summary = _report(where, days)
    text = _written(summary, form)
    if to is None:
        click.echo(text, nl=False)
    else:
        try:
            to.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise usage_error(f"{to}: {error.strerror or error}") from None
        click.echo(f"wrote {to}: {headline(summary)}")
    if form != "text" or to:
        _say_unread(summary)
    if summary.notes or summary.unread:
        raise click.exceptions.Exit(AWS_REFUSED)
    raise click.exceptions.Exit(FINE if summary.is_well else FINDINGS)


def _report(where: ComplianceScope, days: int) -> ComplianceReport:
    """Every place read, side by side."""
    now = time.time_ns() // 1_000_000
    # A day earlier, so that the first day of the trend has the scan before it.
    since = now - (days + 1) * DAY_MS
    types, schedule = _spec_of(where.desired)
    sign_in(where.access.aws, where.desired)

    def read(location: AccountRegion) -> ComplianceSnapshot:
        try:
            return ComplianceTable(where.access.client(location, "dynamodb"), where.checker.table, location).ledger(
                types, since
            )
        except AwsError as error:
            return ComplianceSnapshot(location, problem=str(error), hint=error.hint)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        ledgers = list(pool.map(read, where.chosen))
    notes = [f"accounts of organizational units are not known: {where.missing}"] if where.missing else []
    name = where.desired.environment
    return report(ledgers, environment=name, now=now, days=days, schedule=schedule, notes=notes)


def _spec_of(desired: DesiredState) -> tuple[list[str], str]:
    """Types of resources and the schedule of the scans, as estate.json has them; an empty schedule for none."""
    try:
        spec = estate_of(desired.files)["compliance"]
        return [str(type_) for type_ in spec["resources"]], str((spec["scan"] or {}).get("expression", ""))
    except (KeyError, NotWhatWasBuilt, TypeError, ValueError, AttributeError):
        raise usage_error(f"{ESTATE_FILE} is not the output of a build", REBUILD_HINT) from None


def _written(summary: ComplianceReport, form: str) -> str:
    match form:
        case "json":
            return json.dumps(as_data(summary), indent=1) + "\n"
        case "csv":
            return as_csv(summary)
        case "html":
            return as_html(summary)
    return as_text(summary) + "\n"


def _say_unread(summary: ComplianceReport) -> None:
    """Print which accounts and Regions the report is without, since a file or a pipe does not show it."""
    for note in summary.notes:
        click.echo(f"skipped: {note}", err=True)
    for ledger in summary.unread:
        click.echo(with_hint(f"skipped: {ledger.place}: {ledger.problem}", ledger.hint), err=True)
