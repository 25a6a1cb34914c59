"""`obsgen redrive` and the dead letters of events, reports and agents: what they say, and where each goes back to."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from generator.rollout.operate.dead_letters import DeadLetter, Queues, queues_of, read
from tests.event_estate import REPORTS, made

RULE = "arn:aws:events:us-east-1:111111111111:rule/observability-bus-prod/{}-prod"
TARGET = "arn:aws:sqs:us-east-1:111111111111:{}"
WINDOW = {"source": "obsgen.error-logs", "detail-type": "Error Log Window", "account": "222222222222", "detail": {}}
GAVE_UP = "given up after 5 receives: the table is throttled"


def queues() -> Queues:
    return queues_of(yaml.safe_load(made(REPORTS).artifacts["prod/manifest.yaml"]))


def letter(purpose: str, body: Any, **attributes: str) -> DeadLetter:
    (queue,) = (one for one in queues().dead_letters if one.purpose == purpose)
    message = {
        "MessageId": "1",
        "Body": body if isinstance(body, str) else json.dumps(body),
        "MessageAttributes": {name: {"StringValue": value} for name, value in attributes.items()},
    }
    return read(message, queue, "prod")


def goal(one: DeadLetter) -> str:
    return queues().goal(one).name


@pytest.mark.parametrize(
    ("purpose", "origin", "body", "back"),
    [
        ("monitoring_event_dead_letters", "handle-monitoring-events", WINDOW, "monitoring-events-prod"),
        ("report_dead_letters", "daily-report", {"report": {"name": "daily", "at": "x"}}, "daily-report-prod"),
        ("incident_dead_letters", "incident-function", {"source": "aws.cloudwatch"}, "incident-queue-prod"),
    ],
)
def test_what_a_function_gave_up_on_goes_back_to_its_own_queue(purpose: str, origin: str, body: Any, back: str) -> None:
    found = letter(purpose, body, Reason=GAVE_UP, Origin=origin)
    assert (found.reason, found.hold_reason, goal(found)) == (GAVE_UP, "", back)
    killed = letter(purpose, body)
    assert (killed.hold_reason, goal(killed)) == ("", back)
    assert "/aws/lambda/" in killed.reason
    unreadable = letter(purpose, body, Reason="the message is not JSON", Origin=origin)
    assert unreadable.hold_reason and unreadable.hopeless


@pytest.mark.parametrize(
    ("rule", "target", "body"),
    [
        ("monitoring-events-rule", "monitoring-events-prod", WINDOW),
        (
            "monitoring-alarms-rule",
            "monitoring-events-prod",
            {"source": "aws.cloudwatch", "detail": {"alarmName": "errors-alarm-prod"}},
        ),
        (
            "monitoring-finding-rule",
            "incident-queue-prod",
            {"source": "obsgen.events", "detail": {"check": "log-error", "subject": "1-0123456789abcdef"}},
        ),
    ],
)
def test_what_a_rule_could_not_deliver_goes_where_it_was_to_go(rule: str, target: str, body: Any) -> None:
    marks = {"RULE_ARN": RULE.format(rule), "TARGET_ARN": TARGET.format(target), "ERROR_CODE": "NO_PERMISSIONS"}
    found = letter("event_dead_letters", body, **marks)
    assert (found.hold_reason, goal(found)) == ("", target)
    foreign = letter("event_dead_letters", body, **{**marks, "RULE_ARN": RULE.format("heartbeat-rule")})
    assert foreign.hold_reason


def test_a_status_of_an_agent_stays_because_its_function_has_no_queue() -> None:
    found = letter("agent_status_dead_letters", {"source": "aws.cloudformation"}, ErrorMessage="Task timed out")
    assert found.reason == "Task timed out"
    assert found.hold_reason and not found.sendable(hopeless=True)


def test_an_environment_without_events_has_the_queues_that_it_had() -> None:
    found = queues_of(yaml.safe_load(made("regions: [us-east-1]").artifacts["prod/manifest.yaml"]))
    assert [one.purpose for one in found.dead_letters] == ["incident_dead_letters", "event_dead_letters"]
    assert found.more == ()
