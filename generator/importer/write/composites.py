"""Composites, each after those that its rule names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generator.importer.resources import ImportedResource
from generator.importer.write.alarms import spoken_keys, texts_of
from generator.importer.write.drafts import Draft, ImportedEntry, Notes, Places
from generator.importer.write.merged import common_stem, fixed_of, groups, place_words, tuned
from generator.importer.write.names import Keys, key_of
from generator.importer.write.notified import notified
from generator.importer.write.placeholders import without_place
from generator.importer.write.places import HUB, placement
from generator.importer.write.quantities import Unwritable, duration, whole
from generator.importer.write.routes import ImportedTopics
from generator.importer.write.rules import children, rule_text
from generator.importer.write.types import Location

_ARN = re.compile(r"arn:[^:]+:cloudwatch:([^:]*):([^:]*):alarm:(.*)", re.DOTALL)
_Name = tuple[str, str, str]


def names_in_rules(composites: Iterable[ImportedResource]) -> set[_Name]:
    """The alarms that composites name, by account, Region and name."""
    return {name for resource in composites for name in _names(resource)}


def composite_entries(
    composites: Iterable[ImportedResource],
    alarms: Iterable[ImportedEntry],
    places: Places,
    topics: ImportedTopics,
    keys: Keys,
    endings: Iterable[str],
    notes: Notes,
) -> list[ImportedEntry]:
    """The entries of composites. alarms: those that their rules may name."""
    entry_by_name: dict[_Name, ImportedEntry] = {
        (draft.resource.account, draft.resource.region, draft.resource.id.name): entry
        for entry in alarms
        for draft in entry.drafts
    }
    waiting = {(resource.account, resource.region, resource.id.name): resource for resource in composites}
    entries: list[ImportedEntry] = []
    while waiting:
        level = {name: resource for name, resource in waiting.items() if not _names(resource) & (set(waiting) - {name})}
        if not level:
            for resource in waiting.values():
                notes.drop(resource, "composites name each other in a circle")
            break
        drafts = []
        for name, resource in level.items():
            del waiting[name]
            try:
                drafts.append(_draft(resource, entry_by_name, places, topics, notes))
            except Unwritable as error:
                notes.drop(resource, str(error))
        for group in groups(drafts, places, notes):
            entry = _entry(group, entry_by_name, places, keys, endings)
            entries.append(entry)
            for draft in group:
                entry_by_name[draft.resource.account, draft.resource.region, draft.resource.id.name] = entry
    return entries


def _entry(
    group: list[Draft], entry_by_name: Mapping[_Name, ImportedEntry], places: Places, keys: Keys, endings: Iterable[str]
) -> ImportedEntry:
    first, stem = group[0], common_stem(group)
    base, overrides = tuned(group)
    values: dict[str, Any] = {**fixed_of(group), **base}
    if overrides:
        values["overrides"] = overrides
    locations = frozenset(draft.location for draft in group)
    of_children = {entry_by_name[name].locations for name in _names(first.resource) if name in entry_by_name}
    placed = placement(locations, places)[0][0]
    if placed == {"accounts": [HUB]}:
        values["in"] = HUB
    elif of_children != {locations}:
        values |= placed
    return ImportedEntry(
        "composites", keys.free(key_of(stem, endings, "composite"), stem, place_words(group)), values, group
    )


def _draft(
    resource: ImportedResource,
    entry_by_name: Mapping[_Name, ImportedEntry],
    places: Places,
    topics: ImportedTopics,
    notes: Notes,
) -> Draft:
    properties, location = resource.properties, places.of(resource)
    if location.name == HUB and location.region != places.hub_region:
        raise Unwritable(f"the hub has composites in {places.hub_region} only")
    if "AlarmRule" in resource.unknown:
        raise Unwritable(f"its rule is not known: {resource.unknown['AlarmRule']}")

    def key_by_name(text: str) -> str:
        name = _name(text, location)
        entry = entry_by_name.get(name)
        where = "" if name[:2] == (location.account, location.region) else f" of {name[0]}, {name[1]},"
        if where and entry is not None:
            raise Unwritable(f"it names the alarm {name[2][:200]}{where} and a rule is about alarms of its own place")
        if entry is None:
            raise Unwritable(f"it names the alarm {name[2][:200]}{where} which is not among those that are written")
        if entry.values.get("in") == HUB and len(entry.drafts) > 1:
            raise Unwritable(f"it names the alarm {name[2][:200]} of one account, and the entry has those of several")
        return entry.key

    keys: dict[str, Any] = {"rule": rule_text(str(properties.get("AlarmRule", "")), key_by_name)}
    suppressor = properties.get("ActionsSuppressor")
    if suppressor:
        keys["suppressed_by"] = key_by_name(str(suppressor))
        for key, name in (("wait", "ActionsSuppressorWaitPeriod"), ("extend", "ActionsSuppressorExtensionPeriod")):
            if whole(properties.get(name) or 0, name):
                keys[key] = duration(properties[name])
    spoken = notified(resource, topics, notes)
    keys |= {**texts_of(resource, notes), **spoken_keys(spoken)}
    if keys.pop("tags", None):
        notes.drop(resource, "composites have no tags of their own in the language", "Tags")
    name = resource.called
    return Draft(resource, location, name, without_place(name, location), keys, keys, {"severity": spoken.severity})


def _names(resource: ImportedResource) -> set[_Name]:
    """The alarms that a composite names; none where its rule cannot be read."""
    location = Location(resource.account, resource.region, "")
    try:
        names = [*children(str(resource.properties.get("AlarmRule", "")))]
    except Unwritable:
        names = []
    suppressor = resource.properties.get("ActionsSuppressor")
    return {_name(text, location) for text in [*names, *([str(suppressor)] if suppressor else [])]}


def _name(text: str, location: Location) -> _Name:
    match = _ARN.fullmatch(text)
    return (match[2], match[1], match[3]) if match else (location.account, location.region, text)
