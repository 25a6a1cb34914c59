"""Membership of accounts in organizational units, from AWS Organizations.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

# Up to here, accounts are asked about one by one: a page of a unit lists twenty.
FEW = 50


def is_in(client: Any, account: str, units: Collection[str]) -> bool:
    """True if an account is in one of the units, or in a unit below one. client: of Organizations."""
    return any(parent in units for parent in _above(client, account))


def outside(client: Any, accounts: Collection[str], units: Collection[str]) -> dict[str, str]:
    """The accounts that are in none of the units, with the ID of the unit or root that they are in.

    An account that is not in the organization is left out: there is more to say of it.
    """
    remaining = set(accounts)
    if len(remaining) > FEW:
        remaining.difference_update(accounts_in(client, units))
    parents = {}
    for account in sorted(remaining):
        above = list(_above(client, account))
        if above and not any(parent in units for parent in above):
            parents[account] = above[0]
    return parents


def _above(client: Any, account: str) -> Iterator[str]:
    """The ids of its unit, of the one above that, and so on up to the root; none for one of no organization."""
    child = account
    while True:
        try:
            parents = client.list_parents(ChildId=child)["Parents"]
        except client.exceptions.ChildNotFoundException:
            return
        if not parents:
            return
        child = parents[0]["Id"]
        yield child
        if parents[0]["Type"] == "ROOT":
            return


def accounts_in(client: Any, units: Collection[str]) -> Iterator[str]:
    """The ids of the accounts in units, and in the units below them."""
    waiting = sorted(units)
    while waiting:
        unit = waiting.pop()
        for page in client.get_paginator("list_accounts_for_parent").paginate(ParentId=unit):
            yield from (account["Id"] for account in page["Accounts"])
        for page in client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=unit):
            waiting += [below["Id"] for below in page["OrganizationalUnits"]]
