"""Tasks, services, deployments and alarms, and agents that are silent, deployed or taken out."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.agents.stack_events import Ignored
from handlers.agents.stack_events import read as read_stack
from handlers.events import outbox, tick
from handlers.events.agents import stack_changed
from handlers.events.records import Condition, Event, EventType, Source, Status
from tests.handlers.events.events_world import (
    CHECKOUT,
    DAY,
    EVERY,
    HOUR,
    HUB,
    LEDGER,
    MINUTE,
    REGION,
    T0,
    Hub,
    alarm,
    error,
    fingerprint,
    happening,
    iso,
    settings,
    window,
)
from tests.handlers.events.memory_store import MemoryStore

HERE = Source(CHECKOUT, REGION)
REGIONS = (REGION, "us-east-1")
TASK, A, OK = "shop/ledger", "ALARM", "OK"
SET = "member-stack-prod"


@pytest.fixture
def hub() -> Hub:
    return Hub()


def types(hub: Hub) -> list[str]:
    return sorted(str(one.type) for one in hub.store.event_items.values())


# Tasks


def test_a_task_that_fails_is_one_incident_until_an_hour_is_quiet(hub: Hub) -> None:
    for at in (T0, T0, T0 + 30 * MINUTE):
        hub.take(happening("task-failure", TASK, at))
    assert hub.findings() == [("task-failure", TASK, A)]
    facts = dict(hub.sent[0].detail["facts"])
    # The hub's incident has a fact called State itself.
    assert facts["State in the source"] == "STOPPED"
    assert (facts["Last lines"], facts["Owned by"]) == ("out of memory", "platform")
    assert types(hub) == ["task-failure", "task-failure"]
    hub.tick(T0 + HOUR + 5 * MINUTE)
    assert len(hub.findings()) == 1
    hub.tick(T0 + HOUR + 30 * MINUTE)
    hub.tick(T0 + HOUR + 35 * MINUTE)
    assert hub.findings()[1:] == [("task-failure", TASK, OK)]
    # One that is older than its end comes late and opens nothing; the next one does.
    hub.take(happening("task-failure", TASK, T0 + 20 * MINUTE))
    assert len(hub.findings()) == 2
    hub.take(happening("task-failure", TASK, T0 + 3 * HOUR))
    assert hub.findings()[2:] == [("task-failure", TASK, A)]


# Services


def test_a_service_is_open_until_a_window_does_not_list_it(hub: Hub) -> None:
    hub.take(happening("health", TASK, T0 + EVERY + 1_000))
    hub.take(window(T0, agent={"unhealthy": [TASK]}))
    hub.take(happening("health", TASK, T0 + 2 * EVERY + 1_000))
    assert (hub.findings(), types(hub)) == ([("service-health", TASK, A)], ["health"])
    # An older window without it, another account's, and one that could not look, end nothing.
    hub.take(window(T0 - EVERY))
    hub.take(window(T0 + 2 * EVERY, account=LEDGER))
    hub.take(window(T0 + 2 * EVERY, agent={"unavailable": ["health"]}))
    assert len(hub.findings()) == 1
    hub.take(window(T0 + 3 * EVERY))
    hub.take(window(T0 + 3 * EVERY))
    assert hub.findings()[1:] == [("service-health", TASK, OK)]


@pytest.mark.parametrize(("unknown", "open_"), [("services", "shop/ledger"), ("functions", "book")])
def test_what_the_agent_could_not_look_at_stays_open_and_nothing_else(hub: Hub, unknown: str, open_: str) -> None:
    """Amazon ECS may be denied in an account for good; functions are well or not all the same."""
    for subject in ("shop/ledger", "book"):
        hub.take(happening("health", subject))
    hub.take(window(T0, agent={"unavailable": [f"health of {unknown}"]}))
    assert [one.subject for one in hub.store.condition_items.values() if one.is_open] == [open_]


def test_an_agent_may_say_that_a_service_runs_again(hub: Hub) -> None:
    hub.take(happening("health", TASK, T0))
    hub.take(happening("health", TASK, T0 + EVERY, state="OK", title="runs"))
    hub.take(happening("health", TASK, T0))
    assert [state for *_, state in hub.findings()] == [A, OK]
    assert types(hub) == ["health", "health"]


# Alarms


def test_alarms_are_stored_with_both_states_and_tell_nobody(hub: Hub) -> None:
    for state, at in (("ALARM", T0), ("ALARM", T0), ("OK", T0 + EVERY)):
        hub.take(alarm(state, at))
    hub.take(alarm("ALARM", T0 + HOUR, account=LEDGER))
    hub.take(alarm("ALARM", account=HUB, name="hub-alarm"))
    hub.take({**alarm("ALARM"), "detail-type": "CloudWatch Alarm Configuration Change"})
    found = sorted(hub.store.event_items.values(), key=lambda one: (one.subject, one.at))
    assert [(one.subject, one.body["state"], one.severity) for one in found] == [
        ("errors-alarm-prod", "ALARM", "high"),
        ("errors-alarm-prod", "OK", "high"),
        ("errors-alarm-prod", "ALARM", "low"),
        ("hub-alarm", "ALARM", ""),
    ]
    assert {one.type for one in found} == {EventType.ALARM}
    assert hub.bus.sent == []


def test_a_contributor_is_stored_by_its_name_where_each_has_incidents(hub: Hub) -> None:
    change = alarm("ALARM", name="queues-alarm-prod")
    contributor = {"id": "6d442278dba546f6", "attributes": {"QueueName": "orders <b>"}}
    change |= {"detail-type": "CloudWatch Alarm Contributor State Change"}
    change["detail"] |= {"alarmContributor": contributor}
    hub.take(change)
    hub.take({**change, "detail": {**change["detail"], "alarmName": "errors-alarm-prod"}})
    (event,) = hub.store.event_items.values()
    assert event.title == "queues-alarm-prod of QueueName=orders _b_~d99ead71 is ALARM"
    assert event.subject.startswith("queues-alarm-prod-of-QueueName=orders-_b_-")
    assert (event.type, event.severity) == (EventType.ALARM, "high")


# Silent agents


def test_an_agent_is_silent_after_two_periods_and_well_with_its_next_window(hub: Hub) -> None:
    hub.take(window(T0))
    end = T0 + EVERY
    hub.tick(end + 2 * EVERY + MINUTE)
    assert hub.agent_findings() == []
    for number in range(3):
        hub.tick(end + 2 * EVERY + (2 + number) * MINUTE)
    assert hub.agent_findings() == [(CHECKOUT, REGION, A)]
    assert hub.store.agent_items[HERE].status is Status.SILENT
    # What it makes up for is no sign that it is there.
    late = {"time": iso(T0 + HOUR)}
    hub.take(window(T0 + EVERY, envelope=late))
    assert len(hub.agent_findings()) == 1
    hub.take(window(T0 + HOUR))
    hub.take(window(T0 + HOUR))
    assert hub.agent_findings()[1:] == [(CHECKOUT, REGION, OK)]
    assert hub.store.agent_items[HERE].status is Status.REGISTERED
    for number in range(40):
        hub.tick(end + 2 * EVERY + number * EVERY)
    assert hub.agent_findings()[2:] == [(CHECKOUT, REGION, A)]


def test_a_hub_that_is_late_finds_nobody_silent(hub: Hub) -> None:
    """Ticks wait in the same queue as windows: what is judged is their time, not the clock's."""
    hub.take(window(T0), now=T0 + DAY)
    hub.tick(T0 + 2 * EVERY)
    assert hub.agent_findings() == []


