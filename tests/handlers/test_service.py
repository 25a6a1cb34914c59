"""The decision service with the table in memory: what is committed, who is woken, and what happens in between."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from generator.drill.memory_table import MemoryTable
from generator.spec.channel_types import channel_types
from handlers.common.deadline import Deadline
from handlers.incident.channel_types import TICKET_TYPES
from handlers.incident.decision import holds
from handlers.incident.decision.deciding import DecisionOutcome
from handlers.incident.decision.retries import CONFLICTS, RetryLater
from handlers.incident.events import Key
from handlers.incident.meter import Meter
from handlers.incident.routing import Routing
from handlers.incident.service import PoisonMessage, Service
from handlers.incident.state.records import Rank
from handlers.incident.state.table import Conflict, ParkedEvent
from tests.handlers.alarm_world import KEY, NO_DATA, OK, A

MINUTE = 60_000
T0 = 1_795_168_800_000
SUPPRESSOR = Key(KEY.account, KEY.region, "maintenance-alarm-prod")
COMPOSITE = Key(KEY.account, KEY.region, "down-alarm-prod")
TABLE: dict[str, Any] = {
    "project": "shop",
    "environment": "prod",
    "reopen_within": 1800,
    "accounts": {KEY.account: "alpha", "333333333333": "beta"},
    "accounts_closed": True,
    "hub": {"account": "123456789012", "region": "us-east-1"},
    "routes": {"high": ["jira", "slack"], "low": ["slack"]},
    "channels": {"jira": {"type": "jira"}, "slack": {"type": "slack"}, "mail": {"type": "email"}},
    "alarms": {
        KEY.alarm: {"severity": "high", "severity_by_account": {"333333333333": "low"}},
        "quiet-alarm-prod": {"severity": "none"},
        SUPPRESSOR.alarm: {"severity": "none"},
        COMPOSITE.alarm: {"severity": "high", "suppressor": {"alarm": SUPPRESSOR.alarm, "extend": 300}},
    },
}


def event(
    state: str, at: int, before: str | None = None, since: int | None = None, key: Key = KEY, **detail: Any
) -> str:
    """A state change as EventBridge delivers it."""
    previous = {"value": before, "timestamp": _iso(since)} if before and since else {}
    suppressed_by = {"actionsSuppressedBy": detail.pop("suppressed_by", None)}
    return json.dumps(
        {
            "source": "aws.cloudwatch",
            "detail-type": "CloudWatch Alarm State Change",
            "account": key.account,
            "region": key.region,
            "detail": {
                "alarmName": key.alarm,
                "state": {"value": state, "timestamp": _iso(at), "reason": f"{state} because", **suppressed_by},
                "previousState": previous,
                **detail,
            },
        }
    )


def _iso(at: int | None) -> str:
    return datetime.fromtimestamp((at or 0) / 1000, UTC).isoformat()


class Place:
    """A service with its table, its time, and what it did."""

    def __init__(self, table: Any = None, now: int = T0) -> None:
        self.table, self.now = table or MemoryTable(), now
        self.woken: list[tuple[str, ...]] = []
        self.pauses: list[float] = []
        self.routing = Routing(json.loads(json.dumps(TABLE)))
        self.metrics: list[dict[str, Any]] = []
        self.service = Service(
            routing=self.routing,
            table=self.table,
            now=lambda: self.now,
            wake=self._wake,
            pause=self.pauses.append,
            random=lambda: 0.5,
            meter=Meter("prod", lambda: self.now, lambda line: self.metrics.append(json.loads(line))),
        )

    def _wake(self, channels: Sequence[str]) -> None:
        self.woken.append(tuple(channels))

    def handle(self, body: str, seconds: float = 600) -> DecisionOutcome:
        return self.service.handle(body, Deadline.after(seconds))

    def look(self, key: Key = KEY) -> DecisionOutcome:
        return self.service.recheck(key, Deadline.after(600))


class Contended(MemoryTable):
    """A table in which somebody else writes between every read and the write after it, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def commit(self, read: Any, alarm: Any, incidents: Any, now: int, joining: Any = None) -> None:
        if self.times:
            self.times -= 1
            raise Conflict
        super().commit(read, alarm, incidents, now, joining)


