"""`obsgen ack`: what the command writes, the functions' code reads."""

from __future__ import annotations

import json

import pytest

from generator.rollout.operate import incident_items
from handlers.incident.state.records import Acknowledgement, Kind
from tests.rollout.incident_world import CHANNELS, HOUR, MINUTE, World
from tests.rollout.team import Team

ID, OTHER = "3f9a1c0d55e2b784", "3f9affffffffffff"


@pytest.fixture
def world(team: Team) -> World:
    team.write(CHANNELS)
    return World(team)


def test_an_incident_is_acknowledged_by_its_first_digits(world: World) -> None:
    world.incident(ID, severity="critical")
    said = world.team.run("ack", "3F9A1c", "--by", "Ana,\x1b on call")
    assert (said.code, said.err) == (0, "")
    assert said.out == "acknowledged by Ana, on call until it ends: critical  errors-alarm-prod in beta us-east-1\n"
    found = world.table.acknowledgement(ID)
    assert found is not None
    assert (found.by, found.severity, found.until) == ("Ana, on call", "critical", None)
    assert world.now - MINUTE < found.at


def test_for_a_while_by_whoever_calls(world: World) -> None:
    world.incident(ID)
    said = world.team.run("ack", f"obsgen-{ID}", "--for", "2h")
    assert said.code == 0, said.err
    found = world.table.acknowledgement(ID)
    assert found is not None and found.until == found.at + 2 * HOUR
    assert found.by and "/" not in found.by


def test_it_is_withdrawn(world: World) -> None:
    world.incident(ID)
    assert world.team.run("ack", ID, "--undo").code == 1
    world.team.run("ack", ID)
    said = world.team.run("ack", ID, "--undo")
    assert (said.code, said.out) == (0, "acknowledgement withdrawn: high  errors-alarm-prod in beta us-east-1\n")
    assert world.table.acknowledgement(ID) is None


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (("ack", "3f9"), "`3f9` is too short"),
        (("ack", "3f9a"), "2 open incidents begin with `3f9a`"),
        (("ack", "ffff"), "no open incident of prod begins with `ffff`"),
        (("ack", "aaaa"), "no open incident of prod begins with `aaaa`"),
        (("ack", ID, "--for", "soon"), "expected a duration such as 1m, 5m or 30d, got `soon`"),
        (("ack", ID, "--for", "31d"), "the maximum is 30d"),
        (("ack", ID, "--undo", "--for", "1h"), "--undo cannot be combined with --for or --by"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_it_does_not_take(world: World, asked: tuple[str, ...], answer: str) -> None:
    world.incident(ID)
    world.incident(OTHER)
    world.incident("aaaabbbbccccdddd", ended=world.now)
    said = world.team.run(*asked)
    assert said.code == 2
    assert answer in said.err


def test_where_the_command_does_not_count_it_says_so(team: Team) -> None:
    team.write(CHANNELS + "incidents: {acknowledge: [ticket]}")
    world = World(team)
    world.incident(ID)
    said = world.team.run("ack", ID)
    assert said.code == 2
    assert "`incidents.acknowledge` of prod does not include `command`" in said.err
    assert world.table.acknowledgement(ID) is None
    assert world.team.run("ack", ID, "--undo").code == 1


def test_the_list_says_who_has_taken_what_on(world: World) -> None:
    storm = world.incident(ID, kind=Kind.STORM, severity="critical", members=412, open_members=3)
    world.incident(OTHER, "latency-alarm-prod")
    world.team.run("ack", ID, "--by", "Ana")
    world.table.acknowledge(OTHER, Acknowledgement("OPS-12 is In Progress", world.now - HOUR, "medium"), world.now)
    text = world.team.run("incidents").out
    assert ", a storm of 412 alarms, 3 of them not OK\n" in text
    assert "      acknowledged by Ana, 2" in text and ", until it ends\n" in text
    assert ", when it was medium; it got worse or fired again since, so the acknowledgement is void\n" in text
    opened = {one["incident"]: one for one in json.loads(world.team.run("incidents", "--format", "json").out)["open"]}
    assert (opened[ID]["alarms"], opened[ID]["alarms_not_ok"], opened[ID]["acknowledged"]["counts"]) == (412, 3, True)
    assert (opened[OTHER]["alarms"], opened[OTHER]["acknowledged"]["counts"]) == (1, False)
    assert storm.members == 412


def test_both_sides_mean_the_same(world: World) -> None:
    theirs = Acknowledgement("Zoë", world.now, "high", world.now + HOUR)
    world.table.acknowledge(ID, theirs, world.now)
    item = world.client.get_item(TableName=world.table.table, Key=incident_items.acknowledgement_key(ID))["Item"]
    mine = incident_items.Acknowledgement("Zoë", world.now, "high", world.now + HOUR)
    assert incident_items.acknowledgement_of(item) == (ID, mine)
    written = incident_items.acknowledgement_item(ID, mine)
    assert {name: written[name] for name in ("pk", "sk", "acknowledgement")} == {
        name: item[name] for name in ("pk", "sk", "acknowledgement")
    }
