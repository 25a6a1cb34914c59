"""The intention as JSON: what `diff` compares, so that no old compiler has to run to know what was meant."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from generator.findings import dotted
from generator.model.estate import Estate

ESTATE_VERSION = 1


def estate_json(estate: Estate) -> str:
    """The estate, without what only `explain` needs (origins)."""
    return json.dumps({"estate": ESTATE_VERSION, **_plain(estate)}, indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = {"is": type(value).__name__} if _in_union(type(value).__name__) else {}
        names = [f.name for f in dataclasses.fields(value) if f.name != "origins"]
        return {**kind, **{name: _field(name, getattr(value, name)) for name in names}}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple | list) else value


def _field(name: str, value: Any) -> Any:
    return dotted(value) if name == "path" else _plain(value)


def _in_union(name: str) -> bool:
    """Whether a reader needs the noun's name to know what it is."""
    return name.endswith(("Signal", "Widget")) or name in ("InState", "Not", "AllOf", "AnyOf", "Series", "Search")
