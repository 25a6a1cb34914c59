"""Entries of settings files that only say what there is to say."""

from __future__ import annotations

from typing import Any


def set_fields(**fields: Any) -> dict[str, Any]:
    """What says something; the rest is left out."""
    return {name: value for name, value in fields.items() if value}
