"""The question that a command asks before it changes anything, and the terminal that this needs."""

from __future__ import annotations

import sys

import click

from generator.cli.exit import FINDINGS, usage_error


def require_terminal(*, skipped: bool, as_json: bool, hint: str) -> None:
    """End the command with exit 2 without a terminal for the answer, or if the terminal shows JSON.

    skipped: whether no question will be asked.
    """
    if not skipped and (as_json or not sys.stdin.isatty()):
        raise usage_error("confirmation requires a terminal", hint)


def is_confirmed(question: str) -> bool:
    """Ask for yes or no. Ctrl-C is a no: the caller has to withdraw what it prepared."""
    try:
        return click.confirm(question)
    except click.Abort:
        click.echo(err=True)
        return False


def require_name(question: str, name: str) -> None:
    """Have the name typed of what will be deleted; end the command with exit 1 if it is another one."""
    if click.prompt(question, default="").strip() != name:
        click.echo("nothing was deleted", err=True)
        raise click.exceptions.Exit(FINDINGS)
