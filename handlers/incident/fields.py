"""Fields of what arrives: each is what it has to be, or Bad with a reason; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class InvalidField(Exception):
    """A field is not what it has to be."""


def object_of(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A field that is an object. Raises Bad."""
    value = data.get(name)
    if not isinstance(value, dict):
        raise InvalidField(f"{name} is missing or not an object")
    return value


def text_of(data: Mapping[str, Any], name: str) -> str:
    """A field that is a text, and not an empty one. Raises Bad."""
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidField(f"{name} is missing or not a string")
    return value


def shown(value: Any) -> str:
    """What was found, as a reason names it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
