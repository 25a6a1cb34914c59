"""Resources of several accounts and Regions as one entry, with overrides where they differ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from generator.importer.write.drafts import TUNED, Draft, Notes, Places
from generator.importer.write.places import placement
from generator.importer.write.types import Location

_NOT_BY_REGION = "severity"


def groups(drafts: Iterable[Draft], places: Places, notes: Notes) -> list[list[Draft]]:
    """The drafts that one entry can be, the largest groups of a name first."""
    by_likeness: dict[tuple[str, str], list[Draft]] = {}
    for alike in _by(drafts, lambda draft: (draft.stem, draft.raw)).values():
        if len({draft.location.name for draft in alike}) > 1:
            by_likeness[f"the same in several accounts: {alike[0].stem}", _json(alike[0].raw)] = alike
            continue
        # What only one account has may be what another one has under the name of its own.
        for likeness, similar in _by(alike, lambda draft: (draft.family, draft.shared)).items():
            by_likeness.setdefault(likeness, []).extend(similar)
    merged: list[list[Draft]] = []
    for group in by_likeness.values():
        for unique in _without_twins(group, notes):
            for part in _by_severity(unique):
                merged += _by_place(part, places)
    return sorted(merged, key=lambda group: (group[0].family, -len(group), _order(group[0])))


def _by(
    drafts: Iterable[Draft], likeness: Callable[[Draft], tuple[str, Mapping[str, Any]]]
) -> dict[tuple[str, str], list[Draft]]:
    by_likeness: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        name, keys = likeness(draft)
        by_likeness.setdefault((name, _json(keys)), []).append(draft)
    return by_likeness


def _json(keys: Mapping[str, Any]) -> str:
    return json.dumps(keys, sort_keys=True, default=str)


def _without_twins(group: list[Draft], notes: Notes) -> Iterator[list[Draft]]:
    """A resource that two sources have is one; two resources of one place are two entries."""
    rows: list[dict[Location, Draft]] = []
    for draft in sorted(group, key=_order):
        twin = next((row[draft.location] for row in rows if draft.location in row), None)
        if twin and twin.resource.name and twin.resource.id == draft.resource.id:
            notes.remark(f"{draft.resource.name}: it is in the sources twice, as the same resource.")
            continue
        row = next((row for row in rows if draft.location not in row), None)
        if row is None:
            row = {}
            rows.append(row)
        row[draft.location] = draft
    for row in rows:
        yield list(row.values())


def _by_severity(group: list[Draft]) -> Iterator[list[Draft]]:
    """Routes match accounts, so the severity of an entry is the same in all Regions of an account."""
    by_account: dict[str, set[str]] = {}
    for draft in group:
        by_account.setdefault(draft.location.name, set()).add(str(draft.tuning.get(_NOT_BY_REGION, "")))
    if all(len(severities) == 1 for severities in by_account.values()):
        yield group
        return
    by_severity: dict[str, list[Draft]] = {}
    for draft in group:
        by_severity.setdefault(str(draft.tuning.get(_NOT_BY_REGION, "")), []).append(draft)
    yield from by_severity.values()


def _by_place(group: list[Draft], places: Places) -> Iterator[list[Draft]]:
    for _, locations in placement({draft.location for draft in group}, places):
        yield [draft for draft in group if draft.location in locations]


def _order(draft: Draft) -> tuple[str, str, str, str]:
    return draft.stem, draft.location.account, draft.location.region, draft.resource.logical_id


def fixed_of(group: list[Draft]) -> Mapping[str, Any]:
    """The keys that all drafts of a group have alike; the account's name is a placeholder only where it has to be."""
    first = group[0]
    return first.raw if all(draft.raw == first.raw for draft in group[1:]) else first.shared


def tuned(group: list[Draft]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The values of a group, and its overrides."""
    base: dict[str, Any] = {}
    by_where: dict[str, dict[str, Any]] = {}
    wheres: dict[str, dict[str, Any]] = {}
    for field in TUNED:
        values = {draft.location: draft.tuning[field] for draft in group if field in draft.tuning}
        if not values:
            continue
        counts = Counter(values.values())
        base[field] = min(counts, key=lambda value, counts=counts: (-counts[value], str(value)))  # type: ignore[misc]
        for where, value in _overridden(values, base[field]):
            key = json.dumps(where, sort_keys=True)
            wheres[key] = where
            by_where.setdefault(key, {})[field] = value
    ordered = sorted(by_where, key=lambda key: ("account" in wheres[key], "region" in wheres[key], key))
    return base, [{"where": wheres[key], **by_where[key]} for key in ordered]


def _overridden(values: Mapping[Location, Any], usual: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Where a value is another one than usual."""
    differing = {location: value for location, value in values.items() if value != usual}
    if not differing:
        return
    by_account: dict[str, set[Any]] = {}
    by_region: dict[str, set[Any]] = {}
    for location, value in values.items():
        by_account.setdefault(location.name, set()).add(value)
        by_region.setdefault(location.region, set()).add(value)
    if all(len(own) == 1 for own in by_account.values()):
        yield from _alike({name: next(iter(own)) for name, own in by_account.items()}, usual, "account")
    elif all(len(own) == 1 for own in by_region.values()):
        yield from _alike({name: next(iter(own)) for name, own in by_region.items()}, usual, "region")
    else:
        for location in sorted(differing, key=lambda place: (place.name, place.region)):
            yield {"account": location.name, "region": location.region}, differing[location]


def _alike(values: Mapping[str, Any], usual: Any, kind: str) -> Iterator[tuple[dict[str, Any], Any]]:
    names: dict[Any, list[str]] = {}
    for name in sorted(values):
        if values[name] != usual:
            names.setdefault(values[name], []).append(name)
    for value, alike in names.items():
        yield {kind: alike[0] if len(alike) == 1 else alike}, value


def common_stem(drafts: list[Draft]) -> str:
    """What a key is made of: the name, without account and Region where they differ."""
    first = drafts[0]
    if all(draft.stem == first.stem for draft in drafts):
        return first.stem
    return first.family.replace("{account}", "").replace("{account_id}", "").replace("{region}", "")


def place_words(drafts: list[Draft]) -> list[str]:
    """What tells an entry from another one of the same name: its Region, its account."""
    regions = {draft.location.region for draft in drafts}
    accounts = {draft.location.name for draft in drafts}
    words = [*(regions if len(regions) == 1 else ()), *(accounts if len(accounts) == 1 else ())]
    return words[::-1] if len(words) > 1 else words
