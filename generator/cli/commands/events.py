"""obsgen events"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from generator.cli.commands.api import (
    SEVERITIES,
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
from generator.render.api_words import event_details, event_lines

TYPES = ("alarm", "task-failure", "canary-failure", "deployment", "health", "error", "agent")


@click.group(name="events", cls=ListedByDefault)
def command() -> None:
    """List events of all accounts: alarms, failed tasks, deployments, health, errors, agents.

    Without a command: `list`; `obsgen events list --help` has its options. Requires credentials of the hub
    account with execute-api:Invoke: docs/api.md has the policy. Times are in UTC.

    \b
    Examples:
      obsgen events -e prod --from 7d --type deployment
      obsgen events show 0123456789abcdef0123 -e prod
      obsgen events ignore 0123456789abcdef0123 -e prod --until 2026-12-31

    Exit codes: 0 fine; 2 bad usage, no API, no such event, or the state does not allow it; 3 AWS refused.
    """


@command.command(name="list")
@click.option("--from", "from_", help="Start: an age, such as 24h, or a time.  [default: 24h]")
@click.option("--to", help="End.")
@click.option("--type", "types", type=click.Choice(TYPES), multiple=True, help="Type. Repeatable.")
@click.option("--severity", type=click.Choice(SEVERITIES), multiple=True, help="Repeatable.")
@click.option("--state", type=click.Choice(STATES), multiple=True, help="Repeatable.")
@click.option("--account", help="Account name or ID.")
@limit_option
@api_options
def list_(
    from_: str | None,
    to: str | None,
    types: tuple[str, ...],
    severity: tuple[str, ...],
    state: tuple[str, ...],
    account: str | None,
    most: int,
    environment: str | None,
    out: Path,
    form: str,
    profile: str | None,
) -> None:
    """List events, the latest first."""
    query: dict[str, Any] = {"type": list(types), "severity": list(severity), "state": list(state)}
    query |= {"from": time_parameter(from_, "--from"), "to": time_parameter(to, "--to")}
    with api_client(environment, out, profile) as api:
        query["account"] = account_of(account, api)
        found = list(api.items("/v1/events", "events", query, most))
    print_response({"events": found}, form, event_lines)


@command.command(name="show")
@click.argument("event")
@api_options
def show(event: str, environment: str | None, out: Path, form: str, profile: str | None) -> None:
    """Show an event."""
    path = path_of("events", event)
    with api_client(environment, out, profile) as api:
        found = api.get(path).data
    print_response(found, form, event_details)


@command.command(name="acknowledge")
@click.argument("event")
@api_options
def acknowledge(event: str, **more: Any) -> None:
    """Acknowledge an event."""
    _decide(event, "acknowledge", None, **more)


@command.command(name="resolve")
@click.argument("event")
@api_options
def resolve(event: str, **more: Any) -> None:
    """Resolve an event."""
    _decide(event, "resolve", None, **more)


@command.command(name="ignore")
@click.argument("event")
@click.option("--until", metavar="DAY", required=True, help="Last day (UTC), such as 2026-12-31.")
@api_options
def ignore(event: str, until: str, **more: Any) -> None:
    """Ignore an event until a date."""
    _decide(event, "ignore", {"until": until}, **more)


def _decide(
    event: str,
    what: str,
    body: dict[str, Any] | None,
    *,
    environment: str | None,
    out: Path,
    form: str,
    profile: str | None,
) -> None:
    path = path_of("events", event, what)
    with api_client(environment, out, profile) as api:
        found = api.post(path, body)
    print_response(found, form, event_details)
