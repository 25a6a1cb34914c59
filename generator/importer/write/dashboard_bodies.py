"""Bodies of dashboards: their widgets in order, and the log groups of their queries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.importer.resources import ImportedResource
from generator.importer.write.values import items, mapping

_SOURCE = re.compile(r"\s*SOURCE\s+'([^']+)'\s*\|\s*")


def body_of(resource: ImportedResource) -> Mapping[str, Any] | None:
    """The body of a dashboard; nothing where it is not JSON."""
    body = resource.properties.get("DashboardBody")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return None
    return body if isinstance(body, Mapping) else None


def in_order(body: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The widgets from top left to bottom right, each with its number in the body."""
    numbered = [
        (number, widget) for number, widget in enumerate(items(body.get("widgets"))) if isinstance(widget, Mapping)
    ]
    yield from sorted(numbered, key=lambda pair: (size(pair[1], "y", 0), size(pair[1], "x", 0), pair[0]))


def log_names(resource: ImportedResource) -> list[str]:
    """The log groups that the queries of a dashboard read."""
    names = []
    for _, widget in in_order(body_of(resource) or {}):
        if widget.get("type") == "log":
            names += sources(str(mapping(widget.get("properties")).get("query", "")))[1]
    return list(dict.fromkeys(names))


def sources(query: str) -> tuple[str, list[str]]:
    """A query without its log groups, and these."""
    names = []
    while match := _SOURCE.match(query):
        names.append(match[1])
        query = query[match.end() :]
    return query.strip(), names


def size(widget: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number of a widget."""
    value = widget.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
