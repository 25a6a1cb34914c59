"""Reads an organization from its root down: every unit, the accounts in it, and the tags of some of them.

Lists have twenty entries a page, and a page may be empty although more follow.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

from generator.accounts.types import ACTIVE, OrganizationAccount, OrganizationListing, OrganizationUnit
from generator.rollout.aws.errors import DENIED, AwsError, aws_errors
from generator.rollout.deploy.accounts import LEFT, states_of

# AWS throttles an organization's requests all together; more at a time only wait.
_WORKERS = 8
_NONE = "AWSOrganizationsNotInUseException"
WHO = (
    "use credentials of the management account, or of a delegated administrator, that allow what"
    " `obsgen policy --accounts` prints"
)


class TagReporter(Protocol):
    """Shows how far a long reading is."""

    def at(self, what: str, done: int, of: int) -> None:
        """Redraw the live line."""


def read_organization(client: Any, caller: str, region: str) -> OrganizationListing:
    """All accounts and units, without tags. client: of Organizations. caller: its account. Raises AwsError."""
    with organization_errors("reading the organization", caller, region):
        description = client.describe_organization()["Organization"]
        roots = _pages(client, "list_roots", "Roots")
        units = {root["Id"]: OrganizationUnit(root["Id"], root["Name"]) for root in roots}
        accounts: dict[str, OrganizationAccount] = {}
        waiting = sorted(units)
        with ThreadPoolExecutor(_WORKERS) as pool:
            while waiting:
                below = list(pool.map(lambda unit: _in_unit(client, unit), waiting))
                waiting = []
                for inner_units, inner_accounts in below:
                    units.update((unit.id, unit) for unit in inner_units)
                    # An account that moves meanwhile may be in two lists: the later one holds.
                    accounts.update((account.id, account) for account in inner_accounts)
                    waiting += sorted(unit.id for unit in inner_units)
    management = str(description["MasterAccountId"])
    return OrganizationListing(str(description["Id"]), management, dict(sorted(accounts.items())), units)


def _in_unit(client: Any, unit: str) -> tuple[list[OrganizationUnit], list[OrganizationAccount]]:
    """What is directly in a unit or root."""
    units = [
        OrganizationUnit(below["Id"], below["Name"], unit)
        for below in _pages(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=unit)
    ]
    accounts = [
        # `Status` is retired since September 9, 2026; stand-ins may have nothing else.
        # https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
        OrganizationAccount(account["Id"], account["Name"], unit, str(account.get("State") or account["Status"]))
        for account in _pages(client, "list_accounts_for_parent", "Accounts", ParentId=unit)
    ]
    return units, accounts


def with_tags(
    client: Any,
    organization: OrganizationListing,
    accounts: Iterable[OrganizationAccount],
    caller: str,
    region: str,
    reporter: TagReporter,
) -> OrganizationListing:
    """The organization with the tags of some accounts: one request each. Raises AwsError.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html
    """
    active = [account for account in accounts if account.state == ACTIVE]
    tagged = dict(organization.accounts)
    with (
        organization_errors("reading the tags of accounts", caller, region),
        ThreadPoolExecutor(_WORKERS) as pool,
    ):
        for number, account in enumerate(pool.map(lambda account: _with_own_tags(client, account), active), 1):
            tagged[account.id] = account
            reporter.at("tags of accounts", number, len(active))
    return replace(organization, accounts=tagged)


def _with_own_tags(client: Any, account: OrganizationAccount) -> OrganizationAccount:
    tags = _pages(client, "list_tags_for_resource", "Tags", ResourceId=account.id)
    return replace(account, tags={tag["Key"]: tag["Value"] for tag in tags})


def reasons_of_absence(
    client: Any, organization: OrganizationListing, accounts: Collection[str], caller: str, region: str
) -> dict[str, str]:
    """Why accounts that were members are not any more, in words, by ID. Raises AwsError.

    An account that is active and in no list has moved while the lists were read; its stacks are not to be deleted.
    """
    reasons = {}
    missing = [account for account in accounts if account not in organization.accounts]
    with organization_errors("organizations:DescribeAccount", caller, region):
        states = states_of(client, missing) if missing else {}
    for account in sorted(accounts):
        known = organization.accounts.get(account)
        state = known.state if known else states.get(account, "")
        if known is None and state == ACTIVE:
            raise AwsError(f"account {account} moved while the organization was read", "run the command again")
        if known is None and not state:
            reasons[account] = LEFT
        elif state != ACTIVE:
            reasons[account] = f"{state.lower().replace('_', ' ')} in the organization"
    return reasons


def _pages(client: Any, operation: str, key: str, **params: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**params):
        yield from page[key]


@contextmanager
def organization_errors(action: str, caller: str, region: str) -> Iterator[None]:
    """Errors of Organizations as AwsError: who may ask, and accounts without an organization."""
    from botocore.exceptions import ClientError

    with aws_errors(action, "of the organization", caller, region):
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code == _NONE:
                raise AwsError(f"account {caller} is in no organization", WHO) from None
            if code in DENIED:
                operation = f"organizations:{error.operation_name}"
                raise AwsError(f"AWS denied {operation} to account {caller}", WHO) from None
            raise
