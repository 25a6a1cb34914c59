"""Log groups that would fail stacks of members, and what `obsgen deploy` says of them before it changes anything.

That CloudFormation refuses them is AWS's: PutMetricFilter answers ResourceNotFoundException where there is no log group,
CreateLogGroup answers ResourceAlreadyExistsException where there is one; moto is the same in the second, and its filters
are names here.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.logs.models import logs_backends

from tests.rollout.front import Fault, refusal
from tests.rollout.team import HUB, Team

THEIRS = """
log_groups:
  ledger: {name: /ecs/ledger, create: false}
metric_filters:
  ledger-errors: {log_group: ledger, pattern: '"[ERROR]"', metric: {name: LedgerErrors, namespace: Shop, default: 0}}
alarms:
  ledger-errors: {metric: {filter: ledger-errors}, statistic: Sum, threshold: "> 0"}
"""
OURS = "/aws/application/prod"
PLACED = THEIRS.replace("create: false", "create: false, accounts: {except: [beta]}")


@pytest.fixture
def four(team: Team) -> Team:
    """With a fourth account."""
    organizations = team.client("organizations")
    made = organizations.create_account(AccountName="delta", Email="delta@example.com")["CreateAccountStatus"]
    team.accounts["delta"] = made["AccountId"]
    return team


def has(team: Team, account: str, name: str, region: str = "us-east-1") -> None:
    """Somebody else makes a log group there."""
    logs_backends[team.accounts.get(account, account)][region].create_log_group(name, {})


def as_planned(team: Team, *words: str) -> Any:
    return json.loads(team.run("deploy", "--plan", "--json", *words).out)["log_groups"]


def test_missing_in_one_of_four_and_existing_in_another(four: Team) -> None:
    four.write(THEIRS)
    for account in ("alpha", "gamma", "delta"):
        has(four, account, "/ecs/ledger")
        has(four, account, "/ecs/ledger-old")
    has(four, "delta", OURS)
    has(four, "alpha", f"{OURS}-old")
    before = four.state()
    for words in (("--plan",), ("--yes",)):
        said = four.run("deploy", *words)
        assert said.code == 3, said.out + said.err
        assert f"Log group /ecs/ledger is missing, and 1 filter stands on it: beta ({four.accounts['beta']})" in said.out
        assert f"Log group {OURS} exists, though the file makes it: delta ({four.accounts['delta']})" in said.out
        assert "`accounts: {except: [beta]}`" in said.out
        assert "create in alpha, beta, delta, gamma" in said.out
        assert said.err.endswith(
            "Error: 1 log group missing and 1 log group there already: stacks in 2 accounts would fail\n"
            "  = try: write what the plan says, and build; or --anyway\nnothing was made or changed\n"
        )
    assert four.state() == before