def test_an_alarm_is_committed_and_then_everybody_is_woken() -> None:
    place = Place()
    decided = place.handle(event(A, T0, OK, T0 - 9 * MINUTE))
    assert [(one.channel, one.rank, one.not_before) for one in decided.owed] == [
        ("jira", Rank.HIGH, T0),
        ("slack", Rank.HIGH, T0),
    ]
    assert place.woken == [("jira", "slack")]
    assert place.table.due("jira", Rank.HIGH, T0, 10) == [decided.owed[0]]


def test_a_message_received_again_wakes_again_and_changes_nothing() -> None:
    place, body = Place(), event(A, T0, OK, T0 - 9 * MINUTE)
    place.handle(body)
    before = place.table.load(KEY)
    assert place.handle(body) == DecisionOutcome((), ("jira", "slack"))
    assert place.table.load(KEY) == before
    assert place.woken == [("jira", "slack")] * 2


def test_what_somebody_else_decided_meanwhile_is_decided_upon() -> None:
    table = Contended(3)
    place = Place(table)
    place.handle(event(A, T0, OK, T0 - 9 * MINUTE))
    assert len(place.pauses) == 3
    assert len(table.incidents) == 1
    assert table.load(KEY).alarm_version == 1


def test_who_cannot_commit_goes_back_to_the_queue() -> None:
    place = Place(Contended(CONFLICTS))
    with pytest.raises(RetryLater):
        place.handle(event(A, T0, OK, T0 - 9 * MINUTE))
    assert place.woken == []
    assert not place.table.incidents
    place.handle(event(A, T0, OK, T0 - 9 * MINUTE))
    assert len(place.table.incidents) == 1


def test_conflicts_end_with_the_time() -> None:
    place = Place(Contended(CONFLICTS))
    with pytest.raises(RetryLater):
        place.handle(event(A, T0, OK, T0 - 9 * MINUTE), seconds=0.1)
    assert len(place.pauses) == 0


def test_an_incident_of_an_alarm_that_was_forgotten_is_taken_up_again() -> None:
    """The alarm's item may expire, or be deleted by hand, while its incident is still there."""
    place, body = Place(), event(A, T0, OK, T0 - 9 * MINUTE)
    place.handle(body)
    place.table.alarms.clear()
    place.handle(body)
    assert [version for _, version in place.table.incidents.values()] == [1]
    assert place.table.load(KEY).alarm.incident is not None
    place.handle(event(OK, T0 + MINUTE, A, T0))
    assert [incident.is_open for incident, _ in place.table.incidents.values()] == [False]


def test_another_incident_than_the_latest_is_read_when_a_late_fact_is_about_it() -> None:
    place = Place(now=T0 + 100 * MINUTE)
    place.handle(event(A, T0, OK, T0 - 9 * MINUTE))
    place.handle(event(A, T0 + 90 * MINUTE, OK, T0 + 5 * MINUTE))
    place.handle(event(A, T0 + 3 * MINUTE, A, T0))
    first, second = sorted((i for i, _ in place.table.incidents.values()), key=lambda i: i.opened)
    assert (first.alarm_at, first.is_open, second.is_open) == (T0 + 3 * MINUTE, False, True)


def test_the_severity_is_the_accounts() -> None:
    place = Place()
    decided = place.handle(event(A, T0, OK, T0 - 9, key=Key("333333333333", "us-east-1", KEY.alarm)))
    assert [(one.channel, one.rank) for one in decided.owed] == [("slack", Rank.OTHER)]