def test_a_hub_that_was_away_waits_for_the_windows_of_that_time(hub: Hub) -> None:
    """The table does not work for an hour. Windows that failed wait in the queue for up to five minutes more, while the
    next tick is handled at once."""
    for number in range(3):
        hub.take(window(T0 + number * EVERY))
        hub.take(window(T0 + number * EVERY, account=LEDGER))
        hub.tick(T0 + (number + 1) * EVERY)
    back = T0 + HOUR + 3 * EVERY
    hub.tick(back)
    # One that was handed out again after it; its time is over.
    hub.tick(back - EVERY)
    hub.take(window(back - EVERY))
    hub.tick(back + EVERY)
    hub.take(window(back))
    hub.tick(back + 2 * EVERY)
    assert hub.agent_findings() == []
    # Whoever is still not there by then is silent.
    hub.take(window(back + EVERY))
    hub.tick(back + 3 * EVERY)
    assert hub.agent_findings() == [(LEDGER, REGION, A)]


def test_an_agent_that_was_silent_before_stays_so_while_the_hub_is_away(hub: Hub) -> None:
    hub.take(window(T0))
    for number in range(5):
        hub.tick(T0 + number * EVERY)
    hub.tick(T0 + HOUR + 4 * EVERY)
    assert hub.agent_findings() == [(CHECKOUT, REGION, A)]


