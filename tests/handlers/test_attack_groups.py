"""Faults that an attack on incidents of several alarms has found, each in its smallest form."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from handlers.incident.delivery.outcome import begin, step_done
from handlers.incident.delivery.spacing import Spacing
from handlers.incident.delivery.step import next_step
from handlers.incident.message.report import Step
from handlers.incident.routing import POLICIES, Routing
from handlers.incident.state.group_items import summary_item, summary_of
from handlers.incident.state.records import Delivery, Incident, Kind
from tests.handlers.group_world import MINUTE, SECOND, T0, Estate, alarm, routing
from tests.handlers.test_service import event

PAGE = "0"
ERRORS, LAG, NOISE = alarm("errors"), alarm("lag"), alarm("noise")


def estate() -> Estate:
    """Two critical alarms and one of severity low of one service."""
    critical, low = {"severity": "critical", "service": "pay"}, {"severity": "low", "service": "pay"}
    return Estate(routing({"errors": critical, "lag": critical, "noise": low}))


def pages(place: Estate) -> bool:
    """Whether the pager is owed a page; what it is owed is then sent."""
    owed = place.owed(place.root.id).get("pager", ("", 0))
    place.sent(place.root.id)
    return owed[0] == PAGE


def test_a_critical_alarm_that_comes_again_pages_although_another_keeps_the_incident_open() -> None:
    place = estate()
    place.state(NOISE, "ALARM")
    place.state(ERRORS, "ALARM")
    assert pages(place)
    place.now = T0 + 10 * MINUTE
    place.state(ERRORS, "OK")
    assert not pages(place)
    place.now = T0 + 30 * MINUTE
    place.state(ERRORS, "ALARM")
    assert pages(place)
    place.pass_minutes(3)
    assert not pages(place), "once is enough"


def test_a_critical_alarm_that_comes_again_as_another_incident_pages() -> None:
    place = estate()
    place.state(NOISE, "ALARM")
    place.state(ERRORS, "ALARM")
    place.now = T0 + 2 * MINUTE
    place.state(ERRORS, "OK")
    assert pages(place)
    place.now = T0 + 50 * MINUTE
    place.state(ERRORS, "ALARM")
    assert len(place.of(ERRORS)) == 2
    assert pages(place)


def test_a_critical_alarm_that_flaps_within_an_open_incident_is_said_to_flap() -> None:
    place = estate()
    place.state(NOISE, "ALARM")
    for number in range(7):
        place.now = T0 + 7 * number * MINUTE
        place.state(ERRORS, "ALARM")
        place.now += 3 * MINUTE
        place.state(ERRORS, "OK")
    flapping = place.routing.grouping.flapping
    assert flapping is not None
    assert flapping.times(place.root.repeats) > 4


def test_a_critical_alarm_whose_mute_ends_pages_although_its_group_is_open() -> None:
    place = estate()
    muted_until = datetime.fromtimestamp((T0 + 40 * MINUTE) / 1000, UTC).isoformat()
    place.handle(event("ALARM", T0, key=LAG, muteDetail={"muteWindowEnd": muted_until}))
    place.now = T0 + 20 * MINUTE
    place.state(ERRORS, "ALARM")
    assert pages(place)
    place.now = T0 + 41 * MINUTE
    place.tick()
    assert place.root.members == 2
    assert pages(place)
    place.pass_minutes(3)
    place.state(NOISE, "ALARM")
    assert not pages(place), "once is enough"


def test_an_alarm_whose_mute_has_ended_does_not_page_again_when_another_joins() -> None:
    place = estate()
    muted_until = datetime.fromtimestamp((T0 + 40 * MINUTE) / 1000, UTC).isoformat()
    place.handle(event("ALARM", T0, key=LAG, muteDetail={"muteWindowEnd": muted_until}))
    place.now = T0 + 41 * MINUTE
    place.tick()
    assert pages(place)
    place.now += MINUTE
    place.state(NOISE, "ALARM")
    assert not pages(place)


def test_alarms_that_change_all_the_time_do_not_put_off_reminder_and_escalation() -> None:
    place = estate()
    place.state(ERRORS, "ALARM")
    for half_minutes in range(1, 70):
        place.now = T0 + 30 * half_minutes * SECOND
        place.state(NOISE, "ALARM" if half_minutes % 2 else "OK")
        if half_minutes % 2 == 0:
            place.tick()
    assert T0 + 20 * MINUTE <= place.root.escalated_at <= T0 + 21 * MINUTE
    assert T0 + 30 * MINUTE <= place.root.reminded_at <= T0 + 31 * MINUTE


def test_what_was_over_long_ago_is_no_storm_and_takes_no_new_alarm_into_one() -> None:
    names = [f"old-{number}" for number in range(60)]
    place = Estate(routing({name: {"severity": "low"} for name in [*names, "new"]}), now=T0 + 300 * MINUTE)
    for name in names:
        place.handle(event("OK", T0 + 5 * MINUTE, "ALARM", T0, key=alarm(name)))
    assert {root.kind for root in place.roots} == {Kind.ALONE}
    place.now += 3 * MINUTE
    place.state(alarm("new"), "ALARM")
    assert place.roots[-1].severity == "low"
    assert list(place.owed(place.roots[-1].id)) == ["mail"]


def test_an_alarm_that_goes_to_and_fro_between_alarm_and_no_data_is_flapping() -> None:
    place = estate()
    pager = Spacing(place.routing.grouping, is_pager=True, routing=place.routing)
    alone = alarm("alone")
    place.deployed(routing({"alone": {"severity": "critical"}}))
    waits = []
    for number in range(8):
        place.now = T0 + 4 * number * MINUTE
        place.state(alone, "ALARM")
        sent = Delivery(place.root.id, "pager", state="ALARM", sent_at=place.now - MINUTE, severity="critical")
        waits.append(max(0, pager.earliest(place.root, sent, Step.REPEAT) - place.now) // MINUTE)
        place.now += 2 * MINUTE
        place.state(alone, "INSUFFICIENT_DATA")
        place.tick()
    assert waits == [0, 0, 0, 0, 29, 29, 29, 29]
    assert place.root.alarm_count == 1
    assert place.root.escalated_at == T0 + 22 * MINUTE, "it is open all the time"


def test_a_new_critical_alarm_pages_although_a_repeat_before_it_may_still_wait() -> None:
    place = Estate(routing({name: {"severity": "critical", "service": "pay"} for name in ("errors", "lag", "third")}))
    for number in range(6):
        place.now = T0 + 9 * number * MINUTE
        place.state(ERRORS, "ALARM")
        pages(place)
        place.now += 4 * MINUTE
        place.state(ERRORS, "OK")
    place.now = T0 + 52 * MINUTE
    place.state(ERRORS, "ALARM")
    pages(place)
    place.now += 2 * MINUTE
    place.state(LAG, "ALARM")
    assert pages(place)
    assert place.root.alarm_at not in place.root.repeats, "so that it does not wait as repeats do"
    place.now += MINUTE
    place.state(alarm("third"), "ALARM")
    assert not pages(place), "that is the same page"


def pager(place: Estate, name: str = "pager") -> Spacing:
    """How a pager is spaced."""
    channel = place.routing.channel(name)
    assert channel is not None
    return Spacing.of(channel, place.routing)


def shown(place: Estate) -> Incident:
    """The incident as a worker reads it."""
    root = place.root
    return replace(root, summary=place.seen(root).summary)


def next_page(place: Estate, delivery: Delivery, name: str = "pager") -> object:
    """What a pager is sent next."""
    policy = POLICIES["pagerduty"]
    return next_step(shown(place), delivery, tickets=True, policy=policy, spacing=pager(place, name), now=place.now)


def test_an_alarm_of_severity_low_wakes_nobody_because_a_critical_one_was_in_its_incident() -> None:
    place = estate()
    place.state(NOISE, "ALARM")
    place.state(ERRORS, "ALARM")
    place.now = T0 + 2 * MINUTE
    place.state(ERRORS, "OK")
    place.state(NOISE, "OK")
    sent = Delivery(place.root.id, "pager", state="OK", alarm_at=place.root.alarm_at, severity="critical")
    place.now = T0 + 20 * MINUTE
    place.state(NOISE, "ALARM")
    assert place.root.is_open
    assert next_page(place, sent) is None
    assert next_page(place, Delivery(place.root.id, "pager")) is None, "nor where it was not sent the critical one"
    place.now = T0 + 21 * MINUTE
    place.state(ERRORS, "ALARM")
    assert next_page(place, sent) is Step.REPEAT


def test_neither_an_update_nor_the_end_puts_off_the_next_page_of_what_flaps() -> None:
    place = estate()
    for number in range(6):
        place.now = T0 + 5 * number * MINUTE
        place.state(ERRORS, "ALARM")
        place.now += 2 * MINUTE
        place.state(ERRORS, "OK")
    place.now += MINUTE
    place.state(ERRORS, "ALARM")
    paged = step_done(begin(Delivery(place.root.id, "pager"), place.root, Step.OPEN, 1), Step.OPEN, "x", sent_at=T0)
    updated = step_done(begin(paged, place.root, Step.UPDATED, 1), Step.UPDATED, "x", sent_at=T0 + 25 * MINUTE)
    ended = step_done(begin(paged, place.root, Step.RESOLVE, 1), Step.RESOLVE, "x", sent_at=T0 + 25 * MINUTE)
    assert pager(place).earliest(place.root, updated, Step.REPEAT) == T0 + 30 * MINUTE
    assert pager(place).earliest(place.root, ended, Step.REPEAT) == T0 + 30 * MINUTE


def test_a_pager_is_called_for_its_own_alarm_although_fifty_others_are_listed_before_it() -> None:
    of_one_service = {"service": "pay", "severity": "critical"}
    names = [f"errors-{number}" for number in range(60)]
    place = Estate(
        routing(
            {**dict.fromkeys(names, of_one_service), "ledger": {**of_one_service, "owner": "ledger"}},
            rules=[{"when": {"owner": ["ledger"]}, "to": ["lead"]}],
            incidents={"storm": None},
        )
    )
    for name in names:
        place.state(alarm(name), "ALARM")
    place.now += MINUTE
    place.state(alarm("ledger"), "ALARM")
    place.tick()
    assert place.root.members == 61
    assert next_page(place, Delivery(place.root.id, "lead"), "lead") is Step.OPEN


def test_a_pager_that_has_left_the_route_since_is_called_for_the_alarm_that_it_was_to_hear_of() -> None:
    place = estate()
    place.state(ERRORS, "ALARM")
    place.state(NOISE, "ALARM")
    place.deployed(Routing({**place.routing.data, "routes": {"critical": ["jira"], "low": ["mail"]}}))
    assert next_page(place, Delivery(place.root.id, "pager")) is Step.OPEN


def test_a_pager_that_has_joined_the_route_since_is_not_called_for_the_alarm_that_was_in_alarm_before() -> None:
    place = estate()
    place.state(ERRORS, "ALARM")
    place.state(NOISE, "ALARM")
    place.deployed(Routing({**place.routing.data, "routes": {"critical": ["pager"], "low": ["pager"]}}))
    place.now += MINUTE
    place.state(ERRORS, "OK")
    assert place.root.is_open
    assert next_page(place, Delivery(place.root.id, "pager")) is None


def test_a_summary_of_an_earlier_build_keeps_no_pager_from_being_called() -> None:
    place = estate()
    place.state(ERRORS, "ALARM")
    place.state(NOISE, "ALARM")
    root = shown(place)
    assert root.summary is not None
    item = summary_item(root, root.summary, place.now)
    read = summary_of(item)
    assert read.pagers == root.summary.pagers == ("pager",)
    content = json.loads(item["summary"]["S"])
    del content["pagers"]
    earlier = replace(root, summary=summary_of({**item, "summary": {"S": json.dumps(content)}}))
    assert pager(place).wakes(earlier)


def test_no_pager_is_called_for_what_is_over_because_another_alarm_has_no_data() -> None:
    place = estate()
    place.state(ERRORS, "ALARM")
    place.state(LAG, "INSUFFICIENT_DATA")
    assert next_page(place, Delivery(place.root.id, "pager")) is Step.OPEN
    place.now += MINUTE
    place.state(ERRORS, "OK")
    assert place.root.is_open
    assert next_page(place, Delivery(place.root.id, "pager")) is None
    place.state(LAG, "ALARM", place.now + 1)
    assert next_page(place, Delivery(place.root.id, "pager")) is Step.OPEN
