"""An AWS organization as its API describes it, reduced to what selects members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html
ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class OrganizationUnit:
    """An organizational unit. parent: the ID of the unit or root that it is in; empty for a root."""

    id: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class OrganizationAccount:
    """An account of the organization.

    unit: the ID of the unit or root that it is directly in. state: its `State`, such as ACTIVE.
    tags: empty where nothing of the selection needs them.
    """

    id: str
    name: str
    unit: str
    state: str = ACTIVE
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrganizationListing:
    """An organization: its ID, the ID of its management account, its accounts and units by ID."""

    id: str
    management: str
    accounts: Mapping[str, OrganizationAccount]
    units: Mapping[str, OrganizationUnit]


def units_above(unit: str, units: Mapping[str, OrganizationUnit]) -> Iterator[str]:
    """The ID of a unit, of the one that contains it, and so on up to the root."""
    while unit:
        yield unit
        unit = units[unit].parent if unit in units else ""


def unit_path(unit: str, units: Mapping[str, OrganizationUnit]) -> str:
    """A unit as people know it, by the names from the root down: `Workloads/Prod`; `Root` for a root."""
    names = [units[step].name for step in units_above(unit, units) if step in units]
    return "/".join(reversed(names[:-1])) or "".join(names) or unit
