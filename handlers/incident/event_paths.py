"""Paths into an event, and templates with such paths; pure.

`$.detail.instance-id`, `$.resources[0]`, `$.detail['a b']`: names and indexes only, so that each path leads to one
value or to none. A template is text with paths in braces: `Spot interruption of {$.detail.instance-id}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

MISSING = "unknown"
# Characters of one value: more are cut where they are rendered, so that a value of 200 KB costs nothing.
VALUE_CHARACTERS = 2_000
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\['([^']+)'\]|\[([0-9]{1,6})\]")
_PLACEHOLDER = re.compile(r"\{(\$[^{}]*)\}")


def value_at(event: Any, path: str) -> str | None:
    """The value as one line of text; None where the path leads to nothing, to null or to an empty text."""
    steps = _steps(path)
    if steps is None:
        return None
    value = event
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return _text(value) or None


def rendered(template: str, event: Any) -> str | None:
    """A template, or a path alone, with its values; None where it names values and the event has none of them."""
    if _steps(template) is not None:
        return value_at(event, template)
    values = {match[1]: value_at(event, match[1]) for match in _placeholders(template)}
    if values and not any(values.values()):
        return None
    return one_line(_PLACEHOLDER.sub(lambda match: values.get(match[1]) or MISSING, template))


def has_all(template: str, event: Any) -> bool:
    """Whether an event has every value that a template names."""
    return all(value_at(event, match[1]) for match in _placeholders(template))


def one_line(text: str) -> str:
    """Text without line ends: one that ends its line could begin another in somebody else's name."""
    return " ".join(text.split())


def _placeholders(template: str) -> Iterator[re.Match[str]]:
    return _PLACEHOLDER.finditer(template)


@cache
def _steps(path: str) -> tuple[str | int, ...] | None:
    """Names and indexes; None where the text is no path."""
    if not path.startswith("$"):
        return None
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            return None
        name = match[1] or match[2]
        steps.append(name if name else int(match[3]))
        position = match.end()
    return tuple(steps)


def _text(value: Any) -> str:
    """Texts as they are, what else there is as compact JSON."""
    if value is None:
        return ""
    if not isinstance(value, str):
        value = _json(value)
    return one_line(value[:VALUE_CHARACTERS])


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return ""
