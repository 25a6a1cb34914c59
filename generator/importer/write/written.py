"""A source as the text of an observability.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from generator.importer.resources import (
    ALARMS,
    COMPOSITE,
    LOG_ALARM,
    LOG_GROUP,
    METRIC_ALARM,
    ResourceId,
    resolved_resources,
)
from generator.importer.types import ImportSource
from generator.importer.write.account_labels import with_account_labels
from generator.importer.write.addresses import of_people, without_secrets_in
from generator.importer.write.alarms import alarm_draft
from generator.importer.write.composites import composite_entries, names_in_rules
from generator.importer.write.dashboards import dashboard_entries
from generator.importer.write.document import document
from generator.importer.write.drafts import ImportedEntry, Notes
from generator.importer.write.entries import alarm_entries, defaults_of, in_order, with_keys, with_names
from generator.importer.write.filters import metric_filters
from generator.importer.write.levels import alarms_of, remark_levels, split_levels, with_level_names, with_levels
from generator.importer.write.logs import log_groups
from generator.importer.write.names import Keys
from generator.importer.write.places import environment_of, places_of
from generator.importer.write.routes import ImportedTopics
from generator.importer.write.services import recognized, service_values
from generator.importer.write.traffic import with_minimum_traffic
from generator.importer.write.types import ImportOptions, ImportResult
from generator.importer.write.watched_accounts import hub_of, named_families, named_members
from generator.wording import first_of

_FEW = 3


def written(source: ImportSource, options: ImportOptions | None = None) -> ImportResult:
    """The YAML of a source, the same for the same resources whatever their order."""
    options = options or ImportOptions()
    notes = Notes(list(source.dropped))
    resources = resolved_resources(source)
    notes.dropped += resources.dropped
    for remark in resources.remarks:
        notes.remark(remark)
    hub = hub_of(resources, options, notes)
    places = places_of(source, options, notes, hub, named_members(resources, hub[0]))
    environment = environment_of((resource.name for resource in resources.of(*ALARMS)), options, notes)
    topics = ImportedTopics(resources, places, options.refused, notes)
    groups_of_logs = log_groups(resources, places, Keys(), notes, options.refused)
    filters = metric_filters(resources, places, groups_of_logs, Keys(), notes, options.refused)
    keys = Keys()
    endings = ("alarm", "alarms", environment)
    families = named_families(resources.of(METRIC_ALARM), names_in_rules(resources.of(COMPOSITE)), places)
    drafts = [
        draft
        for resource in resources.of(METRIC_ALARM, LOG_ALARM)
        if (draft := alarm_draft(resource, places, topics, groups_of_logs, notes, families))
    ]
    drafts, labels = with_account_labels(drafts)
    places = replace(places, labels=labels)
    entries = alarm_entries(drafts, places, filters, notes)
    for entry in entries:
        entry.values = with_minimum_traffic(entry.values)
    if options.names:
        entries = with_levels(entries)
    services = recognized(entries, options.packs, keys, options.refused)
    entries = split_levels(entries, options.refused, keys, endings)
    with_keys(entries, keys, endings)
    entries = _accepted(entries, options, notes)
    remark_levels(entries, notes)
    alarms = [*alarms_of(entries)]
    composites = composite_entries(resources.of(COMPOSITE), alarms, places, topics, keys, endings, notes)
    composites = _accepted(composites, options, notes)
    if options.names:
        with_names([*alarms, *composites], environment, notes)
        with_level_names(entries)
    alarm_keys = {
        (draft.resource.account, draft.resource.region, draft.resource.id.name): entry.key
        for entry in [*alarms, *composites]
        for draft in entry.drafts
    }
    dashboards, widgets = dashboard_entries(resources, places, groups_of_logs, alarm_keys, endings, options, notes)
    _announce_addresses([*alarms, *composites, *dashboards], notes)
    for entry in [] if options.names else [*filters.entries, *dashboards]:
        entry.values.pop("name", None)
    plain = [entry for entry in entries if not entry.service]
    defaults = defaults_of(plain) if options.defaults else {}
    sections: dict[str, dict[str, Any]] = {
        "log_groups": {entry.key: entry.values for entry in groups_of_logs.entries},
        "metric_filters": {entry.key: entry.values for entry in filters.entries},
        "services": service_values(services, entries),
        "alarms": {entry.key: in_order(entry, defaults) for entry in _sorted(plain)},
        "composites": {entry.key: in_order(entry, {}) for entry in _sorted(composites)},
        "dashboards": {entry.key: entry.values for entry in _sorted(dashboards)},
    }
    text = document(places, environment, options, topics, defaults, sections, resources.variables, notes)
    everything = [*groups_of_logs.entries, *filters.entries, *entries, *composites, *dashboards]
    return ImportResult(text, _keys(everything), tuple(notes.dropped), tuple(notes.remarks), widgets)


def _announce_addresses(entries: list[ImportedEntry], notes: Notes) -> None:
    """Remarks about addresses of people in texts. Those of dashboards that may be secrets are only hosts then."""
    places: dict[str, list[str]] = {}
    for entry in entries:
        if entry.section == "dashboards":
            for part in ("widgets", "variables"):
                if part not in entry.values:
                    continue
                safe = without_secrets_in(entry.values[part])
                for draft in entry.drafts if safe != entry.values[part] else ():
                    notes.drop(draft.resource, "of an address that may be a secret only the host is written", "text")
                entry.values[part] = safe
        for kind in of_people([entry.values.get(part) for part in ("widgets", "variables", "summary")]):
            places.setdefault(kind, []).append(entry.path)
    for kind, paths in sorted(places.items()):
        notes.remark(f"{kind}: texts of {first_of(paths, _FEW)} have some, and the file has them, too.")


def _accepted(entries: list[ImportedEntry], options: ImportOptions, notes: Notes) -> list[ImportedEntry]:
    """The entries that the language has not refused."""
    accepted = []
    for entry in entries:
        reason = options.refused.get(entry.path)
        if reason is None:
            accepted.append(entry)
            continue
        for draft in entry.drafts:
            notes.drop(draft.resource, reason)
    return accepted


def _sorted(entries: list[ImportedEntry]) -> list[ImportedEntry]:
    return sorted(entries, key=lambda entry: entry.key)


def _keys(entries: list[ImportedEntry]) -> Mapping[ResourceId, str]:
    return {
        draft.resource.id: entry.path
        for entry in entries
        for draft in entry.drafts
        if entry.section != "log_groups" or (draft.resource.type == LOG_GROUP and "retention" in draft.raw)
    }
