"""Queues with SSE-SQS as targets and dead-letter queues of EventBridge."""

from __future__ import annotations

from typing import Any

from generator.rollout.selftest.alarms import PUT_ALARM, SET_STATE, set_by_hand, set_state
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, EventQueue, alarm_events, queue
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """Events of one alarm to a queue; and to a queue that refuses them, with a dead-letter queue."""
    name = set_by_hand(context, "sse-sqs")
    target = alarm_events(context, "sse-sqs", [name], is_encrypted=True)
    control = alarm_events(context, "sse-sqs-plain", [name])
    dead_letters = queue(context, "sse-sqs-dead", context.name("sse-sqs-refused"), is_encrypted=True)
    plain_letters = queue(context, "sse-sqs-plain-dead", context.name("sse-sqs-plain-refused"))
    refusing = _refusing(context, name, "sse-sqs-refused", dead_letters)
    _refusing(context, name, "sse-sqs-plain-refused", plain_letters)
    yield 60.0
    set_state(context, name, "ALARM")
    all_queues = (target, control, dead_letters, plain_letters)
    yield from context.wait_for(lambda: min(receiver.receive() for receiver in all_queues) > 0, 6)
    context.note("target", target.events)
    context.note("dead letters", dead_letters.events)
    context.note("without encryption", {"target": len(control.events), "dead letters": len(plain_letters.events)})
    context.note("refusing target", refusing.receive())
    context.require(target.events or control.events, "no event arrived in a queue without encryption either")
    context.expect(bool(target.events))
    context.require(dead_letters.events or plain_letters.events, "no dead letter arrived without encryption either")
    context.expect(bool(dead_letters.events))


def _refusing(context: SelftestContext, alarm: str, suffix: str, dead_letters: EventQueue) -> EventQueue:
    """A queue whose policy does not let its rule send to it."""
    parameters: dict[str, Any] = {"DeadLetterConfig": {"Arn": dead_letters.arn}}
    return alarm_events(context, suffix, [alarm], is_allowed=False, **parameters)


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
