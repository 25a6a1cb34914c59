"""Organizational units without some of their accounts, on the stand-in."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml

from generator.rollout.aws.operations import SUSPENDED, Instance, StackSetOperation
from generator.rollout.deploy.members import in_words, plan
from tests.rollout.front import Fault, refusal
from tests.rollout.targets import deploy_automatically
from tests.rollout.team import MEMBERS, REGIONS, Team
from tests.rollout.test_members import BY_UNIT, OTHER, SINK, THERE, UNIT, A, B

SET = "observability-members-prod"
BUT_B = replace(BY_UNIT, members=replace(BY_UNIT.members, excluded=((B, "sandbox"),)))
OF_UNIT = replace(
    THERE, units=(UNIT,), instances=tuple(Instance(A, region, unit=UNIT) for region in BY_UNIT.members.regions)
)


def in_unit(team: Team, *names: str, name: str = "payments") -> str:
    """A unit with some of the accounts."""
    organizations = team.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name=name)["OrganizationalUnit"]["Id"]
    for account in names:
        organizations.move_account(AccountId=team.accounts[account], SourceParentId=root, DestinationParentId=unit)
    return str(unit)


def without(team: Team, unit: str, *names: str) -> str:
    """The unit as the file has it, and no account by its name."""
    but = f", except: [{', '.join(repr(team.accounts[name]) for name in names)}]" if names else ""
    return f"accounts: null\norganizational_units: [{{id: {unit}{but}}}]"


def test_a_unit_without_an_account(team: Team) -> None:
    unit, gamma = in_unit(team, *MEMBERS), team.accounts["gamma"]
    team.write(without(team, unit, "gamma"))
    planned = team.run("deploy", "--plan").out
    assert f"create in {unit} without {gamma}; us-east-1: new in the spec" in planned
    assert f"all accounts of {unit} except {gamma}" in planned
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    assert team.instances() == {"alpha", "beta"}
    assert team.run("deploy", "--plan").code == 0
    manifest = yaml.safe_load((team.folder / "out/prod/manifest.yaml").read_text())
    assert manifest["stack_sets"][0]["except"] == {gamma: gamma}


def test_an_account_that_is_left_out_later_loses_its_stacks(team: Team) -> None:
    unit, gamma = in_unit(team, *MEMBERS), team.accounts["gamma"]
    team.write(without(team, unit))
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == set(MEMBERS)
    team.write(without(team, unit, "gamma"))
    assert f"DELETE in {gamma}; us-east-1: excluded from its unit" in team.run("deploy", "--plan").out
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == {"alpha", "beta"}
    assert team.run("deploy", "--plan").code == 0
    units = team.client("cloudformation").describe_stack_set(StackSetName=SET)["StackSet"]["OrganizationalUnitIds"]
    assert units == [unit]


def test_an_account_that_is_left_out_no_longer_gets_its_stacks(team: Team) -> None:
    unit = in_unit(team, *MEMBERS)
    team.write(without(team, unit, "beta", "gamma"))
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == {"alpha"}
    team.write(without(team, unit, "gamma"))
    assert f"create in {team.accounts['beta']}; us-east-1: no longer excluded" in team.run("deploy", "--plan").out
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == {"alpha", "beta"}
    assert team.run("deploy", "--plan").code == 0


def test_it_gets_them_although_no_rollout_ended_well_in_between(team: Team) -> None:
    unit = in_unit(team, *MEMBERS)
    team.write(without(team, unit, "gamma"))
    # The last thing that a rollout does is to write down what it did.
    team.front.faults = [Fault("PUT .*members.json", answer=refusal("AccessDenied"))]
    assert team.run("deploy", "--yes").code == 3
    team.front.faults = []
    team.write(without(team, unit))
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == set(MEMBERS)


def test_one_that_is_in_no_unit_of_the_set_gets_nothing(team: Team) -> None:
    unit = in_unit(team, "alpha", "beta")
    team.write(without(team, unit, "gamma"))
    assert team.run("deploy", "--yes").code == 0
    team.write(without(team, unit))
    assert "gamma" not in team.run("deploy", "--plan").out
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == {"alpha", "beta"}


def test_what_automatic_deployment_makes_all_the_same_is_seen_and_deleted(team: Team) -> None:
    unit, gamma = in_unit(team, "alpha", "beta"), team.accounts["gamma"]
    team.write(without(team, unit, "gamma"))
    assert team.run("deploy", "--yes").code == 0
    deploy_automatically(SET, [gamma], REGIONS[:1])
    assert team.instances() == set(MEMBERS)
    shown = team.run("status")
    assert f"Left over: the stack of {gamma} ({gamma}) in us-east-1 is not part of out/" in shown.out
    assert shown.code == 1
    root = team.client("organizations").list_roots()["Roots"][0]["Id"]
    team.client("organizations").move_account(AccountId=gamma, SourceParentId=root, DestinationParentId=unit)
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == {"alpha", "beta"}


def test_all_accounts_left_out_is_told_before_anything_is_made(team: Team) -> None:
    unit = in_unit(team, *MEMBERS)
    team.write(without(team, unit, *MEMBERS))
    done = team.run("deploy", "--yes")
    assert done.code == 3
    assert f"every account of {unit} is excluded: nothing would be deployed" in done.err + done.out
    assert team.state()["stacks"] == []


def test_without_a_look_into_the_organization_it_is_said(team: Team) -> None:
    unit = in_unit(team, *MEMBERS)
    team.write(without(team, unit, "gamma"))
    team.front.faults = [Fault("ListAccountsForParent", answer=refusal("AccessDeniedException"))]
    shown = team.run("deploy", "--plan")
    assert "Skipped checks: accounts excluded from units" in shown.out


def test_everything_goes_although_an_account_is_left_out(team: Team) -> None:
    unit = in_unit(team, *MEMBERS)
    team.write(without(team, unit, "gamma"))
    assert team.run("deploy", "--yes").code == 0
    done = team.run("destroy", "--yes")
    assert (done.code, done.last) == (0, "prod is deleted; no resources remain"), done.out + done.err


def test_the_plan_names_whom_an_operation_does_not_reach() -> None:
    _, made = plan(BUT_B, None, SINK)
    assert (made.units, made.without) == ((UNIT,), (B,))
    assert in_words(made, {B: "sandbox"}) == f"create in {UNIT} without sandbox; us-east-1, eu-west-1: new in the spec"
    assert plan(BUT_B, OF_UNIT, SINK) == ()


def test_one_that_is_left_out_and_closed_is_let_go_of() -> None:
    there = replace(OF_UNIT, instances=(*OF_UNIT.instances, Instance(B, "us-east-1", unit=UNIT, detail=SUSPENDED)))
    (operation,) = plan(BUT_B, there, SINK, frozenset({B}))
    assert (operation.kind, operation.accounts, operation.retain) == ("delete", (B,), True)


def test_with_its_whole_unit_it_leaves_once() -> None:
    other = "ou-ab12-zzzzzzzz"
    there = replace(OF_UNIT, units=(UNIT, other), instances=(*OF_UNIT.instances, Instance(B, "us-east-1", unit=other)))
    (operation,) = plan(BUT_B, there, SINK)
    assert (operation.units, operation.accounts) == ((other,), ())


@pytest.mark.parametrize("name", ["first", "everybody"])
def test_who_goes_first_does_not_take_those_along_who_are_left_out(name: str) -> None:
    first = (UNIT,) if name == "first" else ()
    trial = replace(BUT_B, members=replace(BUT_B.members, first=first))
    assert {one.without for one in plan(trial, None, SINK) if one.kind == "create"} == {(B,)}


def test_named_accounts_that_are_in_no_unit_leave_when_units_come_in_their_stead(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    unit = in_unit(team, "alpha", "beta")
    team.write(without(team, unit))
    team.front.faults = [Fault("ListParents", answer=refusal("AccessDeniedException"))]
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == set(MEMBERS)
    team.front.faults = []
    assert "DELETE in gamma; us-east-1: no longer in the spec" in team.run("deploy", "--plan").out
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == {"alpha", "beta"}
    assert team.run("deploy", "--plan").code == 0


def test_everything_goes_of_a_set_that_had_units_and_has_accounts(team: Team) -> None:
    unit = in_unit(team, "alpha", "beta")
    team.write(without(team, unit))
    assert team.run("deploy", "--yes").code == 0
    team.write()
    assert team.run("deploy", "--yes").code == 0
    assert team.instances() == set(MEMBERS)
    done = team.run("destroy", "--yes")
    assert (done.code, done.last) == (0, "prod is deleted; no resources remain"), done.out + done.err


def test_whoever_loses_a_stack_is_named_however_many_they_are() -> None:
    accounts = tuple(f"{number:012}" for number in range(20))
    assert ", ".join(accounts) in in_words(StackSetOperation("delete", "gone", accounts, ("us-east-1",)), {})


@pytest.mark.parametrize("few", [1, 50])
def test_a_named_account_that_is_in_none_of_the_units_refuses_the_rollout(
    team: Team, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """It would get no stack, and `status` would miss it for ever. UNION would reach it, and create takes no UNION.

    few: so many are asked for their parents one by one; of more, the units are listed.
    """
    monkeypatch.setattr("generator.rollout.deploy.units.FEW", few)
    unit, other = in_unit(team, "alpha"), in_unit(team, "beta", name="ledgers")
    team.write(f"organizational_units: [{unit}]")
    done = team.run("deploy", "--yes")
    assert done.code == 3
    ids = {name: f"{name} ({team.accounts[name]})" for name in MEMBERS}
    assert f"{ids['beta']}: in none of {unit}, so it would have no stack" in done.err
    assert (
        f"= help: add {other} to organizational_units: all its accounts join, except those under `except`" in done.err
    )
    assert f"{ids['gamma']}: in none of {unit}, so it would have no stack\n  = help: move it into one" in done.err
    assert team.state()["stacks"] == []
    del team.accounts["gamma"]
    team.write(f"organizational_units: [{unit}, {other}]")
    assert team.run("deploy", "--yes").code == 0
    assert team.run("deploy", "--plan").code == 0


def test_a_unit_below_one_of_the_units_belongs_to_it(team: Team) -> None:
    unit = in_unit(team, "alpha", "beta")
    organizations = team.client("organizations")
    below = organizations.create_organizational_unit(ParentId=unit, Name="below")["OrganizationalUnit"]["Id"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.move_account(AccountId=team.accounts["gamma"], SourceParentId=root, DestinationParentId=below)
    team.write(f"organizational_units: [{unit}]")
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    assert team.instances() == set(MEMBERS)


def test_who_may_not_ask_where_accounts_are_is_told_so(team: Team) -> None:
    unit = in_unit(team, "alpha")
    team.write(f"organizational_units: [{unit}]")
    team.front.faults = [Fault("ListParents", answer=refusal("AccessDeniedException"))]
    done = team.run("deploy", "--plan")
    assert "Skipped checks: accounts outside the units (" in done.out
    assert (done.code, "would have no stack" in done.err) == (1, False)


def test_a_unit_that_goes_as_a_whole_is_named_with_every_stack_that_goes(team: Team) -> None:
    unit, other = in_unit(team, "alpha"), in_unit(team, "beta", "gamma", name="ledgers")
    regions = "regions: [us-east-1, eu-west-1]\n"
    team.write(f"{regions}organizational_units: [{unit}, {other}]")
    assert team.run("deploy", "--yes").code == 0
    del team.accounts["gamma"], team.accounts["beta"]
    team.write(f"{regions}organizational_units: [{unit}]")
    row = (
        f"DELETE in {other}; eu-west-1, us-east-1: no longer in the spec; 4 stacks: beta, gamma in eu-west-1, us-east-1"
    )
    assert row in team.run("deploy", "--plan").out
    (data,) = json.loads(team.run("deploy", "--plan", "--json").out)["members"][:1]
    assert [row[1] for row in data["stacks"]] == [["eu-west-1", "us-east-1"]] * 2
    done = team.run("deploy", "--yes")
    assert (done.code, f"observability-members-prod: {row}" in done.err) == (0, True), done.err
    assert (
        f"DELETE in {unit}; eu-west-1, us-east-1: the stack set is deleted; 2 stacks: alpha"
        in team.run("destroy", "--plan").out
    )


@pytest.mark.parametrize(
    ("units", "end"),
    [
        ((UNIT, OTHER), "1 stack: till in us-east-1; perhaps 2 stacks more: sandbox in eu-west-1, us-east-1"),
        ((OTHER,), "3 stacks: sandbox in eu-west-1, us-east-1; till in us-east-1"),
    ],
)
def test_an_instance_of_a_unit_that_is_no_target_goes_perhaps(units: tuple[str, ...], end: str) -> None:
    """A named account that came before its unit was asked for by the root. What AWS calls it later is not written."""
    instances = (Instance(A, "us-east-1", unit=OTHER), *(Instance(B, region, unit="r-ab12") for region in REGIONS))
    there = replace(OF_UNIT, units=units, instances=instances)
    (operation,) = (one for one in plan(BY_UNIT, there, SINK) if one.kind == "delete")
    assert in_words(operation, {A: "till", B: "sandbox"}).endswith(f": no longer in the spec; {end}")


def test_a_unit_without_a_stack_goes_too() -> None:
    there = replace(OF_UNIT, units=(UNIT, OTHER))
    (operation,) = plan(BY_UNIT, there, SINK)
    assert in_words(operation, {}).endswith(
        f"DELETE in {OTHER}; eu-west-1, us-east-1: no longer in the spec; no stacks"
    )
