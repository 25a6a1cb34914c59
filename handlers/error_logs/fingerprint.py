"""Which error a redacted event is: a key that stays the same while numbers, ids and times change."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import NamedTuple

from handlers.common.printable import printable
from handlers.error_logs.invocations import Invocation, invocation, request_of
from handlers.error_logs.masks import MASK, masked
from handlers.error_logs.opened import StructuredRecord, structured_record
from handlers.error_logs.plain import plain
from handlers.error_logs.prefixes import prefix
from handlers.error_logs.traces import Trace, trace

# Part of every key: another algorithm makes other keys.
ALGORITHM = 1
# Characters that are looked at; bytes of a title and of a shape.
LIMIT, TITLE, SHAPE = 8192, 200, 400
_LITERAL_LEAST, _LITERAL_MOST = 6, 120
_MESSAGE = 1000
# What has no place between the quotes of a filter, or would be a pattern there.
_UNSAFE = re.compile(r"<\*>|[\"'`\\*^$.|?+()\[\]{}/\n\t<>%]")
# Details that servers append to what happened: nginx names the client, PostgreSQL the statement.
_DETAILS = re.compile(r", client: [\w.:]{1,60}, server: ")
_TOLD = re.compile(r"\b(?:[45]\d\d)\b|exit (?:code|status) \d{1,3}|signal \d{1,2}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides beside the text. same: (name, pattern) of the file's `same` rules; the first that matches wins."""

    same: tuple[tuple[str, re.Pattern[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One error. key: "<algorithm>-<16 hex>". kind: "log", or "lambda" where the invocation itself failed.

    title: for people, at most 200 bytes. shape: what the key was made of, at most 400 bytes. source_path: file of the
    own code, where the event says so. request: id of the Lambda request, where the event says so.
    literal: the longest text of the raw line that every event of this error has, without quotes, backslashes and
    characters of patterns, for `filter @message like "…"` on the server; empty where there is none.
    """

    key: str
    kind: str
    title: str
    shape: str
    source_path: str
    request: str
    literal: str


class _Shape(NamedTuple):
    """sources: what a literal may be taken from, the best first."""

    shape: str
    title: str
    sources: tuple[str, ...]


def fingerprint(text: str, rules: Rules, line: str | None = None) -> Fingerprint:
    """The error that a redacted, joined event is. Never raises; looks at the first 8,192 characters.

    line: the event as it stands in the log, where that is another text; only a `literal` that is in it is taken.
    """
    raw, text = text if line is None else line, plain(text[:LIMIT]).strip()
    failed = invocation(text)
    record = structured_record(text)
    trace_ = trace(record.stack if record and record.stack else text)
    kind = "lambda" if failed else "log"
    request = failed.request if failed else (record.request if record else "") or request_of(text)
    path = trace_.source_path if trace_ else ""
    for name, pattern in rules.same:
        if pattern.search(text):
            return _fingerprint_of("same: " + name, kind, name, path, request, "")
    shape = _shape(text, failed, record, trace_)
    return _fingerprint_of(shape.shape, kind, shape.title, path, request, _literal(shape.sources, raw[:LIMIT]))


def _shape(text: str, failed: Invocation | None, record: StructuredRecord | None, trace_: Trace | None) -> _Shape:
    if failed and failed.failed:
        shape = masked(failed.failed)
        return _Shape(shape, shape, (shape,))
    message = _message(text, record)
    if trace_ and (trace_.frames or trace_.types):
        return _of_trace(trace_, message, record)
    line = masked(message[:_MESSAGE]) or masked(text[:_MESSAGE]) or MASK
    if record and record.type and record.type not in line:
        line = f"{record.type}: {line}"
    distinguishing = " ".join(record.exit_details) if record else ""
    return _Shape(f"{line} ({distinguishing})" if distinguishing else line, line, (line,))


def _of_trace(trace_: Trace, message: str, record: StructuredRecord | None) -> _Shape:
    types = " < ".join(reversed(trace_.types)) or (record.type if record else "")
    inner = trace_.message if trace_.types or not record else record.message
    detail = masked(_first_line(inner)[:_MESSAGE])
    last = trace_.types[-1] if trace_.types else types
    title = f"{last}: {detail}" if detail else last or masked(message[:_MESSAGE])
    if not trace_.frames:
        shape = f"{types}: {detail}" if detail else types
        return _Shape(shape, title, (f"{last}{MASK}{detail}",))
    if not types:
        types = masked(message[:_MESSAGE])
    codes = " ".join(_TOLD.findall(detail))
    shape = f"{types} in {' < '.join(trace_.frames)}" + (f" ({codes})" if codes else "")
    return _Shape(shape, title, (last or types, MASK.join(trace_.frames)))


def _message(text: str, record: StructuredRecord | None) -> str:
    """What happened, in the words of the program: without what precedes it and without details of the occurrence."""
    if record:
        parts = [record.message.strip(), record.error.strip()]
        message = ": ".join(_first_line(part) for part in parts if part)
        if message:
            return message[prefix(message).end :]
    first = text[prefix(text).end :].lstrip()
    line = _first_line(first)
    details = _DETAILS.search(line)
    return line[: details.start()] if details else line


def _first_line(text: str) -> str:
    return text.lstrip().partition("\n")[0].rstrip()


def _fingerprint_of(shape: str, kind: str, title: str, path: str, request: str, literal: str) -> Fingerprint:
    shape = _cut(shape, SHAPE)
    key = hashlib.sha256(f"{kind}\n{shape}".encode("utf-8", "replace")).hexdigest()[:16]
    display_title = _cut(title.replace(MASK, "…"), TITLE)
    return Fingerprint(f"{ALGORITHM}-{key}", kind, display_title, shape, path, request, literal)


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, never half a character, and nothing that cannot be encoded."""
    if text.isascii() and len(text) <= most and text.isprintable():
        return text
    clean = str(printable(text)).replace("\n", " ").replace("\t", " ")
    return clean.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


def _literal(sources: tuple[str, ...], text: str) -> str:
    """The longest text of the first source that has any; a source is a shape whose every word is in every event."""
    for source in sources:
        best = ""
        for piece in sorted(_UNSAFE.split(source), key=len, reverse=True):
            piece = piece.strip()[:_LITERAL_MOST]
            if len(piece) <= max(len(best), _LITERAL_LEAST - 1):
                break
            longest = piece if piece in text else _run(piece.split(" "), text)
            best = longest if len(longest) > len(best) else best
        if len(best) >= _LITERAL_LEAST:
            return _cut(best, TITLE).rstrip()
    return ""


def _run(words: list[str], text: str) -> str:
    """The longest row of words that stands in the text as it is."""
    best, first = "", 0
    for last in range(1, len(words) + 1):
        while first < last and " ".join(words[first:last]) not in text:
            first += 1
        row = " ".join(words[first:last])
        best = row if len(row) > len(best) else best
    return best
