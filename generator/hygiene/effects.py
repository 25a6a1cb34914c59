"""What patches would change besides the settings that they are for: estates before and after, place by place.

An entry may be for more than the alarms that were judged, and a setting may decide another: an owner may be notified
by a rule of its own. Dashboards are not compared: they show thresholds, and the alarms that there are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from generator.hygiene.patches import Patch
from generator.model.accounts import Side
from generator.model.alarm_locations import HUB, LATER, RouteTable, route_table
from generator.model.alarms import Alarm, Composite, Tuning
from generator.model.estate import Estate
from generator.render.estate_json import plain

AnyAlarm = Alarm | Composite
_Key = tuple[Side, str]
# What each setting of the YAML is in an estate, and what follows from it by itself.
_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "threshold": ("comparison", "threshold"),
    "datapoints": ("datapoints", "evaluation_periods"),
    "severity": ("severity", "channels"),
    "enabled": ("enabled", "channels"),
}
_OF_ENTRIES = ("owner", "runbook")
# Compared by place, or no behavior: `switch` says which parameter of a stack creates an alarm.
_BY_PLACE = ("tuning", "variants", "regional", "origins", "switch", *_OF_ENTRIES)
_NOT_COMPARED = ("alarms", "composites", "dashboards")


@dataclass(frozen=True, slots=True)
class _Side:
    estate: Estate
    table: RouteTable
    alarms: Mapping[_Key, AnyAlarm]


def side_effects(
    before: Mapping[str, Estate], after: Mapping[str, Estate], patches: Sequence[Patch], judged: str
) -> Iterator[str]:
    """A line for each thing that would change besides. judged: the environment whose alarms the patches are for."""
    planned = [patch for patch in patches if patch.edits]
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in before or name not in after:
            yield f"the environment {name}"
            continue
        yield from _of_environment(_side(before[name]), _side(after[name]), planned, is_judged=name == judged)


def _side(estate: Estate) -> _Side:
    alarms: list[AnyAlarm] = [*estate.alarms, *estate.composites]
    return _Side(estate, route_table(estate), {(alarm.side, alarm.name): alarm for alarm in alarms})


def _of_environment(was: _Side, now: _Side, patches: Sequence[Patch], *, is_judged: bool) -> Iterator[str]:
    for section in dataclasses.fields(Estate):
        name, values = section.name, [getattr(side.estate, section.name) for side in (was, now)]
        if name not in _NOT_COMPARED and values[0] != values[1] and plain(values[0]) != plain(values[1]):
            yield f"{name} in {now.estate.environment}"
    for key in [*was.alarms, *(key for key in now.alarms if key not in was.alarms)]:
        old, new = was.alarms.get(key), now.alarms.get(key)
        if old is None or new is None:
            yield f"{key[1]} would be {'removed' if new is None else 'added'}"
        elif old != new:
            of_entry = [patch for patch in patches if patch.path == new.path]
            yield from _of_alarm(old, new, was, now, of_entry, is_judged=is_judged)


def _of_alarm(
    old: AnyAlarm, new: AnyAlarm, was: _Side, now: _Side, patches: Sequence[Patch], *, is_judged: bool
) -> Iterator[str]:
    """The differences of one alarm that no patch is for."""
    entry = {patch.change.field for patch in patches}
    if "enabled" in entry:
        # An alarm that is enabled nowhere is placed nowhere; the places below say where it was.
        entry.add("placement")
    for field in dataclasses.fields(new):
        name, values = field.name, (getattr(old, field.name), getattr(new, field.name))
        if values[0] != values[1] and name not in entry and (name in _OF_ENTRIES or name not in _BY_PLACE):
            yield f"{new.name}: {name}"
    is_nowhere = new.placement is not None and new.placement.is_nowhere
    for account, region in _places(old if is_nowhere else new, now.estate):
        settings = _settings(old, account, region, was), _settings(new, account, region, now)
        expected = _expected(patches, account, region, new, now.estate) if is_judged else frozenset()
        for name in settings[0]:
            if settings[0][name] != settings[1][name] and name not in expected:
                yield f"{new.name} in {account} {region}: {name} {settings[1][name]} instead of {settings[0][name]}"


def _places(alarm: AnyAlarm, estate: Estate) -> Iterator[tuple[str, str]]:
    """The accounts and Regions of an alarm, and those that join later."""
    if alarm.side is Side.HUB:
        yield (alarm.account if isinstance(alarm, Alarm) and alarm.account else HUB), estate.hub.region
        return
    regions = alarm.regions or estate.regions
    for account in estate.accounts:
        yield from ((account.name, region) for region in regions if account.is_in(region))
    if estate.organizational_units:
        yield from ((LATER, region) for region in regions)


def _settings(alarm: AnyAlarm, account: str, region: str, side: _Side) -> Mapping[str, str]:
    """The settings of an alarm in a place, and the channels that it notifies, as texts."""
    if isinstance(alarm, Alarm):
        tuning = alarm.tuning_in(account, region)
        settings = {field.name: str(getattr(tuning, field.name)) for field in dataclasses.fields(Tuning)}
        severity, is_there = tuning.severity, tuning.enabled
    else:
        settings, severity, is_there = {}, alarm.severity_in(account), alarm.deployed_in(account)
    routes = side.table.of(severity, (account,), alarm.owner, alarm.service) if is_there else []
    channels = ", ".join(channel.name for route in routes for channel in route.channels) or "none"
    return {**settings, "channels": channels}


def _expected(patches: Sequence[Patch], account: str, region: str, alarm: AnyAlarm, estate: Estate) -> frozenset[str]:
    """What patches are for in a place. What all named accounts need, later ones get as well."""
    settings: set[str] = set()
    for patch in patches:
        refs = [finding.alarm for finding in patch.findings if finding.alarm.name == alarm.name]
        if account == LATER:
            is_judged = set(patch.accounts) >= set(estate.account_names)
        else:
            is_judged = account in patch.accounts and any(ref.region == region for ref in refs)
        if is_judged:
            settings |= {*_SETTINGS.get(patch.change.field, (patch.change.field,))}
    return frozenset(settings)
