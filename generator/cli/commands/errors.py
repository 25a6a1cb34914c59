"""obsgen errors"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from generator.cli.commands.api import (
    STATES,
    ListedByDefault,
    account_of,
    api_client,
    api_options,
    limit_option,
    path_of,
    print_response,
    time_parameter,
)
from generator.cli.exit import usage_error
from generator.render.api_words import error_details, error_lines


@click.group(name="errors", cls=ListedByDefault)
def command() -> None:
    """List and triage errors of all accounts.

    Without a command: `list`; `obsgen errors list --help` has its options. Requires credentials of the hub
    account with execute-api:Invoke: docs/api.md has the policy. Times are in UTC.

    \b
    Examples:
      obsgen errors -e prod --since 24h
      obsgen errors show 1-0123456789abcdef -e prod
      obsgen errors ignore 1-0123456789abcdef -e prod --until-count 100 --within 1h

    Exit codes: 0 fine; 2 bad usage, no API, no such error, or the state does not allow it; 3 AWS refused.
    """


@command.command(name="list")
@click.option("--state", type=click.Choice(STATES), multiple=True, help="State. Repeatable.")
@click.option("--account", help="Account name or ID.")
@click.option("--service", help="Service.")
@click.option("--kind", type=click.Choice(["log", "lambda"]), help="Log lines or failed invocations.")
@click.option("--since", help="Seen since: an age, such as 24h, or a time.  [default: 7d]")
@limit_option
@api_options
def list_(
    state: tuple[str, ...],
    account: str | None,
    service: str | None,
    kind: str | None,
    since: str | None,
    most: int,
    environment: str | None,
    out: Path,
    form: str,
    profile: str | None,
) -> None:
    """List errors, those of the latest hour first."""
    query: dict[str, Any] = {"state": list(state), "service": service, "kind": kind}
    query["since"] = time_parameter(since, "--since")
    with api_client(environment, out, profile) as api:
        query["account"] = account_of(account, api)
        found = list(api.items("/v1/errors", "errors", query, most))
    print_response({"errors": found}, form, error_lines)


@command.command(name="show")
@click.argument("fingerprint")
@api_options
def show(fingerprint: str, environment: str | None, out: Path, form: str, profile: str | None) -> None:
    """Show an error, with its counts of 24 hours."""
    path = path_of("errors", fingerprint)
    with api_client(environment, out, profile) as api:
        found = api.get(path).data
    print_response(found, form, error_details)


@command.command(name="acknowledge")
@click.argument("fingerprint")
@api_options
def acknowledge(fingerprint: str, **more: Any) -> None:
    """Acknowledge an error."""
    _decide(fingerprint, "acknowledge", None, **more)


@command.command(name="resolve")
@click.argument("fingerprint")
@api_options
def resolve(fingerprint: str, **more: Any) -> None:
    """Resolve an error; the next occurrence is a regression."""
    _decide(fingerprint, "resolve", None, **more)


@command.command(name="ignore")
@click.argument("fingerprint")
@click.option("--until", metavar="DAY", help="Last day (UTC), such as 2026-12-31.")
@click.option("--until-count", type=click.IntRange(1), help="Number of occurrences within --within.")
@click.option("--within", metavar="DURATION", help="Duration, such as 30m, 1h or 7d. The maximum is 30d.")
@api_options
def ignore(fingerprint: str, until: str | None, until_count: int | None, within: str | None, **more: Any) -> None:
    """Ignore an error until a date or a number of occurrences."""
    if bool(until) == bool(until_count) or bool(until_count) != bool(within):
        raise usage_error("until when?", "--until 2026-12-31, or --until-count 100 --within 1h")
    body = {"until": until} if until else {"until_count": until_count, "within": within}
    _decide(fingerprint, "ignore", body, **more)


@command.command(name="merge")
@click.argument("fingerprint")
@click.argument("into")
@api_options
def merge(fingerprint: str, into: str, **more: Any) -> None:
    """Merge an error into INTO."""
    path_of("errors", into)
    _decide(fingerprint, "merge", {"into": into}, **more)


def _decide(
    fingerprint: str,
    what: str,
    body: dict[str, Any] | None,
    *,
    environment: str | None,
    out: Path,
    form: str,
    profile: str | None,
) -> None:
    path = path_of("errors", fingerprint, what)
    with api_client(environment, out, profile) as api:
        found = api.post(path, body)
    print_response(found, form, error_details)
