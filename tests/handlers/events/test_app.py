"""The hub's functions on moto: from messages to the table and the bus, and what they ask of AWS for that."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.agents import app as agents_app
from handlers.events import app, states
from handlers.events.actions import change_error, merge_errors
from handlers.events.dynamo_store import DynamoStore
from handlers.events.records import Conflict, Source, Status
from tests.handlers.events.events_aws import BUS, STACK_SET, EventsAws, context, events_aws
from tests.handlers.events.events_table import TABLE
from tests.handlers.events.events_world import (
    CHECKOUT,
    DAY,
    EVERY,
    HOUR,
    REGION,
    T0,
    alarm,
    error,
    fingerprint,
    happening,
    iso,
    window,
)
from tests.handlers.events.test_happenings import stack
from tests.handlers.world import moto

# Action and resource of each function, as a policy has them.
INDEXES = {("dynamodb:Query", f"{TABLE}/index/{index}") for index in ("due", "recent")}
RIGHTS = {
    ("dynamodb:BatchGetItem", TABLE),
    ("dynamodb:GetItem", TABLE),
    ("dynamodb:PutItem", TABLE),
    ("dynamodb:Query", TABLE),
    ("dynamodb:UpdateItem", TABLE),
    ("events:PutEvents", BUS),
    ("sqs:SendMessage", "monitoring-events-dead-letters-prod"),
    ("sqs:ChangeMessageVisibility", "monitoring-events-prod"),
    *INDEXES,
}
RIGHTS_OF_AGENTS = {
    ("dynamodb:GetItem", TABLE),
    ("dynamodb:PutItem", TABLE),
    ("dynamodb:Query", TABLE),
    ("events:PutEvents", BUS),
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def place(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> EventsAws:
    return events_aws(endpoint, monkeypatch)


def test_an_error_comes_from_the_queue_to_the_incident_function(
    place: EventsAws, capsys: pytest.CaptureFixture[str]
) -> None:
    message = window(T0, [error()])
    assert place.deliver(message, message, window(T0, [error(count=4)], **{"pass": "final"})) == 0
    (finding,) = place.findings()
    assert (finding["source"], finding["detail-type"]) == ("obsgen.events", "Log Error Finding")
    detail = finding["detail"]
    assert (detail["account"], detail["subject"], detail["state"]) == (CHECKOUT, fingerprint(1), "ALARM")
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["EventsProcessed"] for one in metrics] == [1, 1, 1]
    assert [one["NewErrors"] for one in metrics] == [1, 0, 0]
    assert metrics[2]["Lateness"] == 1
    assert metrics[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Obsgen/MonitoringEvents"
    assert metrics[0]["WindowLatency"] == metrics[0]["ProcessingLatency"] + 30_000


def test_what_nobody_can_read_is_dead_at_once_with_the_reason(place: EventsAws) -> None:
    assert place.deliver("not json", window(T0, envelope={"account": "999999999999"}), window(T0, [error()])) == 0
    assert sorted(place.dead()) == ["account 999999999999 is not a member", "the message is not JSON"]
    assert len(place.findings()) == 1


def test_what_fails_comes_again_and_is_dead_after_the_last_receive(
    place: EventsAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: Any) -> Any:
        raise RuntimeError("no table")

    with monkeypatch.context() as broken:
        broken.setattr(DynamoStore, "put_count", fails)
        assert place.deliver(window(T0, [error()]), receives=1) == 1
        assert place.dead() == []
        assert place.deliver(window(T0, [error()]), receives=5) == 0
        assert place.dead() == ["given up after 5 receives: RuntimeError: no table"]
        broken.delenv("DEAD_LETTERS_URL")
        assert place.deliver(window(T0, [error()]), receives=5) == 1


def test_with_no_time_left_no_message_is_begun(place: EventsAws) -> None:
    record = place.record(window(T0, [error()]))
    assert app.handler({"Records": [record]}, context(9)) == {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]}]
    }
    assert place.findings() == []


def test_by_hand_what_fails_is_seen(place: EventsAws) -> None:
    assert app.handler(window(T0, [error()]), context()) is None
    with pytest.raises(Exception, match="no handler for events"):
        app.handler({"source": "x"}, context())


def test_stack_sets_events_are_agents(place: EventsAws, caplog: pytest.LogCaptureFixture) -> None:
    agents_app.handler(stack(T0, "CREATE", "FAILED", "no right"), None)
    agent = app._outputs().store.agent(Source(CHECKOUT, REGION))
    assert agent
    assert (agent.status, agent.reason) == (Status.FAILED, "no right")
    assert [one["detail-type"] for one in place.findings()] == ["Agent Finding"]
    with caplog.at_level(logging.INFO):
        agents_app.handler(stack(T0, detailed="RUNNING"), None)
    assert "ignored" in caplog.messages


def test_two_writers_end_in_what_both_have_said(place: EventsAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another invocation writes the head between this one's reading and writing it, once."""
    outputs, real = app._outputs(), DynamoStore.save
    others = [window(T0, [error(count=9)], region="us-east-1")]

    def save(self: DynamoStore, one: Any, version: int) -> Any:
        if others:
            app.dispatch(app.read(json.dumps(others.pop()), outputs.settings), outputs, app.Deadline.after(60))
        return real(self, one, version)

    monkeypatch.setattr(DynamoStore, "save", save)
    assert place.deliver(window(T0, [error()])) == 0
    head = outputs.store.head(fingerprint(1))
    assert head
    assert {one.region for one in head.sources} == {REGION, "us-east-1"}
    assert len({one["detail"]["at"] for one in place.findings()}) == 1


