"""The numbers of coverage as Markdown, from their data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.inventory.numbers import KINDS
from generator.inventory.text import (
    MOST_NAMES,
    MOST_ROWS,
    check_lines,
    columns_of,
    headline,
    ordered_rows,
    remarks,
)
from generator.wording import first_of, printable

_WWW = re.compile(r"(www)\.", re.IGNORECASE)


def markdown_lines(data: Mapping[str, Any]) -> Iterator[str]:
    """The numbers by account, type and owner, and what is worse than in the lock."""
    yield f"## {plain(headline(data, 'Coverage'))}"
    if "check" in data:
        yield ""
        yield from _check(data["check"])
    for kind in KINDS:
        yield ""
        rows = ordered_rows(data[f"by_{kind}"])
        columns = columns_of([row for _, row in rows])
        yield f"| {kind} | {' | '.join(title for _, title in columns)} | % |"
        yield f"| --- |{' ---: |' * len(columns)} ---: |"
        for name, row in rows[:MOST_ROWS]:
            counts = " | ".join(f"{row[key]:,}" for key, _ in columns)
            yield f"| {code(name)} | {counts} | {'' if row['percent'] is None else row['percent']} |"
        if len(rows) > MOST_ROWS:
            yield f"| and {len(rows) - MOST_ROWS:,} more |{' |' * len(columns)} |"
    lines = [line for line in remarks(data) if line]
    if lines:
        yield ""
        yield from (f"- {plain(line)}" for line in lines)


def _check(check: Mapping[str, Any]) -> Iterator[str]:
    for row in check["findings"]:
        place = " ".join(filter(None, (row["account"], row["region"])))
        names = f": {first_of([code(name) for name in row['names']], MOST_NAMES)}" if row["names"] else ""
        where = (
            f"{code(row['type'])} in {code(place)}" if place and row["type"] else code(place or row["type"] or "all")
        )
        yield f"- {where}: {plain(row['message'])}{names}"
    if not check["findings"]:
        yield next(iter(check_lines(check)))


def code(text: str) -> str:
    """A code span, in which Markdown and mentions mean nothing."""
    return f"`{printable(text).replace('`', chr(39)).replace('|', '¦')}`"


def plain(text: str) -> str:
    """Words that mean nothing to Markdown: https://spec.commonmark.org/0.31.2/#backslash-escapes

    GitHub makes links of addresses, and mentions of entities: https://github.github.com/gfm/#autolinks-extension-
    """
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>|#~&" else c for c in printable(text))
    return _WWW.sub(r"\1\\.", escaped.replace("://", ":\\//").replace("@", "@\u200b"))
