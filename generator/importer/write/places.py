"""Accounts and Regions of a source: who is the hub, how members are called, where an entry is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from generator.accounts.keys import keys_of
from generator.accounts.types import OrganizationAccount
from generator.importer.types import ImportSource
from generator.importer.write.drafts import Notes, Places
from generator.importer.write.types import NO_HUB, ImportOptions, Location
from generator.wording import pluralize

HUB = "hub"
_ENVIRONMENTS = ("prod", "production", "prd", "staging", "stage", "stg", "dev", "development", "test", "qa", "uat")
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_FEW = 3
_DEFAULT = "prod"


def places_of(
    source: ImportSource, options: ImportOptions, notes: Notes, known_hub: tuple[str, str], watched: Iterable[str]
) -> Places:
    """The places of a source.

    known_hub: its account and Region, each empty where it is not known. watched: accounts whose metrics it watches.
    """
    hub, region_of_hub = known_hub[0] or NO_HUB, options.hub_region or known_hub[1]
    regions: dict[str, set[str]] = {}
    for stack in source.stacks:
        regions.setdefault(stack.deployed.account, set()).add(stack.deployed.region)
    unread = sorted({*watched} - regions.keys())
    if unread:
        notes.remark(f"accounts: {', '.join(unread)}: not in the sources; alarms of the hub watch their metrics.")
    for account in watched:
        regions.setdefault(account, set()).add(region_of_hub)
    names = {stack.deployed.account: stack.deployed.account_name for stack in source.stacks} | dict(
        source.account_names
    )
    members = sorted(set(regions) - {hub})
    keys = _keys({account: names.get(account, "") for account in members})
    common = Counter(region for account in members for region in regions[account])
    usual = (
        min(common, key=lambda region: (-common[region], region)) if common else min(regions.get(hub, {"us-east-1"}))
    )
    hub_region = region_of_hub or (min(regions[hub]) if hub in regions else usual)
    if not known_hub[0]:
        notes.remark(
            f"hub.account: {NO_HUB} is a placeholder: fill in the account that receives the alarms of all members."
        )
    locations = {
        (account, region): Location(account, region, keys.get(account, HUB))
        for account, own in regions.items()
        for region in own
    }
    return Places(
        locations,
        keys,
        {keys[account]: tuple(sorted(regions[account])) for account in members},
        hub,
        hub_region,
        bool(known_hub[0]),
    )


def _keys(names: Mapping[str, str]) -> dict[str, str]:
    accounts = [OrganizationAccount(account, name or "account", "") for account, name in names.items()]
    unnamed = [account for account, name in names.items() if not name]
    fixed = (
        {unnamed[0]: "main"} if len(names) == 1 and unnamed else {account: f"account-{account}" for account in unnamed}
    )
    return keys_of(accounts, fixed, ())


def environment_of(texts: Iterable[str], options: ImportOptions, notes: Notes) -> str:
    """The environment: as an option, else the word that most names of resources have, else `prod`."""
    if options.environment:
        return options.environment
    counts = Counter(
        word for text in texts for word in set(re.split(r"[^a-z0-9]+", text.lower())) if word in _ENVIRONMENTS
    )
    if not counts:
        notes.remark(f"environments: {_DEFAULT} is assumed, because no name says one (--environment).")
        return _DEFAULT
    environment = min(counts, key=lambda word: (-counts[word], word))
    alternatives = sorted(set(counts) - {environment})
    also = f"; names also have {', '.join(alternatives)}" if alternatives else ""
    names = pluralize(counts[environment], "name")
    notes.remark(f"environments: {environment} is guessed from {names}{also} (--environment).")
    return environment


def placement(locations: Collection[Location], places: Places) -> list[tuple[dict[str, Any], frozenset[Location]]]:
    """The keys that place an entry, one set for each part of the locations that one entry can have."""
    parts: list[tuple[dict[str, Any], frozenset[Location]]] = []
    in_hub = frozenset(location for location in locations if location.name == HUB)
    if in_hub:
        parts.append(({"accounts": [HUB]}, in_hub))
    by_account: dict[str, set[str]] = {}
    for location in locations:
        if location.name != HUB:
            by_account.setdefault(location.name, set()).add(location.region)
    for regions, accounts in _rectangles(by_account, places):
        keys = _accounts(accounts, places)
        if regions:
            keys["regions"] = list(regions)
        own = set(accounts)
        parts.append((keys, frozenset(place for place in locations if place.name in own)))
    return parts


def _rectangles(by_account: Mapping[str, set[str]], places: Places) -> list[tuple[tuple[str, ...], list[str]]]:
    """Accounts that have the same Regions; no Regions where they have all of theirs."""
    if not by_account:
        return []
    if all(regions == set(places.members[account]) for account, regions in by_account.items()):
        return [((), sorted(by_account))]
    union = {region for regions in by_account.values() for region in regions}
    if all(regions == union & set(places.members[account]) for account, regions in by_account.items()):
        return [(tuple(sorted(union)), sorted(by_account))]
    groups: dict[tuple[str, ...], list[str]] = {}
    for account, regions in by_account.items():
        key = () if regions == set(places.members[account]) else tuple(sorted(regions))
        groups.setdefault(key, []).append(account)
    return [(regions, sorted(groups[regions])) for regions in sorted(groups, key=lambda key: (-len(groups[key]), key))]


def _accounts(accounts: list[str], places: Places) -> dict[str, Any]:
    if len(accounts) == len(places.members):
        return {}
    missing = sorted(set(places.members) - set(accounts))
    if len(missing) <= _FEW < len(accounts):
        return {"accounts": {"except": missing}}
    return {"accounts": accounts}


def is_environment(word: str) -> bool:
    """Whether a word may be the name of an environment."""
    return len(word) <= 20 and _ENVIRONMENT.fullmatch(word) is not None
