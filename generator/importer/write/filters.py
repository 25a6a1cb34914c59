"""Metric filters: metrics that are counted in log groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.importer.resources import METRIC_FILTER, ImportedResource, ImportedResources
from generator.importer.write.drafts import Draft, ImportedEntry, Notes, Places
from generator.importer.write.logs import LogGroups
from generator.importer.write.merged import common_stem, fixed_of, groups, place_words
from generator.importer.write.names import Keys, key_of, own_name
from generator.importer.write.placeholders import escaped, without_place
from generator.importer.write.places import placement
from generator.importer.write.quantities import Unwritable, number
from generator.importer.write.values import mapping, mappings

_CENTRAL = ("FieldSelectionCriteria", "EmitSystemFieldDimensions", "ApplyOnTransformedLogs")


class MetricFilters:
    """The metric filters of an import, and which of them publishes a metric in a place."""

    def __init__(self) -> None:
        self.entries: list[ImportedEntry] = []
        self._publishers: dict[tuple[str, str, str, str], set[str]] = {}
        self._by_key: dict[str, ImportedEntry] = {}

    def add(self, entry: ImportedEntry, metrics: Iterable[tuple[str, str, str, str]]) -> None:
        """An entry, and the metrics that it publishes: the account's key, Region, namespace, name."""
        self.entries.append(entry)
        self._by_key[entry.key] = entry
        for metric in metrics:
            self._publishers.setdefault(metric, set()).add(entry.key)

    def publisher(self, draft: Draft, metric: Mapping[str, Any]) -> str:
        """The only filter that publishes a metric of an alarm; empty where there is none or several."""
        account = metric.get("account", draft.location.name)
        keys = self._publishers.get((account, draft.location.region, metric["namespace"], metric["name"]), set())
        return next(iter(keys)) if len(keys) == 1 else ""

    def entry(self, key: str) -> ImportedEntry:
        """The entry of a key."""
        return self._by_key[key]


def metric_filters(
    resources: ImportedResources,
    places: Places,
    groups_of_logs: LogGroups,
    keys: Keys,
    notes: Notes,
    refused: Mapping[str, str],
) -> MetricFilters:
    """The metric filters of a source."""
    drafts = []
    for resource in resources.of(METRIC_FILTER):
        try:
            drafts.append(_filter_draft(resource, places, groups_of_logs))
        except Unwritable as error:
            notes.drop(resource, str(error))
    merged = MetricFilters()
    by_key = {entry.key: entry for entry in groups_of_logs.entries}
    for group in groups(drafts, places, notes):
        first = group[0]
        stem = common_stem(group)
        key = keys.free(key_of(stem, ("filter", "metric"), "filter"), stem, place_words(group))
        values = dict(fixed_of(group))
        name = own_name("metric_filters", first.resource.name)
        if name and all(draft.resource.name == first.resource.name for draft in group):
            values["name"] = name
        locations = frozenset(draft.location for draft in group)
        if locations != by_key[values["log_group"]].locations:
            values |= placement(locations, places)[0][0]
        entry = ImportedEntry("metric_filters", key, _in_order(values), group)
        if entry.path in refused:
            for draft in group:
                notes.drop(draft.resource, refused[entry.path])
            continue
        metric = values["metric"]
        names = [(draft.location.name, draft.location.region, *_published(draft.resource)) for draft in group]
        merged.add(entry, names if "dimensions" not in metric else ())
    return merged


def _in_order(values: Mapping[str, Any]) -> dict[str, Any]:
    order = ("log_group", "name", "accounts", "regions", "pattern", "metric")
    return {key: values[key] for key in order if key in values}


def _published(resource: ImportedResource) -> tuple[str, str]:
    transformation = resource.properties["MetricTransformations"][0]
    return str(transformation["MetricNamespace"]), str(transformation["MetricName"])


def _filter_draft(resource: ImportedResource, places: Places, groups_of_logs: LogGroups) -> Draft:
    properties, location = resource.properties, places.of(resource)
    for name in ("LogGroupName", "FilterPattern", "MetricTransformations"):
        if name in resource.unknown:
            raise Unwritable(f"{name} is not known: {resource.unknown[name]}")
    for name in _CENTRAL:
        if properties.get(name) not in (None, "", [], False, "false"):
            raise Unwritable(f"it has {name}, which is about centralized or transformed logs")
    transformations = mappings(properties.get("MetricTransformations"))
    if len(transformations) != 1:
        raise Unwritable("it does not publish exactly one metric")
    of = transformations[0]
    if not all(isinstance(of.get(name), str) and of[name] for name in ("MetricName", "MetricNamespace")):
        raise Unwritable("its metric has no name or no namespace")
    metric: dict[str, Any] = {"name": str(of["MetricName"]), "namespace": str(of["MetricNamespace"])}
    if of.get("Unit") not in (None, "", "None"):
        metric["unit"] = str(of["Unit"])
    if of.get("DefaultValue") not in (None, ""):
        metric["default"] = number(of["DefaultValue"])
    value = str(of.get("MetricValue", "1"))
    if value != "1":
        metric["value"] = value if value.startswith("$") else number(value)
    dimensions = of.get("Dimensions")
    pairs = mapping(dimensions) or {str(row.get("Key")): row.get("Value") for row in mappings(dimensions)}
    if pairs:
        metric["dimensions"] = {str(key): str(pairs[key]) for key in sorted(pairs, key=str)}
    keys = {
        "log_group": groups_of_logs.key(resource, str(properties.get("LogGroupName", ""))),
        "pattern": str(properties.get("FilterPattern", "")),
    }
    form = {**keys, "metric": {**metric, **{name: escaped(metric[name]) for name in ("name", "namespace")}}}
    stem = resource.name or str(of.get("MetricName")) or resource.called
    return Draft(resource, location, stem, without_place(stem, location), form, form)
