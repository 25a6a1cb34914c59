"""Widgets of Logs Insights queries: what the query shows, and its text. Log lines are never made up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.fragment import WidgetContent, WidgetSize, table_html, text_lines
from generator.preview.markup import text

KIND = "log"
_SOURCE = re.compile(r"SOURCE\s+(?:'([^']*)'|\"([^\"]*)\"|(\S+))", re.IGNORECASE)
_MOST_QUERY = 10_000
_FEWEST_ROWS = 3
_VIEWS = {"bar": "bars", "pie": "a pie", "timeSeries": "lines", "table": "a table"}


def widget_html(properties: Mapping[str, Any], size: WidgetSize, context: WidgetContext) -> WidgetContent:
    """The columns of the query with empty rows, where it reads, and the query."""
    query = str(properties.get("query", ""))[:_MOST_QUERY]
    groups = [next(filter(None, match.groups()), "") for match in _SOURCE.finditer(query)]
    rest = re.sub(r"^[\s|]+", "", _SOURCE.sub("", query))
    title = str(properties.get("title", ""))
    columns = columns_of(rest)
    view = str(properties.get("view", "table"))
    blank = [['<i class="w-blank"></i>' for _ in columns] for _ in range(max(_FEWEST_ROWS, 2 * size.rows - 3))]
    heads = [text(column) for column in columns]
    table = table_html(heads, blank, f"Columns of {title or 'the query'}", is_blank=True)
    reads = ", ".join(_group(group, context) for group in groups) or "its log groups"
    words = f"As {_VIEWS.get(view, view)}, from {reads}"
    lines = rest.replace(" | ", "\n| ")
    details = f'<details class="w-query"><summary>{text(words)}</summary><pre>{text_lines(lines)}</pre></details>'
    return WidgetContent(title, f"{table}{details}", kind=KIND)


def _group(source: str, context: WidgetContext) -> str:
    """A log group by its name, with the account where it is an ARN."""
    fields = source.split(":", 6)
    if len(fields) < 7:
        return source
    return f"{fields[6].removesuffix(':*')} of {context.account_name(fields[4])}"


def columns_of(query: str) -> list[str]:
    """The columns of a query's result: what its last `display`, `stats` or `fields` gives."""
    commands = [command.strip() for command in split_outside(query, "|")]
    for command in reversed(commands):
        name, _, rest = command.partition(" ")
        if name.lower() in ("fields", "display"):
            return [_column(part) for part in split_outside(rest, ",")]
        if name.lower() == "stats":
            values, _, groups = rest.partition(" by ")
            return [
                _column(part) for part in [*split_outside(groups, ","), *split_outside(values, ",")] if part.strip()
            ]
    return ["@timestamp", "@message"]


def split_outside(value: str, separator: str) -> list[str]:
    """A text at each separator that is neither in quotes, nor in parentheses, nor in a regular expression."""
    parts, depth, quote, start = [], 0, "", 0
    for at, char in enumerate(value):
        if quote:
            quote = "" if char == quote and value[at - 1] != "\\" else quote
        elif char in "\"'`" or (char == "/" and value[:at].rstrip().endswith(("like", "=~", "parse @message"))):
            quote = char
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == separator and depth <= 0:
            parts.append(value[start:at])
            start = at + 1
    return [*parts, value[start:]]


def _column(part: str) -> str:
    return re.split(r"\s+as\s+", part.strip(), flags=re.IGNORECASE)[-1].strip()[:60]