def test_an_alarm_that_nobody_hears_of_is_not_remembered_and_one_that_suppresses_is() -> None:
    place = Place()
    for alarm in ("quiet-alarm-prod", SUPPRESSOR.alarm):
        place.handle(event(A, T0, OK, T0 - 9, key=Key(KEY.account, KEY.region, alarm)))
    assert [key.alarm for key in place.table.alarms] == [SUPPRESSOR.alarm]
    assert place.woken == []


def test_an_incident_ends_though_its_alarm_is_of_no_severity_any_more() -> None:
    place = Place()
    place.handle(event(A, T0, OK, T0 - 9 * MINUTE))
    place.routing.data["alarms"][KEY.alarm] = {"severity": "none"}
    decided = place.handle(event(OK, T0 + MINUTE, A, T0))
    assert [one.channel for one in decided.owed] == ["jira", "slack"]


def test_what_nobody_can_read_is_for_the_dead_letters() -> None:
    with pytest.raises(PoisonMessage, match="not JSON"):
        Place().handle("{")


def test_an_unknown_alarm_of_a_named_account_is_parked_as_it_was_last() -> None:
    place = Place()
    unknown = Key(KEY.account, KEY.region, "theirs")
    second = event(OK, T0 + 2, A, T0 + 1, key=unknown)
    for body in (event(A, T0 + 1, OK, T0 - 9, key=unknown), second, event(A, T0 - 5, OK, T0 - 9, key=unknown)):
        assert place.handle(body) == DecisionOutcome()
    (parked,) = place.table.parked_events.values()
    assert (parked.key, parked.body) == (unknown, second)
    assert [(line["Account"], line["UnknownAlarms"]) for line in place.metrics] == [(KEY.account, 1)] * 3
    assert not place.table.alarms


# -- holds


def test_a_muted_alarm_is_looked_at_when_the_window_ends() -> None:
    place = Place()
    mute = {"mutedByArn": "arn:rule", "muteWindowEnd": _iso(T0 + 60 * MINUTE)}
    for _ in range(3):
        place.handle(event(A, T0, OK, T0 - 9 * MINUTE, muteDetail=mute))
    assert place.woken == []
    at = T0 + 60 * MINUTE + holds.MUTE_MARGIN
    assert (place.table.due_alarms(at - 1, 10), place.table.due_alarms(at, 10)) == ([], [KEY])
    place.now = at
    decided = place.look()
    assert [one.not_before for one in decided.owed] == [at, at]
    assert place.table.due_alarms(at + 10**9, 10) == []


def test_a_suppressed_composite_is_looked_at_when_its_suppressor_has_been_quiet_long_enough() -> None:
    place = Place()
    place.handle(event(A, T0 - 10 * MINUTE, OK, T0 - 99 * MINUTE, key=SUPPRESSOR))
    suppressed = event(A, T0, OK, T0 - 99 * MINUTE, key=COMPOSITE, suppressed_by="Alarm")
    place.handle(suppressed)
    assert place.table.load(COMPOSITE).alarm.recheck_at == T0 + holds.BACKSTOP
    place.now = T0 + 10 * MINUTE
    over = event(OK, place.now, A, T0 - 10 * MINUTE, key=SUPPRESSOR)
    for _ in range(2):
        place.handle(over)
    at = T0 + 16 * MINUTE
    assert place.table.load(COMPOSITE).alarm.recheck_at == at
    # A delivery more of either changes nothing about it.
    place.handle(suppressed)
    assert place.table.load(COMPOSITE).alarm.recheck_at == at
    place.now = at - 1
    assert place.look(COMPOSITE).owed == ()
    place.now = at
    assert [one.channel for one in place.look(COMPOSITE).owed] == ["jira", "slack"]
    assert place.table.load(COMPOSITE).alarm.recheck_at is None


