"""A group of commands that knows one line of each, and loads a command's file when that command is called."""

from __future__ import annotations

import importlib
import keyword
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """commands_help: name to one line. prefix: the module of the command `name` is `<prefix><name>`.

    Each module has its click command as `command`; the module of `one-two` is `<prefix>one_two`, and that of a word of
    Python, such as `import`, is `<prefix>import_`.
    """

    def __init__(self, *args: Any, commands_help: Mapping[str, str], prefix: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_help = commands_help
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in alphabetical order."""
        return sorted(self.commands_help)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None where there is none."""
        if cmd_name not in self.commands_help:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name.replace("-", "_")
        module = importlib.import_module(self.prefix + name)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command; an unknown one ends obsgen with the nearest name."""
        from generator.findings import did_you_mean

        is_unknown = bool(args) and args[0] not in self.commands_help and not args[0].startswith("-")
        if is_unknown and not ctx.resilient_parsing:
            near = did_you_mean(args[0], self.commands_help)
            ctx.fail(f"there is no command `{args[0]}`" + (f";{near}" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands of `--help`, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(self.commands_help.items()))
