"""What a capture says of a takeover: both alarms of each pair, and what they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from generator.capture.capture import Capture, CapturedRegion
from generator.capture.times import parse_ms
from generator.importer.beside.takeover import TakenOver, Takeover
from generator.importer.beside.transitions import TOLERANCE_MS, Agreement, agreement, state_changes
from generator.importer.resources import ALARMS

_UPDATED = "AlarmConfigurationUpdatedTimestamp"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
_CHANGED = ("StateTransitionedTimestamp", "StateUpdatedTimestamp")


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
    rows = {alarm.name: alarm.definition for alarm in alarms}
    created = {name: at for name, row in rows.items() if (at := _time(row, _UPDATED)) is not None}
    changes = state_changes(history)
    for resource in resources:
        missing = [name for name in (resource.name, resource.new_name) if name not in rows]
        if missing:
            is_old = missing[0] == resource.name
            which = "the old alarm" if is_old else "the new alarm"
            yield Agreement(resource, is_old_missing=is_old, reason=f"{which} {missing[0]} is not in the capture")
        else:
            pair = rows[resource.name], rows[resource.new_name]
            yield replace(agreement(resource, changes, created, window), states=_states(*pair, window[1]))


def _states(old: Mapping[str, Any], new: Mapping[str, Any], end_ms: int) -> tuple[str, str] | None:
    """The states of both, if these differ for longer than both may be apart: neither needs to have changed for that."""
    states = str(old.get("StateValue")), str(new.get("StateValue"))
    if states[0] == states[1]:
        return None
    times = [_time(row, name) for row in (old, new) for name in _CHANGED if row.get(name)]
    is_just_now = any(at is not None and at > end_ms - TOLERANCE_MS for at in times)
    return None if is_just_now else states


def _time(row: Mapping[str, Any], name: str) -> int | None:
    """A time of a row; None where it does not say."""
    try:
        return parse_ms(row.get(name))
    except (TypeError, ValueError):
        return None
