"""Paths of values in an event: `$.detail.instance-id`, `$.resources[0]`, `$.detail['a b']`."""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\['([^'\]]+)'\]|\[([0-9]{1,4})\]")
_PATH = re.compile(rf"\$(?:{_STEP.pattern})+")
_PLACEHOLDER = re.compile(r"\{(\$[^{}]*)\}")


def paths_in(text: str) -> list[str]:
    """The paths of a text: itself, or those in braces."""
    return [text] if _PATH.fullmatch(text) else _PLACEHOLDER.findall(text)


def value_at(event: Any, path: str) -> Any:
    """The value at a path; None where there is none."""
    value = event
    for name, quoted, index in _STEP.findall(path):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(name or quoted) if isinstance(value, dict) else None
    return value
