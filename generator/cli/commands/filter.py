"""obsgen filter"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click

from generator.cli.exit import FINDINGS, usage_error
from generator.evaluate.patterns.pattern import Pattern, PatternError, parse, value_of
from generator.reading import opened

# The selectors of a JSON pattern, as written.
SELECTOR = re.compile(r"\$(?:\.[A-Za-z0-9_\-]+|\[(?:\d+|\*|'[^']*'|\"[^\"]*\")\])+")
CARET_AFTER = 120
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FilterResult:
    """A line. extracted: what is known by name because it matched. value: what the filter would publish."""

    number: int
    text: str
    matched: bool
    extracted: Mapping[str, str]
    value: float | None = None


@click.command(name="filter")
@click.argument("pattern")
@click.argument("log", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--value", metavar="EXPRESSION", help="Metric value: a number, $.latency, $duration.")
@click.option("--all", "everything", is_flag=True, help="Include lines that do not match.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per log line.")
def command(pattern: str, log: Path | None, value: str | None, everything: bool, as_json: bool) -> None:
    """Try a CloudWatch Logs filter PATTERN on the lines of LOG or of standard input.

    Shows which lines match, the extracted values, and with --value the published metric values.

    \b
    Examples:
      obsgen filter '"[ERROR]"' app.log
      obsgen filter '{ $.level = "ERROR" && $.latency > 500 }' app.log --value '$.latency'
      tail -100 access.log | obsgen filter '[ip, user, time, request, status=5*, bytes]'

    \b
    Exit codes:
      0  at least one line matches
      1  no line matches
      2  CloudWatch would reject the pattern, or the file does not exist
    """
    parsed = parse(pattern)
    if isinstance(parsed, PatternError):
        pointed = f"\n  {pattern}\n  {' ' * parsed.position}^" if parsed.position < CARET_AFTER else ""
        raise usage_error(f"{parsed.message}{pointed}", parsed.hint)
    lines = matched = 0
    with _opened(log) as text:
        for result in _tried(parsed, text, value):
            lines, matched = lines + 1, matched + result.matched
            if as_json:
                click.echo(json.dumps({**_data(result), **({} if value is None else {"value": result.value})}))
            elif result.matched or everything:
                click.echo("\n".join(_shown(result, value)))
    if not as_json:
        click.echo(f"{matched} of {lines} lines match", err=True)
        if ignored := parsed.ignored_terms:
            click.echo(
                f"{' '.join(ignored)} has no effect: CloudWatch Logs ignores terms with ? beside other terms", err=True
            )
        why = (
            "a term matches anywhere in a line"
            if parsed.kind == "terms"
            else "it is a wildcard only at an end of the text"
        )
        for starred in parsed.literal_stars:
            click.echo(f'the * in "{starred}" matches a literal *: {why}', err=True)
    raise click.exceptions.Exit(0 if matched else FINDINGS)


def _opened(log: Path | None) -> TextIO:
    if log is None:
        # As files are: what is not UTF-8 is no reason to stop.
        return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
    try:
        return io.TextIOWrapper(opened(log), encoding="utf-8", errors="replace")
    except OSError as error:
        raise usage_error(f"{log}: {error.strerror or error}") from None


def _lines(text: TextIO) -> Iterator[str]:
    """The lines, each within the size of an event in CloudWatch Logs: `/dev/zero` is one line without end."""
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            message = f"line {number} has more than {LONGEST_LINE:,} characters"
            raise usage_error(message, "split the line: the limit of a CloudWatch Logs event is 1 MB")
        yield line


def _tried(pattern: Pattern, text: TextIO, value: str | None) -> Iterator[FilterResult]:
    selectors = tuple(dict.fromkeys(SELECTOR.findall(pattern.source))) if pattern.kind == "json" else ()
    for number, raw in enumerate(_lines(text), 1):
        line = raw.rstrip("\r\n")
        match = pattern.match(line)
        if match is None:
            yield FilterResult(number, line, False, {})
            continue
        extracted = dict(match.extracted) or _selected(line, selectors)
        yield FilterResult(number, line, True, extracted, value_of(pattern, line, value) if value else None)


def _selected(line: str, selectors: tuple[str, ...]) -> dict[str, str]:
    """The values that a JSON pattern selects."""
    from generator.evaluate.patterns.json_patterns import compile_value

    values = {}
    for selector in selectors:
        find = compile_value(selector)
        value = find(line) if find else None
        if value is not None:
            values[selector] = value if isinstance(value, str) else json.dumps(value, default=str)
    return values


def _data(result: FilterResult) -> dict[str, object]:
    return {"line": result.number, "matched": result.matched, "text": result.text, "extracted": dict(result.extracted)}


def _shown(result: FilterResult, value: str | None) -> Iterator[str]:
    yield f"{'+' if result.matched else ' '} {result.number}: {result.text}"
    if result.extracted:
        yield "    " + "  ".join(f"{name}={text}" for name, text in result.extracted.items())
    if result.matched and value is not None:
        yield (
            f"    publishes {result.value:g}"
            if result.value is not None
            else f"    publishes no value: {value} is not a number"
        )
