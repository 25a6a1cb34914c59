"""Dashboards: widgets that the language has, and the others as CloudWatch has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.importer.dashboards.bodies import COLUMNS, BodyWidget, body_widgets, parsed_body
from generator.importer.resources import DASHBOARD, ImportedResource, ImportedResources
from generator.importer.unknown_values import MARK
from generator.importer.values import items, mapping
from generator.importer.write.drafts import Draft, ImportedEntry, Notes, Places
from generator.importer.write.graphs import GraphPlace
from generator.importer.write.logs import LogGroups
from generator.importer.write.names import Keys, key_of, own_name
from generator.importer.write.placeholders import placed, without_place
from generator.importer.write.quantities import Unwritable
from generator.importer.write.reader_variables import reader_variable
from generator.importer.write.types import ImportOptions
from generator.importer.write.widgets import AlarmKeys, raw_widget, readable_widget

# The sizes that the language gives to widgets without one.
_SIZES: Mapping[str, tuple[int, int]] = {
    "alarms": (COLUMNS, 3),
    "metric": (COLUMNS // 2, 6),
    "logs": (COLUMNS, 6),
    "text": (COLUMNS, 2),
    "raw": (6, 6),
}
_USUAL_START = "-PT3H"


def dashboard_entries(
    resources: ImportedResources,
    places: Places,
    groups_of_logs: LogGroups,
    alarm_keys: AlarmKeys,
    endings: tuple[str, ...],
    options: ImportOptions,
    notes: Notes,
) -> tuple[list[ImportedEntry], dict[str, str]]:
    """The dashboards, and for the path of each widget and variable one that stays when others are left out."""
    keys = Keys()
    entries: list[ImportedEntry] = []
    widget_paths: dict[str, str] = {}
    names: set[str] = set()
    ids = set()
    for draft in _drafts(resources.of(DASHBOARD), places, notes):
        if draft.resource.name and draft.resource.id in ids:
            notes.remark(f"{draft.resource.name}: it is in the sources twice, as the same resource.")
            continue
        ids.add(draft.resource.id)
        key = keys.free(key_of(draft.stem, ("dashboard", *endings), "dashboard"), draft.stem)
        path = f"dashboards.{key}"
        written = _Written(draft, path, places, groups_of_logs, alarm_keys, options, notes)
        widgets = written.widgets(widget_paths)
        reason = options.refused.get(path, "" if widgets else "none of its widgets can be written")
        if reason:
            notes.drop(draft.resource, reason)
            continue
        name = own_name("dashboards", draft.resource.name)
        values: dict[str, Any] = {"name": name} if name and name not in names else {}
        names.add(name)
        values |= written.whole(widget_paths)
        entries.append(ImportedEntry("dashboards", key, _with_variables({**values, "widgets": widgets}), [draft]))
    return entries, widget_paths


def _drafts(dashboards: Iterable[ImportedResource], places: Places, notes: Notes) -> Iterator[Draft]:
    for resource in dashboards:
        if parsed_body(resource.properties.get("DashboardBody")) is None:
            notes.drop(resource, resource.unknown.get("DashboardBody", "its body is not JSON"))
            continue
        location, name = places.of(resource), resource.called
        yield Draft(resource, location, name, without_place(name, location), {}, {})


class _Written:
    """A dashboard that is being written."""

    def __init__(
        self,
        draft: Draft,
        path: str,
        places: Places,
        groups_of_logs: LogGroups,
        alarm_keys: AlarmKeys,
        options: ImportOptions,
        notes: Notes,
    ) -> None:
        self._resource, self._path, self._places = draft.resource, path, places
        self._groups_of_logs, self._alarm_keys = groups_of_logs, alarm_keys
        self._options, self._notes = options, notes
        self._location = draft.location
        self._body = parsed_body(draft.resource.properties.get("DashboardBody")) or {}

    def whole(self, widget_paths: dict[str, str]) -> dict[str, Any]:
        """The time range and the variables of the dashboard. widget_paths: gets the path of each variable."""
        start, end = self._body.get("start"), self._body.get("end")
        keys: dict[str, Any] = {"start": str(start)} if start and start != _USUAL_START else {}
        if end:
            keys["end"] = str(end)
        if self._body.get("periodOverride") != "inherit":
            keys["period_override"] = "auto"
        variables = []
        for number, variable in enumerate(items(self._body.get("variables"))):
            path = f"{self._path}.variables.{number}"
            try:
                if path in self._options.refused:
                    raise Unwritable(self._options.refused[path])
                variables.append(reader_variable(mapping(variable)))
                widget_paths[f"{self._path}.variables.{len(variables) - 1}"] = path
            except Unwritable as error:
                self._notes.drop(self._resource, str(error), f"variable {number + 1}")
        return {**keys, **({"variables": variables} if variables else {})}

    def widgets(self, widget_paths: dict[str, str]) -> list[dict[str, Any]]:
        """The widgets in order. widget_paths: gets the path of each."""
        written: list[dict[str, Any]] = []
        of_body: list[BodyWidget] = []
        for widget in body_widgets(self._body):
            path = f"{self._path}.widgets.{widget.number}"
            try:
                if path in self._options.refused:
                    raise Unwritable(self._options.refused[path])
                written.append(self._widget(widget, path))
            except Unwritable as error:
                title = str(widget.properties.get("title") or widget.type)
                self._notes.drop(self._resource, str(error), f"widget {widget.number + 1}, {title[:80]}")
                continue
            of_body.append(widget)
            widget_paths[f"{self._path}.widgets.{len(written) - 1}"] = path
        return [*_laid_out(written, of_body)]

    def _widget(self, widget: BodyWidget, path: str) -> dict[str, Any]:
        place = self._place(widget)
        if path not in self._options.raw:
            try:
                return readable_widget(widget, place, self._groups_of_logs, self._alarm_keys, self._places.hub_region)
            except Unwritable:
                pass
        return raw_widget(widget, place)

    def _place(self, widget: BodyWidget) -> GraphPlace:
        region = str(widget.properties.get("region") or self._resource.region)
        names = {account: name for account, name in self._places.accounts.items() if account != self._places.hub}
        return GraphPlace(
            self._resource.account,
            region,
            self._places.hub,
            names,
            lambda text: placed(text, self._location, is_named=False),
            tuple(name for name in sorted(self._places.members) if region in self._places.members[name]),
        )


def _laid_out(written: list[dict[str, Any]], of_body: list[BodyWidget]) -> Iterator[dict[str, Any]]:
    """The widgets with their sizes, and with their places where the language would put one elsewhere."""
    is_in_rows = _is_in_rows(of_body)
    for keys, widget in zip(written, of_body, strict=True):
        usual = _SIZES[keys["type"]]
        place = {} if is_in_rows else {"x": widget.x, "y": widget.y}
        size = {
            name: cells
            for name, cells, other in (("width", widget.width, usual[0]), ("height", widget.height, usual[1]))
            if cells != other
        }
        first = {name: value for name, value in keys.items() if name in ("type", "title", "markdown", "widget")}
        yield {**first, **place, **size, **{name: value for name, value in keys.items() if name not in first}}


def _is_in_rows(widgets: list[BodyWidget]) -> bool:
    """True if widgets without places would be where they are."""
    x = y = tallest = 0
    for widget in widgets:
        if x + widget.width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        if (widget.x, widget.y) != (x, y):
            return False
        x, tallest = x + widget.width, max(tallest, widget.height)
    return True


def _with_variables(value: Any) -> Any:
    """A value with variables to fill in as the language has them."""
    if isinstance(value, str):
        return MARK.sub(lambda mark: f"{{var.{mark[1]}}}", value)
    if isinstance(value, Mapping):
        return {_with_variables(str(key)): _with_variables(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_variables(item) for item in value]
    return value
