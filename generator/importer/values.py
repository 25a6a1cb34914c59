"""Values of a source as what they should be: empty where they are something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping, empty where the value is none."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:
    """A list, empty where the value is none."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a list."""
    return [item for item in items(value) if isinstance(item, Mapping)]


def texts(value: Any) -> list[str]:
    """The texts in a list."""
    return [item for item in items(value) if isinstance(item, str)]
