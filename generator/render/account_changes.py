"""Accounts that join and leave, and Regions, in sentences; works on the data of estate.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.render.maintenance_words import Kind
from generator.render.quantities import counted

Data = Mapping[str, Any]


def moved(before: Data, after: Data) -> frozenset[str]:
    """The names of accounts that only one side has: their alarms are told with them, and not one by one."""
    old, new = ({account["name"] for account in side["accounts"]} for side in (before, after))
    return frozenset(old ^ new)


def account_differences(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """Added, removed or changed, what it is about, and a sentence."""
    old = {a["name"]: a["id"] for a in before["accounts"]}
    new = {a["name"]: a["id"] for a in after["accounts"]}
    for name in sorted({*old, *new}):
        if name not in old:
            yield "added", name, f"{name} ({new[name]}) is watched from now on: {_watched_by(name, after)}"
        elif name not in new:
            yield "removed", name, f"{name} ({old[name]}) is watched no longer"
        elif old[name] != new[name]:
            yield "changed", name, f"{name} is now account {new[name]} (was {old[name]})"
    if sorted(before["regions"]) != sorted(after["regions"]):
        now, was = (" and ".join(side["regions"]) for side in (after, before))
        yield "changed", "regions", f"members are watched in {now} (was {was})"


def _watched_by(account: str, estate: Data) -> str:
    """`3 alarms and 1 composite in each of 2 Regions`: those that are on there."""
    on = [one for one in estate["alarms"] if one["side"] == "members" and _is_on(one, account)]
    composites = [one for one in estate["composites"] if one["side"] == "members" and _has(one, account)]
    everywhere, only = [one for one in on if not one.get("region")], [one for one in on if one.get("region")]
    words = [counted(len(everywhere), "alarm")]
    words += [counted(len(composites), "composite")] if composites else []
    regions = len(estate["regions"])
    said = " and ".join(words) + (f" in each of {regions} Regions" if regions > 1 else "")
    return f"{said}, {counted(len(only), 'alarm')} in one Region" if only else said


def _has(composite: Data, account: str) -> bool:
    accounts = (composite.get("placement") or {}).get("accounts")
    return accounts is None or account in accounts


def _is_on(alarm: Data, account: str) -> bool:
    own = {one["account"]: one["tuning"] for one in alarm["variants"]}
    tuning = own[account] if account in own else alarm["tuning"]
    return bool(tuning["enabled"])
