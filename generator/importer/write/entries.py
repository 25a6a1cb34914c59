"""Drafts of alarms as entries of `alarms`, and what most of them have in common as `defaults`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.importer.write.drafts import Draft, Entry, Notes, Places
from generator.importer.write.filters import MetricFilters
from generator.importer.write.merged import fixed_of, groups, tuned
from generator.importer.write.names import Keys, key_of, own_name
from generator.importer.write.places import HUB, placement

_ORDER = (
    *("rule", "suppressed_by", "wait", "extend"),
    *("accounts", "regions", "metric", "expression", "expressions", "metrics", "query", "promql", "logs", "statistic"),
    *("anomaly", "period", "wall_clock", "threshold", "datapoints", "missing_data", "low_samples", "warm_up"),
    *("severity", "summary", "owner", "runbook", "actions", "actions_enabled", "name", "tags", "overrides"),
)
_BUILT_IN: Mapping[str, str] = {
    "period": "1m",
    "datapoints": "1 of 1",
    "missing_data": "breaching",
    "severity": "medium",
}


def alarm_entries(
    drafts: Iterable[Draft], places: Places, filters: MetricFilters, keys: Keys, endings: Iterable[str], notes: Notes
) -> list[Entry]:
    """The entries of alarms, with all of their keys."""
    entries = []
    for group in named_alike(groups([_counted(draft, filters) for draft in drafts], places, notes)):
        first = group[0]
        base, overrides = tuned(group)
        values = {**fixed_of(group), **base}
        if overrides:
            values["overrides"] = overrides
        locations = frozenset(draft.location for draft in group)
        followed = _followed(values, filters)
        if followed != locations:
            values |= placement(locations, places)[0][0]
        key = keys.free(key_of(first.stem, endings, "alarm"), first.stem)
        entries.append(Entry("alarms", key, values, group))
    return entries


def with_names(entries: Iterable[Entry], notes: Notes) -> None:
    """The physical names of alarms and composites, as far as the language can say them."""
    used: set[tuple[bool, str]] = set()
    for entry in sorted(entries, key=lambda entry: (-len(entry.drafts), entry.path)):
        first = entry.drafts[0].resource
        if not first.name:
            continue
        name = own_name("alarms", first.name)
        side = (entry.drafts[0].location.name == HUB, first.name)
        if name and side not in used:
            used.add(side)
            entry.values["name"] = name
            continue
        reason = "another entry of other accounts has the name" if name else "the language cannot say it"
        for draft in entry.drafts:
            notes.drop(draft.resource, f"its name becomes {entry.key}-alarm-<environment>: {reason}", "AlarmName")


def in_order(entry: Entry, defaults: Mapping[str, str]) -> dict[str, Any]:
    """The keys of an entry as they are written, without those that have the default."""
    usual = {**_BUILT_IN, **defaults}
    values = {key: entry.values[key] for key in _ORDER if key in entry.values}
    return {key: value for key, value in values.items() if not (key in usual and value == usual[key])}


def defaults_of(entries: Iterable[Entry]) -> dict[str, str]:
    """What more than half of the alarms have, where it is not built in."""
    defaults: dict[str, str] = {}
    all_values = [entry.values for entry in entries]
    for key in ("period", "datapoints", "missing_data"):
        counts = Counter(str(values[key]) for values in all_values if key in values)
        usual = min(counts, key=lambda value, counts=counts: (-counts[value], value)) if counts else ""  # type: ignore[misc]
        if usual and usual != _BUILT_IN[key] and 2 * counts[usual] > counts.total() and "{" not in usual:
            defaults[key] = usual
    return defaults


def _counted(draft: Draft, filters: MetricFilters) -> Draft:
    """A draft with metrics of filters by the filter's key."""
    for form in (draft.raw, draft.shared):
        metrics = [form["metric"]] if "metric" in form else list(form.get("metrics", {}).values())
        for metric in metrics:
            if set(metric) - {"namespace", "name", "unit", "statistic"}:
                continue
            key = filters.publisher(draft.resource, metric["namespace"], metric["name"])
            if key:
                rest = {name: value for name, value in metric.items() if name not in ("namespace", "name")}
                metric.clear()
                metric |= {"filter": key, **rest}
    return draft


def _followed(values: Mapping[str, Any], filters: MetricFilters) -> frozenset[Any]:
    """Where an alarm is without a placement of its own, if it reads a filter."""
    key = values.get("metric", {}).get("filter")
    return filters.entry(key).locations if key else frozenset()


def named_alike(merged: Iterable[list[Draft]]) -> Iterator[list[Draft]]:
    """Groups of one physical name each: an entry has one."""
    for group in merged:
        by_name: dict[str, list[Draft]] = {}
        for draft in group:
            by_name.setdefault(draft.resource.name, []).append(draft)
        yield from by_name.values()
