"""Queues with SSE-SQS as targets and dead-letter queues of EventBridge."""

from __future__ import annotations

from generator.rollout.selftest.alarms import PUT_ALARM, SET_STATE, set_by_hand, set_state
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, alarm_events, queue
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """Events of one alarm to a queue; and to a queue that refuses them, with a dead-letter queue."""
    name = set_by_hand(context, "sse-sqs")
    target = alarm_events(context, "sse-sqs", [name])
    dead_letters = queue(context, "sse-sqs-dead", context.name("sse-sqs-refused"))
    refused = {"DeadLetterConfig": {"Arn": dead_letters.arn}}
    refusing = alarm_events(context, "sse-sqs-refused", [name], **refused)
    context.call("sqs", "set_queue_attributes", QueueUrl=refusing.url, Attributes={"Policy": ""})
    yield 60.0
    set_state(context, name, "ALARM")
    yield from context.wait_for(lambda: target.receive() > 0, 3)
    yield from context.wait_for(lambda: dead_letters.receive() > 0, 3)
    context.note("target", target.events)
    context.note("dead letters", dead_letters.events)
    context.note("refusing target", refusing.receive())
    context.expect(bool(target.events and dead_letters.events))


EXPERIMENT = Experiment(
    name="sse-sqs-queues",
    title="EventBridge and queues with SSE-SQS",
    doubt="queues with SSE-SQS as targets and dead-letter queues of EventBridge",
    question="Does EventBridge deliver to a queue with SSE-SQS, as a target and as a dead-letter queue?",
    expected="Both receive the event (decision 0005).",
    otherwise="Queues of the incident path get a customer managed key, or none.",
    actions=(*ACTIONS, PUT_ALARM, SET_STATE),
    creates=(*CREATES, "alarm"),
    monthly_usd=0.1,
    minutes=8,
    run=run,
)
