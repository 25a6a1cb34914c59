"""Accounts that join and leave, and Regions, in sentences; works on the data of estate.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.render.section_words import Kind
from generator.wording import list_in_words, pluralize

Data = Mapping[str, Any]


def moved(before: Data, after: Data) -> frozenset[str]:
    """The names of accounts that only one side has: their alarms are reported with them, and not one by one."""
    old, new = ({account["name"] for account in side["accounts"]} for side in (before, after))
    return frozenset(old ^ new)


def account_differences(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """Added, removed or changed, what it is about, and a sentence."""
    old = {a["name"]: a["id"] for a in before["accounts"]}
    new = {a["name"]: a["id"] for a in after["accounts"]}
    for name in sorted({*old, *new}):
        if name not in old:
            yield "added", name, f"{name} ({new[name]}) is monitored from now on: {_watched_by(name, after)}"
        elif name not in new:
            yield "removed", name, f"{name} ({old[name]}) is no longer monitored"
        elif old[name] != new[name]:
            yield "changed", name, f"{name} is now account {new[name]} (was {old[name]})"
    yield from _management(before, after)
    yield from _other_regions(before, after)
    yield from _excluded(before, after)
    if sorted(before["regions"]) != sorted(after["regions"]):
        now, was = (list_in_words(side["regions"]) for side in (after, before))
        yield "changed", "regions", f"members are monitored in {now} (was {was})"


def _management(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """Accounts that stay, and that get stacks of their own instead of the stack sets', or the other way."""
    old = {account["name"]: account.get("management", False) for account in before["accounts"]}
    for account in after["accounts"]:
        name, now = account["name"], account.get("management", False)
        if now != old.get(name, now):
            how = "by stacks of its own, as the management account" if now else "by the stack sets"
            yield "changed", name, f"{name} is deployed to {how}"


def _other_regions(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """Accounts that stay, and whose own Regions differ."""
    old = {account["name"]: account for account in before["accounts"]}
    for account in (one for one in after["accounts"] if one["name"] in old):
        was, now = old[account["name"]].get("regions"), account.get("regions")
        if was != now:
            current = list_in_words(now) if now else "every Region"
            earlier = list_in_words(was) if was else "every Region"
            yield "changed", account["name"], f"{account['name']} is monitored in {current} (was {earlier})"


def _excluded(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """Accounts of the units that are no members, or become such; without those that are listed by name."""
    old, new = ({a["id"]: a["name"] for a in side.get("excluded_accounts", ())} for side in (before, after))
    members = {account["id"] for side in (before, after) for account in side["accounts"]}
    for number in sorted(({*old} ^ {*new}) - members):
        name = new.get(number) or old[number]
        who = f"{name} ({number})" if name != number else number
        if number in new:
            yield "removed", name, f"{who} is excluded from the organizational units and no longer monitored"
        else:
            yield (
                "added",
                name,
                f"{who} is monitored from now on, as it is no longer excluded from the organizational units",
            )


def _watched_by(account: str, estate: Data) -> str:
    """`3 alarms and 1 composite in each of 2 Regions`: those that are on there."""
    on = [alarm for alarm in estate["alarms"] if alarm["side"] == "members" and _is_on(alarm, account)]
    composites = [alarm for alarm in estate["composites"] if alarm["side"] == "members" and _has(alarm, account)]
    everywhere, only = (
        [alarm for alarm in on if not alarm.get("region")],
        [alarm for alarm in on if alarm.get("region")],
    )
    words = [pluralize(len(everywhere), "alarm")]
    words += [pluralize(len(composites), "composite")] if composites else []
    (own,) = (alarm.get("regions") for alarm in estate["accounts"] if alarm["name"] == account)
    regions = len(own or estate["regions"])
    counts = list_in_words(words) + (f" in each of {regions} Regions" if regions > 1 else "")
    return f"{counts}, {pluralize(len(only), 'alarm')} in one Region" if only else counts


def _has(composite: Data, account: str) -> bool:
    accounts = (composite.get("placement") or {}).get("accounts")
    return accounts is None or account in accounts


def _is_on(alarm: Data, account: str) -> bool:
    own = {variant["account"]: variant["tuning"] for variant in alarm["variants"]}
    tuning = own[account] if account in own else alarm["tuning"]
    return bool(tuning["enabled"])
