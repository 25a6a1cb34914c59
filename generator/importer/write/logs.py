"""Log groups, and what an alarm on logs reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from generator.importer.dashboards.bodies import log_groups_read, parsed_body
from generator.importer.own_resources import OWN_KEY
from generator.importer.resources import (
    DASHBOARD,
    LOG_ALARM,
    LOG_GROUP,
    METRIC_FILTER,
    ImportedResource,
    ImportedResources,
)
from generator.importer.types import SourceKind
from generator.importer.unknown_values import readable
from generator.importer.values import items, mapping
from generator.importer.write.drafts import Draft, ImportedEntry, Notes, Places
from generator.importer.write.merged import common_stem, fixed_of, groups, place_words
from generator.importer.write.names import Keys, key_of
from generator.importer.write.placeholders import escaped, in_place, placed, without_place
from generator.importer.write.places import HUB, placement
from generator.importer.write.quantities import Unwritable, duration, whole

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_KEY_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/(?:[A-Za-z0-9-]+|\{var\.[a-z0-9-]+\})")
_ARN = re.compile(r"arn:[^:]+:logs:[^:]*:[^:]*:log-group:([^:]+)(?::\*)?")

# Without these a log group would be open to deletion, cost more to query, or no longer get lines of other senders.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
_NOT_OF_THE_LANGUAGE = (
    *("BearerTokenAuthenticationEnabled", "DataProtectionPolicy", "DeletionProtectionEnabled"),
    *("FieldIndexPolicies", "LogGroupClass", "ResourcePolicyDocument"),
)

_Name = tuple[str, str, str]


class LogGroups:
    """The log groups of an import by their names, in each place."""

    def __init__(self) -> None:
        self.entries: list[ImportedEntry] = []
        self._keys: dict[tuple[str, str, str], str] = {}

    def add(self, entry: ImportedEntry, names: Iterable[tuple[str, str, str]]) -> None:
        """An entry, and what it is called in each account and Region."""
        self.entries.append(entry)
        for name in names:
            self._keys.setdefault(name, entry.key)

    def key(self, resource: ImportedResource, name: str) -> str:
        """The key of a log group that a resource names, by its name or ARN. Raises Unwritable."""
        match = _ARN.fullmatch(name)
        return self.key_in(resource.account, resource.region, match[1] if match else name)

    def key_in(self, account: str, region: str, name: str) -> str:
        """The key of a log group of a place. Raises Unwritable."""
        key = self._keys.get((account, region, name))
        if key is None:
            raise Unwritable(f"the log group {name[:200]} is none that can be written")
        return key


_REFERRED: Mapping[str, Any] = {"create": False}


def log_groups(
    resources: ImportedResources, places: Places, keys: Keys, notes: Notes, refused: Mapping[str, str]
) -> LogGroups:
    """The log groups that a source makes, and those that its filters, alarms and dashboards read."""
    referring: dict[_Name, ImportedResource] = {}
    for resource in resources.of(METRIC_FILTER, LOG_ALARM):
        for name in _names_in(resource):
            referring.setdefault((resource.account, resource.region, name), resource)
    for resource in resources.of(DASHBOARD):
        body = parsed_body(resource.properties.get("DashboardBody")) or {}
        for account, region, name in log_groups_read(body, resource.account, resource.region):
            if (account, region) in places.locations:
                located = replace(resource, account=account, region=region)
                referring.setdefault((account, region, name), located)
    drafts = _own_groups(resources.of(LOG_GROUP), referring, places, notes)
    for of, resource in referring.items():
        if of not in drafts:
            drafts[of] = _draft(resource, of[2], places, _REFERRED)
    merged = LogGroups()
    for group, elsewhere in _by_name(groups(drafts.values(), places, notes), notes):
        locations = {draft.location for draft in (*group, *elsewhere)}
        stem = common_stem(group)
        key = keys.free(key_of(_stem(stem), ("logs", "log"), "log-group"), stem, place_words(group))
        values = {**fixed_of(group), **placement(locations, places)[0][0]}
        if elsewhere:
            values["exists"] = placement({draft.location for draft in elsewhere}, places)[0][0]
        entry = ImportedEntry("log_groups", key, values, [*group, *elsewhere])
        if entry.path in refused:
            for draft in entry.drafts:
                if draft.resource.type == LOG_GROUP:
                    notes.drop(draft.resource, refused[entry.path])
            continue
        merged.add(entry, [(draft.location.account, draft.location.region, draft.stem) for draft in entry.drafts])
    return merged


def _by_name(merged: Iterable[list[Draft]], notes: Notes) -> Iterator[tuple[list[Draft], list[Draft]]]:
    """The log groups of one name: those that obsgen creates alike, and those that exist there already."""
    by_family: dict[tuple[str, bool], list[list[Draft]]] = {}
    for group in merged:
        by_family.setdefault((group[0].family, group[0].location.name == HUB), []).append(group)
    for family in by_family.values():
        created: dict[str, list[Draft]] = {}
        for draft in (draft for group in family for draft in group if "retention" in draft.raw):
            created.setdefault(str(sorted(draft.raw.items())), []).append(draft)
        main = max(created.values(), key=len, default=[])
        elsewhere = [draft for group in family for draft in group if draft not in main]
        if not main or not elsewhere:
            yield from ((group, []) for group in family)
            continue
        for draft in elsewhere:
            if "retention" in draft.raw:
                notes.drop(draft.resource, "other accounts have another retention or key; the file only reads it")
                draft.raw = draft.shared = _REFERRED
        yield main, elsewhere


def _own_groups(
    resources: Iterable[ImportedResource], referring: Mapping[_Name, ImportedResource], places: Places, notes: Notes
) -> dict[_Name, Draft]:
    """The log groups of a source. Those of a capture are only read: obsgen cannot create what exists."""
    drafts: dict[_Name, Draft] = {}
    for resource in resources:
        name = (resource.account, resource.region, resource.name)
        is_captured, is_read = resource.source is SourceKind.CAPTURE, name in referring
        if not resource.name or name in drafts or (is_captured and not is_read):
            continue
        reason = "" if is_captured else _obstacle(resource)
        if reason and not is_read:
            notes.drop(resource, f"{reason}, and nothing in the file reads it")
            continue
        if is_captured:
            notes.drop(resource, "it exists; the file only reads it (create: false)", is_read=True)
        elif reason:
            notes.drop(resource, f"{reason}; the file only reads it (create: false)")
        keys = _REFERRED if reason or is_captured else _created(resource)
        drafts[name] = _draft(resource, resource.name, places, keys)
    return drafts


def _names_in(resource: ImportedResource) -> list[str]:
    if resource.type == METRIC_FILTER:
        names: list[Any] = [resource.properties.get("LogGroupName")]
    else:
        query = resource.properties.get("ScheduledQueryConfiguration")
        names = items(mapping(query).get("LogGroupIdentifiers"))
    texts = [str(name) for name in names if name]
    return [match[1] if (match := _ARN.fullmatch(text)) else text for text in texts]


def _draft(resource: ImportedResource, name: str, places: Places, keys: Mapping[str, Any]) -> Draft:
    location = places.of(resource)
    raw, shared = ({"name": placed(name, location, is_named=is_named), **keys} for is_named in (False, True))
    return Draft(resource, location, name, without_place(name, location), raw, shared)


def _created(resource: ImportedResource) -> Mapping[str, Any]:
    """The keys of a log group that obsgen creates."""
    keys: dict[str, Any] = {"retention": f"{_days(resource)}d"}
    arn = str(resource.properties.get("KmsKeyId") or "")
    if arn == OWN_KEY:
        keys["encryption"] = "customer-key"
    elif arn:
        keys["key"] = in_place(escaped(arn), resource)
    return keys


def _obstacle(resource: ImportedResource) -> str:
    """Why obsgen cannot create a log group as it is; empty where it can."""
    properties = resource.properties
    if not _days(resource):
        return "it never deletes lines, and log groups of the language do"
    for name in _NOT_OF_THE_LANGUAGE:
        if str(properties.get(name) or "").lower() not in ("", "false", "standard"):
            return f"log groups of the language have no {name}"
    key = readable(str(properties.get("KmsKeyId") or OWN_KEY))
    if key != OWN_KEY and not _KEY_ARN.fullmatch(key):
        return f"the ARN of its key is not known: {key[:100]}"
    return ""


def _days(resource: ImportedResource) -> int:
    """The retention; 0 where there is none."""
    try:
        return whole(resource.properties.get("RetentionInDays") or 0, "RetentionInDays")
    except Unwritable:
        return 0


def _stem(name: str) -> str:
    """The part of a log group's name that says most."""
    parts = [part for part in name.split("/") if part]
    usual = ("aws", "lambda", "ecs", "apigateway", "rds", "log", "logs")
    return "-".join([part for part in parts if part.lower() not in usual] or parts or [name])


