"""YAML as people write it: an entry on one line where it fits, otherwise a key a line, short mappings in braces."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

WIDTH = 118
_PLAIN = re.compile(r"[A-Za-z_/$.](?:[A-Za-z0-9_./$@-]|:(?=/))*(?: [A-Za-z0-9_./()%=*+-]+)*")
_PLAIN_IN_BLOCK = re.compile(r"[A-Za-z_/$.][A-Za-z0-9_./$'(),;=*+%-]*(?:(?: |:)[A-Za-z0-9_./$'(),;=*+%<>?-]+)*")
_NUMBER_AND_WORDS = re.compile(r"[0-9]+(?:[smhdw]| of [0-9]+)")
_WORDS = frozenset({"yes", "no", "true", "false", "on", "off", "null", "y", "n", "~", ".inf", ".nan", "."})
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_NUMBER_LIKE = re.compile(r"[-+.]?[0-9][0-9_.,:eExXoOa-fA-F+-]*|\.[0-9].*")


def scalar(value: Any, *, in_flow: bool) -> str:
    """A scalar as YAML: plain where every reader reads the same text, otherwise in double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return json.dumps(value)
    if value is None:
        return "null"
    text = str(value)
    if _NUMBER_AND_WORDS.fullmatch(text):
        return text
    plain = _PLAIN if in_flow else _PLAIN_IN_BLOCK
    if (
        plain.fullmatch(text)
        and text.lower() not in _WORDS
        and not _NUMBER_LIKE.fullmatch(text)
        and not text.endswith(":")
    ):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """A text in quotes, on one line: in double ones, or in single ones where those would need escapes."""
    if ('"' in text or "\\" in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key, in_flow=True)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value, in_flow=True)


def lines(value: Mapping[str, Any], indent: int = 0, *, one_line: bool = True) -> Iterator[str]:
    """A mapping as lines. one_line: whether an entry that fits is on one line."""
    pad = " " * indent
    for key, item in value.items():
        yield from entry(key, item, pad, one_line=one_line)


def entry(key: str, value: Any, pad: str, *, one_line: bool = True) -> Iterator[str]:
    """A key with its value."""
    start = f"{pad}{scalar(key, in_flow=False)}:"
    if isinstance(value, (Mapping, list, tuple)):
        line = f"{start} {flow(value)}"
        if not value or (one_line and len(line) <= WIDTH):
            yield line
        elif isinstance(value, Mapping):
            yield start
            yield from lines(value, len(pad) + 2)
        else:
            yield start
            yield from _items(value, len(pad) + 2)
    elif isinstance(value, str) and "\n" in value and _is_block(value):
        yield f"{start} |-"
        for text in value.split("\n"):
            yield f"{pad}  {text}" if text else ""
    else:
        yield f"{start} {scalar(value, in_flow=False)}"


def _items(values: Iterable[Any], indent: int) -> Iterator[str]:
    pad = " " * indent
    for value in values:
        line = f"{pad}- {flow(value)}"
        if not isinstance(value, Mapping) or not value or len(line) <= WIDTH:
            yield line
            continue
        first = True
        for text in lines(value, indent + 2):
            yield f"{pad}- {text[indent + 2 :]}" if first else text
            first = False


def _is_block(text: str) -> bool:
    """Whether YAML has a text in a block of lines as it is."""
    rows = text.split("\n")
    is_printable = all(character.isprintable() for row in rows for character in row)
    has_ends = bool(rows[-1]) and not rows[0][:1].isspace() and not any(row[-1:].isspace() for row in rows)
    return is_printable and has_ends and bool(rows[0]) and not _ESCAPED.search(text)
