"""Alarms on log queries without lines."""

from __future__ import annotations

from generator.rollout.selftest.alarms import described, history, state_of, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, alarm_events
from generator.rollout.selftest.types import Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """Count the lines of a log group that has none, and fire if there are less than 0.5; watch its events."""
    group = context.create("create_log_group", "lines")
    resource = f"{context.arn('log group', group)}:*"
    role = context.role("query", "logs.amazonaws.com", ["logs:StartQuery", "logs:GetQueryResults"], resource)
    name = context.name("log")
    receiver = alarm_events(context, "log", [name])
    # IAM is eventually consistent: a new role cannot be assumed at once.
    yield 20.0
    schedule = {"ScheduleExpression": "rate(1 minute)", "StartTimeOffset": 300, "EndTimeOffset": 0}
    query = {
        "QueryString": "fields @message",
        "LogGroupIdentifiers": [group],
        "ScheduledQueryRoleARN": role,
        "ScheduleConfiguration": schedule,
        "AggregationExpression": "count(*)",
    }
    is_accepted = context.attempt(
        "alarm",
        "put_log_alarm",
        "log",
        ScheduledQueryConfiguration=query,
        QueryResultsToEvaluate=1,
        QueryResultsToAlarm=1,
        Threshold=0.5,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="missing",
        ActionsEnabled=False,
    )
    context.expect(is_accepted)
    if not is_accepted:
        return
    is_zero = yield from context.wait_for(lambda: state_value(context, name) == "ALARM", 10)
    yield from context.wait_for(lambda: receiver.receive() > 0, 2)
    context.note("description", described(context, name).get(name, {}))
    context.note("state", state_of(context, name))
    context.note("history", history(context, name))
    context.note("events", receiver.events)
    context.expect(is_zero)


EXPERIMENT = Experiment(
    name="log-alarm-no-lines",
    title="Alarms on logs without lines",
    doubt="alarms on logs",
    question="Is count(*) of a log group without lines 0, and which form have the alarm's events?",
    expected="It is 0, not missing: the alarm on less than 0.5 is in ALARM.",
    otherwise="The evaluator and the page on missing data treat an empty result as missing.",
    actions=(
        *ACTIONS,
        "cloudwatch:DescribeAlarmHistory",
        "cloudwatch:PutLogAlarm",
        "iam:CreateRole",
        "iam:PassRole",
        "iam:PutRolePolicy",
        "logs:CreateLogGroup",
        "logs:CreateScheduledQuery",
        "logs:DeleteScheduledQuery",
        "logs:GetScheduledQuery",
        "logs:UpdateScheduledQuery",
    ),
    creates=(*CREATES, "alarm", "log group", "role"),
    monthly_usd=0.5,
    minutes=14,
    run=run,
)
