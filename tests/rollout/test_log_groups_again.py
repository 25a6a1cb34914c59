"""Log groups that `obsgen deploy` looks for where members have stacks already: what is new, and what would go.

One deployment for all tests of the file; each of them only plans.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.sts.models import STSBackend

from tests.rollout.front import Fault, refusal
from tests.rollout.team import Team
from tests.rollout.team import team as a_team
from tests.rollout.test_log_groups import OURS, THEIRS, has, planned, where

# What the stand-in ignores for each test, it cannot ignore for several.
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")
CHANGED = 'alarms: {errors: {threshold: "> 9"}}\nlog_groups: {application: {encryption: customer-key}}'


@pytest.fixture(scope="module")
def assumed() -> Iterator[list[dict[str, Any]]]:
    """Fills itself with the roles that are assumed."""
    found: list[dict[str, Any]] = []
    real = STSBackend.assume_role

    def assume(self: Any, **asked: Any) -> Any:
        found.append(asked)
        return real(self, **asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(STSBackend, "assume_role", assume)
        yield found


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, assumed: list[dict[str, Any]]) -> Iterator[Team]:
    with a_team(tmp_path_factory.mktemp("team")) as team:
        assert team.run("deploy", "--yes").code == 0
        before = {f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole" for account in team.accounts.values()}
        assert {one["role_arn"] for one in assumed} == before
        for one in assumed:
            # Whatever that role may do.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
            (statement,) = json.loads(one["policy"])["Statement"]
            assert statement == {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"}
        yield team


@pytest.fixture
def team(deployed: Team, assumed: list[dict[str, Any]]) -> Team:
    """As it was deployed, with nothing in its way."""
    deployed.front.faults = []
    deployed.front.seen.clear()
    assumed.clear()
    return deployed


def test_nobody_is_asked_where_no_log_group_is_new(team: Team, assumed: list[dict[str, Any]]) -> None:
    team.write(CHANGED)
    said = team.run("deploy", "--plan")
    assert (said.code, "update the stack set" in said.out, assumed) == (1, True, [])


def test_what_is_new_is_asked_for_by_the_monitoring_roles(team: Team, assumed: list[dict[str, Any]]) -> None:
    team.write(THEIRS)
    assert where(planned(team)["missing"]) == {"/ecs/ledger": [(name, "us-east-1") for name in sorted(team.accounts)]}
    assert sorted(one["role_arn"] for one in assumed if one["external_id"]) == sorted(
        f"arn:aws:iam::{account}:role/MonitoringRole-{account}" for account in team.accounts.values()
    )


def test_where_the_monitoring_role_refuses_the_other_one_is_tried(team: Team) -> None:
    team.write(THEIRS)
    team.front.faults = [Fault("AssumeRole", refusal("AccessDenied", status=403), about="MonitoringRole-")]
    assert len(planned(team)["missing"][0]["places"]) == 3


def test_a_reader_that_refuses_is_asked_once(team: Team) -> None:
    team.write(THEIRS)
    team.front.faults = [Fault("AssumeRole", refusal("AccessDenied", status=403), about="monitoring-reader-prod")]
    assert len(planned(team)["missing"][0]["places"]) == 3
    assert team.front.seen.count("AssumeRole") == 1 + 3


@pytest.mark.parametrize("change", ["create: false", "exists: {accounts: [alpha]}"])
def test_a_log_group_that_the_stack_made_and_would_delete(team: Team, change: str) -> None:
    team.write(f"log_groups: {{application: {{{change}}}}}")
    said = team.run("deploy", "--yes")
    assert said.code == 3
    what = f"Log group {OURS} belongs to the stack, which deletes it with all events, and 1 filter uses it: alpha"
    assert what in said.out
    assert "1 log group that would be deleted" in said.err


def test_what_a_stack_with_an_unknown_template_has_made_is_not_called_somebody_elses(team: Team) -> None:
    team.write(
        THEIRS.replace("ledger: {name: /ecs/ledger", "more: {name: /ecs/more/prod}\n  ledger: {name: /ecs/ledger")
    )
    for account in team.accounts:
        has(team, account, "/ecs/more/prod")
    team.front.faults = [Fault("ListStackInstances", change=lambda text: text.replace(">CURRENT<", ">OUTDATED<"))]
    found = planned(team)
    assert (set(where(found["missing"])), found["exists"]) == ({"/ecs/ledger"}, [])
    team.front.faults = []
    assert set(where(planned(team)["exists"])) == {"/ecs/more/prod"}


ALONE = "metric_filters: null\nalarms: null\n"


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (ALONE + "log_groups: {application: null}", ["alpha", "beta", "gamma"]),
        (ALONE + "log_groups: {application: {name: /aws/other/prod}}", ["alpha", "beta", "gamma"]),
        ("log_groups: {application: {accounts: [alpha]}}", ["beta", "gamma"]),
    ],
    ids=["removed", "called otherwise", "placed"],
)
def test_what_the_file_wants_deleted_is_told_with_every_place(team: Team, change: str, places: list[str]) -> None:
    team.write(change)
    said = team.run("deploy", "--plan")
    assert said.code == 1
    what = f"Log group {OURS} is DELETED with all events: the spec does not create it there any more: {places[0]}"
    assert what in said.out
    assert where(planned(team)["deleted"]) == {OURS: [(name, "us-east-1") for name in places]}


def test_one_that_is_called_somebody_elses_though_nothing_stands_on_it(team: Team) -> None:
    team.write(ALONE + "log_groups: {application: {create: false}}")
    said = team.run("deploy", "--plan")
    assert said.code == 3
    assert f"Log group {OURS} belongs to the stack, which deletes it with all events: alpha" in said.out


def test_a_stack_that_is_behind_does_not_hide_what_it_would_delete(team: Team) -> None:
    team.write("log_groups: {application: {exists: {accounts: [alpha]}}}")
    team.front.faults = [Fault("ListStackInstances", change=lambda text: text.replace(">CURRENT<", ">OUTDATED<"))]
    assert where(planned(team)["goes"]) == {OURS: [("alpha", "us-east-1")]}
