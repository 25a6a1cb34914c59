"""Queries of Logs Insights: the file's own commands, and what every window needs besides; pure.

StartQuery takes whole seconds, both inclusive, so the text has the exact, half-open stretch in milliseconds as well:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html. Commands and functions:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html. All of them work in
log groups of the class Infrequent Access (Essentials) too:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData_Classes.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handlers.error_logs.windows import Window

# Characters of a line, and lines of one answer. An answer of such lines, in any script, is some 25 MB while it is read:
# `python -m bench.error_logs`. 2,000 of them would not leave enough of 128 MB.
MOST_CHARACTERS, MOST_ROWS = 4_000, 1_000
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html, with a reserve.
LONGEST_TEXT = 9_500
# First lines of traces without a word such as `error`, and what continues an event: frames of Python, Java, Node, Go,
# .NET and Ruby, and causes. Other lines of an event do not decide which error it is.
CONTINUED = (
    r'@message like /^(\s+at |at [A-Za-z_][A-Za-z0-9_.$<>]*\(|\s+File "|\s*\.\.\. [0-9]+ |Caused by: |Suppressed: |'
    r"Traceback \(most recent |\s*--- End of |---> |panic: |goroutine [0-9]|created by |\[signal SIG|\t\S+\.go:[0-9]|"
    r"[A-Za-z0-9_.*()\/-]+\((0x[0-9a-f]|\{0x|\.\.\.)|\s+from \S+:[0-9]+:in )/"
)
# What Lambda writes when an invocation ran out of time or its runtime ended, which no word such as `error` is in.
# https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
INVOCATION = r"@message like /Task timed out after [0-9.]+ seconds/"
AT, INGESTED, TEXT, LOG, STREAM = "obsgen_at", "obsgen_ingested", "obsgen_text", "@log", "@logStream"
COUNT, FIRST_AT, LAST_AT = "obsgen_count", "obsgen_first", "obsgen_last"


@dataclass(frozen=True, slots=True)
class Query:
    """One StartQuery. start, end: seconds, both inclusive. groups: names of log groups."""

    groups: tuple[str, ...]
    text: str
    start: int
    end: int
    limit: int


def seconds_of(span: Window) -> tuple[int, int]:
    """The inclusive seconds that have every millisecond of a half-open span."""
    return span.start // 1000, -(-span.end // 1000)


def rows_query(chosen: str, groups: Sequence[str], span: Window, limit: int, without: Sequence[str] = ()) -> Query:
    """The first `limit` lines of a span, with the lines that continue them.

    chosen: the file's commands. without: texts; lines that have one of them are left out.
    """
    commands = [
        *_commands(widened(chosen, is_continued=not without), span),
        *_without(without),
        f"fields toMillis(@timestamp) as {AT}, toMillis(@ingestionTime) as {INGESTED}, "
        f"substr(@message, 0, {MOST_CHARACTERS}) as {TEXT}",
        "sort @timestamp asc",
        f"limit {limit}",
        f"display {AT}, {INGESTED}, {LOG}, {STREAM}, {TEXT}",
    ]
    start, end = seconds_of(span)
    return Query(tuple(groups), " | ".join(commands), start, end, limit)


def count_query(
    chosen: str, groups: Sequence[str], window: Window, texts: Sequence[str] = (), without: Sequence[str] = ()
) -> Query:
    """How many lines of a window have which of the texts: `stats count(*)` by log group and a flag for each text.

    One pass over the lines counts all texts, and a line that has two of them is in one group only. without: lines that
    have one of these are left out.
    """
    flags = [f"obsgen_{index}" for index in range(len(texts))]
    flag_fields = ", ".join(
        f'strcontains(@message, "{text}") as {flag}' for flag, text in zip(flags, texts, strict=True)
    )
    commands = [
        *_commands(widened(chosen, is_continued=bool(texts)), window),
        *_without(without),
        *([f"fields {flag_fields}"] if texts else []),
        f"stats count(*) as {COUNT}, min(toMillis(@timestamp)) as {FIRST_AT}, max(toMillis(@timestamp)) as {LAST_AT} "
        f"by {', '.join([LOG, *flags])}",
        "limit 10000",
    ]
    start, end = seconds_of(window)
    return Query(tuple(groups), " | ".join(commands), start, end, 10_000)


def fitting(chosen: str, texts: Sequence[str]) -> list[str]:
    """As many of the texts, from the first, as a query has room for."""
    room = LONGEST_TEXT - len(widened(chosen).encode()) - 1_000
    texts_ = []
    for text in texts:
        room -= len(text.encode()) + 60
        if room < 0:
            break
        texts_.append(text)
    return texts_


def widened(chosen: str, *, is_continued: bool = True) -> str:
    """The file's commands, whose filters let ended invocations through as well, and continuations where asked."""
    besides = f"{CONTINUED} or {INVOCATION}" if is_continued else INVOCATION
    return " | ".join(
        f"filter ({command[6:].strip()}) or {besides}"
        if command[:6].lower() == "filter" and command[6:7].isspace()
        else command
        for command in commands_of(chosen)
    )


def commands_of(text: str) -> list[str]:
    """Commands of a query: what is between the pipes that stand in no string, no pattern and no brackets."""
    parts: list[str] = [""]
    for piece, is_plain in _pieces(text):
        if is_plain and piece == "|":
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts if part.strip()]


def _without(texts: Sequence[str]) -> list[str]:
    return [f'filter strcontains(@message, "{text}") = 0' for text in texts]


def _commands(chosen: str, span: Window) -> list[str]:
    return [
        *commands_of(chosen),
        f"filter toMillis(@timestamp) >= {span.start} and toMillis(@timestamp) < {span.end}",
    ]


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Characters one by one, and whether each stands outside of a string and a pattern; comments are left out."""
    quote, is_escaped, is_comment, before = "", False, False, ""
    for character in text:
        if is_comment:
            is_comment = character != "\n"
            continue
        if quote:
            yield character, False
            if is_escaped:
                is_escaped = False
            elif character == "\\":
                is_escaped = True
            elif character == quote:
                quote, before = "", character
            continue
        if character == "#":
            is_comment = True
            continue
        if character in "\"'`" or (character == "/" and (before in ("", "(", ",", "=", "~") or before.isalpha())):
            # A stroke after a number, a name's bracket or a string divides.
            quote = character
            yield character, False
            continue
        yield character, True
        if not character.isspace():
            before = character
