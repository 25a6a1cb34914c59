"""A widget of a dashboard's body as the language has it: with keys of its own, or with CloudWatch's properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.importer.dashboards.bodies import BodyWidget, log_group_of, sources
from generator.importer.dashboards.meaning import alarm_of
from generator.importer.values import items
from generator.importer.write.graphs import GraphPlace, graph
from generator.importer.write.logs import LogGroups
from generator.importer.write.places import HUB
from generator.importer.write.quantities import Unwritable

_LOG_VIEWS = ("table", "timeSeries", "bar", "pie")
_OF_TEXTS = frozenset({"markdown", "background"})
_OF_ALARMS = frozenset({"title", "alarms", "sortBy", "states"})
_OF_LOGS = frozenset({"title", "query", "region", "accountId", "view"})
_USUAL_OF_LOGS: Mapping[str, Any] = {"queryLanguage": "CWLI", "stacked": False}
# Those which say of which account and Region they are.
_LOCATED = ("metric", "log")
_RAW = (*_LOCATED, "alarm", "text", "explorer", "custom")
AlarmKeys = Mapping[tuple[str, str, str], str]


def readable_widget(
    widget: BodyWidget, place: GraphPlace, groups_of_logs: LogGroups, alarm_keys: AlarmKeys, hub_region: str
) -> dict[str, Any]:
    """A widget with keys of the language. Raises Unwritable."""
    properties = widget.properties
    match widget.type:
        case "text":
            _require_known(properties, _OF_TEXTS)
            keys: dict[str, Any] = {"type": "text", "markdown": str(properties.get("markdown") or "")}
            if properties.get("background", "solid") != "solid":
                keys["background"] = str(properties["background"])
            return keys
        case "alarm":
            return _alarms(properties, place, alarm_keys)
        case "log":
            keys = _logs(properties, place, groups_of_logs)
        case "metric":
            keys = graph(properties, place)
        case other:
            raise Unwritable(f"widgets of type {other[:40]} are none that the language has")
    return {**keys, "region": place.region} if place.region != hub_region else keys


def raw_widget(widget: BodyWidget, place: GraphPlace) -> dict[str, Any]:
    """A widget with CloudWatch's properties, which say where its data is. Raises Unwritable."""
    if widget.type not in _RAW:
        raise Unwritable(f"CloudWatch documents no widgets of type {widget.type[:40]}")
    properties = dict(widget.properties)
    if widget.type in _LOCATED:
        properties.setdefault("region", place.region)
        if not place.is_hub:
            properties.setdefault("accountId", place.account)
    return {"type": "raw", "widget": widget.type, "properties": _in_order(properties)}


def _in_order(value: Any) -> Any:
    """A value with its keys in order, whatever that of the source is."""
    if isinstance(value, Mapping):
        return {str(key): _in_order(item) for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


def _require_known(properties: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(properties) - known)
    if unknown:
        raise Unwritable(f"it has `{unknown[0][:40]}`, which such widgets of the language do not have")


def _alarms(properties: Mapping[str, Any], place: GraphPlace, alarm_keys: AlarmKeys) -> dict[str, Any]:
    _require_known(properties, _OF_ALARMS)
    keys: list[str] = []
    of_key: dict[str, set[str]] = {}
    for arn in map(str, items(properties.get("alarms"))):
        alarm = alarm_of(arn)
        key = alarm_keys.get(alarm) if alarm else None
        if alarm is None or key is None:
            raise Unwritable(f"it shows the alarm {arn[:200]}, which is not among those that are written")
        keys.append(key)
        of_key.setdefault(key, set()).add(alarm[0])
    widget: dict[str, Any] = {"type": "alarms", "title": str(properties.get("title") or "")}
    widget["alarms"] = list(dict.fromkeys(keys))
    everywhere = {key: {account for (account, _, _), of in alarm_keys.items() if of == key} for key in of_key}
    if of_key != everywhere:
        accounts = {account for own in of_key.values() for account in own}
        widget["accounts"] = sorted(place.name(account) for account in accounts)
    if properties.get("sortBy"):
        widget["sort_by"] = str(properties["sortBy"])
    if properties.get("states"):
        widget["states"] = [str(state) for state in items(properties["states"])]
    return widget


def _logs(properties: Mapping[str, Any], place: GraphPlace, groups_of_logs: LogGroups) -> dict[str, Any]:
    _require_known({name: item for name, item in properties.items() if _USUAL_OF_LOGS.get(name) != item}, _OF_LOGS)
    query, names = sources(str(properties.get("query", "")))
    if not names:
        raise Unwritable("its query names no log groups")
    account = str(properties.get("accountId") or place.account)
    groups = [log_group_of(name, account, place.region) for name in names]
    keys = list(dict.fromkeys(groups_of_logs.key_in(*group) for group in groups))
    view = str(properties.get("view") or "table")
    if view not in _LOG_VIEWS:
        raise Unwritable(f"its view is {view[:40]}")
    widget: dict[str, Any] = {"type": "logs", "title": str(properties.get("title") or "")}
    widget |= {"log_group": keys[0]} if len(keys) == 1 else {"log_groups": keys}
    accounts = {place.name(owner) for owner, _, _ in groups} - {HUB}
    if accounts and accounts != {*place.accounts.values()}:
        widget["accounts"] = sorted(accounts)
    if view != "table":
        widget["view"] = view
    return {**widget, "query": query}
