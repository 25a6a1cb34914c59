"""What a channel is to be sent next: the difference between how things stand and what it was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.incident.delivery import digest, outcome
from handlers.incident.delivery.step import MISSED, next_step, rank_of
from handlers.incident.events import Key
from handlers.incident.message.report import Step
from handlers.incident.routing import POLICIES
from handlers.incident.sinks.sink import Blame, SinkFailed
from handlers.incident.state.records import Delivery, Incident, Kind, Rank, Status

AT = 1_795_168_800_000
MINUTE = 60_000
OPEN = Incident("a", Key("2" * 12, "us-east-1", "errors"), Kind.ALONE, "high", AT, "ALARM", AT, AT)
ENDED = replace(OPEN, state="OK", ended=AT + MINUTE, revision=2)
AGAIN = replace(OPEN, alarm_at=AT + 2 * MINUTE, alarm_count=2, revision=3)
NO_DATA = replace(OPEN, state="INSUFFICIENT_DATA", no_data_at=AT + MINUTE, revision=2)
ALONE_NO_DATA = replace(OPEN, kind=Kind.NO_DATA, state="INSUFFICIENT_DATA", alarm_at=0)
NEW = Delivery("a", "c")
SENT = replace(NEW, state="ALARM", alarm_at=AT, delivered=1, reference="r")
RESOLVED = replace(SENT, state="OK", delivered=2)
IN_DOUBT = {"unsure_since": AT}
PAGER, JIRA, SLACK = POLICIES["pagerduty"], POLICIES["jira"], POLICIES["slack"]


@pytest.mark.parametrize(
    ("incident", "delivery", "pager", "jira", "slack"),
    [
        (OPEN, NEW, Step.OPEN, Step.OPEN, Step.OPEN),
        (OPEN, SENT, None, None, None),
        (AGAIN, SENT, Step.REPEAT, Step.REPEAT, Step.REPEAT),
        (AGAIN, RESOLVED, Step.REPEAT, Step.REPEAT, Step.REPEAT),
        (ENDED, SENT, Step.RESOLVE, Step.RESOLVE, Step.RESOLVE),
        (ENDED, RESOLVED, None, None, None),
        (ENDED, NEW, None, Step.OPEN, MISSED),
        (ENDED, replace(NEW, **IN_DOUBT), Step.RESOLVE, Step.OPEN, MISSED),
        (ENDED, replace(NEW, claim=7), Step.RESOLVE, Step.OPEN, MISSED),
        # A call that opens it was made, and whether it did is not known yet: where it is a ticket it has to be ended.
        (ENDED, replace(NEW, step="open", progress={"request": "r"}), Step.RESOLVE, Step.OPEN, MISSED),
        (ENDED, replace(NEW, step="open", progress={"begun_for": "1"}), None, Step.OPEN, MISSED),
        (replace(AGAIN, ended=AT + 3 * MINUTE), RESOLVED, None, Step.REPEAT, MISSED),
        (replace(AGAIN, ended=AT + 3 * MINUTE), replace(RESOLVED, **IN_DOUBT), Step.RESOLVE, Step.REPEAT, MISSED),
        (replace(AGAIN, ended=AT + 3 * MINUTE), SENT, Step.RESOLVE, Step.RESOLVE, Step.RESOLVE),
        (ENDED, replace(RESOLVED, **IN_DOUBT), Step.RESOLVE, Step.RESOLVE, Step.RESOLVE),
        (NO_DATA, SENT, None, None, Step.NOTICE),
        (NO_DATA, replace(SENT, no_data_at=AT + MINUTE), None, None, None),
        (NO_DATA, NEW, Step.OPEN, Step.OPEN, Step.OPEN),
        (ALONE_NO_DATA, NEW, None, None, Step.NOTICE),
        (replace(ALONE_NO_DATA, ended=AT + MINUTE, state="OK"), NEW, None, None, None),
        (OPEN, replace(SENT, evidence=True), Step.EVIDENCE, Step.EVIDENCE, Step.EVIDENCE),
        (ENDED, replace(SENT, evidence=True), Step.RESOLVE, Step.RESOLVE, Step.RESOLVE),
        (OPEN, replace(RESOLVED, delivered=5), None, None, None),
    ],
)
def test_next_step(incident: Incident, delivery: Delivery, pager: Any, jira: Any, slack: Any) -> None:
    assert next_step(incident, delivery, tickets=True, policy=PAGER) == pager
    assert next_step(incident, delivery, tickets=True, policy=JIRA) == jira
    assert next_step(incident, delivery, tickets=False, policy=SLACK) == slack


def test_ranks() -> None:
    critical = replace(OPEN, severity="critical")
    assert rank_of(critical, Step.OPEN) is Rank.CRITICAL
    assert rank_of(OPEN, Step.REPEAT) is Rank.HIGH
    assert rank_of(replace(critical, ended=AT), Step.RESOLVE) is Rank.HIGH
    assert rank_of(ENDED, Step.RESOLVE) is Rank.ENDED
    assert rank_of(replace(OPEN, severity="low"), Step.OPEN) is Rank.OTHER
    assert rank_of(critical, Step.EVIDENCE) is Rank.UPDATE


def test_an_alarm_that_came_and_went_while_the_end_was_being_sent_is_over_with_it() -> None:
    """Told afterwards, the state would go back: the ticket would be opened once more, for an hour ago, and closed."""
    begun = outcome.begin(SENT, ENDED, Step.RESOLVE, 1)
    unsure = outcome.failed(
        begun, SinkFailed("504", unsure=True), "504", JIRA, AT, random=0.5, down=False, is_open=True
    )
    later = replace(AGAIN, state="OK", ended=AT + 3 * MINUTE)
    assert next_step(later, unsure, tickets=True, policy=JIRA) is Step.RESOLVE
    done = outcome.step_done(outcome.begin(unsure, later, Step.RESOLVE, 2), Step.RESOLVE, "r")
    assert next_step(later, done, tickets=True, policy=JIRA) is None


ACTIONS = st.lists(st.sampled_from(["alarm", "ok", "send", "send", "unsure", "fail", "die", "list"]), max_size=40)


@given(actions=ACTIONS, kind=st.sampled_from(["pagerduty", "jira", "slack"]))
def test_whatever_happens_the_channel_ends_up_knowing_how_it_stands(actions: list[str], kind: str) -> None:
    """Sent to a sink that takes everything in the end, the last word is resolve if and only if the incident is over."""
    policy, incident, delivery, now = POLICIES[kind], OPEN, NEW, AT
    received: list[str] = []
    delivered = 0

    def step_of(delivery: Delivery) -> Any:
        return next_step(incident, delivery, tickets=kind != "slack", policy=policy)

    def send(delivery: Delivery) -> Delivery:
        step = step_of(delivery)
        if step is None:
            return outcome.settled(delivery, incident)
        if step == MISSED:
            return outcome.listed(delivery, incident, step, None)
        received.append(str(step))
        return outcome.step_done(outcome.begin(delivery, incident, step, 1), step, "r")

    for action in actions:
        now += MINUTE
        step = step_of(delivery)
        match action:
            case "alarm" if not incident.is_open:
                incident = replace(
                    incident, state="ALARM", ended=None, alarm_at=now, changed_at=now, revision=incident.revision + 1
                )
            case "ok" if incident.is_open:
                incident = replace(incident, state="OK", ended=now, changed_at=now, revision=incident.revision + 1)
            case "send":
                delivery = send(delivery)
            case "unsure" | "fail" if isinstance(step, Step):
                failure = SinkFailed("504", unsure=action == "unsure")
                if failure.unsure:
                    received.append(str(step))
                begun = outcome.begin(delivery, incident, step, 1)
                delivery = outcome.failed(begun, failure, "504", policy, now, random=0.5, down=False, is_open=True)
                assert delivery.not_before >= now + (60_000 if failure.unsure else 10_000)
            case "die" if isinstance(step, Step):
                received.append(str(step))
                delivery = outcome.abandoned(outcome.begin(delivery, incident, step, 1), now)
                assert delivery.not_before >= now + 60_000
            case "list" if kind == "slack" and step not in (None, Step.EVIDENCE):
                received.append("resolve" if step == MISSED else str(step))
                delivery = outcome.listed(delivery, incident, step, "list")
        assert delivery.delivered >= delivered
        delivered = delivery.delivered
    for _ in range(6):
        delivery = send(delivery)
    assert delivery.status is Status.SETTLED
    assert step_of(delivery) is None
    if incident.is_open:
        assert delivery.state == "ALARM"
        assert received[-1] in ("open", "repeat")
    elif received:
        # A list of what was missed is the last word, too.
        assert received[-1] == "resolve" or kind == "slack"


def test_waits_grow_and_end() -> None:
    delivery, now, waits = NEW, AT, []
    failure = SinkFailed("no answer")
    while delivery.status is Status.OWED:
        delivery = outcome.failed(delivery, failure, "x", PAGER, now, random=1.0, down=False, is_open=False)
        waits.append((delivery.not_before - now) // 1000)
        now = max(now, delivery.not_before)
    assert waits[:7] == [20, 60, 120, 300, 600, 900, 900]
    assert delivery.status is Status.GIVEN_UP
    assert now - AT >= PAGER.retry_ms
    half = outcome.failed(NEW, failure, "x", PAGER, AT, random=0.0, down=False, is_open=True)
    assert half.not_before == AT + 10_000


def test_while_the_channel_is_down_no_delivery_waits_for_longer_than_a_probe() -> None:
    tried = replace(NEW, attempts=9, first_failed=AT)
    failure = SinkFailed("no answer")
    waits = [
        outcome.failed(tried, failure, "x", JIRA, AT, random=1.0, down=down, is_open=True).not_before - AT
        for down in (False, True)
    ]
    assert waits == [900_000, 300_000]


def test_only_criticals_that_open_are_never_in_a_list() -> None:
    critical = replace(OPEN, severity="critical")
    assert not digest.belongs(critical, Step.OPEN)
    assert not digest.belongs(critical, Step.REPEAT)
    assert digest.belongs(critical, Step.RESOLVE)
    assert digest.belongs(OPEN, Step.OPEN)
    assert not digest.belongs(OPEN, Step.EVIDENCE)


def test_evidence_is_owed_for_a_quarter_of_an_hour() -> None:
    owed = replace(SENT, evidence=True)
    assert outcome.without_late_evidence(owed, OPEN, AT + 15 * MINUTE).evidence
    assert not outcome.without_late_evidence(owed, OPEN, AT + 15 * MINUTE + 1).evidence
    assert not outcome.without_late_evidence(owed, ENDED, AT).evidence


def test_a_limit_of_one_delivery_waits_as_asked() -> None:
    failure = SinkFailed("429", retry_after=120, blame=Blame.DELIVERY)
    assert outcome.failed(NEW, failure, "x", JIRA, AT, random=1.0, down=False, is_open=True).not_before == AT + 120_000
