"""Faults that an attack on the incident path has found, each in its smallest form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from handlers.common.deadline import Deadline
from handlers.incident.delivery.ports import Ports
from handlers.incident.delivery.worker import work
from handlers.incident.events import Key
from handlers.incident.meter import Meter
from handlers.incident.records import Alarm, ChannelState, Delivery, Incident, Rank
from handlers.incident.routing import Routing
from handlers.incident.service import Service
from handlers.incident.table import Due, Owed, Remembered

AT = 1_790_000_000_000
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


def state_change(state: str, at: str) -> str:
    detail = {"alarmName": KEY.alarm, "state": {"value": state, "timestamp": at, "reason": "Threshold crossed"}}
    head = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change"}
    return json.dumps({**head, "account": KEY.account, "region": KEY.region, "detail": detail})


@dataclass
class OneAlarm:
    """A table with one alarm and its latest incident, for decisions that nobody disturbs."""

    read: Remembered = field(default_factory=lambda: Remembered(Alarm(KEY), 0, None, 0))
    owed: list[Owed] = field(default_factory=list)

    def load(self, key: Key) -> Remembered:
        return self.read if key == KEY else Remembered(Alarm(key), 0, None, 0)

    def commit(
        self, read: Remembered, alarm: Alarm, incidents: Sequence[tuple[Incident, int, Sequence[Owed]]], now: int
    ) -> None:
        assert read == self.read
        assert now >= AT
        latest, version = read.incident, read.incident_version
        for incident, known, owed in incidents:
            latest, version = incident, known + 1
            self.owed += owed
        self.read = Remembered(alarm, read.alarm_version + 1, latest, version)


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

    listed: list[Due] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    settled: list[str] = field(default_factory=list)

    def take_lease(self, name: str, now: int, until: int) -> ChannelState:
        self.known.add(name)
        return ChannelState(name, fence=1, lease_until=until, tokens_at=now)

    def due(self, _channel: str, rank: Rank, _now: int, _limit: int) -> list[Due]:
        return [row for row in self.listed if row.rank is rank]

    def load_delivery(self, due: Due) -> tuple[None, Delivery, int]:
        return None, Delivery(due.incident, due.channel, desired=2), 1

    def save_delivery(self, delivery: Delivery, *_: Any) -> int:
        self.listed = [row for row in self.listed if row.incident != delivery.incident]
        self.settled.append(delivery.incident)
        return 2

    def save_channel(self, _channel: ChannelState, _now: int, *, release: bool) -> bool:
        return release

    def forget_channel(self, name: str) -> None:
        self.known.discard(name)


def test_a_removed_channel_is_remembered_until_the_index_had_time_to_list_what_it_is_owed() -> None:
    table = LateIndex()
    unused = cast(Any, None)
    ports = Ports(
        table=cast(Any, table),
        routing=routing("chat"),
        sink=unused,
        now=lambda: AT,
        sleep=lambda _: None,
        random=lambda: 0.5,
        lines=unused,
        meter=unused,
        forget_secret=unused,
        hide=unused,
    )
    work("gone", ports, Deadline.after(60))
    assert table.known == {"gone"}, "the tick looks for it among the channels that had a lease"
    table.listed = [Due("0123456789abcdef", "gone", Rank.HIGH, AT)]
    work("gone", ports, Deadline.after(60))
    assert table.settled == ["0123456789abcdef"]