def test_who_cannot_make_the_appointment_goes_back_to_the_queue_and_makes_it_then() -> None:
    table = Contended(0)
    place = Place(table)
    place.handle(event(A, T0 - 10 * MINUTE, OK, T0 - 99 * MINUTE, key=SUPPRESSOR))
    place.handle(event(A, T0, OK, T0 - 99 * MINUTE, key=COMPOSITE, suppressed_by="Alarm"))
    over = event(OK, T0 + MINUTE, A, T0 - 10 * MINUTE, key=SUPPRESSOR)
    place.handle(over)
    table.alarms[COMPOSITE] = (replace(table.load(COMPOSITE).alarm, recheck_at=None), 9)
    table.times = CONFLICTS
    with pytest.raises(RetryLater):
        place.handle(over)
    place.handle(over)
    assert table.load(COMPOSITE).alarm.recheck_at == T0 + MINUTE + 5 * MINUTE + holds.MARGIN


def test_a_reminder_of_the_version_before_is_a_look() -> None:
    place = Place()
    mute = {"mutedByArn": "arn:rule", "muteWindowEnd": _iso(T0 + MINUTE)}
    place.handle(event(A, T0, OK, T0 - 9 * MINUTE, muteDetail=mute))
    place.now = T0 + 2 * MINUTE
    body = {"source": "obsgen", "detail-type": "Look Again", "account": KEY.account, "region": KEY.region}
    assert place.handle(json.dumps({**body, "detail": {"alarm": KEY.alarm}})).owed


# -- parked


def test_what_is_parked_is_taken_in_once_the_build_knows_it() -> None:
    place = Place()
    new = Key(KEY.account, KEY.region, "new-alarm-prod")
    place.table.park(ParkedEvent(new, event(A, T0, OK, T0 - 9, key=new), T0), T0)
    place.table.park(ParkedEvent(KEY, "not readable", T0), T0)
    assert place.service.process_parked(10, Deadline.after(600)) == 0
    assert list(place.table.parked_events) == [new]
    place.routing.data["alarms"][new.alarm] = {"severity": "high"}
    assert place.service.process_parked(10, Deadline.after(600)) == 1
    assert not place.table.parked_events
    assert place.woken == [("jira", "slack")]


def test_one_parked_event_that_fails_keeps_no_other_from_being_taken_in() -> None:
    place = Place(Contended(CONFLICTS))
    for number in range(2):
        key = Key("333333333333", f"eu-west-{number}", KEY.alarm)
        place.table.park(ParkedEvent(key, event(A, T0 + number, OK, T0 - 9, key=key), T0 + number), T0)
    with pytest.raises(RetryLater):
        place.service.process_parked(10, Deadline.after(600))
    assert [key.region for key in place.table.parked_events] == ["eu-west-0"]


def test_without_time_nothing_parked_is_begun() -> None:
    place = Place()
    place.table.park(ParkedEvent(KEY, event(A, T0, OK, T0 - 9), T0), T0)
    assert place.service.process_parked(10, Deadline.after(0.1)) == 0
    assert list(place.table.parked_events) == [KEY]


# -- what others rely on


def test_the_types_with_tickets_are_those_whose_sinks_say_so() -> None:
    types = channel_types()
    sinks = {name: import_module(f"handlers.incident.sinks.{name}").Sink for name in types}
    assert {name for name, kind in sinks.items() if kind.tickets} == TICKET_TYPES


def test_a_decision_is_logged_with_alarm_account_region_and_incident(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "handlers.incident")
    place = Place()
    place.handle(event(A, T0, OK, T0 - 9 * MINUTE))
    (record,) = caplog.records
    assert record.message == "decided"
    said = {name: getattr(record, name) for name in ("alarm", "account", "region", "incident", "owed", "severity")}
    assert said == {
        "alarm": KEY.alarm,
        "account": KEY.account,
        "region": KEY.region,
        "incident": place.table.load(KEY).alarm.incident,
        "owed": ["jira", "slack"],
        "severity": "high",
    }


def test_no_data_is_only_for_channels_without_tickets() -> None:
    decided = Place().handle(event(NO_DATA, T0, OK, T0 - 9))
    assert [(one.channel, one.rank) for one in decided.owed] == [("slack", Rank.UPDATE)]
