"""Alarms on log queries without lines."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import Any

from generator.rollout.selftest.alarms import LOG_TYPES, described, history, state_of, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, alarm_events
from generator.rollout.selftest.types import CallRefused, Experiment, ExperimentSteps

# How often a new role is tried, and how long the alarms have.
ATTEMPTS, MINUTES = 6, 11


def run(context: SelftestContext) -> ExperimentSteps:
    """Count the lines of a log group that has none, and fire if there are less than 0.5; watch its events.

    A second alarm counts those of a log group that has lines: only if it fires, the queries of the first one run.
    """
    group = context.create("create_log_group", "empty")
    other = context.create("create_log_group", "lines")
    context.call("logs", "create_log_stream", logGroupName=other, logStreamName="lines")
    resources = [f"{context.arn('log group', name)}:*" for name in (group, other)]
    role = context.role("query", "logs.amazonaws.com", ["logs:StartQuery", "logs:GetQueryResults"], resources)
    receiver = alarm_events(context, "log", [context.name("log")])
    is_accepted = yield from _created(context, "log", group, role, "LessThanThreshold")
    context.expect(is_accepted)
    if not is_accepted:
        return
    name, control = context.name("log"), context.name("log-lines")
    yield from _created(context, "log-lines", other, role, "GreaterThanThreshold")
    for _ in range(MINUTES):
        _write(context, other)
        yield 60.0
        if state_value(context, control, LOG_TYPES) == state_value(context, name, LOG_TYPES) == "ALARM":
            break
    yield from context.wait_for(lambda: bool(receiver.received()), 2)
    context.note("description", described(context, name, types=LOG_TYPES).get(name, {}))
    context.note("state", state_of(context, name, LOG_TYPES))
    context.note("alarm on lines", state_of(context, control, LOG_TYPES))
    context.note("history", history(context, name, LOG_TYPES))
    context.note("events", receiver.events)
    is_zero = state_value(context, name, LOG_TYPES) == "ALARM"
    context.require(is_zero or state_value(context, control, LOG_TYPES) == "ALARM", "no query of an alarm found lines")
    context.expect(is_zero)


def _created(
    context: SelftestContext, suffix: str, group: str, role: str, comparison: str
) -> Generator[float, None, bool]:
    """Create an alarm on the number of lines, again while its role cannot be assumed: IAM is eventually consistent.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
    """
    schedule = {"ScheduleExpression": "rate(1 minute)", "StartTimeOffset": 300, "EndTimeOffset": 0}
    query = {
        "QueryString": "fields @message",
        "LogGroupIdentifiers": [group],
        "ScheduledQueryRoleARN": role,
        "ScheduleConfiguration": schedule,
        "AggregationExpression": "count(*)",
    }
    params: dict[str, Any] = {
        "ScheduledQueryConfiguration": query,
        "QueryResultsToEvaluate": 1,
        "QueryResultsToAlarm": 1,
        "Threshold": 0.5,
        "ComparisonOperator": comparison,
        "TreatMissingData": "missing",
        "ActionsEnabled": False,
    }
    for _ in range(ATTEMPTS):
        yield 20.0
        with suppress(CallRefused):
            return context.attempt(f"alarm {suffix}", "put_log_alarm", suffix, **params)
    return context.attempt(f"alarm {suffix}", "put_log_alarm", suffix, **params)


def _write(context: SelftestContext, group: str) -> None:
    event = {"timestamp": int(context.now.timestamp() * 1000), "message": "a line"}
    context.call("logs", "put_log_events", logGroupName=group, logStreamName="lines", logEvents=[event])


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
        "logs:CreateLogStream",
        "logs:CreateScheduledQuery",
        "logs:DeleteScheduledQuery",
        "logs:GetScheduledQuery",
        "logs:PutLogEvents",
        "logs:UpdateScheduledQuery",
    ),
    creates=(*CREATES, "alarm", "log group", "role"),
    monthly_usd=1.0,
    minutes=17,
    run=run,
)
