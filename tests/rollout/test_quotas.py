"""Quotas: read, taken for AWS's default where they cannot be read, and held to.

Codes and defaults: https://docs.aws.amazon.com/general/latest/gr/cfn.html and
https://docs.aws.amazon.com/general/latest/gr/cw_region.html
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from generator.rollout.deploy.desired import DesiredStackSet
from generator.rollout.deploy.member_set import MemberSet
from generator.rollout.deploy.quotas import operations_of
from tests.rollout.front import QUERY, Answer, Fault
from tests.rollout.small_stacks import with_small_stacks
from tests.rollout.team import Said, Team
from tests.rollout.test_stacks import write

DENIED = (400, json.dumps({"__type": "AccessDeniedException", "message": "no"}))
NOT_LISTED = (400, json.dumps({"__type": "NoSuchResourceException", "message": "no"}))
RULES = "\n".join(f"  callers-{n}: {{log_group: application, keys: ['$.caller']}}" for n in range(3))


def value(number: int) -> Answer:
    return 200, json.dumps({"Quota": {"Value": float(number)}})


def planned(team: Team, code: str, answer: Answer) -> Said:
    """A plan where a quota is answered so."""
    team.front.faults = [Fault("GetServiceQuota", answer, about=code)]
    return team.run("deploy", "--plan")


@pytest.mark.parametrize(
    ("code", "most", "message", "hint"),
    [
        ("L-EC62D81A", 0, "1 stack sets are wanted; there are 0 of at most 0", "Stack sets per administrator account"),
        ("L-C8225BA5", 2, "a stack set would have 3 stacks of at most 2", "Stack instances per stack set"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_made(
    team: Team, code: str, most: int, message: str, hint: str
) -> None:
    before = team.state()
    said = planned(team, code, value(most))
    assert (said.code, message in said.err, hint in said.err) == (3, True, True), said.err
    assert team.state() == before


@pytest.mark.parametrize(
    ("answer", "why"), [(DENIED, "AccessDeniedException of GetServiceQuota"), (NOT_LISTED, "not listed")]
)
def test_a_quota_that_cannot_be_read_is_the_default_and_the_plan_says_so(team: Team, answer: Answer, why: str) -> None:
    said = planned(team, "L-EC62D81A", answer)
    assert said.code == 1
    name = "`Stack sets per administrator account`"
    note = f"Note: {name} was not read from Service Quotas ({why}): AWS's default of 1,000 is used"
    assert note in said.out
    assert said.out.count("was not read from Service Quotas") == 1


def test_rules_of_contributor_insights_are_counted_with_those_of_others(team: Team) -> None:
    team.write(f"contributor_insights:\n{RULES}")
    body = '{"Schema": {"Name": "CloudWatchLogRule", "Version": 1}}'
    team.client("cloudwatch").put_insight_rule(RuleName="theirs", RuleDefinition=body)
    fits = planned(team, "L-DBD11BCC", value(4))
    assert fits.code == 1, fits.err
    said = planned(team, "L-DBD11BCC", value(3))
    assert said.code == 3
    assert "3 Contributor Insights rules are wanted; account 123456789012 has 1 of at most 3 in us-east-1" in said.err
    assert "cloudwatch:DescribeInsightRules" in team.run("policy").out


def summary(**values: int) -> Answer:
    entries = "".join(f"<entry><key>{key}</key><value>{number}</value></entry>" for key, number in values.items())
    return 200, QUERY.format("GetAccountSummary", f"<SummaryMap>{entries}</SummaryMap>")


def test_what_iam_has_room_for(team: Team) -> None:
    team.front.answers["GetAccountSummary"] = summary(Roles=999, RolesQuota=1000, AssumeRolePolicySizeQuota=100)
    said = team.run("deploy", "--plan")
    assert said.code == 3
    assert "roles are wanted; account 123456789012 has 999 of 1000" in said.err
    assert "Service Quotas > IAM > Roles per account" in said.err
    assert "the trust policy of MonitoringReaderRole has" in said.out


@pytest.fixture
def small(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """Members with several stack sets."""
    with_small_stacks(team, monkeypatch)
    write(team, 30, {})
    return team


class Counted:
    """How many stack sets are brought at the same time; the first of the further ones wait for each other."""

    def __init__(self, wait_for: int) -> None:
        self.now, self.most, self.further = 0, 0, 0
        self.wait_for, self.lock, self.barrier = wait_for, threading.Lock(), threading.Barrier(wait_for)
        self.real = MemberSet.perform

    def perform(self, members: MemberSet, *given: Any, **more: Any) -> Any:
        """What the rollout does with one of them."""
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.further += members.desired.members.name != "observability-members-prod"
            waits = 0 < self.further <= self.wait_for
        if waits:
            self.barrier.wait(60)
        try:
            return self.real(members, *given, **more)
        finally:
            with self.lock:
                self.now -= 1


def test_as_many_stack_sets_go_side_by_side_as_the_quota_lets(small: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    further = list((small.folder / "out/prod").glob("member-*.template.yaml"))
    assert len(further) >= 3
    plan = json.loads(small.run("deploy", "--plan", "--json").out)
    assert plan["stack_sets_at_once"] >= len(further)
    assert "Note: stack sets go 2 at a time: an operation works on" in planned(small, "L-6A4B2F69", value(2)).out
    counted = Counted(2)
    monkeypatch.setattr(MemberSet, "perform", lambda self, *given, **more: counted.perform(self, *given, **more))
    assert small.run("deploy", "--yes").code == 0
    assert counted.most == 2


SET = DesiredStackSet("s", "", True, "SELF", ("us-east-1", "eu-west-1"), (), (), ())


@pytest.mark.parametrize(
    ("preferences", "stacks"),
    [
        ((("MaxConcurrentCount", 10), ("RegionConcurrencyType", "SEQUENTIAL")), 10),
        ((("MaxConcurrentCount", 10), ("RegionConcurrencyType", "PARALLEL")), 20),
        ((("MaxConcurrentCount", 900), ("RegionConcurrencyType", "PARALLEL")), 400),
        ((("MaxConcurrentPercentage", 25), ("RegionConcurrencyType", "PARALLEL")), 100),
        ((("MaxConcurrentPercentage", 1), ("RegionConcurrencyType", "SEQUENTIAL")), 2),
    ],
)
def test_what_one_operation_works_on_at_once(preferences: tuple[tuple[str, str | int], ...], stacks: int) -> None:
    assert operations_of(replace(SET, preferences=preferences), 200) == stacks
