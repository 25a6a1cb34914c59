"""Items of the version before: read once, turned over in one transaction, and everybody's tickets found again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
import urllib3

from handlers.incident.dynamo import DynamoTable
from handlers.incident.records import NOBODY, Rank, Status
from handlers.incident.table import Conflict, DueDelivery
from tests.handlers.alarm_world import KEY, OK, A
from tests.handlers.table_world import TABLE, create_table
from tests.handlers.test_service import Place, event
from tests.handlers.world import moto

MINUTE = 60_000
T0 = 1_795_168_800_000
TOLD = {"state": "ALARM", "alarm": T0, "ref": "OPS-7"}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with moto() as endpoint:
        # Servers of one process share what they hold.
        urllib3.request("POST", f"{endpoint}/moto-api/reset")
        session = botocore.session.get_session()
        session.set_credentials("nobody", "nothing")
        made = session.create_client("dynamodb", endpoint_url=endpoint, region_name="us-east-1")
        create_table(made)
        yield made


@pytest.fixture
def place(client: Any) -> Place:
    for item in client.scan(TableName=TABLE)["Items"]:
        client.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
    return Place(DynamoTable(client, TABLE), now=T0 + 10 * MINUTE)


def put(client: Any, points: list[dict[str, Any]], episodes: list[dict[str, Any]], version: int = 4) -> None:
    history = {"points": points, "episodes": episodes, "notice": None, "horizon": 17}
    client.put_item(
        TableName=TABLE,
        Item={
            "pk": {"S": f"ALARM#{KEY.account}#{KEY.region}#{KEY.alarm}"},
            "sk": {"S": "EPISODES"},
            "version": {"N": str(version)},
            "history": {"S": json.dumps(history)},
            "state": {"S": points[-1]["state"]},
            "expires": {"N": "1"},
        },
    )


def sort_keys(client: Any) -> list[str]:
    return sorted(item["sk"]["S"] for item in client.scan(TableName=TABLE)["Items"])


def an_open_episode(client: Any, **told: dict[str, Any]) -> None:
    points = [
        {"at": T0 - 99 * MINUTE, "state": A, "new": True},
        {"at": T0 - 98 * MINUTE, "state": OK},
        {"at": T0, "state": A, "reason": "why", "measured": "5 > 1", "new": True},
    ]
    past = {"id": "a" * 16, "at": T0 - 99 * MINUTE, "severity": "low", "told": {"jira": {"state": "OK"}}}
    put(client, points, [past, {"id": "b" * 16, "at": T0, "severity": "high", "told": told}])


def test_an_open_episode_becomes_an_incident_and_its_tickets_are_resolved(client: Any, place: Place) -> None:
    an_open_episode(client, jira=TOLD, slack={**TOLD, "ref": "thread"})
    place.handle(event(OK, T0 + 5 * MINUTE, A, T0))
    assert sort_keys(client) == ["DELIVERY#jira", "DELIVERY#slack", "HEAD", "HEAD"]
    incident, delivery, _ = place.table.load_delivery(DueDelivery("b" * 16, "jira", Rank.ENDED, 0))
    assert (incident.opened, incident.ended, incident.severity, incident.revision) == (T0, T0 + 5 * MINUTE, "high", 2)
    assert (delivery.state, delivery.alarm_at, delivery.reference) == (A, T0, "OPS-7")
    assert (delivery.desired, delivery.delivered, delivery.status) == (2, 1, Status.OWED)
    assert [one.incident for one in place.table.due("jira", Rank.ENDED, place.now, 10)] == ["b" * 16]
    # Nobody ever hears of the past one.
    assert [c.incident for c in place.table.load(KEY).alarm.changes if c.state == A] == [NOBODY, "b" * 16]


def test_it_is_turned_over_even_where_the_message_says_nothing_new(client: Any, place: Place) -> None:
    an_open_episode(client, jira=TOLD, slack={"claimed": T0 + 1, "failures": 1}, mail={"wait": T0 + 3})
    place.handle(event(A, T0, OK, T0 - 98 * MINUTE))
    assert "EPISODES" not in sort_keys(client)
    _, jira, _ = place.table.load_delivery(DueDelivery("b" * 16, "jira", Rank.HIGH, 0))
    _, slack, _ = place.table.load_delivery(DueDelivery("b" * 16, "slack", Rank.HIGH, 0))
    assert (jira.status, slack.status, slack.unsure_since) == (Status.SETTLED, Status.OWED, T0 + 1)
    assert place.table.next_due("jira") is None
    assert place.table.next_due("slack") == 0
    assert place.table.next_due("mail") == T0 + 3


def test_what_is_over_and_told_is_dropped_and_what_is_over_and_not_told_is_still_owed(
    client: Any, place: Place
) -> None:
    points = [{"at": T0, "state": A}, {"at": T0 + 9, "state": OK}]
    for state, kept in ((OK, ["HEAD"]), (A, ["DELIVERY#jira", "HEAD", "HEAD"])):
        told = {"jira": {**TOLD, "state": state}}
        put(client, points, [{"id": "c" * 16, "at": T0, "severity": "high", "told": told}])
        place.handle(event(OK, T0 + 9, A, T0))
        assert sort_keys(client) == kept
        for item in client.scan(TableName=TABLE)["Items"]:
            client.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})


def test_what_is_held_is_heard_of_when_the_hold_ends(client: Any, place: Place) -> None:
    put(client, [{"at": T0, "state": A, "mute": T0 + 15 * MINUTE}], [])
    place.look(KEY)
    assert place.table.due_alarms(T0 + 16 * MINUTE, 10) == [KEY]
    place.now = T0 + 16 * MINUTE
    place.look(KEY)
    assert place.table.due("jira", Rank.HIGH, place.now, 10) != []


def test_what_the_version_before_writes_while_this_one_is_deployed_counts(client: Any, place: Place) -> None:
    place.handle(event(A, T0, OK, T0 - 98 * MINUTE))
    put(client, [{"at": T0, "state": A, "implied": True}, {"at": T0 + 5 * MINUTE, "state": OK}], [])
    place.handle(event(A, T0, OK, T0 - 98 * MINUTE))
    assert "EPISODES" not in sort_keys(client)
    read = place.table.load(KEY)
    assert read.incident is not None
    assert read.incident.ended == T0 + 5 * MINUTE


def test_the_old_item_is_deleted_only_as_it_was_read(client: Any, place: Place) -> None:
    an_open_episode(client, jira=TOLD)
    read = place.table.load(KEY)
    an_open_episode(client, jira={**TOLD, "alarm": T0 + 1})
    client.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"ALARM#{KEY.account}#{KEY.region}#{KEY.alarm}"}, "sk": {"S": "EPISODES"}},
        UpdateExpression="SET version = :v",
        ExpressionAttributeValues={":v": {"N": "5"}},
    )
    with pytest.raises(Conflict):
        place.table.commit(read, read.alarm, [], T0)
    assert sort_keys(client) == ["EPISODES"]
