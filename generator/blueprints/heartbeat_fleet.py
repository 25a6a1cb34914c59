"""The silence of members that have no alarm each: those of organizational units, and named ones where they are many.

The hub's log group has a line for each sign of life. Two scheduled queries read it: who was there lately and is there
no more, which fires after a quarter of an hour; and whether as many are there as the file names, which also finds a
member that never came, or that is silent for so long that the first query has forgotten it.

The second one's name has the number in it, so that a member more or less makes another alarm, first, and deletes this
one then: looked at with the new number, results from before a rollout would be a member too few.

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
# How long somebody is remembered who fell silent.
REMEMBERED_SECONDS = 10_800
# Lines that come late belong to this run, not between two.
DELAY_SECONDS = 60
# A rollout takes its time, and members come one wave after another.
MISSING_RUNS, MISSING_MINUTES = 8, 15
# A query has 10,000 characters, and returns so many rows: of more members, a few that are missing would not be seen.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
MOST_NAMED, MOST_ROWS = 500, 10_000
_BEATS = 'filter source = "aws.events"'
_NOT_BREACHING = "notBreaching"
_NO_LINE = "a query that finds no line has no value, and whoever falls silent is found by earlier lines"


def resources(estate: Estate) -> Iterator[Part]:
    """The alarms on members that have none of their own; nothing where each has one."""
    own = {account.id for account, _ in heartbeats(estate.accounts, estate.regions)}
    expected = 0 if own else members_and_regions(estate.accounts, estate.regions)
    if not expected and not estate.organizational_units:
        return
    yield _role(estate)
    yield _stopped(estate, own)
    if expected and _can_count(estate):
        yield _missing(estate, expected)


def _can_count(estate: Estate) -> bool:
    """Where units bring members, too, the named ones are counted by id: those of the units must not count for them."""
    return not estate.organizational_units or len(estate.accounts) <= MOST_NAMED


def missing_data_reasons(estate: Estate) -> list[MissingDataReason]:
    """Why no data does not raise one of them; the catalogue lists it."""
    alarms = (part.properties for part in resources(estate) if isinstance(part, LogAlarm))
    names = (str(alarm["AlarmName"]) for alarm in alarms if alarm["TreatMissingData"] == _NOT_BREACHING)
    return [MissingDataReason(name, (), "not-breaching", _NO_LINE, "obsgen") for name in names]


def _role(estate: Estate) -> Part:
    """What CloudWatch Logs runs the queries as: over this log group alone."""
    own_account = When(StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}))
    trust = grant(service("logs.amazonaws.com"), ["sts:AssumeRole"], None, sid="LogsAssumes", condition=own_account)
    arn = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{_log_group(estate)}"
    reads = allow(["logs:GetQueryResults", "logs:StartQuery"], [Sub(arn), Sub(f"{arn}:*")])
    return iam.Role(
        ROLE,
        RoleName=Sub(f"heartbeat-query-role-${{AWS::Region}}-{estate.environment}"),
        Description="Lets CloudWatch Logs look for members that fell silent",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="run-queries", PolicyDocument=policy(reads))],
        Metadata=origin(PATH),
    )


def _stopped(estate: Estate, own: set[str]) -> Part:
    """Who beat within hours, and not within the last quarter of one. own: accounts with an alarm of their own."""
    other_accounts = f" and account not in {json.dumps(sorted(own))}" if own else ""
    query = (
        f"{_BEATS}{other_accounts}\n"
        "| fields toMillis(@timestamp) as beat_ms\n"
        "| stats max(beat_ms) as latest_ms by account, region\n"
        f"| filter latest_ms < now() * 1000 - {SILENT_SECONDS * 1000}"
    )
    description = (
        f"Members from which something came within {REMEMBERED_SECONDS // 3600} hours, and nothing for"
        f" {SILENT_SECONDS // 60} minutes: their alarms reach nobody. The query of this alarm lists them. Is their"
        f" stack there, is {estate.name('heartbeat-rule')} on, what lies in"
        f" {estate.name('alarm-forwarding-dead-letters')} there? Accounts that were taken out of the file are among"
        " them for as long."
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
        # It also ends when the silence is longer than what is remembered, and then nothing is whole again.
        OKActions=[],
    )


def _missing(estate: Estate, expected: int) -> Part:
    """Whether as many beat as there should be."""
    ids = sorted(account.id for account in estate.accounts)
    accounts = f" and account in {json.dumps(ids)}" if estate.organizational_units else ""
    query = f"{_BEATS}{accounts}\n| stats count(*) as beats by account, region"
    hours = MISSING_RUNS * MISSING_MINUTES // 60
    description = (
        f"For {hours} hours something has come from fewer than the {expected:,} members and Regions of the file: the"
        f" alarms of the others reach nobody. `obsgen status --environment {estate.environment}` says whose stack is"
        " missing or behind."
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
    """An alarm of the path itself, told by the watcher."""
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
