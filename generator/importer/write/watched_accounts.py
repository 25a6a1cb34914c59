"""Alarms of a monitoring account on metrics of other accounts: whose metrics they watch, and which account is the hub.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html (AccountId)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.importer.resources import METRIC_ALARM, ImportedResource, ImportedResources
from generator.importer.values import mapping, mappings
from generator.importer.write.drafts import Notes, Places
from generator.importer.write.measures import Placed, is_returned, single
from generator.importer.write.names import own_name
from generator.importer.write.placeholders import escaped, placed, without_place
from generator.importer.write.places import HUB
from generator.importer.write.quantities import Unwritable
from generator.importer.write.types import ImportOptions, Location

_COMBINED = re.compile(r"\s*(SUM|MAX|MIN|AVG)\(\s*\[([\w\s,]*)\]\s*\)\s*")
_WORDS = {"SUM": "sum", "MAX": "max", "MIN": "min", "AVG": "average"}
_USUAL = {"Sum": "SUM", "SampleCount": "SUM", "Average": "AVG", "Minimum": "MIN", "Maximum": "MAX"}
_MOST_COMBINED = 10
AlarmPlace = tuple[str, str, str]
"""Account, Region and name of an alarm."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What an alarm is about. location: the member that it is about, or where it is.

    side: the keys that say so. names: where each metric says its account, their names by ID. measure: what it
    measures, where it is one metric over all accounts. member_id: the member that it is about, so that it is
    routed as the member's alarms are; empty if it is about the account where it is.
    """

    location: Location
    side: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    measure: Mapping[str, Any] = field(default_factory=dict)
    member_id: str = ""

    def placed(self, *, is_named: bool) -> Placed:
        """How values of dimensions are written. is_named: with the account's name as a placeholder."""
        if self.names:
            return escaped
        return lambda text: placed(text, self.location, is_named=is_named)


def other_accounts(resource: ImportedResource) -> list[str]:
    """The IDs of the other accounts whose metrics an alarm watches."""
    metrics = mappings(resource.properties.get("Metrics"))
    return sorted({str(metric["AccountId"]) for metric in metrics if metric.get("AccountId")} - {resource.account})


def hub_of(resources: ImportedResources, options: ImportOptions, notes: Notes) -> tuple[str, str]:
    """Account and Region of the hub: as an option, else where most alarms watch other accounts; empty if none do."""
    alarms = [alarm for alarm in resources.of(METRIC_ALARM) if other_accounts(alarm)]
    of_account = Counter(alarm.account for alarm in alarms)
    if not options.hub and not of_account:
        return "", ""
    hub = options.hub or min(of_account, key=lambda account: (-of_account[account], account))
    of_region = Counter(alarm.region for alarm in alarms if alarm.account == hub)
    region = min(of_region, key=lambda name: (-of_region[name], name)) if of_region else ""
    if not options.hub:
        notes.remark(f"hub.account: {hub} is guessed, because alarms there watch metrics of other accounts.")
    return hub, region


def named_members(resources: ImportedResources, hub: str) -> set[str]:
    """The IDs of the accounts whose metrics alarms of the hub watch."""
    return {
        account for alarm in resources.of(METRIC_ALARM) if alarm.account == hub for account in other_accounts(alarm)
    }


def named_families(alarms: Iterable[ImportedResource], in_rules: Collection[AlarmPlace], places: Places) -> set[str]:
    """The names, without those of members, of the alarms that composites name one by one."""
    return {_family(alarm, places)[1] for alarm in alarms if (alarm.account, alarm.region, alarm.id.name) in in_rules}


def _family(alarm: ImportedResource, places: Places) -> tuple[Location, str]:
    """The place that an alarm is about, and its name without it, if the alarm is about one account."""
    accounts = other_accounts(alarm)
    if len(accounts) != 1 or accounts[0] not in places.accounts:
        return places.of(alarm), alarm.called
    member = Location(accounts[0], alarm.region, places.accounts[accounts[0]])
    return member, without_place(alarm.called, member)


def watched(resource: ImportedResource, places: Places, families: Collection[str]) -> Watched:
    """What a metric alarm is about. families: see `named_families`; these are entries of their own.

    Raises Unwritable.
    """
    location = places.of(resource)
    if location.name == HUB and location.region != places.hub_region:
        raise Unwritable(f"the hub has alarms in {places.hub_region} only")
    accounts = other_accounts(resource)
    if not accounts:
        return Watched(location)
    if location.name != HUB:
        raise Unwritable(f"it watches metrics of other accounts: {', '.join(accounts[:3])}, and only the hub can")
    metrics = mappings(resource.properties.get("Metrics"))
    if any(metric.get("AccountId") and "MetricStat" not in metric for metric in metrics):
        raise Unwritable("an expression of it is of another account")
    measure = _over_accounts(metrics, resource.account, places)
    if measure:
        return Watched(location, {"in": HUB, "over": "all-accounts"}, measure=measure)
    own = any("MetricStat" in metric and metric.get("AccountId") in (None, "", resource.account) for metric in metrics)
    member_id = accounts[0] if len(accounts) == 1 and not own else ""
    member, family = _family(resource, places)
    is_each = "{account}" in family and family not in families and "{{" not in own_name("alarms", resource.called)
    if member_id and is_each:
        return Watched(member, {"in": HUB}, member_id=member_id)
    names = {account: places.accounts[account] for account in accounts} | {"": HUB}
    return Watched(location, {"in": HUB}, names, member_id=member_id)


def _over_accounts(metrics: list[Mapping[str, Any]], hub: str, places: Places) -> dict[str, Any]:
    """The keys of one metric over several accounts, as `over: all-accounts` builds it; nothing for others."""
    returned = [metric for metric in metrics if is_returned(metric)]
    combined = _COMBINED.fullmatch(str(returned[0].get("Expression", ""))) if len(returned) == 1 else None
    rest = {str(metric.get("Id")): metric for metric in metrics if not is_returned(metric)}
    if combined is None or not 1 < len(rest) <= _MOST_COMBINED:
        return {}
    ids = [word.strip() for word in combined[2].split(",")]
    stats = [mapping(rest[id_].get("MetricStat")) if id_ in rest else {} for id_ in ids]
    accounts = [str(rest[id_].get("AccountId") or hub) if id_ in rest else "" for id_ in ids]
    is_alike = all(stat and stat == stats[0] for stat in stats) and not stats[0].get("Unit")
    if not is_alike or sorted(ids) != sorted(rest) or len({*accounts}) != len(accounts) or hub in accounts:
        return {}
    names = [places.accounts[account] for account in accounts]
    # The file's accounts are combined in the order of their names.
    if names != sorted(names):
        return {}
    keys = single(stats[0], escaped)
    if _USUAL.get(str(keys["statistic"])) != combined[1]:
        keys["combine"] = _WORDS[combined[1]]
    if {*names} != {name for name, regions in places.members.items() if places.hub_region in regions}:
        keys["accounts"] = names
    return keys


def account_of(metric: Mapping[str, Any], names: Mapping[str, str], hub: str) -> dict[str, str]:
    """The key of a metric's account, where metrics have one."""
    account = str(metric.get("AccountId") or "")
    return {"account": names.get("" if account == hub else account, HUB)} if names else {}


def names_accounts(values: Mapping[str, Any]) -> bool:
    """Whether the metrics of an entry have accounts of their own."""
    metrics: Iterable[Mapping[str, Any]] = [values.get("metric", {}), *values.get("metrics", {}).values()]
    return any("account" in metric for metric in metrics)
