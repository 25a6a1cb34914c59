"""What rollouts write down for the next one: it holds although one was cut off, and a record that is none is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.rollout.aws.operations import Instance
from generator.rollout.deploy.members import plan
from tests.rollout.front import Fault, refusal
from tests.rollout.team import Team
from tests.rollout.test_account_regions import BOTH, EU, EVERY, US, in_eu, stacks
from tests.rollout.test_faults import becomes
from tests.rollout.test_killed import run_until
from tests.rollout.test_members import SINK, THERE, WANTED, A, B, C
from tests.rollout.test_units import SET, in_unit, without

RECORDS = ("left-out.json", "members.json", "regions.json")
NO_RECORD = (b"", b"null", b"[1]", b"5", b'{"names": 3, "overrides": 5}', b"\xff\xfe", b"[" * 50_000)


def stricter(threshold: int) -> str:
    """The file with a threshold of one account's own."""
    return f'alarms: {{errors: {{overrides: [{{where: {{account: alpha}}, threshold: "> {threshold}"}}]}}}}'


def test_an_account_of_a_unit_gets_its_regions_back(team: Team) -> None:
    unit = in_unit(team, *team.accounts)
    units = f"{BOTH}organizational_units: [{unit}]\n"
    team.write(units)
    assert team.run("deploy", "--yes").code == 0
    team.write(units + in_eu(team, "gamma"))
    assert team.run("deploy", "--yes").code == 0
    assert stacks(team) == EVERY - {"gamma us-east-1"}
    team.write(units)
    assert "create in gamma; us-east-1: new in the spec" in team.run("deploy", "--plan").out
    assert team.run("deploy", "--yes").code == 0
    assert stacks(team) == EVERY
    assert team.run("deploy", "--plan").code == 0


def test_one_whose_unit_cannot_be_looked_up_is_not_forgotten(team: Team) -> None:
    unit = in_unit(team, *team.accounts)
    team.write(without(team, unit, "gamma"))
    assert team.run("deploy", "--yes").code == 0
    team.write(without(team, unit))
    team.front.faults = [Fault("ListParents", answer=refusal("AccessDeniedException"))]
    said = team.run("deploy", "--yes")
    assert (said.code, "Skipped checks: accounts excluded from units" in said.out) == (0, True)
    team.front.faults = []
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == set(team.accounts)
    team.front.seen.clear()
    assert team.run("deploy", "--plan").code == 0
    assert "ListParents" not in team.front.seen


def test_one_that_is_suspended_when_it_is_left_out_no_longer_gets_its_stacks_once_it_is_open_again(team: Team) -> None:
    """StackSets pass over a suspended account, and deploy nothing to it by themselves when it is open again."""
    unit, gamma = in_unit(team, *team.accounts), team.accounts["gamma"]
    team.write(without(team, unit, "gamma"))
    assert team.run("deploy", "--yes").code == 0
    team.write(without(team, unit))
    closed = becomes(r'"(State|Status)": ?"ACTIVE"', r'"\1": "SUSPENDED"')
    team.front.faults = [Fault("DescribeAccount$", change=closed, about=gamma)]
    said = team.run("deploy", "--yes")
    assert (said.code, f"Note: {gamma} is suspended: nothing is deployed to it" in said.out) == (0, True), said.out
    assert team.instances() == {"alpha", "beta"}
    assert team.run("deploy", "--plan").code == 0
    team.front.faults = []
    assert f"create in {gamma}; us-east-1: no longer excluded" in team.run("deploy", "--plan").out
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == set(team.accounts)
    team.front.seen.clear()
    assert team.run("deploy", "--plan").code == 0
    assert "ListParents" not in team.front.seen


def test_values_that_a_rollout_changed_before_it_was_cut_off_are_taken_back(team: Team) -> None:
    team.write(stricter(7))
    assert team.run("deploy", "--yes").code == 0
    team.write(stricter(9))
    assert run_until(team, 0, "deploy", "--yes", counts=lambda _c, operation, _a: operation == "UpdateStackInstances")
    team.write(stricter(7))
    assert "update in alpha; us-east-1: parameter overrides changed" in team.run("deploy", "--plan").out
    assert team.run("deploy", "--yes").code == 0
    found = team.client("cloudformation").describe_stack_instance(
        StackSetName=SET, StackInstanceAccount=team.accounts["alpha"], StackInstanceRegion=US
    )["StackInstance"]
    assert [one["ParameterValue"] for one in found["ParameterOverrides"]] == ["7"]
    assert team.run("deploy", "--plan").code == 0


def test_those_who_go_first_are_asked_for_where_they_are() -> None:
    members = replace(WANTED.members, own_regions={C: (EU,)}, first=(A, C))
    there = replace(THERE, body="old", instances=tuple(one for one in THERE.instances if one != Instance(C, US)))
    asked = [(one.accounts, one.regions) for one in plan(replace(WANTED, members=members), there, SINK)]
    assert asked == [((A,), (US, EU)), ((C,), (EU,)), ((), ())]
    assert B in {one.account for one in there.instances}


@pytest.mark.parametrize("word", ["deploy --plan", "destroy --yes"])
def test_a_record_that_is_none_is_told(team: Team, word: str) -> None:
    unit = in_unit(team, *team.accounts)
    team.write(without(team, unit, "gamma"))
    assert team.run("deploy", "--yes").code == 0
    s3, bucket = team.client("s3"), "obsgen-assets-123456789012-us-east-1"
    read = RECORDS if word == "deploy --plan" else ("regions.json",)
    for name in read:
        key = f"rollouts/prod/{name}"
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        for bad in NO_RECORD:
            s3.put_object(Bucket=bucket, Key=key, Body=bad)
            said = team.run(*word.split())
            assert said.code == 3, said.err
            assert f"Error: {key} in the assets bucket is not in the format that `obsgen deploy` writes" in said.err
        s3.put_object(Bucket=bucket, Key=key, Body=content)


@pytest.mark.parametrize(
    "bad", [b"null", b'{"estate": 1, "alarms": 5}', b'{"estate": 1, "parts": ["estate-alarms.json"]}']
)
def test_a_plan_without_the_last_estate_is_a_plan(team: Team, bad: bytes) -> None:
    """It says in words what changes, by what the last rollout recorded. Where that is lost, AWS knows the rest."""
    team.write(stricter(7))
    assert team.run("deploy", "--yes").code == 0
    bucket = "obsgen-assets-123456789012-us-east-1"
    team.client("s3").put_object(Bucket=bucket, Key="rollouts/prod/estate.json", Body=bad)
    team.write(stricter(9))
    said = team.run("deploy", "--plan")
    assert said.code == 1, said.err
    assert "parameter overrides changed" in said.out
    assert "Note: rollouts/prod/estate.json" in said.out
    assert "internal error" not in said.err
    assert team.run("deploy", "--yes").code == 0
    assert team.run("deploy", "--plan").code == 0
