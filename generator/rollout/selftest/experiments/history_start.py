"""The start of an alarm's history."""

from __future__ import annotations

from generator.rollout.selftest.alarms import HISTORY, PUT_ALARM, SET_STATE, set_by_hand, set_state
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps, NotTried


def run(context: SelftestContext) -> ExperimentSteps:
    """Read the history from the very time of an item on."""
    name = set_by_hand(context, "history")
    set_state(context, name, "ALARM")

    def items(**params: object) -> list[dict[str, object]]:
        answer = context.call(
            "cloudwatch", "describe_alarm_history", AlarmName=name, HistoryItemType="StateUpdate", **params
        )
        return list(answer.get("AlarmHistoryItems", ()))

    yield from context.wait_for(lambda: bool(items()), 3)
    every = items()
    context.note("items", every)
    if not every:
        raise NotTried("the history is empty")
    at = every[0]["Timestamp"]
    is_inclusive = any(item["Timestamp"] == at for item in items(StartDate=at))
    context.note("from the item's time on", items(StartDate=at))
    context.note("until the item's time", items(EndDate=at))
    context.expect(is_inclusive)


EXPERIMENT = Experiment(
    name="history-start",
    title="Begin and end of a history",
    doubt="[captures](capture.md): all calls",
    question="Is the StartDate of DescribeAlarmHistory inclusive?",
    expected="Yes: an item of that very time is in the answer.",
    otherwise="A capture reads each day from a second before.",
    actions=(HISTORY, PUT_ALARM, SET_STATE),
    creates=("alarm",),
    monthly_usd=0.1,
    minutes=4,
    run=run,
)
