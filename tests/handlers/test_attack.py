"""Faults that an attack on the incident path has found, each in its smallest form."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from handlers.common.deadline import Deadline
from handlers.incident.delivery.ports import Ports
from handlers.incident.delivery.wake import Notifier
from handlers.incident.delivery.worker import work
from handlers.incident.events import Change, Key, Unreadable, read
from handlers.incident.meter import Meter
from handlers.incident.routing import Routing
from handlers.incident.service import Service
from handlers.incident.state.channel_state import ChannelState
from handlers.incident.state.records import Alarm, Delivery, Incident, Rank
from handlers.incident.state.register import Register
from handlers.incident.state.table import DueDelivery, MembershipChanges, OutstandingDelivery, ParkedEvent, StoredAlarm

AT = 1_790_000_000_000
UNUSED = cast(Any, None)
KEY = Key("222222222222", "us-east-1", "errors-alarm-prod")


def routing(*channels: str) -> Routing:
    return Routing(
        {
            "project": "shop",
            "environment": "prod",
            "reopen_within": 1800,
            "accounts": {KEY.account: "payments"},
            "accounts_closed": True,
            "hub": {"account": "111111111111", "region": "us-east-1"},
            "routes": {"high": list(channels)},
            "channels": {name: {"type": "slack", "secret": "slack"} for name in channels},
            "alarms": {KEY.alarm: {"severity": "high"}},
        }
    )


def state_change(
    state: str, at: str, *, before: tuple[str, str] | None = None, account: str = KEY.account, region: str = KEY.region
) -> str:
    detail: dict[str, Any] = {
        "alarmName": KEY.alarm,
        "state": {"value": state, "timestamp": at, "reason": "Threshold crossed"},
    }
    head = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change"}
    if before:
        detail["previousState"] = {"value": before[0], "timestamp": before[1]}
    return json.dumps({**head, "account": account, "region": region, "detail": detail})


@dataclass
class OneAlarm:
    """A table with one alarm and its latest incident, for decisions that nobody disturbs."""

    read: StoredAlarm = field(default_factory=lambda: StoredAlarm(Alarm(KEY), 0, None, 0))
    owed: list[OutstandingDelivery] = field(default_factory=list)

    def load(self, key: Key) -> StoredAlarm:
        return self.read if key == KEY else StoredAlarm(Alarm(key), 0, None, 0)

    def register(self, key: Key) -> Register:
        return Register(key)

    def commit(
        self,
        read: StoredAlarm,
        alarm: Alarm,
        incidents: Sequence[tuple[Incident, int, Sequence[OutstandingDelivery]]],
        now: int,
        joining: MembershipChanges,
    ) -> None:
        assert joining == MembershipChanges([], [], [])
        assert read == self.read
        assert now >= AT
        latest, version = read.incident, read.incident_version
        for incident, known, owed in incidents:
            latest, version = incident, known + 1
            self.owed += owed
        self.read = StoredAlarm(alarm, read.alarm_version + 1, latest, version)


@dataclass
class Parking(OneAlarm):
    """With one event that was parked."""

    waiting: list[ParkedEvent] = field(default_factory=list)

    def parked(self, is_known: Callable[[str], bool], limit: int) -> list[ParkedEvent]:
        return [parked for parked in self.waiting if is_known(parked.key.alarm)][:limit]

    def unpark(self, parked: ParkedEvent) -> None:
        self.waiting.remove(parked)


def service(table: OneAlarm, routes: Routing, woken: list[str]) -> Service:
    def now() -> int:
        return AT + 60_000

    meter = Meter("prod", now, lambda _: None)
    return Service(routes, cast(Any, table), now, woken.extend, lambda _: None, lambda: 0.5, meter)


def test_a_channel_that_was_removed_is_not_owed_the_end_of_what_it_was_sent() -> None:
    table, woken = OneAlarm(), list[str]()
    service(table, routing("chat", "gone"), woken).handle(
        state_change("ALARM", "2026-09-21T14:13:20+00:00"), Deadline.after(3)
    )
    assert sorted(one.channel for one in table.owed) == ["chat", "gone"]
    table.owed.clear()
    woken.clear()
    service(table, routing("chat"), woken).handle(state_change("OK", "2026-09-21T14:14:00+00:00"), Deadline.after(3))
    assert [one.channel for one in table.owed] == ["chat"]
    assert woken == ["chat"]


@dataclass
class LateIndex:
    """A channel whose index does not list yet what it is owed."""

    listed: list[DueDelivery] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    settled: list[str] = field(default_factory=list)

    def take_lease(self, name: str, now: int, until: int) -> ChannelState:
        self.known.add(name)
        return ChannelState(name, fence=1, lease_until=until, tokens_at=now)

    def due(self, _channel: str, rank: Rank, _now: int, _limit: int) -> list[DueDelivery]:
        return [row for row in self.listed if row.rank is rank]

    def load_delivery(self, due: DueDelivery) -> tuple[None, Delivery, int]:
        return None, Delivery(due.incident, due.channel, desired=2), 1

    def save_delivery(self, delivery: Delivery, *_: Any) -> int:
        self.listed = [row for row in self.listed if row.incident != delivery.incident]
        self.settled.append(delivery.incident)
        return 2

    def save_channel(self, _channel: ChannelState, _now: int, *, release: bool) -> bool:
        return release

    def forget_channel(self, name: str) -> None:
        self.known.discard(name)


def ports_over(table: LateIndex) -> Ports:
    return Ports(
        table=cast(Any, table),
        routing=routing("chat"),
        sink=UNUSED,
        now=lambda: AT,
        sleep=lambda _: None,
        random=lambda: 0.5,
        lines=UNUSED,
        meter=UNUSED,
        forget_secret=UNUSED,
        hide=lambda text: text,
    )


def test_a_removed_channel_is_remembered_until_the_index_had_time_to_list_what_it_is_owed() -> None:
    table = LateIndex()
    ports = ports_over(table)
    work("gone", ports, Deadline.after(60))
    assert table.known == {"gone"}, "the tick looks for it among the channels that had a lease"
    table.listed = [DueDelivery("0123456789abcdef", "gone", Rank.HIGH, AT)]
    work("gone", ports, Deadline.after(60))
    assert table.settled == ["0123456789abcdef"]


OPENED, ENDED = "2026-09-21T14:13:20+00:00", "2026-09-21T14:14:00+00:00"


def parked_end() -> Parking:
    body = state_change("OK", ENDED, before=("ALARM", OPENED))
    return Parking(waiting=[ParkedEvent(KEY, body, AT + 40_000)])


def test_what_was_over_before_the_build_knew_the_alarm_is_nobodys() -> None:
    table = parked_end()
    assert service(table, routing("tickets"), []).process_parked(10, Deadline.after(3)) == 1
    assert (table.waiting, table.owed) == ([], [])


def test_an_alarm_that_arrives_after_its_parked_end_stays_closed() -> None:
    table = parked_end()
    service(table, routing("tickets"), []).process_parked(10, Deadline.after(3))
    service(table, routing("tickets"), []).handle(state_change("ALARM", OPENED), Deadline.after(3))
    assert table.read.incident
    assert not table.read.incident.is_open


def test_the_end_of_what_people_were_sent_before_the_build_forgot_the_alarm_is_taken_in() -> None:
    table = parked_end()
    service(table, routing("tickets"), []).handle(state_change("ALARM", OPENED), Deadline.after(3))
    assert service(table, routing("tickets"), []).process_parked(10, Deadline.after(3)) == 1
    assert table.read.incident
    assert not table.read.incident.is_open


@pytest.mark.parametrize("region", ["evil.example/", "us-east-1#x", "us-east-1/../x"])
def test_a_region_that_cannot_be_is_unreadable(region: str) -> None:
    assert isinstance(read(state_change("ALARM", OPENED, region=region)), Unreadable)


def test_an_account_of_other_digits_is_unreadable() -> None:
    assert isinstance(read(state_change("ALARM", OPENED, account="²" * 12)), Unreadable)


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "eusc-de-east-1", "ap-southeast-7", "us-isob-east-1"])
def test_every_form_of_a_region_is_read(region: str) -> None:
    assert isinstance(read(state_change("ALARM", OPENED, region=region)), Change)


@pytest.mark.parametrize("name", ["x" * 3_000, "\ud800", "pager\n", "#"])
def test_a_wake_up_for_what_cannot_be_a_channel_touches_no_table(name: str) -> None:
    table = LateIndex()
    assert (
        Notifier(ports_over(table), UNUSED, UNUSED, UNUSED).handle(json.dumps({"wake": name}), Deadline.after(60))
        is None
    )
    assert table.known == set()
