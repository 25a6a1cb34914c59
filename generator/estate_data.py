"""The data of an estate.json, which is one file or lists further ones that have sections of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from generator.manifest import ESTATE_FILE

STEM = "estate"
PARTS, SECTION, ENTRIES = "parts", "section", "entries"
_PART = re.compile(rf"{STEM}-[a-z0-9-]+\.json")


def parts_of(text: str | bytes) -> list[str]:
    """The names of the files that an estate.json lists; none where it is none of ours."""
    try:
        data = json.loads(text)
    except (RecursionError, ValueError):
        return []
    return _listed(data) if isinstance(data, dict) and PARTS in data else []


def is_part(name: str) -> bool:
    """True if a file of this name has sections of an estate.json."""
    return _PART.fullmatch(name) is not None


def estate_data(content: Callable[[str], str | bytes]) -> Any:
    """As if it were one file: each section that is elsewhere has the entries of all its parts, in their order.

    content: what a file of that name has. Raises ValueError where a file is none of ours, and what `content` raises.
    """
    data = json.loads(content(ESTATE_FILE))
    if not isinstance(data, dict) or PARTS not in data:
        return data
    listed = _listed(data)
    if not listed:
        raise ValueError(f"{ESTATE_FILE} lists parts that are no names of files")
    del data[PARTS]
    for name in listed:
        part = json.loads(content(name))
        try:
            data.setdefault(part[SECTION], []).extend(part[ENTRIES])
        except (AttributeError, KeyError, TypeError):
            raise ValueError(f"{name} is no part of {ESTATE_FILE}") from None
    return data


def _listed(data: dict[str, Any]) -> list[str]:
    """Names of files beside it, and nothing that leads elsewhere."""
    listed = data[PARTS]
    is_ours = isinstance(listed, list) and all(isinstance(name, str) and is_part(name) for name in listed)
    return listed if is_ours else []
