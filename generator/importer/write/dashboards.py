"""Dashboards: widgets that the language has; the others are dropped, each with its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from generator.importer.resources import DASHBOARD, ImportedResource, ImportedResources
from generator.importer.write.dashboard_bodies import body_of, in_order, size, sources
from generator.importer.write.drafts import Draft, ImportedEntry, Notes, Places
from generator.importer.write.graphs import graph
from generator.importer.write.logs import LogGroups
from generator.importer.write.merged import groups
from generator.importer.write.names import Keys, key_of, own_name
from generator.importer.write.placeholders import placed, without_place
from generator.importer.write.quantities import Unwritable
from generator.importer.write.values import items, mapping

_ARN = re.compile(r"arn:[^:]+:cloudwatch:([^:]*):([^:]*):alarm:(.*)", re.DOTALL)
_LOG_VIEWS = ("table", "timeSeries", "bar", "pie")
AlarmKeys = Mapping[tuple[str, str, str], str]


def dashboard_entries(
    resources: ImportedResources,
    places: Places,
    groups_of_logs: LogGroups,
    alarm_keys: AlarmKeys,
    endings: tuple[str, ...],
    refused: Mapping[str, str],
    notes: Notes,
) -> tuple[list[ImportedEntry], dict[str, str]]:
    """The dashboards, and for the path of each widget a path that stays when others are left out."""
    keys = Keys()
    drafts = []
    for resource in resources.of(DASHBOARD):
        body = body_of(resource)
        if body is None:
            notes.drop(resource, resource.unknown.get("DashboardBody", "its body is not JSON"))
            continue
        location, name = places.of(resource), resource.called
        form = {"body": placed(json.dumps(body, sort_keys=True), location, is_named=False)}
        drafts.append(Draft(resource, location, name, without_place(name, location), form, form))
    entries: list[ImportedEntry] = []
    widget_paths: dict[str, str] = {}
    used: set[str] = set()
    for group in groups(drafts, places, notes):
        first = group[0]
        key = keys.free(key_of(first.stem, ("dashboard", *endings), "dashboard"), first.stem)
        widgets: list[dict[str, Any]] = []
        for number, widget in in_order(body_of(first.resource) or {}):
            path = f"dashboards.{key}.widgets.{number}"
            try:
                if path in refused:
                    raise Unwritable(refused[path])
                widgets.append(_widget(widget, first, places, groups_of_logs, alarm_keys))
            except Unwritable as error:
                title = str(mapping(widget.get("properties")).get("title") or widget.get("type"))
                for draft in group:
                    notes.drop(draft.resource, str(error), f"widget {number + 1}, {title[:80]}")
                continue
            widget_paths[f"dashboards.{key}.widgets.{len(widgets) - 1}"] = path
        reason = refused.get(f"dashboards.{key}", "" if widgets else "none of its widgets can be written")
        if reason:
            for draft in group:
                notes.drop(draft.resource, reason)
            continue
        name = own_name("dashboards", first.resource.name)
        values: dict[str, Any] = {"name": name} if name and name not in used else {}
        used.add(name)
        entries.append(ImportedEntry("dashboards", key, {**values, "widgets": widgets}, group))
    return entries, widget_paths


def _widget(
    widget: Mapping[str, Any], draft: Draft, places: Places, groups_of_logs: LogGroups, alarm_keys: AlarmKeys
) -> dict[str, Any]:
    properties = mapping(widget.get("properties"))
    resource, location = draft.resource, draft.location
    region = str(properties.get("region") or resource.region)

    def in_place(text: str) -> str:
        return placed(text, location, is_named=False)

    def key_by_arn(arn: str) -> str:
        match = _ARN.fullmatch(arn)
        key = alarm_keys.get((match[2], match[1], match[3])) if match else None
        if key is None:
            raise Unwritable(f"it shows the alarm {arn[:200]}, which is not among those that are written")
        return key

    match widget.get("type"):
        case "text":
            keys: dict[str, Any] = {"type": "text", "markdown": str(properties.get("markdown", ""))}
        case "alarm":
            arns = [str(arn) for arn in items(properties.get("alarms"))]
            keys = {
                "type": "alarms",
                "title": str(properties.get("title") or "Alarms"),
                "alarms": list(dict.fromkeys(map(key_by_arn, arns))),
            }
        case "log":
            keys = _logs(properties, replace(resource, region=region), groups_of_logs)
        case "metric":
            keys = graph(properties, resource.account, in_place, key_by_arn)
        case other:
            raise Unwritable(f"widgets of type {str(other)[:40]} are none that the language has")
    if region != places.hub_region and widget.get("type") in ("log", "metric"):
        keys["region"] = region
    sizes = {name: size(widget, name, 0) for name in ("width", "height")}
    return {**keys, **{name: cells for name, cells in sizes.items() if cells}}


def _logs(properties: Mapping[str, Any], resource: ImportedResource, groups_of_logs: LogGroups) -> dict[str, Any]:
    query, names = sources(str(properties.get("query", "")))
    if not names:
        raise Unwritable("its query names no log groups")
    keys = list(dict.fromkeys(groups_of_logs.key(resource, name) for name in names))
    view = str(properties.get("view", "table"))
    if view not in _LOG_VIEWS:
        raise Unwritable(f"its view is {view[:40]}")
    widget: dict[str, Any] = {"type": "logs", "title": str(properties.get("title") or "Logs")}
    widget |= {"log_group": keys[0]} if len(keys) == 1 else {"log_groups": keys}
    if view != "table":
        widget["view"] = view
    return {**widget, "query": query}
