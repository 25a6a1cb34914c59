"""JSON that is reviewed in pull requests: one entry a line, so that a changed alarm is a changed line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any


def json_rows(data: Mapping[str, Any], plain: Callable[[Any], Any] = lambda value: value) -> str:
    """The mapping as JSON text: each entry of a list or mapping at the top on a line of its own.

    plain: what makes JSON's kinds of values of an entry; one after the other, as all of them together are large.
    """
    return "{\n" + ",\n".join(f" {_text(key)}: {_section(value, plain)}" for key, value in data.items()) + "\n}\n"


def _section(value: Any, plain: Callable[[Any], Any]) -> str:
    if isinstance(value, list | tuple):
        return "[\n" + ",\n".join(f"  {_text(plain(entry))}" for entry in value) + "\n ]" if value else "[]"
    made = plain(value)
    if isinstance(made, dict) and made:
        return "{\n" + ",\n".join(f"  {_text(key)}: {_text(entry)}" for key, entry in made.items()) + "\n }"
    return _text(made)


_text = json.JSONEncoder(ensure_ascii=False).encode
