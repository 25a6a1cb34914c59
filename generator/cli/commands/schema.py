"""obsgen schema"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from generator.cli.exit import usage_error


@click.command(name="schema")
@click.option("--tests", is_flag=True, help="Print the schema of tests.yaml.")
@click.option("--part", is_flag=True, help="Print the schema of an included file.")
def command(tests: bool, part: bool) -> None:
    """Print the JSON Schema of observability.yaml, with the services of every pack, and of packs/ where it is called.

    \b
    Examples:
      obsgen schema > observability.schema.json
      obsgen schema --tests > tests.schema.json
      obsgen schema --part > part.schema.json

    Editors with the YAML language server then complete and check as you type, when the spec's first line is
    `# yaml-language-server: $schema=observability.schema.json`.
    """
    if tests and part:
        raise usage_error("--tests and --part are two schemas", "one of them")
    made = _of_tests() if tests else _of_the_spec(part)
    click.echo(json.dumps(made, indent=2, ensure_ascii=False))


def _of_tests() -> dict[str, Any]:
    from generator.scenarios.language import schema

    return schema()


def _of_the_spec(part: bool) -> dict[str, Any]:
    from generator.cli.commands.packs import known_packs
    from generator.spec.schema import part_schema, schema

    packs = known_packs(Path("observability.yaml"))
    return part_schema(packs) if part else schema(packs)
