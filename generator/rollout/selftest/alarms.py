"""Alarms of experiments, without actions, and their states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generator.rollout.selftest.context import SelftestContext

PUT_ALARM, SET_STATE = "cloudwatch:PutMetricAlarm", "cloudwatch:SetAlarmState"
HISTORY = "cloudwatch:DescribeAlarmHistory"
METRIC = "Values"
# Types that are named where alarms are read: a Region without alarms on logs refuses theirs.
TYPES, LOG_TYPES = ("CompositeAlarm", "MetricAlarm"), ("LogAlarm",)


def on_metric(context: SelftestContext, metric: str = METRIC, **params: Any) -> dict[str, Any]:
    """Parameters of an alarm on a metric of the run: above 0.5 in one period of a minute."""
    return {
        "Namespace": context.name("metrics"),
        "MetricName": metric,
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0.5,
        "ComparisonOperator": "GreaterThanThreshold",
        "ActionsEnabled": False,
        **params,
    }


def set_by_hand(context: SelftestContext, suffix: str, **params: Any) -> str:
    """An alarm that keeps the state that it is set to: its metric has no data, which it ignores."""
    alarm = on_metric(context, "None", TreatMissingData="ignore", **params)
    return context.create("put_metric_alarm", suffix, **alarm)


def set_state(context: SelftestContext, name: str, state: str) -> None:
    """Set the state of an alarm."""
    context.call("cloudwatch", "set_alarm_state", AlarmName=name, StateValue=state, StateReason="obsgen selftest")


def described(context: SelftestContext, *names: str, types: Sequence[str] = TYPES) -> dict[str, dict[str, Any]]:
    """Alarms by name, as AWS describes them."""
    answer = context.call("cloudwatch", "describe_alarms", AlarmNames=list(names), AlarmTypes=list(types))
    rows = [*answer.get("CompositeAlarms", ()), *answer.get("LogAlarms", ()), *answer.get("MetricAlarms", ())]
    return {row["AlarmName"]: row for row in rows}


def state_of(context: SelftestContext, name: str, types: Sequence[str] = TYPES) -> dict[str, Any]:
    """The keys of an alarm's description that are its state."""
    row = described(context, name, types=types).get(name, {})
    return {key: row[key] for key in ("StateValue", "StateReason", "EvaluationState") if key in row}


def state_value(context: SelftestContext, name: str, types: Sequence[str] = TYPES) -> str:
    """OK, ALARM or INSUFFICIENT_DATA; empty where there is no such alarm."""
    return str(state_of(context, name, types).get("StateValue", ""))


def history(context: SelftestContext, name: str, types: Sequence[str] = TYPES) -> list[dict[str, Any]]:
    """State changes of an alarm, the first one first. Without types AWS looks for alarms on metrics only.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
    """
    answer = context.call(
        "cloudwatch",
        "describe_alarm_history",
        AlarmName=name,
        AlarmTypes=list(types),
        HistoryItemType="StateUpdate",
        ScanBy="TimestampAscending",
    )
    return [
        {"at": item["Timestamp"], "summary": item.get("HistorySummary", "")}
        for item in answer.get("AlarmHistoryItems", ())
    ]
