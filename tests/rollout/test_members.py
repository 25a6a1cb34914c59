"""What a rollout asks of the stack set, worked out from what is there; no AWS."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.rollout.aws.operations import ACCOUNTS_A_REQUEST, ActualStackSet, Instance, StackSetOperation
from generator.rollout.aws.stack_set import InstanceFailure, OperationResult
from generator.rollout.deploy.desired import DesiredGroup, DesiredStack, DesiredStackSet, DesiredState
from generator.rollout.deploy.leaving_accounts import everything
from generator.rollout.deploy.member_set import MemberSet
from generator.rollout.deploy.members import in_words, plan

A, B, C = "222222222222", "333333333333", "444444444444"
STRICT = (("AlarmErrorsThreshold", "1"),)
MEMBERS = DesiredStackSet(
    name="observability-members-prod",
    body="template",
    managed=True,
    call_as="SELF",
    regions=("us-east-1", "eu-west-1"),
    units=(),
    from_hub=(("SinkArn", "SinkArn"),),
    groups=(DesiredGroup(((A, "alpha"), (B, "beta")), ()), DesiredGroup(((C, "gamma"),), STRICT)),
)
WANTED = DesiredState(
    project="shop",
    environment="prod",
    tags=(("environment", "prod"),),
    assets=(),
    hub=DesiredStack("observability-hub-prod", "111111111111", "us-east-1", "hub"),
    members=MEMBERS,
    organization="o-a1b2c3d4e5",
    files={},
)
SINK = {"SinkArn": "arn:sink"}
EVERYWHERE = tuple(Instance(account, region) for account in (A, B, C) for region in MEMBERS.regions)
THERE = ActualStackSet("template", SINK, {"environment": "prod"}, EVERYWHERE, {A: (), B: (), C: STRICT})


def kinds(seen: ActualStackSet | None, wanted: DesiredState = WANTED) -> list[tuple[str, tuple[str, ...]]]:
    return [(operation.kind, operation.accounts) for operation in plan(wanted, seen, SINK)]


def test_where_everything_is_there_nothing_is_done() -> None:
    assert kinds(THERE) == []


def test_a_first_rollout_makes_the_set_and_an_operation_for_each_group() -> None:
    assert kinds(None) == [("create-set", ()), ("create", (A, B)), ("create", (C,))]


def test_a_new_template_is_one_operation_for_all() -> None:
    assert kinds(replace(THERE, body="old")) == [("update-set", ())]
    assert kinds(replace(THERE, tags={})) == [("update-set", ())]
    assert kinds(replace(THERE, parameters={"SinkArn": "arn:other"})) == [("update-set", ())]


def test_an_account_that_joins_and_one_that_leaves() -> None:
    others = tuple(instance for instance in EVERYWHERE if instance.account != C)
    gone = (*others, Instance("999999999999", "us-east-1"))
    assert kinds(replace(THERE, instances=gone)) == [("delete", ("999999999999",)), ("create", (C,))]


def test_a_region_that_is_left_is_left_by_all() -> None:
    one = replace(WANTED, members=replace(MEMBERS, regions=("us-east-1",)))
    (operation,) = plan(one, THERE, SINK)
    assert (operation.kind, operation.accounts, operation.regions) == ("delete", (A, B, C), ("eu-west-1",))


def test_an_instance_that_is_missing_in_one_region_is_made_there_only() -> None:
    (operation,) = plan(WANTED, replace(THERE, instances=EVERYWHERE[:-1]), SINK)
    assert (operation.kind, operation.accounts, operation.regions) == ("create", (C,), ("eu-west-1",))
    assert operation.overrides == STRICT


def test_other_values_for_one_account_touch_that_account_only() -> None:
    (operation,) = plan(WANTED, replace(THERE, overrides={A: (), B: (), C: ()}), SINK)
    assert (operation.kind, operation.accounts, operation.overrides) == ("update", (C,), STRICT)


def test_values_that_are_taken_back_are_taken_back() -> None:
    (operation,) = plan(WANTED, replace(THERE, overrides={A: STRICT, B: (), C: STRICT}), SINK)
    assert (operation.kind, operation.accounts, operation.overrides) == ("update", (A,), ())


def test_what_nobody_wrote_down_is_said_again() -> None:
    assert kinds(replace(THERE, overrides=None)) == [("update", (A, B)), ("update", (C,))]


def test_units_join_whole_and_their_accounts_are_not_ours_to_delete() -> None:
    units = replace(WANTED, members=replace(MEMBERS, units=("ou-ab12-cdefgh34",), groups=()))
    operation = plan(units, None, SINK)[1]
    assert (operation.kind, operation.units, operation.accounts) == ("create", ("ou-ab12-cdefgh34",), ())
    joined = tuple(Instance(A, region, unit="ou-ab12-cdefgh34") for region in MEMBERS.regions)
    assert plan(units, replace(THERE, instances=joined, units=units.members.units), SINK) == ()


def test_many_accounts_are_several_requests() -> None:
    accounts = tuple((f"{200_000_000_000 + n}", f"m{n}") for n in range(ACCOUNTS_A_REQUEST + 1))
    many = replace(WANTED, members=replace(MEMBERS, groups=(DesiredGroup(accounts, ()),)))
    sizes = [len(operation.accounts) for operation in plan(many, None, SINK)]
    assert sizes == [0, ACCOUNTS_A_REQUEST, 1]


def after(seen: ActualStackSet | None, operations: tuple[StackSetOperation, ...]) -> ActualStackSet:
    """The stack set once the operations have succeeded, as AWS documents them."""
    seen = seen or ActualStackSet("", {}, {}, (), {})
    instances = {(one.account, one.region) for one in seen.instances}
    overrides = dict(seen.overrides or {})
    for operation in operations:
        places = {(account, region) for account in operation.accounts for region in operation.regions}
        if operation.kind in ("create-set", "update-set"):
            seen = replace(seen, body="template", parameters=SINK, tags={"environment": "prod"})
        elif operation.kind == "delete":
            instances -= places
        else:
            instances |= places
            overrides |= dict.fromkeys(operation.accounts, operation.overrides)
    found = tuple(Instance(account, region) for account, region in sorted(instances))
    return replace(seen, instances=found, overrides=overrides)


PLACES = st.sets(st.sampled_from([(a, r) for a in (A, B, C, "999999999999") for r in (*MEMBERS.regions, "ap-south-1")]))


@given(PLACES, st.sampled_from(["template", "old"]), st.sampled_from([None, {}, {A: STRICT, C: STRICT}]))
def test_from_wherever_one_starts_one_rollout_is_enough(
    places: set[tuple[str, str]], body: str, overrides: dict[str, tuple[tuple[str, str], ...]] | None
) -> None:
    start = ActualStackSet(body, SINK, {}, tuple(Instance(*place) for place in sorted(places)), overrides)
    done = after(start, plan(WANTED, start, SINK))
    assert plan(WANTED, replace(done, overrides={**done.overrides, A: done.overrides.get(A, ())}), SINK) == ()
    assert {(one.account, one.region) for one in done.instances} == {(one.account, one.region) for one in EVERYWHERE}


def test_a_plan_reads_like_a_sentence() -> None:
    first, second, third = (in_words(operation, MEMBERS.names) for operation in plan(WANTED, None, SINK))
    assert first == "create the stack set: the stack set is new"
    assert second == "create in alpha, beta; us-east-1, eu-west-1: new in the spec"
    assert third == "create in gamma; us-east-1, eu-west-1: new in the spec"


UNIT, OTHER = "ou-ab12-cdefgh34", "ou-ab12-zzzzzzzz"
BY_UNIT = replace(WANTED, members=replace(MEMBERS, units=(UNIT,), groups=()))


def test_who_goes_first_goes_first_and_alone() -> None:
    trial = replace(WANTED, members=replace(MEMBERS, first=(B,)))
    changed = plan(trial, replace(THERE, body="old"), SINK)
    assert [(one.kind, one.accounts, one.trial) for one in changed] == [
        ("update-set", (B,), True),
        ("update-set", (), False),
    ]
    made = plan(trial, None, SINK)
    assert [(one.accounts, one.trial) for one in made[1:]] == [((B,), True), ((A,), False), ((C,), False)]


def test_where_only_they_are_nobody_goes_first() -> None:
    trial = replace(WANTED, members=replace(MEMBERS, first=(A, B, C)))
    assert kinds(replace(THERE, body="old"), trial) == [("update-set", ())]


def test_instances_that_an_operation_left_behind_are_brought_up() -> None:
    (operation,) = plan(
        WANTED, replace(THERE, instances=(replace(EVERYWHERE[0], status="OUTDATED"), *EVERYWHERE[1:])), SINK
    )
    assert (operation.kind, operation.why) == ("update-set", "1 of 6 instances are outdated")


def test_a_suspended_account_is_left_alone() -> None:
    asleep = tuple(replace(one, status="OUTDATED", detail="SKIPPED_SUSPENDED_ACCOUNT") for one in EVERYWHERE[:2])
    assert kinds(replace(THERE, instances=(*asleep, *EVERYWHERE[2:]))) == []
    assert plan(WANTED, replace(THERE, instances=EVERYWHERE[2:]), SINK, frozenset({A})) == ()


def test_an_empty_unit_is_told_once() -> None:
    assert [one.kind for one in plan(BY_UNIT, None, SINK)] == ["create-set", "create"]
    assert plan(BY_UNIT, replace(THERE, instances=(), units=(UNIT,)), SINK) == ()


def test_a_unit_that_leaves_leaves_whole_even_where_it_is_empty() -> None:
    instances = tuple(Instance(A, region, unit=UNIT) for region in MEMBERS.regions)
    (operation,) = plan(BY_UNIT, replace(THERE, instances=instances, units=(UNIT, OTHER)), SINK)
    assert (operation.kind, operation.units, operation.accounts) == ("delete", (OTHER,), ())


def test_a_region_that_units_join() -> None:
    instances = (Instance(A, "us-east-1", unit=UNIT),)
    (operation,) = plan(BY_UNIT, replace(THERE, instances=instances, units=(UNIT,)), SINK)
    assert (operation.kind, operation.units, operation.regions) == ("create", (UNIT,), ("eu-west-1",))


def test_which_unit_an_instance_is_said_to_be_in_decides_nothing() -> None:
    below = tuple(Instance(A, region, unit="ou-ab12-belowunit") for region in MEMBERS.regions)
    assert plan(BY_UNIT, replace(THERE, instances=below, units=(UNIT,)), SINK) == ()


def test_a_region_that_units_leave() -> None:
    instances = tuple(Instance(A, region, unit=UNIT) for region in (*MEMBERS.regions, "ap-south-1"))
    (operation,) = plan(BY_UNIT, replace(THERE, instances=instances, units=(UNIT,)), SINK)
    assert (operation.kind, operation.units, operation.regions) == ("delete", (UNIT,), ("ap-south-1",))


def test_a_unit_that_goes_first() -> None:
    both = replace(WANTED, members=replace(MEMBERS, units=(UNIT, OTHER), groups=(), first=(OTHER,)))
    made = plan(both, None, SINK)
    assert [(one.kind, one.units, one.trial) for one in made[1:]] == [
        ("create", (OTHER,), True),
        ("create", (UNIT,), False),
    ]
    instances = tuple(Instance(A, region, unit=UNIT) for region in MEMBERS.regions)
    changed = plan(both, replace(THERE, body="old", instances=instances, units=(UNIT, OTHER)), SINK)
    assert [(one.kind, one.units, one.trial) for one in changed] == [
        ("update-set", (OTHER,), True),
        ("update-set", (), False),
    ]


def test_everything_goes_by_units_where_there_are_units() -> None:
    instances = tuple(Instance(A, region, unit=UNIT) for region in MEMBERS.regions)
    (operation,) = everything(replace(THERE, instances=instances, units=(UNIT,)))
    assert (operation.units, operation.accounts) == ((UNIT,), ())
    (operation,) = everything(THERE)
    assert (operation.units, operation.accounts) == ((), (A, B, C))


@dataclass
class Failing:
    """The stack set of a rollout, one of whose operations fails. performed: those that AWS was asked for."""

    at: int
    failures: tuple[InstanceFailure, ...] = ()
    performed: list[StackSetOperation] = field(default_factory=list)

    def describe(self) -> ActualStackSet:
        return replace(THERE, overrides={A: (), B: (), C: ()}, body="older")

    def perform(self, operation: StackSetOperation, _url: str) -> OperationResult:
        self.performed.append(operation)
        return OperationResult(len(self.performed) != self.at, self.failures)


class Silent:
    """Progress, and addresses of templates, that no one reads."""

    def line(self, _text: str) -> None:
        pass

    def url(self, _key: str) -> str:
        return ""


def performed(monkeypatch: pytest.MonkeyPatch, failing: Failing) -> tuple[int, list[InstanceFailure]]:
    monkeypatch.setattr("generator.rollout.deploy.member_set.StackSetClient", lambda *_: failing)
    nothing: Any = Silent()
    report: Any = SimpleNamespace(suspended=frozenset(), returning=frozenset(), strays=frozenset())
    failures = MemberSet(WANTED, nothing, nothing, nothing).perform({}, report, SINK, {})
    return len(failing.performed), failures


def test_an_operation_that_fails_is_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next ones would fail too, in more accounts. Failures within the tolerance end nothing."""
    count, failures = performed(monkeypatch, Failing(0))
    assert count > 1
    assert failures == []
    failure = InstanceFailure(A, "us-east-1", "no")
    assert performed(monkeypatch, Failing(1, (failure,))) == (1, [failure])
    assert performed(monkeypatch, Failing(0, (failure,))) == (count, [failure] * count)
