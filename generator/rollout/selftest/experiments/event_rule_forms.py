"""Event rules as obsgen writes them: `$or` around all keys, and the whole event inside a template."""

from __future__ import annotations

import json
from typing import Any

from generator.rollout.selftest.alarms import PUT_ALARM, SET_STATE, set_by_hand, set_state
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, SOURCE, alarm_events
from generator.rollout.selftest.types import Experiment, ExperimentSteps

# As the event rules of obsgen have it.
TEMPLATE = '{"source": "obsgen", "rule": "rule-forms", "event": <aws.events.event.json>}'


def run(context: SelftestContext) -> ExperimentSteps:
    """A rule of this form for an alarm, whose state is set."""
    name = set_by_hand(context, "rule-forms")
    arn = context.arn("alarm", name)
    pattern = {"$or": [{"source": [SOURCE], "resources": [arn]}, {"source": ["obsgen.selftest"]}]}
    event = {
        "id": "1",
        "version": "0",
        "account": context.state.account,
        "region": context.calls.region,
        "time": context.now.isoformat().replace("+00:00", "Z"),
        "source": SOURCE,
        "resources": [arn],
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {},
    }
    texts = {"EventPattern": json.dumps(pattern), "Event": json.dumps(event)}
    answer = context.judged("TestEventPattern", lambda: context.call("events", "test_event_pattern", **texts))
    if answer is not None:
        context.note("TestEventPattern", answer.get("Result"))
        context.expect(answer.get("Result") is True)
    control = alarm_events(context, "rule-plain", [name])
    transformer: dict[str, Any] = {"InputTransformer": {"InputTemplate": TEMPLATE}}
    receiver = context.judged(
        "rule with target", lambda: alarm_events(context, "rule-forms", [name], pattern, **transformer)
    )
    if receiver is None:
        return
    yield 60.0
    set_state(context, name, "ALARM")
    yield from context.wait_for(lambda: receiver.receive() > 0 and bool(control.received()), 3)
    context.note("messages", receiver.events)
    context.require(control.received(), "a rule without a template received no event either")
    context.expect(any(_has_event(message) for message in receiver.events))


def _has_event(message: object) -> bool:
    """True for JSON with the whole event as JSON inside."""
    event = message.get("event") if isinstance(message, dict) else None
    return isinstance(event, dict) and "detail" in event


EXPERIMENT = Experiment(
    name="event-rule-forms",
    title="Patterns and templates of event rules",
    doubt="event rules: patterns with `$or` around all of their keys",
    question="Does EventBridge match a pattern with `$or` around all keys, and insert the whole event into a template?",
    expected="The pattern matches, and the message is JSON with the event inside.",
    otherwise="Event rules become one rule for each alternative, or send the event without a template.",
    actions=(*ACTIONS, PUT_ALARM, SET_STATE, "events:TestEventPattern"),
    creates=(*CREATES, "alarm"),
    monthly_usd=0.1,
    minutes=5,
    run=run,
)
