"""obsgen schema"""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command(name="schema")
def command() -> None:
    """Print the JSON Schema of observability.yaml, with the services of every pack, and of packs/ where it is called.

    \b
    Example:
      obsgen schema > observability.schema.json

    Editors with the YAML language server then complete and check as you type, when the spec's first line is
    `# yaml-language-server: $schema=observability.schema.json`.
    """
    from generator.cli.packs import known_packs
    from generator.spec.schema import schema

    click.echo(json.dumps(schema(known_packs(Path("observability.yaml"))), indent=2, ensure_ascii=False))
