"""How a graph of a dashboard's body is drawn, as keys of the language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.importer.values import items, mapping, texts
from generator.importer.write.quantities import Unwritable, number

# What a graph may say; `graph` reads the other ones.
_KNOWN = frozenset(
    {
        *("metrics", "region", "accountId", "stat", "period", "title", "view", "stacked"),
        *("annotations", "legend", "liveData", "sparkline", "table", "yAxis", "setPeriodToTimeRange", "timezone"),
    }
)
# Options at the value that they have anyway.
_IGNORED: Mapping[str, tuple[Any, ...]] = {
    "singleValueFullPrecision": (False, None),
    "trend": (True,),
    "labels": ({"visible": False}, {"visible": True}),
}
_SIDES = ("left", "right")


def style(properties: Mapping[str, Any], view: str) -> dict[str, Any]:
    """The keys of the axes, annotations and options. Raises Unwritable."""
    for name, value in properties.items():
        if name not in _KNOWN and value not in _IGNORED.get(name, ()):
            raise Unwritable(f"it has `{name[:40]}`, which graphs of the language do not have")
    styled: dict[str, Any] = _axes(mapping(properties.get("yAxis")))
    annotations = {
        kind: values
        for kind, read in (("horizontal", _horizontal), ("vertical", _vertical))
        if (values := [read(value) for value in items(mapping(properties.get("annotations")).get(kind))])
    }
    if items(mapping(properties.get("annotations")).get("alarms")):
        raise Unwritable("it is the graph of an alarm by its ARN")
    if annotations:
        styled["annotations"] = annotations
    legend = mapping(properties.get("legend")).get("position")
    if legend in ("right", "hidden"):
        styled["legend"] = legend
    if properties.get("liveData") is True:
        styled["live"] = True
    if properties.get("sparkline") is True and view == "singleValue":
        styled["sparkline"] = True
    if properties.get("setPeriodToTimeRange") is True:
        styled["set_period_to_time_range"] = True
    if properties.get("labels") == {"visible": True}:
        styled["show_labels"] = True
    if properties.get("timezone") not in (None, "+0000"):
        styled["time_zone"] = str(properties["timezone"])
    table = mapping(properties.get("table"))
    if table and view == "table":
        styled["table"] = _table(table)
    return styled


def _axes(axes: Mapping[str, Any]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for side in _SIDES:
        axis = mapping(axes.get(side))
        values: dict[str, Any] = {"label": str(axis["label"])} if axis.get("label") else {}
        limits = {name: number(axis[name]) for name in ("min", "max") if axis.get(name) is not None}
        if axis.get("showUnits") is False:
            values["show_units"] = False
        if side == "left" and not values:
            keys |= limits
        elif values or limits:
            keys.setdefault("axes", {})[side] = {**values, **limits}
    return keys


def _horizontal(value: Any) -> dict[str, Any]:
    first, *rest = _ends(value)
    if rest:
        low, high = sorted((number(first.get("value")), number(rest[0].get("value"))))
        keys: dict[str, Any] = {"from": low, "to": high}
    else:
        keys = {"value": number(first.get("value"))}
        if first.get("fill") in ("above", "below"):
            keys["fill"] = first["fill"]
    if first.get("yAxis") == "right":
        keys["axis"] = "right"
    return {**keys, **_appearance(first)}


def _vertical(value: Any) -> dict[str, Any]:
    first, *rest = _ends(value)
    if rest:
        keys: dict[str, Any] = {"from": str(first.get("value")), "to": str(rest[0].get("value"))}
    else:
        keys = {"at": str(first.get("value"))}
        if first.get("fill") in ("before", "after"):
            keys["fill"] = first["fill"]
    return {**keys, **_appearance(first)}


def _ends(value: Any) -> list[Mapping[str, Any]]:
    ends = [mapping(item) for item in value] if isinstance(value, list) else [mapping(value)]
    if not 1 <= len(ends) <= 2 or not all(ends):
        raise Unwritable("it has an annotation that is neither a line nor a band")
    return ends


def _appearance(annotation: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(annotation[name]) for name in ("label", "color") if annotation.get(name)}


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_table_keys(table))


def _table_keys(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if table.get("layout") == "vertical":
        yield "layout", "vertical"
    if table.get("summaryColumns"):
        yield "summary", texts(table["summaryColumns"])
    if table.get("stickySummary") is True:
        yield "sticky_summary", True
    if table.get("showTimeSeriesData") is False:
        yield "time_series", False
