"""obsgen agents"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.commands.api import api_client, api_options, print_response
from generator.cli.exit import FINDINGS, FINE
from generator.render.api_words import agent_lines, are_well


@click.command(name="agents")
@api_options
def command(environment: str | None, out: Path, form: str, profile: str | None) -> None:
    """List the agents of all accounts: state, last heartbeat, log groups without read access.

    Requires credentials of the hub account with execute-api:Invoke; docs/api.md has the policy. Times are in UTC.

    \b
    Examples:
      obsgen agents -e prod
      obsgen agents -e prod --format json

    \b
    Exit codes:
      0  all agents work
      1  an agent is silent or has failed
      2  bad usage, or the environment has no API
      3  AWS refused
    """
    with api_client(environment, out, profile) as api:
        found = api.get("/v1/agents").data
    print_response(found, form, agent_lines)
    raise click.exceptions.Exit(FINE if are_well(found) else FINDINGS)
