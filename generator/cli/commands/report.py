"""obsgen report"""

from __future__ import annotations

import click

from generator.cli.lazy import LazyGroup

COMMANDS = {
    "open": "Open the page of a report that was sent.",
    "preview": "Write the reports of sample data, in all their forms.",
}


class _Report(LazyGroup):
    """`obsgen report --preview` is `obsgen report preview`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments that are left."""
        return super().parse_args(ctx, ["preview" if argument == "--preview" else argument for argument in args])


@click.command(name="report", cls=_Report, commands_help=COMMANDS, prefix="generator.cli.report.")
def command() -> None:
    """Preview the reports of the section `reports:`, or open reports that were sent.

    `preview` needs no AWS account. `open` needs credentials of the hub's account that may read the bucket of reports.
    """
