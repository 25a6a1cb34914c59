"""The `obsgen` command: one thin file a command, imported only when that command is called."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

import click

from generator.cli.exit import BAD_INPUT, fail
from generator.cli.lazy import LazyGroup

COMMANDS = {
    "ack": "Acknowledge an incident: no reminders, no escalation.",
    "agents": "List the agents of all accounts, and whether they work.",
    "build": "Compile observability.yaml into out/.",
    "check": "Look for everything that is wrong, and write nothing.",
    "completion": "Print the completion script of a shell.",
    "compliance": "Check whether resources have the required tags.",
    "deploy": "Roll out exactly what lies in out/.",
    "destroy": "Take everything of an environment away again.",
    "diff": "Say in alarm language what changed.",
    "docs": "Print the pages of the documentation.",
    "drill": "Let an alarm go through the whole path, and see who hears.",
    "drift": "Say what was changed by hand.",
    "errors": "List errors of all accounts, and say what is to become of them.",
    "events": "List events of all accounts.",
    "explain": "Say where a value came from, and who gets called.",
    "filter": "Try a filter pattern on log lines.",
    "incidents": "Show what is open, and what is owed to whom.",
    "init": "Write a small observability.yaml to start from.",
    "mute": "Suppress notifications of alarms for a limited time.",
    "outputs": "Print what the hub's stack gives.",
    "packs": "Show what services are watched for.",
    "policy": "Print what a deployer has to be allowed.",
    "redrive": "Show dead letters and what was given up, and try again.",
    "report": "Preview reports, and open those that were sent.",
    "schema": "Print the JSON Schema for editors.",
    "shards": "Show which stack has what, and move things.",
    "status": "Say how everything stands.",
    "test": "Play tests of alarms through the templates, offline.",
    "unmute": "End a mute.",
}


_MOST_SAID = 300


class _Obsgen(LazyGroup):
    """All commands; what breaks in any of them is a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        """A mistake of ours is a sentence too, with the place that a report needs; never exit code 1, a finding's."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            if _is_closed_pipe(error):
                raise
            raise _unexpected(error) from error


def _is_closed_pipe(error: Exception) -> bool:
    """Whether nobody reads the output any more, such as after `| head`: click's to end."""
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def _unexpected(error: Exception) -> click.ClickException:
    """A sentence about what no command handled: what the system refuses, such as a full disk, or a bug."""
    import traceback

    if isinstance(error, OSError) and error.strerror:
        return fail(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "generator" in Path(frame.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    said = " ".join(f"{type(error).__name__}: {error}".split())[:_MOST_SAID]
    return fail(f"obsgen broke at {place}: {said}", "this is a bug in obsgen; please report it with what you called")


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    import importlib.metadata

    click.echo(f"obsgen {importlib.metadata.version('obsgen')}")
    ctx.exit()


@click.command(
    cls=_Obsgen,
    commands_help=COMMANDS,
    prefix="generator.cli.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def group() -> None:
    """Compile one file, observability.yaml, into reviewed CloudFormation for watching many AWS accounts.

    \b
    obsgen init          a file to start from
    obsgen build         out/<environment>/ from observability.yaml
    obsgen diff          what that means, in alarm language

    Exit codes: 0 fine, 1 findings or a difference, 2 bad usage or input, 3 AWS refused.
    """


def main(arguments: list[str] | None = None) -> Any:
    """The console script."""
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
