"""Messages as agents, CloudWatch and the schedule send them, and a hub in this process that takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from handlers.common.deadline import Deadline
from handlers.events import happenings, tick, windows
from handlers.events.finding_detail import DETAIL_TYPES, SOURCE
from handlers.events.messages import AgentWindow, MonitoringMessage, Tick
from handlers.events.outputs import Outputs
from handlers.events.reading import read
from handlers.events.records import PendingFinding, Source
from handlers.events.settings import Settings, settings_of
from handlers.incident.events import Change
from handlers.incident.events import read as read_incident
from tests.handlers.events.memory_store import MemoryStore

HUB, CHECKOUT, LEDGER = "111111111111", "222222222222", "333333333333"
REGION = "eu-west-1"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
EVERY = 5 * MINUTE
# 2026-11-23T10:00:00Z, on the grid of windows.
T0 = 1_795_428_000_000
SETTINGS: dict[str, Any] = {
    "version": 1,
    "project": "shop",
    "environment": "prod",
    "hub": {"account": HUB, "region": "us-east-1"},
    "regions": ["us-east-1", REGION],
    "accounts": {CHECKOUT: {"name": "checkout"}, LEDGER: {"name": "ledger"}},
    "accounts_closed": True,
    "every": 300,
    "learn": 0,
    "quiet_after": 604_800,
    "most_new": 10,
    "spike": {"factor": 5, "floor": 50},
    "keep_days": 90,
    "severity": {
        **{"log": "medium", "lambda": "high", "task": "medium"},
        **{"health": "high", "spike": "medium", "agent": "high"},
    },
    "owners": [
        {"log_group": "*", "owner": "platform"},
        {"service": "pay*", "owner": "payments", "runbook": "https://runbooks.example.com/pay"},
    ],
    "owner": "everybody",
    "alarms": {
        "errors-alarm-prod": {"severity": "high", "owner": "shop", "severity_by_account": {LEDGER: "low"}},
        "queues-alarm-prod": {"severity": "high", "contributors": 10},
    },
}


def settings(**changed: Any) -> Settings:
    """The usual settings with some changed."""
    return settings_of({**SETTINGS, **changed})


def fingerprint(number: int) -> str:
    """One of many."""
    return f"1-{number:016x}"


def error(number: int = 1, start: int = T0, **changed: Any) -> dict[str, Any]:
    """An error in an agent's window."""
    return {
        "fingerprint": fingerprint(number),
        "kind": "log",
        "title": f"ERROR cannot book order <number> ({number})",
        "shape": "ERROR cannot book order <number>",
        "sample": "ERROR cannot book order 4711",
        "count": 3,
        "exact": True,
        "first": start + 1_000,
        "last": start + 2_000,
        "groups": {"/ecs/ledger": 3},
        "service": "ledger",
        "stream": "ledger/1",
        "request": "",
        "source_path": "ledger/post.py",
        **changed,
    }


def window(
    start: int = T0, errors: Sequence[dict[str, Any]] = (), account: str = CHECKOUT, **changed: Any
) -> dict[str, Any]:
    """A window on the hub's bus. changed: of the detail; `envelope` and `agent` of those."""
    envelope, agent = changed.pop("envelope", {}), changed.pop("agent", {})
    final = changed.get("pass") == "final"
    detail = {
        "version": 1,
        "environment": "prod",
        "region": REGION,
        "correlation": f"c{start}",
        "window": {"start": start, "end": start + EVERY},
        "pass": "first",
        "part": 1,
        "parts": 1,
        "agent": {"version": "0123456789ab", "log_groups": 4, "rows": 12, "unhealthy": [], **agent},
        "errors": list(errors),
        **changed,
    }
    sent = start + EVERY + 30_000 + (EVERY if final else 0)
    head = {"source": "obsgen.error-logs", "detail-type": "Error Log Window", "account": account}
    return {"id": "1", **head, "region": "us-east-1", "time": iso(sent), **envelope, "detail": detail}


