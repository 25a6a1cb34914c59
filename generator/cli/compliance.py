"""obsgen compliance"""

from __future__ import annotations

import click

from generator.cli.lazy import LazyGroup

COMMANDS = {
    "check": "Check the tags of a describe-instances file, offline.",
}


@click.command(name="compliance", cls=LazyGroup, commands_help=COMMANDS, prefix="generator.cli.compliance_")
def command() -> None:
    """Check whether resources have the tags that the section `compliance:` of the spec requires."""
