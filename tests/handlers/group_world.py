"""An estate whose alarms belong together: its table, the service over a table in memory, and crashes at will."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from generator.drill.memory_table import MemoryTable
from handlers.common.deadline import Deadline
from handlers.incident.channel_types import TICKET_TYPES
from handlers.incident.decision.deciding import DecisionOutcome
from handlers.incident.events import Key
from handlers.incident.grouping.group_members import by_alarm, lead
from handlers.incident.grouping.group_view import Situation, View, refreshed
from handlers.incident.meter import Meter
from handlers.incident.routing import Routing
from handlers.incident.service import Service
from handlers.incident.state.records import Incident, Kind
from tests.handlers.test_service import event

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
T0 = 1_795_168_800_000
ALPHA, BETA, REGION = "222222222222", "333333333333", "us-east-1"
WAIT = {"critical": 0, "high": 30, "medium": 30, "low": 60}
STORM = {
    "environment_per_minute": 30,
    "account_per_minute": 10,
    "own_pages": 10,
    "calm_seconds": 600,
    "split": 20,
    "severity": "critical",
}
INCIDENTS: dict[str, Any] = {
    "group": {
        "by": ["service", "account"],
        "wait_seconds": WAIT,
        "update_every_seconds": 300,
        "collect_seconds": 3600,
    },
    "storm": STORM,
    "flapping": {"repeats": 4, "within_seconds": 3600, "every_seconds": 900, "page_every_seconds": 1800},
    "remind_seconds": {"critical": 1800, "high": 14400},
    "escalate": {"critical": {"after_seconds": 1200, "to": ["lead"]}},
    "acknowledge": ["ticket", "reaction", "command"],
}
CHANNELS = {
    "pager": {"type": "pagerduty"},
    "jira": {"type": "jira"},
    "bot": {"type": "slack", "channel": "#ops"},
    "mail": {"type": "email"},
    "lead": {"type": "pagerduty"},
}
ROUTES = {
    "critical": ["pager", "jira", "bot"],
    "high": ["jira", "bot"],
    "medium": ["bot"],
    "low": ["mail"],
}


def alarm(name: str, account: str = ALPHA, region: str = REGION) -> Key:
    """The key of an alarm."""
    return Key(account, region, name)


def routing(alarms: Mapping[str, Mapping[str, Any]], **more: Any) -> Routing:
    """A routing table with those alarms; high where they do not say another severity."""
    incidents = {**INCIDENTS, **more.pop("incidents", {})}
    data = {
        "project": "shop",
        "environment": "prod",
        "reopen_within": 1800,
        "accounts": {ALPHA: "alpha", BETA: "beta"},
        "accounts_closed": False,
        "hub": {"account": "123456789012", "region": REGION},
        "routes": ROUTES,
        "channels": CHANNELS,
        "alarms": {name: {"severity": "high", **about} for name, about in alarms.items()},
        "incidents": incidents,
        **more,
    }
    return Routing(json.loads(json.dumps(data)))


class Crash(BaseException):
    """The function dies; no code of it runs any more."""


class Fragile(MemoryTable):
    """A table in front of which the function dies: before or after the calls with these numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.crashes: dict[int, str] = {}
        self.calls: list[str] = []
        self.armed = False

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name not in CALLS or not super().__getattribute__("armed"):
            return value

        def call(*args: Any, **more: Any) -> Any:
            self.calls.append(name)
            moment = self.crashes.pop(len(self.calls), "")
            if moment == "before":
                raise Crash
            self.armed = False  # a call may use another one
            try:
                result = value(*args, **more)
            finally:
                self.armed = True
            if moment == "after":
                raise Crash
            return result

        return call


CALLS = frozenset(
    {
        "load",
        "load_incident",
        "commit",
        "open_groups",
        "close_groups",
        "count",
        "members",
        "commit_review",
        "reviews",
        "acknowledgement",
        "register",
        "save_register",
    }
)


