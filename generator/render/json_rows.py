"""JSON that is reviewed in pull requests: one entry a line, so that a changed alarm is a changed line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def json_rows(data: Mapping[str, Any]) -> str:
    """The mapping as JSON text: each entry of a list or mapping at the top on a line of its own."""
    return "{\n" + ",\n".join(f" {_text(key)}: {_section(value)}" for key, value in data.items()) + "\n}\n"


def _section(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {_text(entry)}" for entry in value) + "\n ]"
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"  {_text(key)}: {_text(entry)}" for key, entry in value.items()) + "\n }"
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