def read_logs(resource: ImportedResource, groups_of_logs: LogGroups) -> dict[str, Any]:
    """The keys of what an alarm on logs reads. Raises Unwritable."""
    configuration = resource.properties.get("ScheduledQueryConfiguration")
    query = configuration if isinstance(configuration, Mapping) else {}
    schedule = query.get("ScheduleConfiguration")
    times = schedule if isinstance(schedule, Mapping) else {}
    if str(query.get("QueryLanguage") or "CWLI") != "CWLI":
        raise Unwritable(f"its query is of the language {str(query['QueryLanguage'])[:20]}")
    match = _RATE.fullmatch(str(times.get("ScheduleExpression", "")))
    if not match:
        raise Unwritable("its schedule is not a rate")
    period = int(match[1]) * _SECONDS[match[2]]
    delay = whole(times.get("EndTimeOffset", 0), "EndTimeOffset")
    window = whole(times.get("StartTimeOffset", period + delay), "StartTimeOffset") - delay
    identifiers = query.get("LogGroupIdentifiers")
    logs: dict[str, Any] = {
        "log_groups": sorted({groups_of_logs.key(resource, str(name)) for name in items(identifiers)}),
        "query": str(query.get("QueryString", "")),
    }
    if not logs["log_groups"]:
        raise Unwritable("it names no log groups")
    if query.get("AggregationExpression", "count(*)") != "count(*)":
        logs["aggregate"] = str(query["AggregationExpression"])
    if window != period:
        logs["window"] = duration(window)
    if delay != 60:
        logs["delay"] = duration(delay) if delay else "none"
    return {"logs": logs, "period": duration(period)}
