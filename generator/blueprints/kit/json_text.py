"""JSON that CloudFormation accepts as text (dashboard bodies, Contributor Insights rules), formatted for readers.

A value that fits on a line stays on it, so that a changed widget is a changed line in a pull request.
"""

from __future__ import annotations

import json
from typing import Any

WIDTH = 150


def body(value: Any) -> str:
    """The JSON text of a value, two spaces deep, short things on one line. ASCII, as rule bodies have to be."""
    return _laid_out(value, 0)


def _laid_out(value: Any, depth: int) -> str:
    short = json.dumps(value)
    if len(short) + depth <= WIDTH or not isinstance(value, dict | list) or not value:
        return short
    inner = depth + 2
    pad = " " * inner
    if isinstance(value, dict):
        rows = [f"{pad}{json.dumps(key)}: {_laid_out(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + " " * depth + "}"
    return "[\n" + ",\n".join(pad + _laid_out(item, inner) for item in value) + "\n" + " " * depth + "]"
