"""The map of a takeover: each old resource with the new one beside it, and what the file gets back at the end.

It is committed beside the file, sorted, one resource a line, so that a review shows what changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from generator.findings import Path

FORMAT = 1
MOST_BYTES = 50_000_000
_TEXTS = ("account", "region", "type", "name", "new_name", "key", "kind", "file", "address", "stack")


class BadMap(Exception):
    """The map cannot be read. Its text is the reason, as a sentence."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """An old resource and the new one. key: the path of the entry.

    kind, file, address, stack: where the old one is defined: the kind of the source, its file, what the other tool
    calls it, and its CloudFormation stack, as far as the source knows it.
    """

    account: str
    region: str
    type: str
    name: str
    new_name: str
    key: str
    kind: str
    file: str
    address: str
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """A value that the file gets when an entry is no longer beside. key: of the entry. path: of the value."""

    key: str
    path: Path
    value: str | bool


@dataclass(frozen=True, slots=True)
class Takeover:
    """file: the name of the YAML file. metrics: `namespace/name` of filters beside, and of the old ones."""

    file: str
    environment: str
    resources: tuple[TakenOver, ...]
    restored: tuple[Restored, ...] = ()
    metrics: tuple[tuple[str, str], ...] = ()


def takeover_json(takeover: Takeover) -> str:
    """The map as text."""
    head = {"format": FORMAT, "file": takeover.file, "environment": takeover.environment}
    lists: dict[str, list[Any]] = {
        "resources": [asdict(resource) for resource in sorted(takeover.resources, key=_order)],
        "restored": [
            {"key": row.key, "path": list(row.path), "value": row.value}
            for row in sorted(takeover.restored, key=lambda row: (row.key, [str(step) for step in row.path]))
        ],
        "metrics": [list(pair) for pair in sorted(takeover.metrics)],
    }
    lines = ["{", *(f" {json.dumps(name)}: {json.dumps(value)}," for name, value in head.items())]
    for number, (name, rows) in enumerate(lists.items()):
        end = "," if number < len(lists) - 1 else ""
        texts = [f"  {json.dumps(row, ensure_ascii=False, sort_keys=True)}" for row in rows]
        lines += [f" {json.dumps(name)}: [", *[f"{text}," for text in texts[:-1]], *texts[-1:], f" ]{end}"]
    return "\n".join([*lines, "}", ""])


def _order(resource: TakenOver) -> tuple[str, ...]:
    return (resource.account, resource.region, resource.type, resource.name)


def read_takeover(text: str) -> Takeover:
    """The map of a text. Raises BadMap."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BadMap("it is not JSON") from None
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise BadMap(f"it is no map of `obsgen import --beside` of format {FORMAT}")
    resources = [_resource(row) for row in _rows(data, "resources")]
    restored = [_restored(row) for row in _rows(data, "restored")]
    metrics = [_pair(row) for row in _rows(data, "metrics")]
    return Takeover(_text(data, "file"), _text(data, "environment"), (*resources,), (*restored,), (*metrics,))


def _rows(data: Mapping[str, Any], name: str) -> list[Any]:
    rows = data.get(name, [])
    if not isinstance(rows, list):
        raise BadMap(f"`{name}` is not a list")
    return rows


def _resource(row: Any) -> TakenOver:
    if not isinstance(row, Mapping):
        raise BadMap("an item of `resources` is not a mapping")
    resource = TakenOver(**{name: _text(row, name) for name in _TEXTS})
    if not re.fullmatch(r"[0-9A-Za-z-]*", f"{resource.account}{resource.region}"):
        raise BadMap("an item of `resources` has an account or a Region with other characters than letters and digits")
    return resource


def _restored(row: Any) -> Restored:
    path = row.get("path") if isinstance(row, Mapping) else None
    value = row.get("value") if isinstance(row, Mapping) else None
    steps = [step for step in path if isinstance(step, str | int)] if isinstance(path, list) else []
    if not steps or steps != path or not isinstance(value, str | bool):
        raise BadMap("an item of `restored` has no path, or no value")
    return Restored(_text(row, "key"), tuple(steps), value)


def _pair(row: Any) -> tuple[str, str]:
    if not isinstance(row, list) or len(row) != 2 or not all(isinstance(text, str) for text in row):
        raise BadMap("an item of `metrics` is not a pair of texts")
    return row[0], row[1]


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise BadMap(f"`{name}` is not a text")
    return value
