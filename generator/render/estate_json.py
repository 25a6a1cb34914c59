"""The intention as JSON: what `diff` compares, so that no old compiler has to run to know what was meant."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any

from generator.findings import dotted
from generator.model.estate import Estate
from generator.render.json_rows import json_rows

ESTATE_VERSION = 1
# Plain as they are.
_PLAIN = frozenset({str, int, float, bool, type(None)})
_PLACED = ("Agent", "Alarm", "Compliance", "Composite", "ErrorLogs", "EventRule", "LogGroup", "MetricFilter")
# Left out while they say nothing, so that an estate without them reads as it did before there were any. Of the Estate
# itself these are the fields that have a default.
_WHERE_GIVEN = frozenset(
    {
        *(
            ("Alarm", name)
            for name in ("service", "objective", "parts_of", "alone", "page_again", "level_of", "silent_end")
        ),
        *(("Composite", name) for name in ("service", "objective", "parts_of", "separate", "page_again")),
        *((noun, "own_name") for noun in ("Alarm", "Composite", "Dashboard", "MetricFilter")),
        *((noun, "actions_disabled") for noun in ("Alarm", "Composite")),
        *((noun, "actions_in") for noun in ("Alarm", "Composite")),
        *((noun, "action_states") for noun in ("Alarm", "Composite")),
        ("Composite", "severity_by_account"),
        ("Composite", "silent_end"),
        ("Composite", "event_tags"),
        ("Account", "management"),
        *((noun, "placement") for noun in _PLACED),
        ("Account", "regions"),
        ("Account", "unit"),
        ("Alarm", "contributors"),
        ("Alarm", "low_samples"),
        ("Alarm", "published_by"),
        ("Alarm", "regional"),
        ("Alarm", "tags"),
        ("Alarm", "event_tags"),
        ("Alarm", "wall_clock"),
        ("Alarm", "warm_up_minutes"),
        ("Dashboard", "section"),
        ("EventRule", "former"),
        ("FleetSignal", "query"),
        ("Incidents", "quiet"),
        ("LogGroup", "archive_days"),
        ("LogGroup", "existing"),
        ("LogGroup", "former"),
        ("LogGroup", "key_arn"),
        ("LogWidget", "region"),
        ("MathSignal", "parts"),
        ("Metric", "unit"),
        ("MetricWidget", "region"),
        ("MetricWidget", "start"),
        ("MonitoringRole", "capture_parts"),
        ("MonitoringRole", "captures"),
        *(
            ("Objective", name)
            for name in (
                "source",
                "pairs",
                "minimum_traffic",
                "no_traffic_fails",
                "placement",
                "service",
                "signals",
            )
        ),
        ("RouteRule", "environments"),
        ("RouteRule", "later"),
        ("RouteRule", "owner"),
        ("RouteRule", "silent_end"),
        ("SamplingRule", "attributes"),
        ("Sharing", "log_groups"),
        ("Sharing", "namespaces"),
        ("Sharing", "other_regions"),
    }
)


def estate_json(estate: Estate) -> str:
    """The estate as one text, without what only `explain` needs (origins)."""
    return json_rows(sections_of(estate), _plain)


def sections_of(estate: Estate) -> dict[str, Any]:
    """The top-level sections of the text, in their order."""
    _, names, rare = _shape(Estate)
    sections = {name: value for name in names if (value := getattr(estate, name)) or name not in rare}
    return {"estate": ESTATE_VERSION, **sections}


def plain(value: Any) -> Any:
    """A part of an estate as estate.json has it."""
    return _plain(value)


def _plain(value: Any) -> Any:
    noun: type = type(value)
    return _converter(noun)(value)


@cache
def _converter(noun: type) -> Callable[[Any], Any]:
    """A function that makes values of a type plain; cached by type, as an estate has a million values of some forty."""
    if dataclasses.is_dataclass(noun):
        return _fields_of(noun)
    if issubclass(noun, Enum):
        return attrgetter("value")
    if issubclass(noun, datetime.date):
        return noun.isoformat
    if issubclass(noun, Mapping):
        return lambda value: {str(key): _plain(inner) for key, inner in value.items()}
    return (lambda value: [_plain(inner) for inner in value]) if issubclass(noun, tuple | list) else lambda value: value


def _fields_of(noun: type) -> Callable[[Any], dict[str, Any]]:
    kind, names, rare = _shape(noun)
    switches = {field.name for field in dataclasses.fields(noun) if field.default is None}
    fields = tuple((name, name in rare, dotted if name == "path" else _plain) for name in names)

    def plain_fields(value: Any) -> dict[str, Any]:
        plain_values: dict[str, Any] = dict(kind)
        for name, is_rare, convert in fields:
            inner = getattr(value, name)
            # A switch that says neither yes nor no says something when it says no.
            if inner or not is_rare or (inner is False and name in switches):
                plain_values[name] = inner if type(inner) in _PLAIN else convert(inner)
        return plain_values

    return plain_fields


@cache
def _shape(noun: type) -> tuple[dict[str, str], tuple[str, ...], frozenset[str]]:
    """The fields that distinguish a type in its union, all its fields, and those that are left out if empty."""
    kind = {"is": noun.__name__} if _in_union(noun.__name__) else {}
    fields = [field for field in dataclasses.fields(noun) if field.name != "origins"]
    rare = {field.name for field in fields if (noun.__name__, field.name) in _WHERE_GIVEN}
    if noun is Estate:
        rare = {field.name for field in fields if field.default is not dataclasses.MISSING}
    return kind, tuple(field.name for field in fields), frozenset(rare)


def _in_union(name: str) -> bool:
    """True if a reader needs the noun's name to know what it is."""
    return name.endswith(("Signal", "Widget")) or name in (
        "InState",
        "Not",
        "AllOf",
        "AnyOf",
        "AtLeastOf",
        "Series",
        "Search",
        "Formula",
        "Count",
    )