def happening(type_: str, subject: str, at: int = T0, account: str = CHECKOUT, **changed: Any) -> dict[str, Any]:
    """A monitoring event on the hub's bus."""
    detail = {
        "version": 1,
        "environment": "prod",
        "region": REGION,
        "correlation": "c1",
        "type": type_,
        "subject": subject,
        "at": at,
        "state": "ALARM",
        "title": f"{subject}: {type_}",
        "facts": [["Cluster", "shop"], ["State", "STOPPED"]],
        "lines": ["out of memory"],
        "service": subject.rpartition("/")[2],
        "log_group": "/ecs/ledger",
        **changed,
    }
    head = {"source": "obsgen.error-logs", "detail-type": "Monitoring Event", "account": account}
    return {**head, "region": "us-east-1", "time": iso(at), "detail": detail}


def alarm(state: str, at: int = T0, account: str = CHECKOUT, name: str = "errors-alarm-prod") -> dict[str, Any]:
    """An alarm's change as a member forwards it."""
    detail = {
        "alarmName": name,
        "state": {"value": state, "reason": "Threshold Crossed", "timestamp": iso(at)},
        "previousState": {"value": "OK", "timestamp": iso(at - DAY)},
    }
    head = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "account": account}
    return {**head, "region": REGION, "time": iso(at), "detail": detail}


def iso(at: int) -> str:
    """As EventBridge and the schedule write times."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Killed(BaseException):
    """The function ends here."""


@dataclass
class Bus:
    """See outputs.Findings. sent: all of them. before: called before each call. refuses: so many entries."""

    sent: list[PendingFinding] = field(default_factory=list)
    before: Any = None
    refuses: int = 0

    def send(self, owed: Sequence[PendingFinding]) -> list[bool]:
        if self.before:
            self.before("Finding")
        taken = []
        for one in owed:
            assert_taken_by_the_incident_function(one)
            taken.append(self.refuses <= 0)
            self.refuses -= 1
            if taken[-1]:
                self.sent.append(one)
        return taken


def assert_taken_by_the_incident_function(owed: PendingFinding) -> None:
    """Whatever the hub finds keeps to the limits of who is told of it."""
    head = {"account": HUB, "region": "us-east-1", "source": SOURCE, "detail-type": DETAIL_TYPES[owed.check]}
    change = read_incident(json.dumps({**head, "detail": owed.detail}))
    assert isinstance(change, Change), change
    assert change.finding
    assert change.finding.link == owed.detail["link"]


@dataclass
class Hub:
    """The hub's function over a store in memory. rules: its settings."""

    rules: Settings = field(default_factory=settings)
    store: MemoryStore = field(default_factory=MemoryStore)
    bus: Bus = field(default_factory=Bus)

    @property
    def outputs(self) -> Outputs:
        return Outputs(self.store, self.bus, self.rules)

    def take(self, message: dict[str, Any], now: int | None = None) -> None:
        """Handle one message."""
        meaning = read(json.dumps(message), self.rules)
        if isinstance(meaning, AgentWindow):
            windows.handle(meaning, self.outputs, meaning.sent_at if now is None else now)
        elif isinstance(meaning, MonitoringMessage):
            happenings.handle(meaning, self.outputs)
        elif isinstance(meaning, Tick):
            tick.handle(meaning.at, self.outputs, Deadline.after(60))

    def tick(self, at: int) -> None:
        """The schedule's message of that time."""
        self.take({"tick": {"at": iso(at)}})

    @property
    def sent(self) -> list[PendingFinding]:
        """What was sent of anything but agents, in order."""
        return [one for one in self.bus.sent if one.check != "agent"]

    def findings(self) -> list[tuple[str, str, str]]:
        """Check, subject and state of that, once however often it was sent."""
        unique = {(one.check, one.detail["account"], one.detail["subject"], one.at): one for one in self.sent}
        return [(one.check, str(one.detail["subject"]), str(one.state)) for one in unique.values()]

    def agent_findings(self) -> list[tuple[str, str, str]]:
        """Account, Region and state of what was sent of agents."""
        found = [one for one in self.bus.sent if one.check == "agent"]
        return [(one.detail["account"], one.detail["region"], str(one.state)) for one in found]

    def counts(self) -> dict[tuple[str, int, Source], int]:
        """Fingerprint, start and place to count; nothing for none."""
        return {
            (one.fingerprint, one.start, one.source): one.count for one in self.store.count_items.values() if one.count
        }
