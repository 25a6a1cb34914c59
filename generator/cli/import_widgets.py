"""Widgets that the build of an import shows otherwise than their dashboard did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from generator.build import Built
from generator.findings import dotted
from generator.importer.dashboards.bodies import parsed_body
from generator.importer.dashboards.meaning import Viewpoint, alarm_of, widget_meanings
from generator.importer.resources import ALARMS, DASHBOARD, ImportedResources
from generator.importer.unknown_values import filled_in
from generator.importer.write import ImportResult
from generator.manifest import HUB_TEMPLATE
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate


def differing_widgets(sources: ImportedResources, result: ImportResult, built: Built) -> frozenset[str]:
    """The paths of the widgets, as `result.widgets` has them, of which the build shows something else."""
    return frozenset(
        path
        for environment, estate in built.estates.items()
        for path in _differing(sources, result, estate, _bodies(estate, built.templates[environment]))
    )


def _differing(
    sources: ImportedResources, result: ImportResult, estate: Estate, bodies: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    old_names = {(id_.account, id_.region, id_.name): path for id_, path in result.keys.items() if id_.type in ALARMS}
    alarms: tuple[Alarm | Composite, ...] = (*estate.alarms, *estate.composites)
    paths = {alarm.name: dotted(alarm.path) for alarm in alarms}
    counts = Counter(paths.values())
    # Of several alarms of an entry, such as those over each account, a widget may show some.
    new_names = {name: path if counts[path] == 1 else f"{path} ({name})" for name, path in paths.items()}
    old_names |= {alarm: new_names[alarm[2]] for alarm, path in old_names.items() if paths.get(alarm[2]) == path}

    def old_name(arn: str) -> str:
        alarm = alarm_of(arn)
        return _with_place(old_names[alarm], alarm) if alarm in old_names else arn

    def new_name(arn: str) -> str:
        alarm = alarm_of(arn)
        return _with_place(new_names[alarm[2]], alarm) if alarm and alarm[2] in new_names else arn

    hub = estate.hub
    defaults = {value.name: str(value.default) for value in sources.variables}
    for resource in sources.of(DASHBOARD):
        path = result.keys.get(resource.id, "")
        before = parsed_body(filled_in(resource.properties.get("DashboardBody"), defaults))
        if before is None or path not in bodies:
            continue
        from_there = Viewpoint(resource.account, resource.region, resource.account == hub.account, old_name)
        texts = {f"{path}.widgets.{number}": text for number, text in widget_meanings(before, from_there)}
        written = [was for key, was in result.widgets.items() if key.startswith(f"{path}.widgets.")]
        new = widget_meanings(bodies[path], Viewpoint(hub.account, hub.region, True, new_name))
        if len(new) != len(written):
            # An entry became several widgets, or none.
            yield from written
        else:
            yield from (was for was, (_, text) in zip(written, new, strict=True) if texts[was] != text)


def _with_place(path: str, alarm: tuple[str, str, str]) -> str:
    return f"{path} of {alarm[0]} in {alarm[1]}"


def _bodies(estate: Estate, templates: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The bodies of the dashboards of a build, by the path of their entries; not of those that became several."""
    resources = templates[HUB_TEMPLATE]["Resources"]
    bodies: dict[str, Mapping[str, Any]] = {}
    for dashboard in estate.dashboards:
        body = parsed_body(resources[dashboard.logical_id]["Properties"]["DashboardBody"])
        if body is not None and dashboard.part == 1:
            bodies[dotted(dashboard.path)] = body
    return bodies
