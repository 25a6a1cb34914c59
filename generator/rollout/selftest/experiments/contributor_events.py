"""Events of alarms with GROUP BY, and the end of the last contributor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from generator.rollout.selftest.alarms import PUT_ALARM, history, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import (
    ACTIONS,
    CONTRIBUTOR_CHANGE,
    CREATES,
    STATE_CHANGE,
    EventQueue,
    alarm_events,
    state_of_event,
    time_of_event,
)
from generator.rollout.selftest.metrics import MONTHLY_USD, PUT_DATA, READ, publish
from generator.rollout.selftest.types import Experiment, ExperimentSteps

SERVERS = ("a", "b")
# What obsgen takes for the same end.
SECONDS_APART = 60


def run(context: SelftestContext) -> ExperimentSteps:
    """Two contributors that breach for some minutes and stop."""
    name = context.name("contributors")
    receiver = alarm_events(context, "contributors", [name])
    _publish(context, 1.0)
    # The name has letters, digits and hyphens.
    select = f'SELECT MAX(Load) FROM SCHEMA("{context.name("metrics")}", Server) GROUP BY Server'  # noqa: S608
    queries: list[dict[str, Any]] = [{"Id": "q1", "Expression": select, "Period": 60, "ReturnData": True}]
    context.create(
        "put_metric_alarm",
        "contributors",
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        ActionsEnabled=False,
    )
    # A metric may be known to queries a quarter of an hour after its first value.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
    for _ in range(15):
        yield 60.0
        receiver.receive()
        if state_value(context, name) == "ALARM":
            break
        _publish(context, 1.0)
    context.require(state_value(context, name) == "ALARM", "the query did not find the published values")
    for _ in range(3):
        _publish(context, 0.0)
        yield 60.0
        receiver.receive()
    yield from context.wait_for(lambda: state_value(context, name) == "OK", 6)
    yield from context.wait_for(lambda: _ends(receiver, STATE_CHANGE) != [], 2)
    context.note("history", history(context, name))
    context.note("events", receiver.events)
    context.require(receiver.received(), "no event of the alarm arrived")
    of_contributors, of_alarm = _ends(receiver, CONTRIBUTOR_CHANGE), _ends(receiver, STATE_CHANGE)
    context.expect(len(of_contributors) >= len(SERVERS) and bool(of_alarm))
    if of_contributors and of_alarm:
        apart_s = abs((max(of_alarm) - max(of_contributors)).total_seconds())
        context.note("seconds between the ends of the last contributor and of the alarm", apart_s)
        context.expect(apart_s <= SECONDS_APART)


def _ends(receiver: EventQueue, detail_type: str) -> list[datetime]:
    """The times of the events of a type that are about OK."""
    events = [event for event in receiver.received(detail_type) if state_of_event(event) == "OK"]
    return [time for event in events if (time := time_of_event(event))]


def _publish(context: SelftestContext, value: float) -> None:
    now = context.now
    for server in SERVERS:
        publish(context, "Load", {now: value, now - timedelta(minutes=1): value}, Server=server)


EXPERIMENT = Experiment(
    name="contributor-events",
    title="Events of contributors",
    doubt="**Contributors**: CloudWatch reports at most 100",
    question="Which events has an alarm with GROUP BY, and when does it end after its last contributor?",
    expected="Each contributor has events of its own; the alarm ends within seconds of the last.",
    otherwise="The incident function changes how it reads contributors and when an incident ends.",
    actions=(*ACTIONS, PUT_ALARM, PUT_DATA, READ, "cloudwatch:DescribeAlarmHistory"),
    creates=(*CREATES, "alarm"),
    monthly_usd=0.2 + 2 * MONTHLY_USD,
    minutes=28,
    run=run,
)
