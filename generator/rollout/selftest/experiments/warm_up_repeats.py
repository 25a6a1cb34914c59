"""Whether an update of an alarm repeats its warm-up."""

from __future__ import annotations

from typing import Any

from generator.rollout.selftest.alarms import HISTORY, PUT_ALARM, history, on_metric, state_of, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps

WARM_UP_MINUTES = 3


def run(context: SelftestContext) -> ExperimentSteps:
    """An alarm that is breaching without data, with a warm-up: created, then updated when it is in ALARM."""
    warm_up: dict[str, Any] = {"WarmUpPeriodDurationInMinutes": WARM_UP_MINUTES}
    params = on_metric(context, "None", TreatMissingData="breaching", WarmUpConfiguration=warm_up)
    name = context.create("put_metric_alarm", "warm-up", AlarmDescription="created", **params)
    yield 60.0
    context.note("after a minute", state_of(context, name))
    is_delayed = state_value(context, name) == "INSUFFICIENT_DATA"
    is_over = yield from context.wait_for(lambda: state_value(context, name) == "ALARM", WARM_UP_MINUTES + 5)
    context.note("after the warm-up", state_of(context, name))
    context.require(is_over, "the alarm was not evaluated")
    context.create("put_metric_alarm", "warm-up", AlarmDescription="updated", **params)
    # Two evaluations, within the length of a warm-up: one that starts again would be INSUFFICIENT_DATA by now.
    yield 120.0
    context.note("two minutes after an update", state_of(context, name))
    changes = history(context, name)
    context.note("history", changes)
    context.expect(is_delayed and state_value(context, name) == "ALARM")
    context.expect(sum("to INSUFFICIENT_DATA" in change["summary"] for change in changes) == 0)


EXPERIMENT = Experiment(
    name="warm-up-repeats",
    title="Warm-up at an update",
    doubt="**A warm-up is the same in every account**",
    question="Does an update of an alarm start its warm-up again?",
    expected="No: it is evaluated at once after an update.",
    otherwise="The diff says that changed alarms are without notifications for their warm-up.",
    actions=(PUT_ALARM, HISTORY),
    creates=("alarm",),
    monthly_usd=0.1,
    minutes=13,
    run=run,
)
