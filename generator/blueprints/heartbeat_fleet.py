"""Heartbeats of members without an alarm each: those of organizational units, and named ones if they are many.

The hub's log group has a line for each heartbeat. Two scheduled queries read it. The first finds members whose
heartbeats stopped, after 15 minutes. The second compares the number of members with the file: it also finds a member
that never sent one, or whose last heartbeat is older than the window of the first query.

The name of the second alarm contains the number, so that a change of the number creates another alarm and then deletes
this one: with the new number, results from before a rollout would be a member too few.

CloudWatch applies the aggregation after the query, and a query has two `stats` at most: so each has one, and its rows
are counted.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import StringEquals
from troposphere import GetAtt, Ref, Sub, iam
from troposphere.cloudwatch import LogAlarm, ScheduleConfiguration, ScheduledQueryConfiguration, WarmUpConfiguration

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.stack import Part, origin
from generator.model.estate import Estate
from generator.model.incidents import (
    MONITOR_ALARM_PREFIX,
    WARM_UP_MINUTES,
    heartbeat_log_group,
    heartbeats,
    members_and_regions,
)
from generator.model.missing_data import MissingDataReason

PATH = ("incidents",)
ROLE = "HeartbeatQueryRole"
# A beat comes every five minutes; three of them missing are no accident.
SILENT_SECONDS = 900
# The window of the query for members without heartbeats.
REMEMBERED_SECONDS = 10_800
# Lines that come late belong to this run, not between two.
DELAY_SECONDS = 60
# A rollout is slow, and members follow one wave after another.
MISSING_RUNS, MISSING_MINUTES = 8, 15
# A query has 10,000 characters, and returns so many rows: of more members, a few that are missing would not be seen.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
MOST_NAMED, MOST_ROWS = 500, 10_000
_BEATS = 'filter source = "aws.events"'
_NOT_BREACHING = "notBreaching"
_NO_LINE = "a query without matching lines has no value, and silent members are found by their earlier lines"


def resources(estate: Estate) -> Iterator[Part]:
    """The alarms on members without one of their own; nothing if each has one."""
    own = {account.id for account, _ in heartbeats(estate.accounts, estate.regions)}
    expected = 0 if own else members_and_regions(estate.accounts, estate.regions)
    if not expected and not estate.organizational_units:
        return
    yield _role(estate)
    yield _stopped(estate, own)
    if expected and _can_count(estate):
        yield _missing(estate, expected)


def _can_count(estate: Estate) -> bool:
    """With organizational units, the named members are counted by account ID, so that others do not count for them."""
    return not estate.organizational_units or len(estate.accounts) <= MOST_NAMED


def missing_data_reasons(estate: Estate) -> list[MissingDataReason]:
    """Why missing data is not breaching for one of them; the catalogue lists it."""
    alarms = (part.properties for part in resources(estate) if isinstance(part, LogAlarm))
    names = (str(alarm["AlarmName"]) for alarm in alarms if alarm["TreatMissingData"] == _NOT_BREACHING)
    return [MissingDataReason(name, (), "not-breaching", _NO_LINE, "obsgen") for name in names]


def _role(estate: Estate) -> Part:
    """The role of the queries, for this log group alone."""
    own_account = When(StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}))
    trust = grant(service("logs.amazonaws.com"), ["sts:AssumeRole"], None, sid="LogsAssumes", condition=own_account)
    arn = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{_log_group(estate)}"
    reads = allow(["logs:GetQueryResults", "logs:StartQuery"], [Sub(arn), Sub(f"{arn}:*")])
    return iam.Role(
        ROLE,
        RoleName=Sub(f"heartbeat-query-role-${{AWS::Region}}-{estate.environment}"),
        Description="Allows CloudWatch Logs to query for members without heartbeats",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="run-queries", PolicyDocument=policy(reads))],
        Metadata=origin(PATH),
    )


def _stopped(estate: Estate, own: set[str]) -> Part:
    """Members that sent heartbeats within hours, but none recently. own: accounts with an alarm of their own."""
    other_accounts = f" and account not in {json.dumps(sorted(own))}" if own else ""
    query = (
        f"{_BEATS}{other_accounts}\n"
        "| fields toMillis(@timestamp) as beat_ms\n"
        "| stats max(beat_ms) as latest_ms by account, region\n"
        f"| filter latest_ms < now() * 1000 - {SILENT_SECONDS * 1000}"
    )
    description = (
        f"Members sent a heartbeat within {REMEMBERED_SECONDS // 3600} hours, but none for"
        f" {SILENT_SECONDS // 60} minutes: their alarms are not delivered. The query of this alarm lists them. Check"
        f" that their stack exists and {estate.name('heartbeat-rule')} is enabled, and read the messages of"
        f" {estate.name('alarm-forwarding-dead-letters')} in these accounts. The list also contains accounts that were"
        " removed from the file within that time."
    )
    return _alarm(
        estate,
        "HeartbeatsStopped",
        "heartbeats-stopped",
        description,
        _query(estate, query, "count(*)", REMEMBERED_SECONDS, 5),
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
        QueryResultsToEvaluate=1,
        QueryResultsToAlarm=1,
        TreatMissingData=_NOT_BREACHING,
        # The alarm also ends when the last heartbeat is older than the window of the query, which is no recovery.
        OKActions=[],
    )


def _missing(estate: Estate, expected: int) -> Part:
    """Fewer members than expected send heartbeats."""
    ids = sorted(account.id for account in estate.accounts)
    accounts = f" and account in {json.dumps(ids)}" if estate.organizational_units else ""
    query = f"{_BEATS}{accounts}\n| stats count(*) as beats by account, region"
    hours = MISSING_RUNS * MISSING_MINUTES // 60
    description = (
        f"For {hours} hours, fewer than the {expected:,} members and Regions of the file have sent heartbeats: the"
        f" alarms of the others are not delivered. `obsgen status --environment {estate.environment}` lists missing and"
        " outdated stacks."
    )
    return _alarm(
        estate,
        f"HeartbeatsOf{expected}",
        f"heartbeats-of-{expected}",
        description,
        _query(estate, query, "count(*)", MISSING_MINUTES * 60, MISSING_MINUTES),
        ComparisonOperator="LessThanThreshold",
        Threshold=min(expected, MOST_ROWS),
        QueryResultsToEvaluate=MISSING_RUNS,
        QueryResultsToAlarm=MISSING_RUNS,
        # AWS's pages do not agree on whether a query that finds no line has the value 0 or none: all are missing then.
        TreatMissingData="breaching",
        WarmUpConfiguration=WarmUpConfiguration(WarmUpPeriodDurationInMinutes=WARM_UP_MINUTES),
    )


def _query(estate: Estate, text: str, value: str, window: int, minutes: int) -> ScheduledQueryConfiguration:
    return ScheduledQueryConfiguration(
        QueryString=text,
        AggregationExpression=value,
        LogGroupIdentifiers=[_log_group(estate)],
        ScheduleConfiguration=ScheduleConfiguration(
            ScheduleExpression=f"rate({minutes} minutes)",
            StartTimeOffset=window + DELAY_SECONDS,
            EndTimeOffset=DELAY_SECONDS,
        ),
        ScheduledQueryRoleARN=GetAtt(ROLE, "Arn"),
    )


def _alarm(
    estate: Estate, title: str, name: str, description: str, query: ScheduledQueryConfiguration, **condition: Any
) -> Part:
    """An alarm on alarm delivery, whose action is the delivery monitor."""
    watcher = [GetAtt("PathWatcherFunction", "Arn")]
    return LogAlarm(
        title,
        AlarmName=estate.name(f"{MONITOR_ALARM_PREFIX}{name}"),
        AlarmDescription=description,
        AlarmActions=watcher,
        ScheduledQueryConfiguration=query,
        DependsOn=["HeartbeatLogGroup"],
        Metadata=origin(PATH),
        **{"OKActions": watcher, **condition},
    )


def _log_group(estate: Estate) -> str:
    return heartbeat_log_group(estate.environment)


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate))
