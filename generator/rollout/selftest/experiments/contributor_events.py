"""Events of alarms with GROUP BY, and the end of the last contributor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from generator.rollout.selftest.alarms import PUT_ALARM, history, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, alarm_events
from generator.rollout.selftest.metrics import MONTHLY_USD, PUT_DATA, READ, publish
from generator.rollout.selftest.types import Experiment, ExperimentSteps

SERVERS = ("a", "b")


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
    for _ in range(5):
        yield 60.0
        receiver.receive()
        if state_value(context, name) == "ALARM":
            break
        _publish(context, 1.0)
    is_firing = state_value(context, name) == "ALARM"
    for _ in range(3):
        _publish(context, 0.0)
        yield 60.0
        receiver.receive()
    is_over = yield from context.wait_for(lambda: state_value(context, name) == "OK", 5)
    yield from context.wait_for(lambda: receiver.receive() > len(SERVERS) * 2 + 1, 2)
    context.note("history", history(context, name))
    context.note("events", receiver.events)
    kinds = {str(event.get("detail-type")) for event in receiver.events if isinstance(event, dict)}
    context.expect(is_firing and is_over and "CloudWatch Alarm Contributor State Change" in kinds)


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
    minutes=17,
    run=run,
)
