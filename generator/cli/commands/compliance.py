"""obsgen compliance"""

from __future__ import annotations

import click

from generator.cli.lazy import LazyGroup

COMMANDS = {
    "check": "Check the tags of a describe-instances file, offline.",
    "report": "Report what the checkers of all accounts have found.",
    "scan": "Start a scan in every account and Region.",
}


@click.command(name="compliance", cls=LazyGroup, commands_help=COMMANDS, prefix="generator.cli.compliance.")
def command() -> None:
    """Check whether resources have the tags that the section `compliance:` of the spec requires.

    `check` needs no AWS account. `scan` and `report` need credentials of the hub's account that may assume the
    operator role of each account and Region: docs/compliance.md has the policy.
    """
