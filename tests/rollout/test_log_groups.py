"""Log groups that would fail stacks of members, and what `obsgen deploy` says of them before it changes anything.

That CloudFormation refuses them is AWS's: PutMetricFilter answers ResourceNotFoundException where there is no log
group, CreateLogGroup answers ResourceAlreadyExistsException where there is one. The stand-in's filters are names.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.logs.models import logs_backends

from tests.rollout.front import Fault, refusal
from tests.rollout.team import Team

THEIRS = """
log_groups:
  ledger: {name: /ecs/ledger, create: false}
metric_filters:
  ledger-errors: {log_group: ledger, pattern: '"[ERROR]"', metric: {name: LedgerErrors, namespace: Shop, default: 0}}
alarms:
  ledger-errors: {metric: {filter: ledger-errors}, statistic: Sum, threshold: "> 0"}
"""
OURS = "/aws/application/prod"
MENDED = THEIRS.replace("create: false}", "create: false, accounts: {except: [beta]}}").replace(
    "log_groups:", "log_groups:\n  application: {exists: {accounts: [delta]}}"
)

TWO_REGIONS = "regions: [us-east-1, eu-west-1]\n"


@pytest.fixture
def four(team: Team) -> Team:
    """With a fourth account."""
    organizations = team.client("organizations")
    made = organizations.create_account(AccountName="delta", Email="delta@example.com")["CreateAccountStatus"]
    team.accounts["delta"] = made["AccountId"]
    return team


def refused(code: str) -> tuple[int, str]:
    """As CloudWatch Logs says it."""
    return 400, json.dumps({"__type": code, "message": "no"})


def has(team: Team, account: str, name: str, region: str = "us-east-1") -> None:
    """Somebody else makes a log group there."""
    logs_backends[team.accounts.get(account, account)][region].create_log_group(name, {})


def planned(team: Team, *words: str) -> Any:
    """What the plan as data says of log groups."""
    return json.loads(team.run("deploy", "--plan", "--json", *words).out)["log_groups"]


def where(found: Any) -> dict[str, list[tuple[str, str]]]:
    """Log group to names of accounts and Regions."""
    return {one["name"]: [(place["name"], place["region"]) for place in one["places"]] for one in found}


def test_missing_in_one_of_four_and_existing_in_another(four: Team) -> None:
    four.write(THEIRS)
    for account in ("alpha", "gamma", "delta"):
        has(four, account, "/ecs/ledger")
        has(four, account, "/ecs/ledger-old")
    has(four, "delta", OURS)
    has(four, "alpha", f"{OURS}-old")
    before = four.state()
    said = four.run("deploy", "--yes")
    assert said.code == 3, said.out + said.err
    assert f"Log group /ecs/ledger is missing, and 1 filter uses it: beta ({four.accounts['beta']})" in said.out
    assert f"Log group {OURS} already exists, and the spec creates it: delta ({four.accounts['delta']})" in said.out
    assert "`accounts: {except: [beta]}`" in said.out
    assert "create in alpha, beta, delta, gamma" in said.out
    assert said.err.endswith(
        "Error: in 2 accounts, 1 log group missing, 1 log group already existing\n"
        "  = help: add what the plan suggests and run `obsgen build`, or use --anyway\n"
        "no resources were created or changed\n"
    )
    assert four.state() == before
    found = planned(four)
    (missing,) = found["missing"]
    lines = (four.folder / "observability.yaml").read_text().splitlines()
    assert missing["places"] == [{"account": four.accounts["beta"], "name": "beta", "region": "us-east-1"}]
    assert (missing["file"], missing["path"]) == ("observability.yaml", "log_groups.ledger")
    assert "ledger:" in lines[missing["line"] - 1]
    assert where(found["exists"]) == {OURS: [("delta", "us-east-1")]}
    assert (found["goes"], found["not_looked_at"]) == ([], [])
    # The two lines that the plan says.
    assert "`exists: {accounts: [delta]}`" in said.out
    four.write(MENDED)
    done = four.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err
    assert {
        one: logs_backends[four.accounts[one]]["us-east-1"].groups[OURS].retention_in_days for one in ("alpha", "delta")
    } == {
        "alpha": 30,
        "delta": None,
    }


def test_a_first_deployment_that_gets_into_no_account_says_so_and_goes_on(team: Team) -> None:
    team.front.faults = [Fault("AssumeRole", refusal("AccessDenied", status=403))]
    said = team.run("deploy", "--yes")
    assert said.code == 0, said.err
    (line,) = [line for line in said.out.splitlines() if "Skipped checks" in line]
    assert "log groups in alpha, beta, gamma (AssumeRole: AccessDenied, OrganizationAccountAccessRole)" in line


def test_a_delegate_has_no_role_before_the_first_stack(team: Team) -> None:
    organization = team.client("organizations").describe_organization()["Organization"]["Id"]
    team.write(f"organization: {{id: {organization}, stack_sets: delegated-admin}}")
    said = team.run("deploy", "--plan")
    assert said.code == 1, said.err
    assert "log groups in alpha, beta, gamma (no role to assume before its first stack)" in said.out
    assert "AssumeRole" not in team.front.seen


def test_one_account_that_refuses_hides_no_other(team: Team) -> None:
    for account in team.accounts:
        has(team, account, OURS)
    team.front.faults = [Fault("AssumeRole", refusal("AccessDenied", status=403), about=team.accounts["beta"])]
    found = planned(team)
    assert where(found["exists"]) == {OURS: [("alpha", "us-east-1"), ("gamma", "us-east-1")]}
    assert [one["name"] for one in found["not_looked_at"]] == ["beta"]


def test_a_region_that_is_switched_off(team: Team) -> None:
    team.write(TWO_REGIONS)
    has(team, "alpha", OURS)
    has(team, "beta", OURS, "eu-west-1")
    team.front.faults = [Fault("DescribeLogGroups", refused("UnrecognizedClientException"), region="eu-west-1")]
    found = planned(team)
    assert where(found["exists"]) == {OURS: [("alpha", "us-east-1")]}
    assert {(one["region"], one["reason"]) for one in found["not_looked_at"]} == {
        ("eu-west-1", "DescribeLogGroups: UnrecognizedClientException")
    }
    # Each place is given up with its first refusal.
    assert team.front.seen.count("DescribeLogGroups") < 3 * 2 * 3 + 20


def test_a_whole_region_and_one_account_in_it(team: Team) -> None:
    team.write(TWO_REGIONS)
    has(team, "alpha", OURS, "eu-west-1")
    (one,) = planned(team)["exists"]
    assert one["try"][0].startswith("add `exists: {accounts: [alpha], regions: [eu-west-1]}`;")
    for account in ("beta", "gamma"):
        has(team, account, OURS, "eu-west-1")
    (one,) = planned(team)["exists"]
    assert one["try"][0].startswith("add `exists: {regions: [eu-west-1]}`;")
    # An account with Regions of its own has no stack in the others.
    own = {"beta": ", regions: [us-east-1]"}
    ids = ", ".join(f'{name}: {{id: "{number}"{own.get(name, "")}}}' for name, number in team.accounts.items())
    team.write(f"{TWO_REGIONS}accounts: {{{ids}}}")
    assert where(planned(team)["exists"]) == {OURS: [("alpha", "eu-west-1"), ("gamma", "eu-west-1")]}


def test_aws_throttles(team: Team) -> None:
    has(team, "gamma", OURS)
    team.front.faults = [Fault("DescribeLogGroups", refused("ThrottlingException"), times=1)]
    found = planned(team)
    assert (where(found["exists"]), found["not_looked_at"]) == ({OURS: [("gamma", "us-east-1")]}, [])


def test_of_the_hub_too_and_deployed_anyway(team: Team) -> None:
    team.write("""
