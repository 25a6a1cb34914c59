"""Where things are over several stacks: what is there stays, nothing is over its limit, names alone cross."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.shards.assignments import FILLED, FIRST, Limits, ShardAssignments, assign_stacks
from generator.shards.pieces import pieces
from generator.shards.references import references
from generator.shards.split import split
from generator.shards.text import NotAMap, map_text, read_map
from tests.shards.made import Thing, template
from tests.support import built, spec

SMALL = Limits(resources=5, parameters=6, outputs=5, characters=100_000)
MOST = Limits(resources=8, parameters=8, outputs=8, characters=200_000)
KINDS = ("log", "filter", "alarm", "composite")


def edited(things: dict[str, Thing], seed: int) -> dict[str, Thing]:
    """The things after a few edits, such as people make them: added, removed, changed."""
    pick = random.Random(seed)
    made = dict(things)
    for _ in range(pick.randint(1, 8)):
        names = sorted(made)
        act = pick.choice(("add", "add", "add", "remove", "parameter", "need"))
        if act == "add" or not names:
            kind = pick.choice(KINDS)
            below = [name for name in names if (made[name].kind == "log") == (kind == "filter")]
            below = [name for name in below if kind == "filter" or made[name].kind in ("alarm", "composite")]
            needs = (
                tuple(pick.sample(below, min(len(below), pick.randint(0, 3))))
                if kind in ("filter", "composite")
                else ()
            )
            made[f"{kind.capitalize()}{pick.randint(0, 999):03}"] = Thing(
                kind, needs[:1] if kind == "filter" else needs
            )
        elif act == "remove":
            name = pick.choice(names)
            if not any(name in one.needs for one in made.values()):
                del made[name]
        elif act == "need":
            above = [name for name in names if made[name].kind == "composite"]
            alarms = [name for name in names if made[name].kind == "alarm"]
            if above and alarms:
                name = pick.choice(above)
                needs = tuple(sorted({*made[name].needs, pick.choice(alarms)}))
                made[name] = Thing("composite", needs, made[name].parameters)
        else:
            name = pick.choice(names)
            made[name] = Thing(made[name].kind, made[name].needs, min(2, made[name].parameters + 1))
    return made


@settings(max_examples=150)
@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_no_edit_moves_what_is_there(seeds: list[int], shuffled: random.Random) -> None:
    things: dict[str, Thing] = {}
    places = ShardAssignments()
    for seed in seeds:
        after = edited(things, seed)
        order = sorted(after)
        shuffled.shuffle(order)
        made = template({name: after[name] for name in order})
        now, conflicts = assign_stacks(pieces(made), places, SMALL, MOST)
        again, _ = assign_stacks(pieces(template({name: after[name] for name in sorted(after)})), places, SMALL, MOST)
        assert map_text({"member": now}) == map_text({"member": again})
        assert all(now.stacks[name] == number for name, number in places.stacks.items() if name in now.stacks)
        if conflicts:
            # Only what was touched is in conflict: a thing that names what is new to it.
            assert all(
                things.get(one.logical_id) != after.get(one.logical_id) or one.needs not in things for one in conflicts
            )
            return
        _check(made, now)
        things, places = after, now


def _check(made: dict[str, Any], places: ShardAssignments) -> None:
    stacks = split(made, places)
    seen: dict[str, int] = {}
    for at, one in enumerate(stacks.values()):
        assert len(one["Resources"]) <= MOST.resources
        known = {*one["Resources"], *one.get("Parameters", {}), "AWS::Region"}
        for name, resource in one["Resources"].items():
            found = references(resource)
            assert found.names | found.attributes <= known, "only names cross"
            assert found.conditions <= one.get("Conditions", {}).keys()
            assert name not in seen
            seen[name] = at
            for needed in references(made["Resources"][name]).names & made["Resources"].keys():
                assert seen.get(needed, at) <= at, "what it names is there before"
    assert seen.keys() == made["Resources"].keys()
    assert "Queue" in stacks[FIRST]["Resources"]


def test_what_is_removed_leaves_room_and_a_stack_without_anything_is_retired() -> None:
    alarms = {f"Alarm{number}": Thing("alarm") for number in range(12)}
    first, _ = assign_stacks(pieces(template(alarms)), ShardAssignments(), SMALL, MOST)
    assert sorted(first.stacks.values()) == [1] * 4 + [2] * 5 + [3] * 3
    gone = [name for name, number in first.stacks.items() if number == 2]
    fewer = {name: one for name, one in alarms.items() if name not in gone}
    second, _ = assign_stacks(pieces(template(fewer)), first, SMALL, MOST)
    assert second.retired == {2}
    assert read_map(map_text({"member": second}))["member"] == second
    third, _ = assign_stacks(pieces(template({**fewer, "AlarmNew": Thing("alarm")})), second, SMALL, MOST)
    assert (third.stacks["AlarmNew"], third.retired) == (3, {2})
    many = {f"AlarmNew{number}": Thing("alarm") for number in range(5)}
    full, _ = assign_stacks(pieces(template({**fewer, **many})), second, SMALL, MOST)
    assert (set(full.stacks.values()), full.retired) == ({1, 3, 4}, {2})


def test_no_stack_takes_a_number_that_may_be_there_yet() -> None:
    alarms = {f"Alarm{number}": Thing("alarm") for number in range(12)}
    before, _ = assign_stacks(pieces(template(alarms)), ShardAssignments(), SMALL, MOST)
    few = {name: one for name, one in alarms.items() if before.stacks[name] == FIRST}
    left, _ = assign_stacks(pieces(template(few)), before, SMALL, MOST)
    assert left.retired == {2, 3}
    again, _ = assign_stacks(pieces(template({**few, "AlarmNew": Thing("alarm")})), left, SMALL, MOST)
    assert (again.stacks["AlarmNew"], again.retired) == (4, {2, 3})
    pruned = ShardAssignments(left.stacks, left.late, frozenset({2}))
    freed, _ = assign_stacks(pieces(template({**few, "AlarmNew": Thing("alarm")})), pruned, SMALL, MOST)
    assert (freed.stacks["AlarmNew"], freed.retired) == (3, {2})


def test_composites_are_in_stacks_that_come_last() -> None:
    things = {f"Alarm{number}": Thing("alarm") for number in range(9)}
    things["Above"] = Thing("composite", ("Top",))
    things["Top"] = Thing("composite", ("Alarm0", "Alarm8"))
    made, conflicts = assign_stacks(pieces(template(things)), ShardAssignments(), SMALL, MOST)
    assert not conflicts
    assert made.stacks["Top"] == made.stacks["Above"] == made.numbers[-1]
    more, conflicts = assign_stacks(
        pieces(template({**things, "AlarmNew": Thing("alarm"), "Alarm9": Thing("alarm")})), made, SMALL, MOST
    )
    assert not conflicts
    assert more.numbers[-1] == made.stacks["Top"], "a stack for alarms that is made later comes before it all the same"


def test_a_new_part_of_a_composite_of_the_first_stack_is_beside_it() -> None:
    things = {
        "Alarm0": Thing("alarm"),
        "Top": Thing("composite", ("Alarm0",)),
        "Log0": Thing("log"),
        "Log1": Thing("log"),
    }
    before, _ = assign_stacks(pieces(template(things)), ShardAssignments(), SMALL, MOST)
    assert set(before.stacks.values()) == {1}, "the first stack is full now"
    things |= {"Alarm1": Thing("alarm"), "Alarm2": Thing("alarm"), "Top": Thing("composite", ("Alarm0", "Alarm2"))}
    after, conflicts = assign_stacks(pieces(template(things)), before, SMALL, MOST)
    assert not conflicts
    assert (after.stacks["Alarm1"], after.stacks["Alarm2"]) == (2, 1)


def test_a_part_that_comes_after_its_composite_is_a_conflict() -> None:
    things = {
        "Alarm0": Thing("alarm"),
        "Top": Thing("composite", ("Alarm0",)),
        "Log0": Thing("log"),
        "Log1": Thing("log"),
    }
    things_after = {**things, "Alarm1": Thing("alarm")}
    before, _ = assign_stacks(pieces(template(things)), ShardAssignments(), SMALL, MOST)
    before, _ = assign_stacks(pieces(template(things_after)), before, SMALL, MOST)
    things_after["Top"] = Thing("composite", ("Alarm0", "Alarm1"))
    _, (conflict,) = assign_stacks(pieces(template(things_after)), before, SMALL, MOST)
    assert (conflict.logical_id, conflict.stack, conflict.needs, conflict.needs_stack) == ("Top", 1, "Alarm1", 2)


def test_what_has_to_be_in_the_first_stack_now_is_not_moved_silently() -> None:
    logs = {f"Log{number}": Thing("log") for number in range(6)}
    before, _ = assign_stacks(pieces(template(logs)), ShardAssignments(), SMALL, MOST)
    assert before.stacks["Log5"] == 2
    after, (conflict,) = assign_stacks(pieces(template(logs, keyed=["Log0", "Log5"])), before, SMALL, MOST)
    assert (conflict.logical_id, conflict.stack, conflict.needs_stack) == ("Log5", 2, 1)
    free, conflicts = assign_stacks(pieces(template(logs)), ShardAssignments({**after.stacks, "Log5": 2}), SMALL, MOST)
    assert (free.stacks["Log0"], conflicts) == (1, [])


def test_a_full_template_alone_is_taken_apart() -> None:
    things = {f"Alarm{number}": Thing("alarm", parameters=2) for number in range(4)}
    made, _ = assign_stacks(pieces(template(things)), ShardAssignments(), SMALL, MOST)
    stacks = split(template(things), made)
    assert [sorted(one["Parameters"]) for one in stacks.values()] == [
        ["Alarm0P0", "Alarm0P1", "Alarm1P0", "Alarm1P1", "Alarm2P0", "Alarm2P1"],
        ["Alarm3P0", "Alarm3P1"],
    ]
    assert [list(one["Conditions"]) for one in stacks.values()] == [
        ["Alarm0IsOn", "Alarm1IsOn", "Alarm2IsOn"],
        ["Alarm3IsOn"],
    ]


def test_the_address_of_a_dashboard_is_an_output_of_its_stack() -> None:
    wide = "\n".join(f"  d-{n}: {{widgets: [{{type: text, markdown: Runbooks}}]}}" for n in range(1, 201))
    made = built(spec(f"dashboards:\n{wide}"))
    assert not made.findings
    hubs = {file: one for file, one in made.spread["prod"].templates.items() if file.startswith("hub")}
    assert len(hubs) == 2
    for hub in hubs.values():
        names = {
            one["Properties"]["DashboardName"]
            for one in hub["Resources"].values()
            if one["Type"] == "AWS::CloudWatch::Dashboard"
        }
        led_to = {str(one["Value"]).rpartition("/")[2] for name, one in hub["Outputs"].items() if "Dashboard" in name}
        assert led_to == names
        assert len(hub["Outputs"]) <= FILLED.outputs


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("member.A: 0", "not part of a map"),
        ("member.A 2", "not part of a map"),
        ("<<<<<<< ours", "not part of a map"),
        ("member.B: 3", "stack 2 and"),
    ],
)
def test_what_is_no_map_says_its_line(line: str, message: str) -> None:
    with pytest.raises(NotAMap, match=message) as refused:
        read_map(f"version: 1\nmember.B: 2\n{line}\n")
    assert refused.value.line == 3


@given(st.text())
def test_any_text_is_a_map_or_says_where_it_is_not(text: str) -> None:
    try:
        read_map(text)
    except NotAMap as error:
        assert error.line > 0