@dataclass
class Estate:
    """The service with its table and its time."""

    routing: Routing
    now: int = T0
    table: Fragile = field(default_factory=Fragile)
    woken: list[tuple[str, ...]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = self.deployed(self.routing)

    def deployed(self, table: Routing) -> Service:
        """With another build."""
        self.routing = table
        self.service = Service(
            routing=table,
            table=self.table,
            now=lambda: self.now,
            wake=lambda names: self.woken.append(tuple(names)),
            pause=lambda _: None,
            random=lambda: 0.5,
            meter=Meter("prod", lambda: self.now, lambda line: self.metrics.append(json.loads(line))),
        )
        return self.service

    def handle(self, body: str) -> DecisionOutcome:
        """One receive of a message."""
        return self.service.handle(body, Deadline.after(600))

    def receive(self, body: str) -> DecisionOutcome:
        """As the queue does: again and again until the function is done with it."""
        while True:
            self.table.armed = True
            try:
                return self.handle(body)
            except Crash:
                continue
            finally:
                self.table.armed = False

    def state(
        self, key: Key, state: str, at: int | None = None, before: str | None = None, since: int = 0
    ) -> DecisionOutcome:
        """A state change that arrives now."""
        return self.handle(event(state, self.now if at is None else at, before, since or None, key=key))

    def tick(self) -> int:
        """What the schedule asks for each minute."""
        for key in self.table.due_alarms(self.now, 100):
            self.service.recheck(key, Deadline.after(600))
        return self.service.review(100, Deadline.after(600))

    def pass_minutes(self, minutes: int) -> None:
        """With a tick in each."""
        for _ in range(minutes):
            self.now += MINUTE
            self.tick()

    @property
    def incidents(self) -> list[Incident]:
        """All, by id."""
        return [incident for _, (incident, _) in sorted(self.table.incidents.items())]

    @property
    def roots(self) -> list[Incident]:
        """What people hear of, by when it opened."""
        roots = [incident for incident in self.incidents if not incident.parent]
        return sorted(roots, key=lambda incident: (incident.opened, incident.id))

    @property
    def root(self) -> Incident:
        """The only one."""
        (root,) = self.roots
        return root

    def of(self, key: Key) -> list[Incident]:
        """An alarm's own incidents, by time."""
        own = (Kind.ALONE, Kind.NO_DATA)
        mine = [incident for incident in self.incidents if incident.key == key and incident.kind in own]
        return sorted(mine, key=lambda incident: incident.opened)

    def owed(self, id_: str) -> dict[str, tuple[str, int]]:
        """Channel to rank and time of what is in the index."""
        places = {channel: place for (one, channel), (_, _, place) in self.table.deliveries.items() if one == id_}
        return {channel: (str(place[0]), place[1]) for channel, place in places.items() if place}

    def sent(self, id_: str) -> None:
        """The channels have been sent what they are owed: nothing is in the index any more."""
        for (incident, _), (delivery, version, place) in list(self.table.deliveries.items()):
            if incident == id_ and place:
                root = self.table.load_incident(id_)[0]
                done = replace(delivery, delivered=root.revision, state="ALARM", alarm_at=root.alarm_at)
                assert self.table.save_delivery(done, version, None, root, self.now) is not None

    def seen(self, root: Incident) -> View:
        """The incident as its members make it now."""
        members = self.table.members(root.id)
        leading, _ = self.table.load_incident(lead(by_alarm(members)).incident)
        tickets = frozenset(name for name, one in CHANNELS.items() if one["type"] in TICKET_TYPES)
        return refreshed(root, members, leading, Situation(self.routing, tickets, self.now))


def assert_whole(estate: Estate, *, ids: Collection[str] = ()) -> None:
    """Each incident of several alarms stands as its members say, and each member as its own incident does."""
    roots: Sequence[Incident] = [one for one in estate.roots if one.kind in (Kind.GROUP, Kind.STORM)]
    assert not ids or {root.id for root in roots} == set(ids)
    for root in roots:
        view = estate.seen(root)
        assert view.root == root
        assert view.owed == ()
        members = estate.table.members(root.id)
        assert root.is_open == any(member.ended is None for member in members)
        for member in members:
            own, _ = estate.table.load_incident(member.incident)
            if own.parent == root.id and (own.kind is Kind.ALONE or member.ended is None):
                assert (member.ended, member.state, member.severity) == (own.ended, own.state, own.severity)
    for incident in estate.incidents:
        if incident.parent:
            assert incident.id in {member.incident for member in estate.table.members(incident.parent)}
            assert not estate.owed(incident.id)
