"""JSON that is reviewed in pull requests: one entry a line, so that a changed alarm is a changed line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def json_rows(data: Mapping[str, Any], plain: Callable[[Any], Any] = lambda value: value) -> str:
    """The mapping as JSON text: each entry of a list or mapping at the top on a line of its own.

    plain: what makes JSON's kinds of values of an entry; one after the other, as all of them together are large.
    """
    return object_of({key: section(value, plain) for key, value in data.items()})


def object_of(sections: Mapping[str, str]) -> str:
    """The whole text, of the text of each section."""
    return "{\n" + ",\n".join(f" {_text(key)}: {text}" for key, text in sections.items()) + "\n}\n"


def list_of(rows: Sequence[str]) -> str:
    """A section that is a list, of the text of its entries."""
    return "[\n" + ",\n".join(f"  {row}" for row in rows) + "\n ]" if rows else "[]"


def row(entry: Any, plain: Callable[[Any], Any] = lambda value: value) -> str:
    """One entry on a line."""
    return _text(plain(entry))


def section(value: Any, plain: Callable[[Any], Any] = lambda value: value) -> str:
    """A section with a line for each of its entries."""
    if isinstance(value, list | tuple):
        return list_of([row(entry, plain) for entry in value])
    plain_value = plain(value)
    if isinstance(plain_value, dict) and plain_value:
        return "{\n" + ",\n".join(f"  {_text(key)}: {_text(entry)}" for key, entry in plain_value.items()) + "\n }"
    return _text(plain_value)


_text = json.JSONEncoder(ensure_ascii=False).encode
