"""Drafts of alarms as entries of `alarms`, and what most of them have in common as `defaults`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from generator.importer.write.drafts import Draft, ImportedEntry, Notes, Places
from generator.importer.write.filters import MetricFilters
from generator.importer.write.merged import common_stem, fixed_of, groups, place_words, tuned
from generator.importer.write.names import Keys, key_of, own_name
from generator.importer.write.places import HUB, placement

_ORDER = (
    *("rule", "suppressed_by", "wait", "extend"),
    *(
        "in",
        "over",
        "combine",
        "accounts",
        "regions",
        "metric",
        "expression",
        "expressions",
        "metrics",
        "query",
        "promql",
        "logs",
        "statistic",
    ),
    *(
        "anomaly",
        "period",
        "wall_clock",
        "threshold",
        "thresholds",
        "minimum_traffic",
        "datapoints",
        "missing_data",
        "low_samples",
        "warm_up",
    ),
    *(
        "severity",
        "summary",
        "owner",
        "runbook",
        "published_by",
        "actions",
        "actions_in",
        "actions_enabled",
        "name",
        "names",
        "tags",
        "overrides",
    ),
)
# What a filter publishes for a line is mostly 1, so the check of thresholds refuses these statistics of a filter.
_ALWAYS_ONE = ("Maximum", "Minimum", "Average", "SampleCount")
_BUILT_IN: Mapping[str, str] = {
    "period": "1m",
    "datapoints": "1 of 1",
    "missing_data": "breaching",
    "severity": "medium",
}


def alarm_entries(drafts: Iterable[Draft], places: Places, filters: MetricFilters, notes: Notes) -> list[ImportedEntry]:
    """The entries of alarms, with all of their values, still without keys."""
    entries = []
    for group in groups([_filter_metric(draft, filters) for draft in drafts], places, notes):
        base, overrides = tuned(group)
        values = {**fixed_of(group), **base}
        if overrides:
            values["overrides"] = overrides
        locations = frozenset(draft.location for draft in group)
        placed = placement(locations, places)[0][0]
        if _is_of_each(values, group):
            placed.pop("regions", None)
        elif placed == {"accounts": [HUB]} and (values.get("in") == HUB or "query" in values):
            placed = {"in": HUB}
        elif _followed(values, filters) == locations and placed != {"accounts": [HUB]}:
            placed = {}
        values |= placed
        entries.append(ImportedEntry("alarms", "", values, group))
    return entries


def _is_of_each(values: Mapping[str, Any], drafts: Iterable[Draft]) -> bool:
    """Whether an entry is an alarm of the hub for each account."""
    return values.get("in") == HUB and all(draft.location.name != HUB for draft in drafts)


def with_keys(entries: Iterable[ImportedEntry], keys: Keys, endings: Iterable[str]) -> None:
    """Keys for the entries that have none."""
    for entry in entries:
        if not entry.key:
            stem = common_stem(entry.drafts)
            entry.key = keys.free(key_of(stem, endings, "alarm"), stem, place_words(entry.drafts))


def with_names(entries: Iterable[ImportedEntry], environment: str, notes: Notes) -> None:
    """The physical names of alarms and composites, as far as the language can say them."""
    used: set[str] = set()

    def order(entry: ImportedEntry) -> tuple[bool, int, str]:
        has_usual = entry.drafts[0].resource.name == f"{entry.key}-alarm-{environment}"
        return not has_usual, -len(entry.drafts), entry.path

    for entry in sorted(entries, key=order):
        if not entry.drafts[0].resource.name:
            continue
        name, reason = _name_of(entry)
        if name == f"{entry.key}-alarm-{environment}" and not _is_of_each(entry.values, entry.drafts):
            used.add(name)
        elif name and name not in used:
            used.add(name)
            entry.values["name"] = name
        else:
            reason = "another entry has the name" if name else reason
            for draft in entry.drafts:
                notes.drop(draft.resource, f"it gets a name made of its key: {reason}", "AlarmName")


def _name_of(entry: ImportedEntry) -> tuple[str, str]:
    """The name as the language writes it, or why it cannot."""
    first = entry.drafts[0]
    if _is_of_each(entry.values, entry.drafts):
        names = {draft.family for draft in entry.drafts}
        name = own_name("alarms", first.resource.name)
        if len(names) == 1 and name and "{account}" in first.family and "{{" not in name:
            return first.family, ""
        return "", "the name of an alarm of the hub about a member has the name of the member in it"
    if any(draft.resource.name != first.resource.name for draft in entry.drafts):
        return "", "the accounts have different names"
    name = own_name("alarms", first.resource.name)
    return name, "" if name else "the language cannot say it"


def in_order(entry: ImportedEntry, defaults: Mapping[str, str]) -> dict[str, Any]:
    """The keys of an entry as they are written, without those that have the default."""
    usual = {**_BUILT_IN, **defaults}
    values = {key: entry.values[key] for key in _ORDER if key in entry.values}
    return {key: value for key, value in values.items() if not (key in usual and value == usual[key])}


def defaults_of(entries: Iterable[ImportedEntry]) -> dict[str, str]:
    """What more than half of the alarms have, where it is not built in."""
    defaults: dict[str, str] = {}
    all_values = [entry.values for entry in entries]
    for key in ("period", "datapoints", "missing_data"):
        counts = Counter(str(values[key]) for values in all_values if key in values)
        usual = min(counts, key=lambda value, counts=counts: (-counts[value], value)) if counts else ""  # type: ignore[misc]
        if usual and usual != _BUILT_IN[key] and 2 * counts[usual] > counts.total() and "{" not in usual:
            defaults[key] = usual
    return defaults


def _filter_metric(draft: Draft, filters: MetricFilters) -> Draft:
    """A draft with metrics of filters by the filter's key."""
    if draft.raw.get("statistic") in _ALWAYS_ONE:
        return draft
    for form in (draft.raw,) if draft.shared is draft.raw else (draft.raw, draft.shared):
        metrics = [form["metric"]] if "metric" in form else list(form.get("metrics", {}).values())
        for metric in metrics:
            if set(metric) - {"namespace", "name", "unit", "statistic", "account"}:
                continue
            key = filters.publisher(draft, metric)
            if key:
                rest = {name: value for name, value in metric.items() if name not in ("namespace", "name")}
                metric.clear()
                metric |= {"filter": key, **rest}
    return draft


def _followed(values: Mapping[str, Any], filters: MetricFilters) -> frozenset[Any]:
    """Where an alarm is without a placement of its own, if it reads a filter."""
    key = values.get("metric", {}).get("filter")
    return filters.entry(key).locations if key else frozenset()
