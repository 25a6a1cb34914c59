"""What a capture says of a takeover: both alarms of each pair, and what they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.capture.capture import Capture, CapturedRegion
from generator.capture.times import parse_ms
from generator.importer.beside.takeover import TakenOver, Takeover
from generator.importer.beside.transitions import Agreement, agreement, state_changes
from generator.importer.resources import ALARMS

_UPDATED = "AlarmConfigurationUpdatedTimestamp"


def agreements(takeover: Takeover, capture: Capture) -> Iterator[Agreement]:
    """The agreement of each pair of alarms, in the order of the map; with the reason where there is none."""
    regions = {(region.account, region.region): region for region in capture.regions}
    by_place: dict[tuple[str, str], list[TakenOver]] = {}
    for resource in takeover.resources:
        if resource.type in ALARMS:
            by_place.setdefault((resource.account, resource.region), []).append(resource)
    for place, resources in sorted(by_place.items()):
        yield from _of_region(resources, regions.get(place), (capture.from_ms, capture.to_ms))


def _of_region(
    resources: list[TakenOver], region: CapturedRegion | None, window: tuple[int, int]
) -> Iterator[Agreement]:
    alarms, history = (region.alarms(), region.history()) if region is not None else (None, None)
    if alarms is None or history is None:
        for resource in resources:
            yield Agreement(resource, reason="the capture has no alarms or no history of its account and Region")
        return
    created = {alarm.name: _since(alarm.definition) for alarm in alarms}
    changes = state_changes(history)
    for resource in resources:
        missing = [name for name in (resource.name, resource.new_name) if name not in created]
        if missing:
            which = "the old alarm" if missing[0] == resource.name else "the new alarm"
            yield Agreement(resource, reason=f"{which} {missing[0]} is not in the capture")
        else:
            yield agreement(resource, changes, created, window)


def _since(definition: Mapping[str, Any]) -> int:
    """Since when an alarm has been what it is; 0 where its row does not say."""
    try:
        return parse_ms(definition.get(_UPDATED))
    except (TypeError, ValueError):
        return 0
