"""Findings and errors of a command: how they are printed, and their exit codes."""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING, Any

import click

from generator.findings import Severity

if TYPE_CHECKING:
    # Every command imports this module, `--help` too, which has to be quick.
    from generator.build import Built

# Codes of the text, the language and its references; every other code is of a check.
LANGUAGE = ("Y", "S", "R")
FINE, FINDINGS, BAD_INPUT, AWS_REFUSED = 0, 1, 2, 3


def out_of(name: str) -> IO[Any]:
    """stdout or stderr, looked up when it is needed, so that a test's capture holds."""
    return sys.stderr if name == "err" else sys.stdout


def colour(stream: IO[Any]) -> bool:
    """Colours on a terminal only, and never against NO_COLOR (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class UsageError(click.ClickException):
    """A command that cannot start: one sentence, one hint, exit 2."""

    exit_code = BAD_INPUT


class AwsErrorExit(click.ClickException):
    """AWS said no: one sentence, one hint, exit 3."""

    exit_code = AWS_REFUSED


class HostErrorExit(click.ClickException):
    """GitHub or GitLab said no, or nothing: one sentence, one hint, exit 3."""

    exit_code = AWS_REFUSED


def usage_error(message: str, hint: str = "") -> UsageError:
    """The error to raise where a command cannot start."""
    return UsageError(with_hint(message, hint))


def with_hint(message: str, hint: str, indent: str = "  ") -> str:
    """A message and below it what to do about it, as findings have it; the message alone without a hint."""
    return f"{message}\n{indent}= help: {hint}" if hint else message


def print_findings(built: Built, verdict: str, *, out: IO[Any], form: str = "text") -> None:
    """Every finding of a build and what was not run, in one of the formats, with a verdict at the end of the text."""
    click.echo(findings_text(built, verdict, form, in_colour=colour(out)), file=out, nl=False)


def findings_text(built: Built, verdict: str, form: str = "text", *, in_colour: bool) -> str:
    """The text that `print_findings` prints."""
    from generator.render import findings

    return findings.render(built.findings, built.source, form, verdict, in_colour, built.not_run)


def exit_code_of(built: Built) -> int:
    """2 where the spec could not be understood, 1 where a check refuses it; warnings do not fail a build."""
    errors = [finding.code for finding in built.findings if finding.severity is Severity.ERROR]
    if any(code.startswith(LANGUAGE) for code in errors):
        return BAD_INPUT
    return FINDINGS if errors else FINE
