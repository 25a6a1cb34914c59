"""Who leaves, before everything else; and what an account has only once, whichever Region it moves to."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.aws.regions import home_of
from generator.render.yaml_text import parse_template
from generator.rollout.aws.operations import SUSPENDED, UNITS_A_REQUEST, ActualStackSet, Instance, StackSetOperation
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.leaving_accounts import doubtful, everything
from generator.rollout.deploy.members import in_words, plan
from tests.rollout.front import Fault
from tests.rollout.team import Team
from tests.rollout.test_members import BY_UNIT, EVERYWHERE, SINK, THERE, UNIT, WANTED, A, B, C

TWO = "Conditions:\n  IsFirstRegion: !Equals [!Ref 'AWS::Region', {}]\n"
ALL = ("ap-south-1", "eu-west-1", "us-east-1")


def body(regions: tuple[str, ...], home: str) -> str:
    """As a build writes it: one Region needs no condition."""
    return TWO.format(home) if len(regions) > 1 else "Resources: {}\n"


def wanted(regions: tuple[str, ...], hub: str = "us-east-1") -> DesiredState:
    members = replace(WANTED.members, regions=regions, body=body(regions, home_of(regions, hub)))
    return replace(WANTED, members=members, hub=replace(WANTED.hub, region=hub))


class Roles:
    """The one role of each account, made in the Region that the template says. AWS takes no second one."""

    def __init__(self, seen: ActualStackSet, home: str) -> None:
        self.body, self.instances = seen.body, {(one.account, one.region): seen.body for one in seen.instances}
        self.owners = {account: home for account, region in self.instances if region == home}

    def perform(self, operation: StackSetOperation, want: DesiredState) -> None:
        if operation.kind == "update-set":
            self.body = want.members.body
        order = operation.order or operation.regions or want.members.regions
        for region in order if operation.kind != "delete" else operation.regions:
            for account in operation.accounts or sorted({account for account, _ in self.instances}):
                there = (account, region) in self.instances
                if operation.kind == "delete":
                    self.instances.pop((account, region), None)
                    self.owners = {
                        key: value for key, value in self.owners.items() if (key, value) != (account, region)
                    }
                elif there or operation.kind == "create":
                    self._apply(account, region)

    def _apply(self, account: str, region: str) -> None:
        home = re.search(rf"{account} ([a-z0-9-]+)", self.body) or re.search(r"Region', ([a-z0-9-]+)", self.body)
        self.instances[account, region] = self.body
        if home is None or home.group(1) == region:
            assert self.owners.get(account, region) == region, f"MonitoringRole of {account} already exists"
            self.owners[account] = region
        elif self.owners.get(account) == region:
            del self.owners[account]


LISTS = st.permutations(ALL).flatmap(lambda order: st.integers(1, 3).map(lambda size: tuple(order[:size])))


@given(LISTS, LISTS, st.sampled_from(ALL), st.integers(0, 2))
def test_from_any_regions_to_any_others_no_role_is_made_twice(
    before: tuple[str, ...], after: tuple[str, ...], hub: str, home: int
) -> None:
    had = before[home % len(before)]  # earlier builds took the first of the list
    instances = tuple(Instance(account, region) for account in (A, B, C) for region in before)
    seen = replace(THERE, body=body(before, had), instances=instances)
    want, roles = wanted(after, hub), Roles(seen, had)
    for operation in plan(want, seen, SINK):
        roles.perform(operation, want)
    assert roles.owners == dict.fromkeys((A, B, C), home_of(after, hub))
    assert set(roles.instances) == {(account, region) for account in (A, B, C) for region in after}


def with_own(text: str, regions: tuple[str, ...], own: tuple[str, ...], hub: str) -> str:
    """The template where C has Regions of its own: it makes the role where the others do, if it has a stack there."""
    usual = home_of(regions, hub)
    return text if usual in own or len(regions) == 1 else f"{text}# {C} {home_of(own, hub)}\n"


@given(LISTS, LISTS, st.sampled_from(ALL), st.data())
def test_from_any_regions_of_one_account_to_any_others_no_role_is_made_twice(
    before: tuple[str, ...], after: tuple[str, ...], hub: str, data: st.DataObject
) -> None:
    had, has = (
        tuple(data.draw(st.lists(st.sampled_from(regions), min_size=1, unique=True))) for regions in (before, after)
    )
    instances = [Instance(account, region) for account in (A, B) for region in before]
    instances += [Instance(C, region) for region in had]
    home = home_of(before, hub)
    seen = replace(THERE, body=with_own(body(before, home), before, had, hub), instances=tuple(instances))
    want = wanted(after, hub)
    text = with_own(want.members.body, after, has, hub)
    want = replace(want, members=replace(want.members, own_regions={C: has}, body=text))
    roles = Roles(seen, home)
    roles.owners[C] = home if home in had else home_of(had, hub)
    for operation in plan(want, seen, SINK):
        roles.perform(operation, want)
    usual = home_of(after, hub)
    assert roles.owners == {A: usual, B: usual, C: usual if usual in has else home_of(has, hub)}
    assert {region for account, region in roles.instances if account == C} == set(has)


def test_two_regions_cut_to_one_leave_first() -> None:
    operations = plan(wanted(("us-east-1",)), replace(THERE, body=body(ALL, "us-east-1")), SINK)
    assert [(one.kind, one.regions) for one in operations] == [("delete", ("eu-west-1",)), ("update-set", ())]


def test_accounts_and_units_leave_first() -> None:
    left = Instance("999999999999", "us-east-1", status="OUTDATED")
    operations = plan(WANTED, replace(THERE, body="old", instances=(*EVERYWHERE, left)), SINK)
    assert [one.kind for one in operations] == ["delete", "update-set"]
    instances = tuple(Instance(A, region, unit=UNIT) for region in WANTED.members.regions)
    units = replace(THERE, body="old", instances=instances, units=(UNIT, "ou-ab12-zzzzzzzz"))
    assert [(one.kind, one.units) for one in plan(BY_UNIT, units, SINK)] == [
        ("delete", ("ou-ab12-zzzzzzzz",)),
        ("update-set", ()),
    ]


def test_whoever_leaves_is_no_reason_to_update() -> None:
    left = Instance("999999999999", "us-east-1", status="OUTDATED")
    assert [one.kind for one in plan(WANTED, replace(THERE, instances=(*EVERYWHERE, left)), SINK)] == ["delete"]


def test_the_order_of_a_list_decides_nothing() -> None:
    assert {home_of(order, "us-east-1") for order in (ALL, ALL[::-1])} == {"us-east-1"}
    assert {home_of(order, "us-west-2") for order in (ALL, ALL[::-1])} == {"ap-south-1"}


def test_what_moves_from_one_region_to_another_moves_in_turn() -> None:
    (operation,) = plan(wanted(("us-east-1", "eu-west-1")), replace(THERE, body=body(ALL, "eu-west-1")), SINK)
    assert (operation.kind, operation.order) == ("update-set", ("eu-west-1", "us-east-1"))


def test_nobody_gets_into_a_closed_account_so_its_instances_are_let_go_of() -> None:
    seen = replace(THERE, instances=(*EVERYWHERE, Instance("999999999999", "us-east-1", unit=UNIT)))
    assert doubtful(WANTED, seen) == ("999999999999",)
    (operation,) = plan(WANTED, seen, SINK, frozenset({"999999999999"}))
    assert (operation.kind, operation.retain, operation.units) == ("delete", True, (UNIT,))
    said = in_words(operation, {})
    assert said.startswith(
        "LET GO OF what is in 999999999999; us-east-1: no longer in the spec, and nothing gets into it"
    )


def test_an_account_that_was_passed_over_is_asked_about() -> None:
    seen = replace(THERE, instances=(replace(EVERYWHERE[0], detail=SUSPENDED), *EVERYWHERE[1:]))
    assert doubtful(WANTED, seen) == (A,)


@pytest.mark.parametrize("units", [(), (UNIT,)])
def test_everything_goes_although_an_account_is_closed(units: tuple[str, ...]) -> None:
    operations = everything(replace(THERE, units=units), frozenset({A}))
    assert {(one.retain, one.accounts) for one in operations} == {(True, (A,)), (False, () if units else (B, C))}


def test_at_most_fifty_units_a_request() -> None:
    units = tuple(f"ou-ab12-{number:08d}" for number in range(UNITS_A_REQUEST + 1))
    many = replace(WANTED, members=replace(WANTED.members, units=units, groups=()))
    sizes = [len(one.units) for one in plan(many, None, SINK)]
    assert sizes == [0, UNITS_A_REQUEST, 1]
    instances = tuple(Instance(A, region, unit=units[0]) for region in WANTED.members.regions)
    there = replace(THERE, instances=instances, units=units)
    assert [len(one.units) for one in plan(BY_UNIT, there, SINK) if one.kind == "delete"] == [UNITS_A_REQUEST, 1]
    assert [len(one.units) for one in everything(there)] == [UNITS_A_REQUEST, 1]


def test_what_holds_between_a_new_parameter_and_an_accounts_own_value() -> None:
    old = replace(THERE, body="Parameters:\n  Other:\n    Type: String\n", overrides={})
    first, second = plan(WANTED, old, SINK)
    assert first.why == (
        "template changed; until the accounts' own values follow, AlarmErrorsThreshold of gamma has its default"
    )
    assert (second.kind, second.accounts) == ("update", (C,))
    known = replace(old, body="Parameters:\n  AlarmErrorsThreshold:\n    Type: Number\n")
    assert plan(WANTED, known, SINK)[0].why == "template changed"


def test_a_new_parameter_as_a_build_writes_it(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    team.write("alarms: {errors: {overrides: [{where: {account: gamma}, threshold: '> 9'}]}}")
    shown = team.run("deploy", "--plan").out
    assert "AlarmErrorsThreshold of gamma has its default" in shown
    assert team.run("deploy", "--yes").code == 0
    team.write("alarms: {errors: {summary: x, overrides: [{where: {account: gamma}, threshold: '> 9'}]}}")
    shown = team.run("deploy", "--plan").out
    assert "template changed" in shown
    assert "has its default" not in shown


def calls(team: Team, *names: str) -> list[str]:
    return [one for one in team.front.seen if one in names]


def test_the_region_that_leaves_is_left_before_the_others_are_updated(team: Team) -> None:
    team.write("regions: [us-east-1, eu-west-1]\n")
    assert team.run("deploy", "--yes").code == 0
    team.write("regions: [us-east-1]\n")
    team.front.seen.clear()
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    assert calls(team, "DeleteStackInstances", "UpdateStackSet") == ["DeleteStackInstances", "UpdateStackSet"]


def mangled(text: str) -> str:
    """What CloudFormation keeps of a template."""
    return "".join(character if character.isascii() else "?" for character in text)


def test_text_outside_of_ascii_is_no_change_each_time(team: Team) -> None:
    team.write('tags: {team: Zürich}\nalarms: {errors: {summary: "Zahlungen – größer 😀 東京"}}')
    template = (team.folder / "out/prod/member.template.yaml").read_text()
    assert template.isascii()
    described = parse_template(template)["Resources"]["AlarmErrors"]["Properties"]["AlarmDescription"]
    assert described.startswith("Zahlungen – größer 😀 東京")
    team.front.faults = [Fault("DescribeStackSet$", change=mangled)]
    assert team.run("deploy", "--yes").code == 0
    again = team.run("deploy", "--plan")
    assert "template" not in again.out, again.out


def test_destroy_ends_although_an_account_is_closed(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    closed = team.accounts["beta"]
    team.front.faults = [
        Fault("DescribeAccount$", change=lambda text: text.replace("ACTIVE", "CLOSED") if closed in text else text)
    ]
    shown = team.run("destroy", "--plan")
    assert "LET GO OF what is in beta; us-east-1: everything goes, and nothing gets into it" in shown.out
    done = team.run("destroy", "--yes")
    assert done.code == 0, done.err
    assert done.last == f"prod is gone, and nothing is left but the stacks in {closed}, which nothing gets into"
