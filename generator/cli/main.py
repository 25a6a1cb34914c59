"""The `obsgen` command: one thin file a command, imported only when that command is called."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

import click

from generator.cli.exit import BAD_INPUT, usage_error
from generator.cli.lazy import LazyGroup

COMMANDS = {
    "accounts": "List member accounts; update them from the organization.",
    "ack": "Acknowledge an incident: stop reminders and escalation.",
    "agents": "List the agents of all accounts and their state.",
    "backtest": "Evaluate the alarms over captured metric data.",
    "build": "Compile observability.yaml into out/.",
    "capture": "Write what AWS has about alarms into a folder.",
    "check": "Run all checks without writing files.",
    "comment": "Comment on a pull request: findings, tests, changes.",
    "completion": "Print the completion script of a shell.",
    "compliance": "Check whether resources have the required tags.",
    "coverage": "Count what alarms watch in a capture, and check it.",
    "cost": "Show what the resources cost a month.",
    "deploy": "Deploy the templates in out/.",
    "destroy": "Delete all resources of an environment.",
    "diff": "Show changes in terms of alarms.",
    "discover": "List what accounts have, and propose entries.",
    "docs": "Print the pages of the documentation.",
    "drill": "Fire a test alarm and verify that each channel is notified.",
    "drift": "Detect changes made outside obsgen.",
    "errors": "List and triage errors of all accounts.",
    "event": "Try an event pattern on events.",
    "events": "List events of all accounts.",
    "explain": "Show the origin of a value and the channels it notifies.",
    "filter": "Try a filter pattern on log lines.",
    "hygiene": "Find alarms that do no good, and patch the YAML.",
    "import": "Write observability.yaml from alarms that exist.",
    "incidents": "Show open incidents and pending deliveries.",
    "init": "Write a small observability.yaml to start from.",
    "mute": "Suppress notifications of alarms for a limited time.",
    "outputs": "Print the outputs of the hub stacks.",
    "packs": "List the alarm packs for AWS services.",
    "policy": "Print the IAM policies required to deploy.",
    "preview": "Write a page that shows what the spec builds.",
    "probe": "Run probes once on this machine.",
    "redrive": "List dead-letter messages and undelivered notifications; retry them.",
    "report": "Preview reports, and open reports that were sent.",
    "schema": "Print the JSON Schema for editors.",
    "selftest": "Ask AWS what its documentation leaves open.",
    "shards": "Show which stack contains which resources; move them.",
    "status": "Show the status of stacks, alarms, and queues.",
    "test": "Run alarm unit tests against the templates, offline.",
    "unmute": "End a mute.",
}


_MOST_SAID = 300


class _Obsgen(LazyGroup):
    """All commands; an unexpected exception becomes an error message."""

    def invoke(self, ctx: click.Context) -> Any:
        """Turn a bug of obsgen into a message with its place; never exit code 1, which is for findings."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            if _is_closed_pipe(error):
                raise
            raise _unexpected(error) from error


def _is_closed_pipe(error: Exception) -> bool:
    """True if the reader of the output has ended, such as `| head`; click handles that."""
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def _unexpected(error: Exception) -> click.ClickException:
    """A sentence about what no command handled: what the system refuses, such as a full disk, or a bug."""
    import traceback

    if isinstance(error, OSError) and error.strerror:
        return usage_error(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "generator" in Path(frame.filename).parts] or frames
    location = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    detail = " ".join(f"{type(error).__name__}: {error}".split())[:_MOST_SAID]
    return usage_error(
        f"internal error at {location}: {detail}", "report this bug of obsgen, with the command that you ran"
    )


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    import importlib.metadata

    click.echo(f"obsgen {importlib.metadata.version('obsgen')}")
    ctx.exit()


@click.command(
    cls=_Obsgen,
    commands_help=COMMANDS,
    prefix="generator.cli.commands.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def group() -> None:
    """Compile observability.yaml into CloudFormation templates that monitor many AWS accounts.

    \b
    obsgen init          a file to start from
    obsgen build         out/<environment>/ from observability.yaml
    obsgen diff          its changes, in terms of alarms

    \b
    Exit codes:
      0  success
      1  findings or differences
      2  bad usage or input
      3  AWS, GitHub or GitLab refused
    """


def main(arguments: list[str] | None = None) -> Any:
    """The entry point of the console script."""
    _open_closed_streams()
    # Names of files and values of a spec may be what the terminal cannot show.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return group(args=arguments, prog_name="obsgen")
    except Exception as error:
        # What breaks before a command is invoked: shell completion, and the output of --help.
        _unexpected(error).show()
        sys.exit(BAD_INPUT)
    finally:
        _drop_unwritten_output()


def _open_closed_streams() -> None:
    """Give a standard stream that was closed (`>&-`) the null device, so that it can be read and written."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # open to the end


def _drop_unwritten_output() -> None:
    """Keep Python from writing once more, at its end, what could not be written and was reported.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
