"""Files of JSON lines, read without trust: every fault with its file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from generator.capture.errors import BadCapture
from generator.reading import MIB, Unreadable, leads_out, opened, shown

# A series without any run has some 0.5 MB, a dashboard at most 1 MB.
MOST_IN_LINE = 8 * MIB
MOST_DEEP = 64
_END = b"\n"
# And halves of surrogate pairs, which no output can encode.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Line(NamedTuple):
    """A line of a file, without its end. number: from 1. offset: of its first byte in the file."""

    number: int
    offset: int
    text: bytes


def _refuse(constant: str) -> None:
    raise ValueError(f"the line is not JSON: `{constant}`")


# One for all lines: json.loads would make another for each.
_DECODER = json.JSONDecoder(parse_constant=_refuse)


def json_lines(path: Path) -> Iterator[Line]:
    """The lines of a file. Raises FileNotFoundError; BadCapture where the file cannot be read or a line has no end."""
    offset = 0
    for number, text in enumerate(lines_of(path), 1):
        yield Line(number, offset, text)
        offset += len(text) + 1


def lines_of(path: Path) -> Iterator[bytes]:
    """The texts of the lines, as of `json_lines`."""
    if leads_out(path):
        raise BadCapture([f"{shown(path)}: a symbolic link to what is outside of its folder"])
    try:
        with opened(path) as file:
            number, rest = 0, b""
            while block := file.read(MIB):
                first, *rest_of_block = block.split(_END)
                rest += first
                if len(rest) > MOST_IN_LINE:
                    raise BadCapture([f"{shown(path)}:{number + 1}: the line is more than {MOST_IN_LINE // MIB} MB"])
                if rest_of_block:
                    yield rest
                    yield from rest_of_block[:-1]
                    number, rest = number + len(rest_of_block), rest_of_block[-1]
            if rest:
                raise BadCapture([f"{shown(path)}:{number + 1}: the line is cut off"])
    except FileNotFoundError:
        raise
    except (Unreadable, OSError) as error:
        raise BadCapture([f"{shown(path)}: {error.strerror or error}"]) from None


def parse(text: bytes) -> dict[str, Any]:
    """The object of a line. Raises ValueError, whose message is a sentence."""
    value = _parsed(text)
    if not isinstance(value, dict):
        raise ValueError("expected an object")
    return value


def parse_list(text: bytes) -> list[Any]:
    """A list that a line has. Raises ValueError, as `parse`."""
    value = _parsed(text)
    if not isinstance(value, list):
        raise ValueError("expected a list")
    return value


def _parsed(text: bytes) -> Any:
    try:
        words = text.decode("utf-8")
        # Without the search for spaces around it, which lines of obsgen do not have.
        value, end = _DECODER.raw_decode(words)
        if end != len(words):
            value = _DECODER.decode(words)
    except UnicodeDecodeError:
        raise ValueError("the line is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"the line is not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("the line is nested too deeply") from None
    # Most lines have so few brackets that they cannot be deep.
    if text.count(b"{") + text.count(b"[") > MOST_DEEP and _depth(value) > MOST_DEEP:
        raise ValueError("the line is nested too deeply")
    return value


def text_of(row: Mapping[str, Any], key: str) -> str:
    """A text of a row, without control characters. Raises ValueError.

    Names at AWS have none: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    value = row.get(key)
    if not isinstance(value, str):
        raise ValueError(f"expected `{key}` to be a string")
    if _CONTROL.search(value):
        raise ValueError(f"`{key}` has control characters")
    return value


def _depth(value: object) -> int:
    """How deeply lists and objects are nested, counted without recursion and no further than necessary."""
    level, depth = [value], 0
    while level and depth <= MOST_DEEP:
        depth += 1
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent if isinstance(parent, list) else ())
            if isinstance(child, dict | list)
        ]
    return depth
