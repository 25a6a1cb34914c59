"""The API of `obsgen events`, `errors` and `agents`: shared options, requests and how answers are printed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click

from generator.cli.exit import usage_error
from generator.cli.option_groups import environment_option, out_option, profile_option
from generator.cli.rollout import aws, desired_from_out, exit_on_aws_error, progress
from generator.manifest import API_DOCUMENT
from generator.rollout.aws.clients import sign_in
from generator.rollout.operate.monitoring_api import BadRequest, MonitoringApi, api_of
from generator.wording import format_utc

Command = TypeVar("Command", bound=Callable[..., Any])
Lines: TypeAlias = Callable[[Mapping[str, Any]], Iterator[str]]
MOST = 10_000
STATES = ("new", "acknowledged", "resolved", "ignored")
SEVERITIES = ("critical", "high", "medium", "low")


class ListedByDefault(click.Group):
    """A group that lists where no command is named: `obsgen errors -e prod` is `obsgen errors list -e prod`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments of a command."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand; an unknown one ends the command with the nearest name."""
        from generator.findings import did_you_mean

        if args and args[0] not in self.commands and not ctx.resilient_parsing:
            near = did_you_mean(args[0], self.commands)
            ctx.fail(f"there is no command `{args[0]}`" + (f";{near}" if near else ""))
        return super().resolve_command(ctx, args)


def api_options(command: Command) -> Command:
    """Options of every command that calls the API."""
    for option in (
        profile_option,
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help="Output format.",
        ),
        out_option,
        environment_option,
    ):
        command = option(command)
    return command


def limit_option(command: Command) -> Command:
    """Add `--limit` to a command."""
    return click.option(
        "--limit", "most", type=click.IntRange(1, MOST), default=50, show_default=True, help="Maximum number."
    )(command)


@contextmanager
def api_client(environment: str | None, out: Path, profile: str | None) -> Iterator[MonitoringApi]:
    """The API of an environment; whatever it or AWS refuses ends the command with a sentence."""
    desired = desired_from_out(out, environment)
    if API_DOCUMENT not in desired.files:
        hint = "add `events:` to the spec, without `api: false`, then run `obsgen build` and `obsgen deploy`"
        raise usage_error(f"{desired.environment} has no API", hint)
    reporter = progress()
    try:
        with exit_on_aws_error(reporter):
            caller = aws(profile)
            sign_in(caller, desired)
            yield api_of(caller, desired)
    except BadRequest as error:
        reporter.end()
        mistakes = "".join(f"\n  {location}: {detail}" for location, detail in error.mistakes)
        raise usage_error(f"{error}{mistakes if len(error.mistakes) > 1 else ''}") from None


def time_parameter(text: str | None, option: str) -> str | None:
    """A time in the API's form, of a duration before now, such as 24h; a day; or ISO 8601. None for None."""
    if text is None:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return f"{text}T00:00:00Z"
    if re.match(r"\d{4}-\d\d-\d\d[Tt]", text):
        return text.upper()
    from pydantic_core import PydanticCustomError

    from generator.spec.quantities import duration

    try:
        seconds = duration(text)
    except PydanticCustomError:
        hint = "use an age such as 24h or 7d, a day such as 2026-11-30, or a time such as 2026-11-30T08:15:00Z"
        raise usage_error(f"{option}: `{text}` is not a time", hint) from None
    return format_utc(int(max(0, time.time() - seconds) * 1000))


def account_of(text: str | None, api: MonitoringApi) -> str | None:
    """The ID of an account, by its name or ID; one that is not in the file may have joined by its unit."""
    from generator.findings import suggest

    ids = {name: id_ for id_, name in api.names.items()}
    if text is None or text in ids or re.fullmatch(r"\d{12}", text):
        return ids.get(text or "", text)
    hint = suggest(text, ids, f"use an account ID or one of {', '.join(sorted(ids))}")
    raise usage_error(f"there is no account `{text}`", hint)


def path_of(kind: str, id_: str, *more: str) -> str:
    """The path of one record. What is no id is refused here: it must not become a part of another path."""
    if not re.fullmatch(r"[0-9a-f]{20}" if kind == "events" else r"[0-9]{1,2}-[0-9a-f]{16}", id_):
        example = "20 hexadecimal digits" if kind == "events" else "an ID such as 1-0123456789abcdef"
        raise usage_error(
            f"`{id_}` is not the ID of an {kind.removesuffix('s')}", f"use {example}; `obsgen {kind}` lists them"
        )
    return "/".join(("", "v1", kind, id_, *more))


def print_response(data: Mapping[str, Any], form: str, lines: Lines) -> None:
    """Print an answer, as JSON or as text."""
    if form == "json":
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        for line in lines(data):
            click.echo(line)


def show_record(
    kind: str, id_: str, lines: Lines, *, environment: str | None, out: Path, form: str, profile: str | None
) -> None:
    """Print one event or error with its details. kind: `events` or `errors`."""
    path = path_of(kind, id_)
    with api_client(environment, out, profile) as api:
        record = api.get(path).data
    print_response(record, form, lines)


def post_action(
    kind: str,
    id_: str,
    action: str,
    body: Mapping[str, Any] | None,
    lines: Lines,
    *,
    environment: str | None,
    out: Path,
    form: str,
    profile: str | None,
) -> None:
    """Post an action, such as `acknowledge`, on an event or an error, and print what became of it."""
    path = path_of(kind, id_, action)
    with api_client(environment, out, profile) as api:
        record = api.post(path, body)
    print_response(record, form, lines)
