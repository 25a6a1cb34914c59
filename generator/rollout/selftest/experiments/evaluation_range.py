"""How far back beyond N an alarm searches for data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from generator.rollout.selftest.alarms import HISTORY, PUT_ALARM, history, on_metric, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.metrics import MONTHLY_USD, PUT_DATA, publish
from generator.rollout.selftest.types import Experiment, ExperimentSteps, NotTried

PERIODS = (1, 2, 3, 5)
BEYOND, AT_LEAST = 2, 5


def run(context: SelftestContext) -> ExperimentSteps:
    """One breaching value; missing data is not breaching: how many minutes later is each alarm OK?"""
    alarms = {}
    for periods in PERIODS:
        params = on_metric(context, TreatMissingData="notBreaching", EvaluationPeriods=periods, DatapointsToAlarm=1)
        alarms[periods] = context.create("put_metric_alarm", f"range-{periods}", **params)
    at = context.now
    publish(context, "Values", {at: 1.0})
    context.note("published", at)
    for name in alarms.values():
        fires = yield from context.wait_for(lambda name=name: state_value(context, name) == "ALARM", 3)  # type: ignore[misc]
        if not fires:
            raise NotTried("an alarm did not see the published value")
    for name in alarms.values():
        yield from context.wait_for(lambda name=name: state_value(context, name) == "OK", 12)  # type: ignore[misc]
    for periods, name in alarms.items():
        changes = history(context, name)
        minutes = _minutes_until_ok(changes, at)
        # The last evaluation with the value in its range is a minute after the range's own length.
        expected = max(periods + BEYOND, AT_LEAST) + 1
        context.note(f"N={periods}", {"minutes until OK": minutes, "expected": expected, "history": changes})
        # An alarm is evaluated once a minute, so up to one later; a range that is a period longer or shorter differs.
        context.expect(minutes is not None and -0.2 <= minutes - expected <= 1.2)


def _minutes_until_ok(changes: list[dict[str, Any]], at: datetime) -> float | None:
    """Minutes from the begin of the value's period until the alarm was OK after it; None if it was not."""
    in_alarm = False
    for change in changes:
        in_alarm = in_alarm or "to ALARM" in change["summary"]
        if in_alarm and "to OK" in change["summary"]:
            begin = at.replace(second=0, microsecond=0)
            return round(float((change["at"] - begin).total_seconds()) / 60, 1)
    return None


EXPERIMENT = Experiment(
    name="evaluation-range",
    title="Periods that an alarm evaluates beyond its own",
    doubt="**A backtest has all data at once.**",
    question="For how many minutes after its only breaching value is an alarm with N periods of a minute in ALARM?",
    expected="The range has N + 2 periods, and at least five: OK a minute later.",
    otherwise="The evaluator's range changes, and with it every simulation and backtest of sparse metrics.",
    actions=(PUT_ALARM, HISTORY, PUT_DATA),
    creates=("alarm",),
    monthly_usd=0.4 + MONTHLY_USD,
    minutes=18,
    run=run,
)
