"""The lock: which accounts the organization had, as a reviewed file beside the spec.

It has no time and no state, so that an organization without changes gives the same bytes again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.accounts.selection import MemberSelection, selection_data, selection_of
from generator.accounts.types import OrganizationAccount, OrganizationListing, OrganizationUnit, units_above

LOCK = "accounts.lock.yaml"
LOCK_VERSION = 1
HEADING = (
    "Written by `obsgen accounts --update`; review and commit it, but do not edit it.\n"
    "Settings of an account belong under `accounts` of the spec, where they take precedence."
)


@dataclass(frozen=True, slots=True)
class LockedAccount:
    """A member of the lock. name: in AWS. unit: the ID of the unit or root that it is directly in."""

    id: str
    name: str
    unit: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lock:
    """The members by key, and the units that contain them, by ID."""

    organization: str
    selection: MemberSelection
    units: Mapping[str, OrganizationUnit]
    accounts: Mapping[str, LockedAccount]

    @property
    def keys(self) -> dict[str, str]:
        """IDs to keys."""
        return {account.id: key for key, account in self.accounts.items()}


def lock_of(
    organization: OrganizationListing,
    selection: MemberSelection,
    members: Mapping[str, OrganizationAccount],
    keys: Mapping[str, str],
) -> Lock:
    """The lock of an organization as it is. members and keys by ID."""
    accounts = {keys[member.id]: _locked(member, selection.labels) for member in members.values()}
    used = {unit for account in accounts.values() for unit in units_above(account.unit, organization.units)}
    units = {unit: organization.units[unit] for unit in sorted(used & organization.units.keys())}
    return Lock(organization.id, selection, units, dict(sorted(accounts.items())))


def _locked(account: OrganizationAccount, labels: Mapping[str, str]) -> LockedAccount:
    values = {label: account.tags[tag] for label, tag in sorted(labels.items()) if account.tags.get(tag)}
    return LockedAccount(account.id, account.name, account.unit, values)


def lock_data(lock: Lock) -> dict[str, Any]:
    """The data of the file, in its order."""
    units = {
        unit.id: {"name": unit.name, **({"parent": unit.parent} if unit.parent else {})} for unit in lock.units.values()
    }
    accounts = {
        key: {
            "id": account.id,
            "name": account.name,
            "unit": account.unit,
            **({"labels": dict(account.labels)} if account.labels else {}),
        }
        for key, account in lock.accounts.items()
    }
    return {
        "version": LOCK_VERSION,
        "organization": lock.organization,
        "selection": selection_data(lock.selection),
        "units": units,
        "accounts": accounts,
    }


def lock_from(data: Mapping[str, Any]) -> Lock:
    """The lock of valid data."""
    units = {key: OrganizationUnit(key, unit["name"], unit.get("parent", "")) for key, unit in data["units"].items()}
    accounts = {
        key: LockedAccount(account["id"], account["name"], account["unit"], dict(account.get("labels", {})))
        for key, account in data["accounts"].items()
    }
    return Lock(data["organization"], selection_of(data["selection"]), units, accounts)
