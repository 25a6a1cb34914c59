"""Accounts with Regions of their own: what a rollout asks of the stack set, and what it comes to on the stand-in."""

from __future__ import annotations

import json
from dataclasses import replace

from generator.rollout.aws.operations import Instance
from generator.rollout.deploy.members import plan
from generator.rollout.operate.compliance_access import Checker, locations_of
from tests.rollout.team import Team
from tests.rollout.test_members import BY_UNIT, SINK, THERE, UNIT, WANTED, A, B, C

US, EU = "us-east-1", "eu-west-1"
BUT_C = replace(WANTED, members=replace(WANTED.members, own_regions={C: (EU,)}))
BOTH = "regions: [us-east-1, eu-west-1]\n"


def stacks(team: Team) -> set[str]:
    listed = team.client("cloudformation").list_stack_instances(StackSetName="observability-members-prod")["Summaries"]
    names = {account: name for name, account in team.accounts.items()}
    return {f"{names[one['Account']]} {one['Region']}" for one in listed}


def in_eu(team: Team, member: str) -> str:
    """The accounts, one of them in one Region."""
    own = {name: {"id": account} for name, account in team.accounts.items()}
    return json.dumps({"accounts": {**own, member: {**own[member], "regions": [EU]}}})[1:-1]


EVERY = {f"{name} {region}" for name in ("alpha", "beta", "gamma") for region in (US, EU)}


def test_each_account_gets_its_own_regions() -> None:
    asked = [(one.accounts, one.regions) for one in plan(BUT_C, None, SINK) if one.kind == "create"]
    assert asked == [((A, B), (US, EU)), ((C,), (EU,))]


def test_a_region_that_an_account_leaves_goes_first() -> None:
    operations = plan(BUT_C, replace(THERE, body="old"), SINK)
    assert [(one.kind, one.accounts, one.regions) for one in operations] == [
        ("delete", (C,), (US,)),
        ("update-set", (), ()),
    ]


def test_a_region_that_it_gets_again_comes_after_the_update() -> None:
    there = replace(THERE, body="old", instances=tuple(one for one in THERE.instances if one != Instance(C, US)))
    operations = plan(WANTED, there, SINK)
    assert [(one.kind, one.accounts, one.regions) for one in operations] == [
        ("update-set", (), ()),
        ("create", (C,), (US,)),
    ]


def test_in_a_unit_the_account_is_asked_for_by_itself() -> None:
    members = replace(BY_UNIT.members, groups=WANTED.members.groups, own_regions={C: (EU,)})
    wanted = replace(BY_UNIT, members=members)
    asked = [(one.units, one.accounts, one.regions, one.without) for one in plan(wanted, None, SINK)[1:]]
    assert asked == [((UNIT,), (), (US, EU), (C,)), ((), (C,), (EU,), ())]
    instances = tuple(Instance(account, region, unit=UNIT) for account in (A, B, C) for region in (US, EU))
    everywhere = replace(THERE, units=(UNIT,), instances=instances)
    (operation,) = plan(wanted, everywhere, SINK)
    assert (operation.kind, operation.accounts, operation.regions) == ("delete", (C,), (US,))
    settled = replace(everywhere, instances=tuple(one for one in instances if one != Instance(C, US, unit=UNIT)))
    assert plan(wanted, settled, SINK) == ()


def test_a_region_that_only_such_an_account_has_is_new_to_its_unit() -> None:
    members = replace(BY_UNIT.members, groups=WANTED.members.groups, own_regions={C: (EU,)})
    there = replace(THERE, units=(UNIT,), instances=(*(Instance(one, US) for one in (A, B)), Instance(C, EU)))
    (operation,) = plan(replace(BY_UNIT, members=members), there, SINK)
    assert (operation.units, operation.regions, operation.without) == ((UNIT,), (EU,), (C,))


def test_checkers_are_where_stacks_are() -> None:
    found = locations_of(BUT_C, Checker("queue", "table", "operator-{region}"))
    assert [(one.account, one.region) for one in found] == [(A, EU), (A, US), (B, EU), (B, US), (C, EU)]


def test_from_all_regions_to_one_and_back(team: Team) -> None:
    team.write(BOTH)
    assert team.run("deploy", "--yes").code == 0
    assert stacks(team) == EVERY
    team.write(f"{BOTH}{in_eu(team, 'gamma')}")
    assert "DELETE in gamma; us-east-1: no longer in the spec" in team.run("deploy", "--plan").out
    assert team.run("deploy", "--yes").code == 0
    assert stacks(team) == EVERY - {"gamma us-east-1"}
    assert team.run("deploy", "--plan").code == 0
    shown = json.loads(team.run("status", "--json").out)
    assert shown["missing"] == []
    rule = ("mute", "errors", "--cloudwatch", "--account", "gamma", "--region", US)
    refused = team.run(*rule, "--for", "1h", "--reason", "x")
    assert (refused.code, "gamma is not monitored in us-east-1" in refused.err) == (2, True)
    team.write(BOTH)
    assert "create in gamma; us-east-1: new in the spec" in team.run("deploy", "--plan").out
    assert team.run("deploy", "--yes").code == 0
    assert stacks(team) == EVERY
