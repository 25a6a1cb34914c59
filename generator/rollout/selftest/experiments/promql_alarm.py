"""Alarms on PromQL."""

from __future__ import annotations

from typing import Any

from generator.rollout.selftest.alarms import described, history, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, alarm_events
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """A query that always finds a series, without any metric; its state, its contributors and its events."""
    name = context.name("promql")
    receiver = alarm_events(context, "promql", [name])
    yield 60.0
    criteria: dict[str, Any] = {"PromQLCriteria": {"Query": "vector(1) > 0", "PendingPeriod": 60, "RecoveryPeriod": 60}}
    is_accepted = context.attempt(
        "alarm", "put_metric_alarm", "promql", EvaluationCriteria=criteria, EvaluationInterval=60, ActionsEnabled=False
    )
    context.expect(is_accepted)
    if not is_accepted:
        return
    context.note("first state", state_value(context, name))
    is_firing = yield from context.wait_for(lambda: state_value(context, name) == "ALARM", 6)
    yield from context.wait_for(lambda: bool(receiver.received()), 2)
    context.note("description", described(context, name).get(name, {}))
    context.note("history", history(context, name))
    context.note("events", receiver.events)
    context.expect(is_firing)


EXPERIMENT = Experiment(
    name="promql-alarm",
    title="Alarms on PromQL",
    doubt="alarms on PromQL",
    question="Is an alarm on PromQL accepted, which permissions does it need, and which form have its events?",
    expected="It is accepted with cloudwatch:PutMetricAlarm, and fires after its pending period.",
    otherwise="`obsgen policy` gets the permission that AWS names, and the incident function the form of the events.",
    actions=(*ACTIONS, "cloudwatch:DescribeAlarmHistory", "cloudwatch:PutMetricAlarm"),
    creates=(*CREATES, "alarm"),
    monthly_usd=0.1,
    minutes=10,
    run=run,
)
