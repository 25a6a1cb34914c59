"""Events of AWS through the real functions: queue, table and topic of moto, from the message to the mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.handlers.event_rule_world import DEPLOYED, DEPLOYMENT, GUARDDUTY, INSTANCE, RULES, SPOT, key, message
from tests.handlers.world import HUB, NOW, World, moto, stop_clock, world

SPEC = """
channels: {night: {type: email, addresses: ["night@example.com"]}}
routes: {high: [night]}
"""
AT = NOW - 60_000
PLACE = "in alpha (eu-west-1)"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def place(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> World:
    made = world(endpoint, SPEC, {}, monkeypatch.setenv)
    made.routing.data["event_rules"] = RULES
    stop_clock(made, monkeypatch)
    return made


def subjects(place: World) -> list[str]:
    return [mail["Subject"] for mail in place.mails()]


def test_an_event_is_an_incident_that_ends_without_a_mail(place: World) -> None:
    for _ in range(2):
        assert place.deliver(message("spot-interruption", SPOT, AT))
    place.notify()
    assert subjects(place) == [f"OPEN high: Spot interruption of {INSTANCE} {PLACE}"]
    place.now += 3_601_000
    place.tick()
    place.notify()
    (incident,) = place.incidents()
    assert (incident.key, incident.ended) == (key("spot-interruption", INSTANCE), incident.alarm_at + 3_600_000)
    assert subjects(place) == []
    assert place.owed() == []


def test_a_beginning_and_its_end_are_two_mails(place: World) -> None:
    place.deliver(message("deployment", DEPLOYMENT, AT, 1))
    place.notify()
    place.deliver(message("deployment", DEPLOYED, AT + 9_000, 2, edge="end"))
    place.notify()
    titles = [title.partition(": ")[0::2] for title in subjects(place)]
    assert [title[0] for title in titles] == ["OPEN high", "CLOSED high"]
    assert [title[1].partition(":")[0] for title in titles] == [
        "SERVICE_DEPLOYMENT_FAILED",
        "SERVICE_DEPLOYMENT_COMPLETED",
    ]


def test_many_events_are_a_mail_every_five_minutes(place: World) -> None:
    """The first at once, and then how many there were by then."""
    seen: list[tuple[int, str, str]] = []
    for minute in (0, 2, 4, 6, 8, 12):
        place.now = NOW + minute * 60_000
        if minute < 12:
            place.deliver(message("guardduty", GUARDDUTY, place.now, minute))
        place.tick()
        place.notify()
        for mail in place.mails():
            events = [line for line in mail["Message"].splitlines() if line.startswith("Events: ")]
            seen.append((minute, mail["Subject"].partition(" ")[0], "".join(events).partition(",")[0]))
    assert seen == [(0, "OPEN", ""), (6, "UPDATED", "Events: 4"), (12, "UPDATED", "Events: 5")]


def test_what_cannot_be_read_is_dead_with_its_reason(place: World) -> None:
    bad = message("spot-interruption", {**SPOT, "time": "soon"}, AT)
    assert place.deliver(bad)
    assert place.dead_letters() == [(bad, 'time is "soon", not a time')]
    assert place.incidents() == []


def test_an_event_of_an_unknown_rule_is_decided_once_a_build_has_it(place: World) -> None:
    del place.routing.data["event_rules"]
    assert place.deliver(message("guardduty", GUARDDUTY, AT))
    assert place.incidents() == []
    assert place.dead_letters() == []
    place.routing.data["event_rules"] = RULES
    place.tick()
    (incident,) = place.incidents()
    assert incident.key == key("guardduty", "0" * 32)


def test_a_finding_that_two_accounts_receive_is_one_incident_and_one_event(place: World) -> None:
    """The member's event and that of the administrator, which is the hub here, in any order."""
    place.routing.data["event_rules"] = {"guardduty": {**RULES["guardduty"], "account_from": "$.detail.accountId"}}
    finding = {**GUARDDUTY, "detail": {**GUARDDUTY["detail"], "accountId": key("", "").account}}
    for number, more in enumerate([{"account": HUB}, {}, {"account": HUB}]):
        assert place.deliver(message("guardduty", finding, AT + 2_000 * (2 - number), number, **more))
        place.notify()
    (incident,) = place.incidents()
    assert (incident.key, incident.events) == (key("guardduty", "0" * 32), 1)
    assert len(subjects(place)) == 1
    place.deliver(message("guardduty", {**finding, "detail": {**finding["detail"], "count": 9}}, AT + 30_000, 9))
    assert [one.events for one in place.incidents()] == [2]
