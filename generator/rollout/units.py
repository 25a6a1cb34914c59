"""Which accounts are in organizational units, as AWS Organizations knows it.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any


def is_in(client: Any, account: str, units: Collection[str]) -> bool:
    """Whether an account is in one of the units, or in a unit below one. client: of Organizations."""
    child = account
    while True:
        try:
            parents = client.list_parents(ChildId=child)["Parents"]
        except client.exceptions.ChildNotFoundException:
            return False
        if not parents:
            return False
        child = parents[0]["Id"]
        if child in units:
            return True
        if parents[0]["Type"] == "ROOT":
            return False


def accounts_in(client: Any, units: Collection[str]) -> Iterator[str]:
    """The ids of the accounts in units, and in the units below them."""
    waiting = sorted(units)
    while waiting:
        unit = waiting.pop()
        for page in client.get_paginator("list_accounts_for_parent").paginate(ParentId=unit):
            yield from (account["Id"] for account in page["Accounts"])
        for page in client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=unit):
            waiting += [below["Id"] for below in page["OrganizationalUnits"]]
