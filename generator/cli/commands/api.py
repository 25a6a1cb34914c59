"""What `obsgen events`, `errors` and `agents` share: which API, options, and what it says when it refuses."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from generator.cli.exit import usage_error
from generator.cli.option_groups import environment_option, out_option, profile_option
from generator.cli.rollout import aws, desired_from_out, exit_on_aws_error, progress
from generator.manifest import API_DOCUMENT
from generator.rollout.aws.clients import sign_in
from generator.rollout.operate.monitoring_api import BadRequest, MonitoringApi, api_of

Command = TypeVar("Command", bound=Callable[..., Any])
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
        """What is called; an error that suggests a name where there is no such command."""
        from generator.findings import did_you_mean

        if args and args[0] not in self.commands and not ctx.resilient_parsing:
            ctx.fail(f"there is no command `{args[0]}`;{did_you_mean(args[0], self.commands)}")
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
    """How much of a list is shown."""
    return click.option(
        "--limit", "most", type=click.IntRange(1, MOST), default=50, show_default=True, help="Maximum number."
    )(command)


@contextmanager
def api_client(environment: str | None, out: Path, profile: str | None) -> Iterator[MonitoringApi]:
    """The API of an environment; whatever it or AWS refuses ends the command with a sentence."""
    wanted = desired_from_out(out, environment)
    if API_DOCUMENT not in wanted.files:
        hint = "add `events:` to the spec, without `api: false`; then `obsgen build` and `obsgen deploy`"
        raise usage_error(f"{wanted.environment} has no API", hint)
    print_response = progress()
    try:
        with exit_on_aws_error(print_response):
            caller = aws(profile)
            sign_in(caller, wanted)
            yield api_of(caller, wanted)
    except BadRequest as error:
        print_response.end()
        mistakes = "".join(f"\n  {place}: {detail}" for place, detail in error.mistakes)
        raise usage_error(f"{error}{mistakes if len(error.mistakes) > 1 else ''}") from None


def time_parameter(text: str | None, option: str) -> str | None:
    """A moment as the API takes it: how long ago, such as 24h; a day; or ISO 8601. None for None."""
    if text is None:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return f"{text}T00:00:00Z"
    if re.match(r"\d{4}-\d\d-\d\d[Tt]", text):
        return text.upper()
    from pydantic_core import PydanticCustomError

    from generator.spec.scalars import duration

    try:
        seconds = duration(text)
    except PydanticCustomError:
        hint = "how long ago, such as 24h or 7d; a day, such as 2026-11-30; or 2026-11-30T08:15:00Z"
        raise usage_error(f"{option}: `{text}` is no time", hint) from None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(max(0, time.time() - seconds)))


def account_of(text: str | None, api: MonitoringApi) -> str | None:
    """The id of an account that is given by name or id; one that is not in the file may have joined by its unit."""
    from generator.findings import did_you_mean

    ids = {name: id_ for id_, name in api.names.items()}
    if text is None or text in ids or re.fullmatch(r"\d{12}", text):
        return ids.get(text or "", text)
    near = did_you_mean(text, ids).strip() or f"12 digits, or one of {', '.join(sorted(ids))}"
    raise usage_error(f"there is no account `{text}`", near)


def path_of(kind: str, id_: str, *more: str) -> str:
    """The path of one record. What is no id is refused here: it must not become a part of another path."""
    if not re.fullmatch(r"[0-9a-f]{20}" if kind == "events" else r"[0-9]{1,2}-[0-9a-f]{16}", id_):
        example = "20 hexadecimal digits" if kind == "events" else "such as 1-0123456789abcdef"
        raise usage_error(
            f"`{id_}` is not what an {kind.removesuffix('s')} is called", f"{example}; `obsgen {kind}` lists them"
        )
    return "/".join(("", "v1", kind, id_, *more))


def print_response(data: Mapping[str, Any], form: str, lines: Callable[[Mapping[str, Any]], Iterator[str]]) -> None:
    """Print an answer, as JSON or as text."""
    if form == "json":
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        for line in lines(data):
            click.echo(line)
