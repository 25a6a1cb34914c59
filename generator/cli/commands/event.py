"""obsgen event"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.exit import FINDINGS, usage_error
from generator.cli.options import BuildTarget, build_target, compiled_or_exit, target_options
from generator.findings import dotted, suggest
from generator.reading import content

if TYPE_CHECKING:
    from generator.evaluate.events.pattern import EventPattern


@click.command(name="event")
@click.argument("rule", metavar="PATTERN|RULE")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@target_options
def command(rule: str, files: tuple[Path, ...], file: Path, out: Path | None, environment: tuple[str, ...]) -> None:
    """Try an event pattern on events.

    PATTERN is JSON; RULE is the name of an event rule in observability.yaml. A file has an event, a list of events, or
    an event in each line.

    \b
    Examples:
      obsgen event '{"source": ["aws.rds"], "detail": {"EventCategories": ["failover"]}}' event.json
      obsgen event databases-failover event.json

    \b
    Exit codes:
      0  at least one event matches
      1  no event matches
      2  EventBridge would reject the pattern, or bad usage or input
    """
    patterns = (
        {"": _pattern(rule)} if rule.lstrip().startswith("{") else _of_rule(rule, build_target(file, out, environment))
    )
    matched = 0
    for path in files:
        for number, event in enumerate(_events(path), 1):
            kinds = [kind for kind, pattern in patterns.items() if pattern.matches(event)]
            matched += bool(kinds)
            edge = f" ({' and '.join(kinds)})" if any(kinds) else ""
            click.echo(f"{'+' if kinds else ' '} {path}:{number}: {_described(event)}{edge}")
    raise click.exceptions.Exit(0 if matched else FINDINGS)


def _pattern(text: str) -> EventPattern:
    from generator.evaluate.events.pattern import EventPattern, parse

    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise usage_error(f"the pattern is not JSON: {error}") from None
    parsed = parse(data)
    if isinstance(parsed, EventPattern):
        return parsed
    faults = [f"{dotted(fault.path) or 'the pattern'}: {fault.message}" for fault in parsed]
    raise usage_error("\n".join(faults), next((fault.hint for fault in parsed if fault.hint), ""))


def _of_rule(key: str, where: BuildTarget) -> Mapping[str, EventPattern]:
    """The patterns of a rule's begin and end, in the first environment that has it."""
    built = compiled_or_exit(where)
    rules = {rule.key: rule for estate in reversed(built.estates.values()) for rule in estate.event_rules}
    if key not in rules:
        hint = suggest(key, sorted(rules), "add it to event_rules, or give a pattern: '{\"source\": […]}'")
        raise usage_error(f"there is no event rule `{key}`", hint)
    texts = zip(("begin", "end"), rules[key].patterns, strict=False)
    return {edge: _pattern(text) for edge, text in texts}


def _events(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        text = content(file).decode("utf-8-sig", "replace")
    except OSError as error:
        raise usage_error(f"{file}: {error.strerror or error}") from None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        # A text of JSON may have any other separator of lines in it.
        whole = [_line(file, number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    for event in whole if isinstance(whole, list) else [whole]:
        if not isinstance(event, dict):
            raise usage_error(f"{file}: an event is a JSON object", 'it begins with {"source": …')
        yield event


def _line(file: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise usage_error(f"{file}:{number}: not JSON: {error}") from None


def _described(event: Mapping[str, Any]) -> str:
    text = f"{event.get('source', 'no source')}, {event.get('detail-type', 'no detail-type')}"
    # One line, whatever an event has: none moves the cursor of the reader's terminal.
    return "".join(character if character.isprintable() else " " for character in text)
