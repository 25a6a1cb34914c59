"""Writes the pages that are made from the code: `python -m tests.update_docs`. A test tells when it has to be run.

docs/checks/ is generated from the registry of checks, docs/cli.md from the help of the commands, docs/wake-up.md from
the output of `obsgen explain incident --all` for the shipped file, the table in docs/packs.md from the packs,
the table of docs/on-aws.md from the experiments of `obsgen selftest`, the table of docs/language from the
descriptions of the sections.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from generator.checks.check import registry
from generator.checks.docs_page import check_index, check_page
from generator.cli.event_packs import ends, event_packs
from generator.cli.main import group
from generator.render.selftest_document import json_schema
from generator.rollout.selftest.registry import registry as experiments
from generator.spec.document import Document
from generator.spec.packs import read_pack
from generator.workspace import PackFiles

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "checks"
COMMANDS = ROOT / "docs" / "cli.md"
WAKE_UP = ROOT / "docs" / "wake-up.md"
PACKS = ROOT / "docs" / "packs.md"
_PACK_TABLE = re.compile(r"(?s)(?<=python -m tests.update_docs` -->\n).*(?=<!-- end of packs -->)")
LANGUAGE = ROOT / "docs" / "language" / "README.md"
EVENT_RULES = ROOT / "docs" / "language" / "event_rules.md"
_EVENT_TABLE = re.compile(
    r"(?s)(?<=<!-- event packs: written by `python -m tests.update_docs` -->\n).*(?=<!-- end of event)"
)
ON_AWS = ROOT / "docs" / "on-aws.md"
_EXPERIMENT_TABLE = re.compile(
    r"(?s)(?<=<!-- experiments: written by `python -m tests.update_docs` -->\n).*(?=<!-- end of experiments)"
)
SELFTEST_SCHEMA = ROOT / "docs" / "selftest.schema.json"
_SECTIONS_HEADER = "| section | what |\n| --- | --- |\n"
_MADE = """\
<!-- Written by `python -m tests.update_docs`. Edit observability.yaml, not this file. -->
"""
_HELP_WIDTH = 100
_COMMANDS_TITLE = """\
<!-- Written by `python -m tests.update_docs`. Edit the command, not this file. -->
# Commands

What `--help` prints for each command. Exit codes are the same everywhere: 0 fine, 1 findings or a difference, 2 bad
usage or input, 3 AWS refused.
"""
_SOURCE = """\

This is what `obsgen explain incident --all --environment prod` says of the shipped
[observability.yaml](../observability.yaml); of your file it says yours. [Incidents](incidents.md) explains how an
incident goes, and [the section `incidents`](language/incidents.md) how to change it.
"""


def pages() -> dict[str, str]:
    """File name to content, for every page of a check that there should be."""
    return {"README.md": check_index(registry()), **{f"{check.code}.md": check_page(check) for check in registry()}}


def command_reference() -> str:
    """The page with the help of every command, groups before their own commands."""
    parts = [_COMMANDS_TITLE]
    root = click.Context(group, info_name="obsgen", terminal_width=_HELP_WIDTH, **group.context_settings)
    for context in _contexts(root):
        parts.append(f"\n## {context.command_path}\n\n```text\n{context.command.get_help(context)}\n```\n")
    return "".join(parts)


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """A command and all below it, each with the settings of those above."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from _contexts(click.Context(command, parent=context, info_name=name, **command.context_settings))


def language_index() -> str:
    """The index of the language's pages, with a row for each section."""
    before, header, after = LANGUAGE.read_text(encoding="utf-8").partition(_SECTIONS_HEADER)
    _, gap, rest = after.partition("\n\n")
    rows = [
        f"| [{name}]({name}.md) | {_as_markdown(field.description or '')} |"
        for name, field in Document.model_fields.items()
    ]
    return f"{before}{header}" + "\n".join(rows) + gap + rest


def _as_markdown(text: str) -> str:
    """The text with its angle brackets as they are."""
    return text.replace("<", "\\<")


def wake_up() -> str:
    """The page that answers what wakes somebody, for the shipped file."""
    arguments = ["explain", "incident", "--all", "-e", "prod", "--file", str(ROOT / "observability.yaml")]
    said = CliRunner().invoke(group, arguments, catch_exceptions=False)
    if said.exit_code:
        raise AssertionError(said.output)
    title, rest = said.stdout.split("\n", 1)
    return f"{_MADE}{title}\n{_SOURCE}{rest}"


def packs_page() -> str:
    """docs/packs.md with the table of the packs that there are."""
    rows = ["| pack | service | read |", "| --- | --- | --- |"]
    for name, content in sorted(dict(PackFiles()).items()):
        pack, _, findings = read_pack(content, f"{name}.yaml")
        assert pack is not None, findings
        read = sorted({str(alarm.read or pack.read) for alarm in pack.alarms.values()})
        rows.append(f"| `{name}` | {pack.title} | {read[0]}{f', {read[-1]}' if read[1:] else ''} |")
    table = "\n".join(rows) + "\n"
    page, count = _PACK_TABLE.subn(lambda _: table, PACKS.read_text(encoding="utf-8"))
    assert count == 1, "docs/packs.md has lost the comments around its table"
    return page


def event_packs_page() -> str:
    """docs/language/event_rules.md with the table of the event packs that there are."""
    rows = ["| pack | event | severity | what | end |", "| --- | --- | --- | --- | --- |"]
    for name, pack in event_packs().items():
        for key, event in pack.events.items():
            severity = event.severity if event.enabled else f"({event.severity})"
            rows.append(f"| `{name}` | `{key}` | {severity} | {event.summary} | {ends(event)} |")
    table = (
        "\n".join([*rows, "", "Events whose severity is in parentheses are off unless an entry enables them."]) + "\n"
    )
    page, count = _EVENT_TABLE.subn(lambda _: f"\n{table}\n", EVENT_RULES.read_text(encoding="utf-8"))
    assert count == 1, "docs/language/event_rules.md has lost the comments around its table"
    return page


def on_aws_page() -> str:
    """docs/on-aws.md with the table of the experiments that there are."""
    rows = ["| experiment | question | expected | if AWS differs |", "| --- | --- | --- | --- |"]
    rows += [
        f"| `{experiment.name}` | {experiment.question} | {experiment.expected} | {experiment.otherwise} |"
        for experiment in experiments()
    ]
    table = "\n".join(rows)
    page, count = _EXPERIMENT_TABLE.subn(lambda _: f"\n{table}\n\n", ON_AWS.read_text(encoding="utf-8"))
    assert count == 1, "docs/on-aws.md has lost the comments around its table"
    return page


def selftest_schema() -> str:
    """The schema of selftest.json."""
    return json.dumps(json_schema(), indent=2) + "\n"


def main() -> None:
    """Write every page, and remove those of checks that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    WAKE_UP.write_text(wake_up(), encoding="utf-8")
    COMMANDS.write_text(command_reference(), encoding="utf-8")
    PACKS.write_text(packs_page(), encoding="utf-8")
    EVENT_RULES.write_text(event_packs_page(), encoding="utf-8")
    ON_AWS.write_text(on_aws_page(), encoding="utf-8")
    SELFTEST_SCHEMA.write_text(selftest_schema(), encoding="utf-8")
    LANGUAGE.write_text(language_index(), encoding="utf-8")


if __name__ == "__main__":
    main()
