"""obsgen schema"""

from __future__ import annotations

import json

import click


@click.command(name="schema")
@click.option("--tests", is_flag=True, help="Of tests.yaml instead.")
def command(tests: bool) -> None:
    """Print the JSON Schema of observability.yaml, or of tests.yaml.

    \b
    Examples:
      obsgen schema > observability.schema.json
      obsgen schema --tests > tests.schema.json

    Editors with the YAML language server then complete and check as you type, when the spec's first line is
    `# yaml-language-server: $schema=observability.schema.json`.
    """
    if tests:
        from generator.scenarios.language import schema
    else:
        from generator.spec.schema import schema
    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
