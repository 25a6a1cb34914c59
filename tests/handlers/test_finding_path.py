"""Findings through the real functions: queue, table and topic of moto, from the event to the mail."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from handlers.incident.events import Key
from tests.handlers.finding_world import CONTENT, FIXED, KEY, MEMBER, OTHER, event
from tests.handlers.test_hub_finding import event as hub_event
from tests.handlers.world import HUB, NOW, World, moto, stop_clock, world

SPEC = 'channels: {night: {type: email, addresses: ["night@example.com"]}}\nroutes: {low: [night]}\n'
AT = NOW - 60_000


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def place(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> World:
    made = world(endpoint, SPEC, {}, monkeypatch.setenv)
    made.routing.data["findings"] = {"tag-compliance": {"severity": "low", "owner": "cloud-team", "runbook": ""}}
    stop_clock(made, monkeypatch)
    return made


def test_a_subject_is_one_incident_from_its_opening_to_its_end(place: World) -> None:
    for body in (event("ALARM", AT), event("ALARM", AT), event("ALARM", AT + 10)):
        assert place.deliver(body)
    assert place.owed() == [("night", "3", 1)]
    place.notify()
    place.deliver(event("ALARM", AT + 20, OTHER))
    place.notify()
    place.deliver(event("OK", AT + 30, FIXED))
    place.notify()
    (incident,) = place.incidents()
    assert (incident.key, incident.opened, incident.ended, incident.revision) == (KEY, AT, AT + 30, 3)
    subjects = [mail["Subject"] for mail in place.mails()]
    place_ = "in alpha (us-east-1)"
    assert sorted(subjects) == [
        f"CHANGED low: {OTHER['title']} {place_}",
        f"CLOSED low: {FIXED['title']} {place_}",
        f"OPEN low: {CONTENT['title']} {place_}",
    ]


def test_what_breaks_the_contract_is_dead_with_its_reason(place: World) -> None:
    assert place.deliver(event("ALARM", AT, facts=[["State", "closed"]]))
    assert place.deliver(event("ALARM", AT, environment="dev"))
    assert sorted(reason for _, reason in place.dead_letters()) == [
        'the fact name "State" is reserved, empty or too long',
        'the finding is of environment "dev", this hub is of prod',
    ]
    assert place.incidents() == []


def test_the_hub_finds_in_an_account_what_nobody_else_can(place: World) -> None:
    """An error of a member, as the event store sends it; and as a member could, in the name of the hub."""
    place.routing.data["findings"] = {"log-error": {"severity": "low", "owner": "platform"}}
    place.deliver(hub_event(sender=HUB, at=AT))
    assert place.deliver(hub_event(sender=MEMBER, at=AT + 1, subject="1-00000000000000aa"))
    assert [reason for _, reason in place.dead_letters()] == [
        f"account {MEMBER} sent a finding that only the hub account may send"
    ]
    (incident,) = place.incidents()
    assert incident.key == Key(MEMBER, "us-east-1", "log-error/1-0123456789abcdef")


def test_the_table_holds_what_is_said_once(place: World) -> None:
    place.deliver(event("ALARM", AT))
    place.deliver(event("ALARM", AT + 20, OTHER))
    (alarm,) = [json.loads(item["changes"]["S"]) for item in place.items() if item["pk"]["S"].startswith("ALARM#")]
    assert list(alarm["findings"]) == ["1"]


def test_what_is_added_is_told_as_that(place: World) -> None:
    more = {**CONTENT, "facts": [*CONTENT["facts"], ["Launched by", "IAM user ann, 2026-11-20 09:58 UTC"]]}
    place.deliver(event("ALARM", AT))
    place.notify()
    for _ in range(2):
        place.deliver(event("ALARM", AT + 20, {**more, "adds_to": AT}))
        place.notify()
    titles = [mail["Subject"] for mail in place.mails()]
    assert titles == [f"{word} low: {CONTENT['title']} in alpha (us-east-1)" for word in ("OPEN", "UPDATED")]
    assert place.deliver(event("ALARM", AT + 30, {**more, "adds_to": AT + 30}))
    ((_, reason),) = place.dead_letters()
    assert reason == f"adds_to is {AT + 30}, not a time before {AT + 30}"
