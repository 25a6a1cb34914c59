"""An event store with two days of a small estate, and the settings that the report function has of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from handlers.events.ids import event_id
from handlers.events.records import (
    Agent,
    Count,
    Deployment,
    Error,
    Event,
    EventType,
    FindingState,
    SentFinding,
    Source,
    State,
    Status,
)
from handlers.events.settings import settings_of
from handlers.events.store import Store

# 2026-11-29T07:00:00Z, which is 08:00 in Berlin.
AT = round(datetime(2026, 11, 29, 7, tzinfo=UTC).timestamp() * 1000)
MINUTE, HOUR = 60_000, 3_600_000
CHECKOUT, LEDGER = Source("222222222222", "us-east-1"), Source("333333333333", "eu-west-1")
HOSTILE = "<script>alert(1)</script> <!channel> *x* `y` \u202eevil\u202c & \"q\" 'p'\nsecond line"
DATA: dict[str, Any] = {
    "version": 1,
    "project": "payments",
    "environment": "prod",
    "hub": {"account": "111111111111", "region": "us-east-1"},
    "accounts": {"222222222222": {"name": "checkout"}, "333333333333": {"name": "ledger"}},
    "reports": {
        "daily": {"channels": ["chat", "mail"], "time_zone": "Europe/Berlin"},
        "weekly": {"channels": ["mail"], "time_zone": "UTC"},
    },
    "channels": {
        "chat": {"type": "slack", "secret": "shop/slack", "channel": "#ops"},
        "mail": {"type": "email", "addresses": ["ops@example.com"]},
    },
    "slos": [
        {
            "name": "payments",
            "title": "payments succeed",
            "objective": 99.9,
            "window": 2_592_000,
            "together": True,
            "bad": {"namespace": "Shop", "name": "Failed", "dimensions": {}, "stat": "Sum"},
            "total": {"namespace": "Shop", "name": "Paid", "dimensions": {}, "stat": "Sum"},
        }
    ],
    "compliance": True,
}
SETTINGS = settings_of(DATA)


def change(name: str, state: str, at: int, source: Source = CHECKOUT, severity: str = "high", **more: Any) -> Event:
    """A state change of an alarm, as the store keeps it."""
    id_ = event_id(source, EventType.ALARM, name, at)
    return Event(id_, EventType.ALARM, source, at, severity, f"{name} is {state}", name, {"state": state}, **more)


def error(fingerprint: str, title: str, first: int, last: int, **more: Any) -> Error:
    """An error of the checkout account."""
    return Error(fingerprint, "log", title, first, last, CHECKOUT, sources=(CHECKOUT,), **more)


def fill(store: Store) -> None:
    """Two days, with something of everything that a report has."""
    for start in range(4):
        store.add_event(change("flaps-alarm-prod", "ALARM", AT - 5 * HOUR + start * 10 * MINUTE))
        store.add_event(change("flaps-alarm-prod", "OK", AT - 5 * HOUR + start * 10 * MINUTE + 2 * MINUTE))
    store.add_event(change("ledger-alarm-prod", "ALARM", AT - 3 * HOUR, LEDGER, "critical"))
    store.add_event(change("old-alarm-prod", "ALARM", AT - 30 * HOUR))
    store.add_event(change("old-alarm-prod", "OK", AT - 28 * HOUR))
    store.add_event(change("no-data-alarm-prod", "INSUFFICIENT_DATA", AT - 40 * HOUR))
    for type_, title, at in (
        (EventType.TASK_FAILURE, "payment-processor stopped: OutOfMemory", AT - 2 * HOUR),
        (EventType.DEPLOYMENT, "payment-handler was deployed", AT - 6 * HOUR),
    ):
        store.add_event(Event(event_id(CHECKOUT, type_, title, at), type_, CHECKOUT, at, "medium", title, title))
    for one, counts in (
        (error("1-aaaaaaaaaaaaaaaa", f"TypeError: {HOSTILE}", AT - 4 * HOUR, AT - HOUR), {4: 7, 1: 3}),
        (
            error(
                "1-bbbbbbbbbbbbbbbb",
                "ConnectionError: ledger unreachable",
                AT - 90 * HOUR,
                AT - 2 * HOUR,
                owner="payments",
                service="order-processor",
                notified=SentFinding(AT - 2 * HOUR, FindingState.ALARM),
            ),
            {2: 120, 30: 40},
        ),
        (error("1-cccccccccccccccc", "ignored", AT - 90 * HOUR, AT - HOUR, state=State.IGNORED), {1: 9_000}),
    ):
        store.save(one, 0)
        for hours, count in counts.items():
            store.put_count(Count(one.fingerprint, AT - hours * HOUR, CHECKOUT, count))
    store.save_agent(Agent(CHECKOUT, Status.REGISTERED, AT - 90 * HOUR, AT - 90 * HOUR, window_end=AT), 0)
    store.save_agent(Agent(LEDGER, Status.SILENT, AT - 2 * HOUR, AT - 90 * HOUR, window_end=AT - 2 * HOUR), 0)
    store.add_deployment(Deployment(CHECKOUT, AT - 6 * HOUR, "payment-handler", "payment-handler was deployed"))
