"""Windows of GetMetricData between two periods, on which captured percentiles rely."""

from __future__ import annotations

from datetime import timedelta

from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.metrics import MONTHLY_USD, PUT_DATA, READ, past_minutes, publish, stat, values
from generator.rollout.selftest.types import Experiment, ExperimentSteps

MINUTES, SHIFT, PERIOD = 20, 2, 300


def run(context: SelftestContext) -> ExperimentSteps:
    """A value of 1 in each of twenty minutes, read by five minutes from two minutes past a period on."""
    minutes = past_minutes(context, MINUTES)
    publish(context, "Windows", dict.fromkeys(minutes, 1.0))
    query = [{**stat(context, "five", "Windows", PERIOD), "ReturnData": True}]
    first = minutes[0] + timedelta(minutes=(-minutes[0].minute) % 5 + SHIFT)
    end = first + timedelta(minutes=10)

    def is_whole() -> bool:
        """Whatever the windows are, the second has five minutes when all values have arrived."""
        windows = values(context, query, first, end).get("five", [])
        return len(windows) > 1 and windows[1][1] == PERIOD / 60

    is_there = yield from context.wait_for(is_whole, 6)
    read = values(context, query, first, end).get("five", [])
    context.require(is_there, "published values did not arrive")
    context.note("asked from", first)
    context.note("windows", read)
    is_shifted = read[0][0].minute % 5 == SHIFT
    context.expect(is_shifted and [value for _, value in read] == [5.0, 5.0])


EXPERIMENT = Experiment(
    name="metric-windows",
    title="Windows of GetMetricData",
    doubt="[captures](capture.md): all calls",
    question="Does a StartTime of GetMetricData between two periods move the windows?",
    expected="The windows begin at StartTime and have the five minutes after it.",
    otherwise="Captures read percentiles by minutes and are approximate.",
    actions=(PUT_DATA, READ),
    creates=(),
    monthly_usd=MONTHLY_USD,
    minutes=8,
    run=run,
)
