"""Deletion of a metric alarm that a composite names."""

from __future__ import annotations

from generator.rollout.selftest.alarms import PUT_ALARM, described, set_by_hand
from generator.rollout.selftest.context import SelftestContext, is_judgement
from generator.rollout.selftest.types import CallRefused, Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """A metric alarm, a composite on it, and a deletion of the metric alarm alone."""
    child = set_by_hand(context, "child")
    parent = context.create("put_composite_alarm", "parent", AlarmRule=f'ALARM("{child}")', ActionsEnabled=False)
    yield 30.0
    try:
        context.call("cloudwatch", "delete_alarms", AlarmNames=[child])
    except CallRefused as error:
        if not is_judgement(error):
            raise
        context.note("deletion", {"accepted": False, "code": error.code, "message": error.message})
        context.expect(False)
        return
    yield 60.0
    context.note("deletion", {"accepted": True})
    context.note("composite", described(context, parent).get(parent, {}))


EXPERIMENT = Experiment(
    name="delete-child-alarm",
    title="Deletion of an alarm that a composite names",
    doubt="whether DeleteAlarms refuses a metric alarm",
    question="Does DeleteAlarms delete a metric alarm that a composite names, and what does the composite say then?",
    expected="It is deleted, and the composite stays.",
    otherwise="`obsgen import --retire` lists composites before the alarms that they name.",
    actions=(PUT_ALARM, "cloudwatch:PutCompositeAlarm", "cloudwatch:DeleteAlarms"),
    creates=("alarm",),
    monthly_usd=0.6,
    minutes=2,
    run=run,
)
