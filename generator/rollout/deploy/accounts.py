"""Accounts that CloudFormation cannot reach: closed ones, and those that have left the organization.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

# Up to here, accounts are asked for one by one: AWS lists twenty a page.
FEW = 50
OPEN = "ACTIVE"
LEFT = "no longer in the organization"


def states_of(client: Any, accounts: Collection[str]) -> dict[str, str]:
    """Account ID to its state in AWS's words, without accounts outside the organization. client: of Organizations."""
    if len(accounts) > FEW:
        pages = client.get_paginator("list_accounts").paginate()
        known_states = {
            summary["Id"]: str(summary.get("State") or summary["Status"])
            for page in pages
            for summary in page["Accounts"]
        }
        return {account: known_states[account] for account in accounts if account in known_states}
    states = {}
    for account in accounts:
        try:
            description = client.describe_account(AccountId=account)["Account"]
        except client.exceptions.AccountNotFoundException:
            continue
        states[account] = str(description.get("State") or description["Status"])
    return states


def absent(states: Mapping[str, str], accounts: Collection[str], *, managed: bool) -> dict[str, str]:
    """The accounts that CloudFormation cannot reach, each with the reason in a word or two.

    managed: whether the stack set is the organization's; one that is not may well reach an account outside of it.
    """
    closed = {account: state.lower() for account in accounts if (state := states.get(account, OPEN)) != OPEN}
    return closed | {account: LEFT for account in accounts if managed and account not in states}