def test_many_agents_that_are_silent_at_once_are_one_finding() -> None:
    """The policy of the hub's bus, say: 40 incidents of high severity would have one cause."""
    hub = Hub(rules=settings(most_new=2, accounts_closed=False))
    accounts = [f"{number:012}" for number in range(1, 5)]
    for account in accounts:
        hub.take(window(T0, account=account))
    ticks = iter(range(T0 + EVERY, T0 + DAY, EVERY))
    for _ in range(5):
        hub.tick(next(ticks))
    assert hub.agent_findings() == [(HUB, "us-east-1", A)]
    assert {agent.status for agent in hub.store.agent_items.values()} == {Status.SILENT}
    # Some are back: the others are told one by one, and the summary is over by itself.
    for account in accounts[:2]:
        hub.take(window(T0 + HOUR - 2 * EVERY, account=account))
    for _ in range(7):
        hub.tick(next(ticks))
    assert hub.agent_findings()[1:] == [*((one, REGION, A) for one in accounts[2:]), (HUB, "us-east-1", OK)]


def test_a_record_that_cannot_be_looked_at_keeps_no_other_waiting(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.take(happening("task-failure", "shop/one"))
    hub.take(happening("task-failure", "shop/two", at=T0 + 1))
    save = MemoryStore.save_condition

    def failing(store: MemoryStore, condition: Condition, expected: int) -> Condition:
        if condition.subject == "shop/one":
            raise ValueError("the item is too large")
        return save(store, condition, expected)

    monkeypatch.setattr(MemoryStore, "save_condition", failing)
    with pytest.raises(tick.Failed, match="the item is too large"):
        hub.tick(T0 + 2 * HOUR)
    assert hub.findings()[2:] == [("task-failure", "shop/two", OK)]


def test_a_finding_whose_event_cannot_be_kept_keeps_no_other_waiting(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.bus.refuses = 2
    with pytest.raises(outbox.NotSent):
        hub.take(window(T0, [error(1), error(2)]))
    hub.store.event_items.clear()
    add = MemoryStore.add_event

    def failing(store: MemoryStore, event: Event) -> bool:
        if event.subject == fingerprint(1):
            raise ValueError("the item is too large")
        return add(store, event)

    monkeypatch.setattr(MemoryStore, "add_event", failing)
    with pytest.raises(tick.Failed, match="the item is too large"):
        hub.tick(T0 + HOUR)
    assert hub.findings() == [("log-error", fingerprint(2), A)]


def test_the_end_of_the_first_day_of_many_agents_reads_their_errors_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(rules=settings(learn=86_400))
    for region in REGIONS:
        hub.take(window(T0, [error(1), error(2)], region=region))
    reads = []
    recent = MemoryStore.recent_errors
    monkeypatch.setattr(
        MemoryStore, "recent_errors", lambda store, *asked: reads.append(asked) or recent(store, *asked)
    )
    hub.tick(T0 + DAY)
    assert len(reads) == 1
    assert [detail["title"][:17] for detail in (one.detail for one in hub.sent)] == ["2 errors are know"] * len(REGIONS)


def test_an_agent_without_a_window_yet_is_not_silent(hub: Hub) -> None:
    stack_changed(read_stack(stack(T0), SET), hub.outputs)
    hub.tick(T0 + DAY)
    assert hub.agent_findings() == []
    assert hub.store.agent_items[HERE].status is Status.REGISTERED


# Deployment of agents


def stack(
    at: int, action: str = "CREATE", detailed: str = "SUCCEEDED", reason: str = "", **changed: Any
) -> dict[str, Any]:
    """As in AWS's example:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stackset-stack-instance-status-change.html
    """
    detail = {
        "stack-set-arn": f"arn:aws:cloudformation:us-east-1:{HUB}:stackset/{SET}:8d8ea5e4-0000-4000-8000-000000000000",
        "stack-id": f"arn:aws:cloudformation:{REGION}:{CHECKOUT}:stack/StackSet-{SET}-1/58b5b0f0-0000-4000",
        "action": action,
        "status-details": {"status": "CURRENT", "status-reason": reason, "detailed-status": detailed},
        **changed,
    }
    name = "CloudFormation StackSet StackInstance Status Change"
    head = {"source": "aws.cloudformation", "detail-type": name, "account": HUB}
    return {**head, "region": "us-east-1", "time": iso(at), "detail": detail}


def change(hub: Hub, at: int, action: str, detailed: str = "SUCCEEDED", reason: str = "") -> Status:
    return stack_changed(read_stack(stack(at, action, detailed, reason), SET), hub.outputs).status


def test_an_agent_is_followed_from_its_creation_to_its_end(hub: Hub) -> None:
    assert change(hub, T0, "CREATE") is Status.REGISTERED
    hub.take(window(T0))
    assert change(hub, T0 + HOUR, "UPDATE") is Status.UPDATED
    reason = "ResourceLogicalId:Agent, Reason: no right"
    assert change(hub, T0 + 2 * HOUR, "UPDATE", "FAILED", reason) is Status.FAILED
    assert hub.agent_findings() == [(CHECKOUT, REGION, A)]
    assert dict(hub.bus.sent[0].detail["facts"])["Reason"] == reason
    # The agent of before sends on: the update has failed all the same. An older event changes nothing.
    hub.take(window(T0 + 2 * HOUR))
    assert change(hub, T0 + HOUR, "UPDATE") is Status.FAILED
    assert change(hub, T0 + 2 * HOUR, "UPDATE", "FAILED", reason) is Status.FAILED
    assert len(hub.agent_findings()) == 1
    assert change(hub, T0 + 3 * HOUR, "UPDATE") is Status.UPDATED
    assert hub.agent_findings()[1:] == [(CHECKOUT, REGION, OK)]
    assert change(hub, T0 + 4 * HOUR, "DELETE") is Status.REMOVED
    hub.take(window(T0 + 3 * HOUR + 50 * MINUTE))
    assert hub.store.agent_items[HERE].status is Status.REMOVED
    hub.tick(T0 + DAY)
    assert len(hub.agent_findings()) == 2
    hub.take(window(T0 + 2 * DAY))
    agent = hub.store.agent_items[HERE]
    assert (agent.status, agent.registered_at) == (Status.REGISTERED, T0 + 2 * DAY)


def test_a_removed_agent_leaves_nothing_open(hub: Hub) -> None:
    hub.take(window(T0))
    hub.take(happening("health", TASK, T0 + EVERY))
    hub.tick(T0 + HOUR)
    change(hub, T0 + 2 * HOUR, "DELETE")
    assert hub.agent_findings() == [(CHECKOUT, REGION, A), (CHECKOUT, REGION, OK)]
    assert hub.findings() == [("service-health", TASK, A), ("service-health", TASK, OK)]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (stack(T0, detailed="RUNNING"), "action CREATE is RUNNING"),
        (stack(T0, detailed="CANCELLED"), "action CREATE is CANCELLED"),
        (stack(T0, action="DETECT_DRIFT"), "action DETECT_DRIFT is SUCCEEDED"),
        (stack(T0, **{"stack-id": ""}), "which names no account"),
        (
            stack(T0, **{"stack-set-arn": f"arn:aws:cloudformation:us-east-1:{HUB}:stackset/other:1"}),
            "not member-stack",
        ),
        ({**stack(T0), "detail-type": "CloudFormation StackSet Operation Status Change"}, "not about a single account"),
        ({**stack(T0), "time": "soon"}, "time is 'soon'"),
        ({"detail-type": "CloudFormation StackSet StackInstance Status Change"}, "not about a single account"),
    ],
)
def test_other_events_of_stack_sets_are_ignored(event: dict[str, Any], why: str) -> None:
    with pytest.raises(Ignored, match=why):
        read_stack(event, SET)