def walk(place: EventsAws) -> None:
    """Everything that the hub's function can come to do."""
    place.deliver(
        happening("deployment", "shop/ledger", T0 - 60_000, state=""),
        window(T0, [error(number) for number in range(2)]),
        window(T0 + EVERY, [error(1, T0 + EVERY, fingerprint="2-00000000000000aa", also=[fingerprint(1)])]),
        window(T0 + EVERY, [error(number, T0 + EVERY) for number in range(20, 40)]),
        window(T0 + HOUR, [error(1, T0 + HOUR, count=100)]),
        window(T0 + 2 * HOUR, [error(1, T0 + 2 * HOUR, count=100)]),
        happening("health", "shop/ledger", T0),
        happening("task-failure", "shop/ledger", T0),
        alarm("OK"),
        {"tick": {"at": iso(T0 + 3 * HOUR)}},
        {"tick": {"at": iso(T0 + 9 * DAY)}},
        window(T0 + 9 * DAY),
    )
    outputs = app._outputs()
    change_error(fingerprint(1), lambda one: states.ignore(one, "ann", T0, count=5, within=HOUR), outputs, T0)
    place.deliver(window(T0 + 10 * DAY, [error(1, T0 + 10 * DAY)]), "not json")
    place.deliver({"tick": {"at": "never"}})


def needed(place: EventsAws) -> set[tuple[str, str]]:
    """IAM's names of what was called, each with what it was called for."""
    found = set()
    for service, operation, asked in place.calls:
        if service == "events":
            resources = [entry["EventBusName"] for entry in asked["Entries"]]
        elif service == "sqs":
            resources = [asked["QueueUrl"].rpartition("/")[2]]
        elif operation == "TransactWriteItems":
            # It needs the rights of what is in it.
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
            found |= {
                (f"dynamodb:{name}Item", one[name]["TableName"]) for one in asked["TransactItems"] for name in one
            }
            continue
        else:
            index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
            resources = [f"{name}{index}" for name in asked.get("RequestItems", ()) or [asked["TableName"]]]
        found |= {(f"{service}:{operation}", resource) for resource in resources}
    return found


def test_the_functions_ask_for_what_they_have_a_right_to(place: EventsAws, monkeypatch: pytest.MonkeyPatch) -> None:
    walk(place)
    with monkeypatch.context() as broken:
        broken.setattr(DynamoStore, "save_agent", _conflict)
        assert place.deliver(window(T0 + 11 * DAY)) == 1
    assert needed(place) == RIGHTS
    place.calls.clear()
    agents_app.handler(stack(T0 + 12 * DAY, "UPDATE", "FAILED"), None)
    agents_app.handler(stack(T0 + 13 * DAY, "DELETE"), None)
    assert needed(place) == RIGHTS_OF_AGENTS
    assert STACK_SET in json.dumps(stack(T0))


def _conflict(*_arguments: Any) -> Any:
    raise Conflict("always")


def test_people_change_an_error_that_agents_write(place: EventsAws) -> None:
    place.deliver(window(T0, [error(1), error(2)]))
    outputs = app._outputs()
    resolved = change_error(fingerprint(1), lambda one: states.resolve(one, "ann", T0 + HOUR), outputs, T0 + HOUR)
    assert (resolved.owed, resolved.state_by) == (None, "ann")
    assert merge_errors(fingerprint(2), fingerprint(1), "ann", outputs, T0 + HOUR).alias == fingerprint(1)
    ended = [one["detail"] for one in place.findings() if one["detail"]["state"] == "OK"]
    because = [dict(one["facts"])["Resolved because"] for one in ended]
    assert because == ["it was resolved (ann)", f"it was merged into {fingerprint(1)} (ann)"]