log_groups: {platform: {name: /platform, in: hub, create: false}}
metric_filters:
  platform: {log_group: platform, pattern: '"[ERROR]"', metric: {name: Platform, namespace: Shop}}
""")
    said = team.run("deploy", "--yes")
    assert said.code == 3
    assert "Log group /platform is missing, and 1 filter uses it: hub" in said.out
    assert team.run("deploy", "--plan", "--anyway").code == 1
    assert team.run("deploy", "--yes", "--anyway").code == 0
    # A filter that the stack has, and that nothing changes, is in nobody's way.
    assert team.run("deploy", "--plan").code == 0


def test_one_of_the_hub_that_its_stack_made_and_would_delete(team: Team) -> None:
    counted = (
        'metric_filters: {platform: {log_group: platform, pattern: "x", metric: {name: Platform, namespace: Shop}}}\n'
    )
    team.write(counted + "log_groups: {platform: {name: /platform/prod, in: hub}}")
    assert team.run("deploy", "--yes").code == 0
    team.write(counted + "log_groups: {platform: {name: /platform/prod, in: hub, create: false}}")
    said = team.run("deploy", "--yes")
    assert said.code == 3
    what = "Log group /platform/prod belongs to the stack, which deletes it with all events, and 1 filter uses it: hub"
    assert what in said.out
