"""Grouping in a real table API: what is written in one transaction, what that costs, and how large it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from handlers.common.deadline import Deadline
from handlers.incident.state.dynamo import DynamoTable
from handlers.incident.state.records import Kind
from tests.handlers.alarm_world import OK, A
from tests.handlers.group_world import MINUTE, SECOND, T0, Estate, alarm, routing
from tests.handlers.table_world import TABLE
from tests.handlers.world import World, moto, world

PARTS = [f"part-{number}-alarm-prod" for number in range(6)]
MOST = {f"composite-{number}-alarm-prod": {} for number in range(6)}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def place(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(endpoint, "", {}, monkeypatch.setenv)


class Recorded:
    """A client whose calls are written down."""

    def __init__(self, client: Any) -> None:
        self.client, self.calls = client, list[tuple[str, dict[str, Any]]]()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.client, name)
        if not callable(value):
            return value

        def call(**parameters: Any) -> Any:
            self.calls.append((name, parameters))
            return value(**parameters)

        return call

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]


class Real(Estate):
    """The service over DynamoDB."""

    client: Recorded

    def over(self, place: World) -> Real:
        self.client = Recorded(place.client("dynamodb"))
        self.service.table = DynamoTable(self.client, TABLE)
        return self


def real(place: World, alarms: dict[str, dict[str, Any]], **more: Any) -> Real:
    return Real(routing(alarms, **more)).over(place)


def test_a_composite_and_its_parts_are_one_incident_and_end_as_one(place: World) -> None:
    names = {name: {"parts_of": [PARTS[0]], "service": "shop"} for name in PARTS}
    estate = real(place, names)
    for name in PARTS:
        for _ in range(2):
            estate.state(alarm(name), A, at=T0)
        estate.now += SECOND
    (root,) = [incident for incident in place.incidents() if not incident.parent]
    assert (root.kind, root.members, root.open_members, root.is_open) == (Kind.GROUP, 6, 6, True)
    assert place.owed() == [("bot", "1", root.revision), ("jira", "1", root.revision)]
    for name in PARTS:
        estate.state(alarm(name), OK, at=T0 + MINUTE, before=A, since=T0)
    (root,) = [incident for incident in place.incidents() if not incident.parent]
    assert (root.is_open, root.open_members) == (False, 0)
    assert place.owed() == [("bot", "2", root.revision), ("jira", "2", root.revision)]


def test_the_largest_transaction_and_item_are_within_their_limits(place: World) -> None:
    about = {"parts_of": [*MOST], "objective": "checkout", "service": "shop", "severity": "critical"}
    estate = real(place, {PARTS[0]: about, **MOST})
    channels = {f"channel-{number}": {"type": "webhook"} for number in range(20)}
    estate.routing.data["channels"] |= channels
    estate.routing.data["routes"]["critical"] = [*channels]
    estate.state(alarm(PARTS[0]), A)
    (transaction,) = [parameters for name, parameters in estate.client.calls if name == "transact_write_items"]
    items = transaction["TransactItems"]
    # The alarm, its incident, the member, the parent, its review, eight keys, twenty channels.
    assert len(items) == 5 + 8 + 20
    for item in place.items():
        assert len(str(item)) < 4_000


def test_an_alarm_in_a_storm_costs_two_reads_and_a_transaction(place: World) -> None:
    estate = real(place, {name: {} for name in (*(f"a{number}-alarm-prod" for number in range(12)), "b-alarm-prod")})
    for number in range(12):
        estate.state(alarm(f"a{number}-alarm-prod"), A)
    estate.client.calls.clear()
    estate.state(alarm("b-alarm-prod"), A)
    assert estate.client.names() == ["query", "batch_get_item", "transact_write_items", "get_item"]
    transaction = estate.client.calls[2][1]["TransactItems"]
    # The alarm, its incident and its row under the storm: nothing that the others write, too.
    assert len(transaction) == 3
    estate.client.calls.clear()
    estate.state(alarm("b-alarm-prod"), OK, before=A, since=T0)
    # Whether an earlier build has left contributors of the alarm, the query says, too.
    assert estate.client.names() == ["query", "get_item", "transact_write_items", "get_item"]


def test_a_storm_is_reviewed_split_and_over(place: World) -> None:
    estate = real(place, {f"a{number}-alarm-prod": {} for number in range(14)})
    for number in range(14):
        estate.state(alarm(f"a{number}-alarm-prod"), A)
    for _ in range(11):
        estate.now += MINUTE
        estate.service.review(9, Deadline.after(600))
    roots = [incident for incident in place.incidents() if not incident.parent]
    storms = [root for root in roots if root.kind is Kind.STORM]
    assert [(root.is_open, root.note) for root in storms] == [(False, "4 alarms have their own incidents.")]
    assert len([root for root in roots if root.is_open]) == 14
    assert not DynamoTable(place.client("dynamodb"), TABLE).open_groups(["storm/222222222222"], estate.now)
