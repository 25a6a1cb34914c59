"""T28 on templates spoiled by hand: everything that could lose something is asked."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from generator.aws.sqs import LONGEST_RETENTION_S
from generator.checks.check import Subject
from generator.checks.truth.t28_dead_letters import check
from generator.manifest import HUB_TEMPLATE, MEMBER_TEMPLATE
from tests.support import ROOT, built, spec

Resources = dict[str, dict[str, Any]]
BUILT = built(
    spec("sample_workload: {in: [beta]}\ncanaries: {c: {url: https://shop.example.com/}}\naudit: {alarm_changes: true}")
)
EVENTS = "events.amazonaws.com"


def without(logical_id: str, *steps: str | int) -> Callable[[Resources], None]:
    def spoil(resources: Resources) -> None:
        at: Any = resources[logical_id]["Properties"]
        for step in steps[:-1]:
            at = at[step]
        del at[steps[-1]]

    return spoil


def with_value(logical_id: str, value: object, *steps: str | int) -> Callable[[Resources], None]:
    def spoil(resources: Resources) -> None:
        at: Any = resources[logical_id]["Properties"]
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = value

    return spoil


def more(kind: str, **properties: object) -> Callable[[Resources], None]:
    def spoil(resources: Resources) -> None:
        resources["More"] = {"Type": kind, "Properties": properties}

    return spoil


def said(file: str = HUB_TEMPLATE, spoil: Callable[[Resources], None] | None = None) -> list[str]:
    templates = copy.deepcopy(BUILT.templates["prod"])
    if spoil:
        spoil(templates[file]["Resources"])
    return [finding.message for finding in check(Subject(BUILT.estates["prod"], templates))]


def test_nothing_of_ours_loses_anything() -> None:
    assert said() == []
    whole = built((ROOT / "observability.yaml").read_text(encoding="utf-8"))
    for name, estate in whole.estates.items():
        assert list(check(Subject(estate, whole.templates[name]))) == []


@pytest.mark.parametrize(
    ("file", "spoil", "who"),
    [
        (HUB_TEMPLATE, without("IncidentQueue", "RedrivePolicy"), "IncidentQueue"),
        (HUB_TEMPLATE, with_value("IncidentQueue", 2, "RedrivePolicy", "maxReceiveCount"), "IncidentQueue"),
        (HUB_TEMPLATE, with_value("IncidentDeadLetters", 345_600, "MessageRetentionPeriod"), "IncidentDeadLetters"),
        (HUB_TEMPLATE, without("MailDeadLetters", "MessageRetentionPeriod"), "MailDeadLetters"),
        (HUB_TEMPLATE, with_value("PathWatcherDeadLetters", 60, "MessageRetentionPeriod"), "PathWatcherDeadLetters"),
        (HUB_TEMPLATE, with_value("EventDeadLetters", 60, "MessageRetentionPeriod"), "EventDeadLetters"),
        (HUB_TEMPLATE, without("AuditRule", "Targets", 0, "DeadLetterConfig"), "AuditRule"),
        (HUB_TEMPLATE, more("AWS::SNS::Subscription", Protocol="email"), "More"),
        (HUB_TEMPLATE, more("AWS::SQS::Queue"), "More"),
        (HUB_TEMPLATE, more("AWS::Scheduler::Schedule", Target={"Arn": "arn:aws:lambda:x"}), "More"),
        (
            HUB_TEMPLATE,
            more("AWS::Lambda::EventSourceMapping", EventSourceArn={"Fn::GetAtt": ["T", "StreamArn"]}),
            "More",
        ),
        (MEMBER_TEMPLATE, without("ForwardingRule", "Targets", 0, "DeadLetterConfig"), "ForwardingRule"),
        (MEMBER_TEMPLATE, with_value("SampleOrders", 10, "RedrivePolicy", "maxReceiveCount"), "SampleOrders"),
        (MEMBER_TEMPLATE, with_value("SampleOrderDeadLetters", 60, "MessageRetentionPeriod"), "SampleOrderDeadLetters"),
        (MEMBER_TEMPLATE, without("SamplePaymentHandlerFunction", "DeadLetterConfig"), "SamplePaymentHandlerFunction"),
    ],
)
def test_what_would_lose_something_is_found(file: str, spoil: Callable[[Resources], None], who: str) -> None:
    (message,) = said(file, spoil)
    assert message.startswith(f"{who} ")


@pytest.mark.parametrize(
    ("spoil", "number"),
    [
        (without("PathWatcherFunction", "DeadLetterConfig"), 1),
        (with_value("IncidentFunction", {}, "Environment"), 0),
        (more("AWS::Lambda::Permission", FunctionName={"Ref": "IncidentFunction"}, Principal=EVENTS), 1),
        (
            more(
                "AWS::Lambda::Permission",
                FunctionName={"Ref": "IncidentFunction"},
                Principal="apigateway.amazonaws.com",
            ),
            0,
        ),
    ],
)
def test_a_function_is_asked_where_nobody_waits_for_it(spoil: Callable[[Resources], None], number: int) -> None:
    # Its queue of dead letters is nobody's any more, which is found too.
    assert len([message for message in said(HUB_TEMPLATE, spoil) if "asynchronously" in message]) == number


def test_a_destination_is_as_good_as_a_queue_of_its_own() -> None:
    def spoil(resources: Resources) -> None:
        del resources["PathWatcherFunction"]["Properties"]["DeadLetterConfig"]
        to = {"OnFailure": {"Destination": {"Fn::GetAtt": ["PathWatcherDeadLetters", "Arn"]}}}
        config = {"FunctionName": {"Ref": "PathWatcherFunction"}, "DestinationConfig": to}
        resources["More"] = {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": config}

    assert said(HUB_TEMPLATE, spoil) == []


def test_fourteen_days_are_what_sqs_has() -> None:
    assert LONGEST_RETENTION_S == 1_209_600
