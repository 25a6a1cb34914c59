"""The intention as JSON: what `diff` compares, so that no old compiler has to run to know what was meant."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from generator.findings import dotted
from generator.model.estate import Estate
from generator.render.json_rows import json_rows

ESTATE_VERSION = 1
# Left out while they say nothing, so that an estate without them reads as it did before there were any.
_WHERE_GIVEN = frozenset(
    {
        *(
            ("Alarm", name)
            for name in ("service", "objective", "parts_of", "alone", "page_again", "level_of", "silent_end")
        ),
        *(("Composite", name) for name in ("service", "objective", "parts_of", "separate", "page_again")),
        ("Composite", "severity_by_account"),
        ("Composite", "silent_end"),
        *((noun, "placement") for noun in ("Agent", "Alarm", "Composite", "ErrorLogs", "LogGroup", "MetricFilter")),
        ("Account", "regions"),
        ("Account", "unit"),
        ("Alarm", "low_samples"),
        ("Alarm", "regional"),
        ("Alarm", "tags"),
        ("Alarm", "warm_up_minutes"),
        ("Dashboard", "section"),
        ("Estate", "compliance"),
        ("Estate", "error_logs"),
        ("Estate", "events"),
        ("Estate", "excluded_accounts"),
        ("Estate", "maintenance"),
        ("Estate", "reports"),
        ("Estate", "required"),
        ("Estate", "route_rules"),
        ("Incidents", "quiet"),
        ("LogGroup", "archive_days"),
        ("LogGroup", "existing"),
        ("LogGroup", "former"),
        ("RouteRule", "owner"),
        ("RouteRule", "silent_end"),
        ("SamplingRule", "attributes"),
        ("Sharing", "log_groups"),
        ("Sharing", "namespaces"),
    }
)


def estate_json(estate: Estate) -> str:
    """The estate, without what only `explain` needs (origins)."""
    return json_rows({"estate": ESTATE_VERSION, **_plain(estate)})


def plain(value: Any) -> Any:
    """A part of an estate as estate.json has it."""
    return _plain(value)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind, names, rare = _shape(type(value))
        given = {name: _field(name, getattr(value, name)) for name in names if name not in rare or getattr(value, name)}
        return {**kind, **given}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple | list) else value


def _field(name: str, value: Any) -> Any:
    return dotted(value) if name == "path" else _plain(value)


@cache
def _shape(noun: type) -> tuple[dict[str, str], tuple[str, ...], frozenset[str]]:
    """How a noun is told from others of its union, its fields, and those that are only there where given."""
    kind = {"is": noun.__name__} if _in_union(noun.__name__) else {}
    names = tuple(field.name for field in dataclasses.fields(noun) if field.name != "origins")
    return kind, names, frozenset(name for name in names if (noun.__name__, name) in _WHERE_GIVEN)


def _in_union(name: str) -> bool:
    """Whether a reader needs the noun's name to know what it is."""
    return name.endswith(("Signal", "Widget")) or name in (
        "InState",
        "Not",
        "AllOf",
        "AnyOf",
        "Series",
        "Search",
        "Formula",
        "Count",
    )
