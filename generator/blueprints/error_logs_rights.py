"""Permissions of the agent: list log groups, run queries, read ECS, and put findings on the hub's bus.

Listing actions take no resource in IAM, and neither do StopQuery and what reads a query's results: a query has no ARN.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import StringEquals
from troposphere import GetAtt, Ref, Sub

from generator.blueprints.error_logs_triggers import STEM
from generator.blueprints.incident_rights import consumes_queue
from generator.blueprints.kit.bus_writers import puts
from generator.blueprints.kit.policies import allow, refuse
from generator.model.error_log_names import AGENT_DETAIL_TYPES, AGENT_SOURCE
from generator.model.error_logs import ErrorLogs
from generator.model.estate import Estate

# None of these can be given for one resource alone.
FINDS_LOG_GROUPS = ("logs:DescribeLogGroups",)
FOLLOWS_QUERIES = ("logs:GetQueryResults", "logs:StopQuery")
LISTS_FUNCTIONS = ("lambda:ListFunctions",)
LISTS_SERVICES = ("ecs:DescribeTaskDefinition", "ecs:ListClusters", "ecs:ListServices")
READS_TAGS = ("tag:GetResources",)


def agent_statements(estate: Estate, error_logs: ErrorLogs) -> Iterator[Any]:
    """The actions that the agent's code calls; some of them only with the settings that require them."""
    yield consumes_queue(f"{STEM}Queue")
    yield allow(["sqs:SendMessage"], [GetAtt(f"{STEM}DeadLetters", "Arn")], sid="GivesUp")
    bus = estate.hub.arn("events", f"event-bus/{estate.name('observability-bus')}")
    yield puts(bus, AGENT_SOURCE, AGENT_DETAIL_TYPES, sid="PutsWhatItFound")
    yield from _queries()
    yield from _discovers(error_logs)


def _queries() -> Iterator[Any]:
    """Log groups are found at run time by their names, so a policy cannot list them."""
    yield allow(list(FINDS_LOG_GROUPS), ["*"], sid="FindsLogGroups")
    yield allow(["logs:StartQuery"], [_arn("logs", "log-group:*")], sid="AsksLogGroups")
    yield allow(["logs:GetLogEvents"], [_arn("logs", "log-group:*:log-stream:*")], sid="ReadsLastLines")
    yield allow(list(FOLLOWS_QUERIES), ["*"], sid="FollowsQueries")
    # What a data protection policy of the log group masks stays masked, whatever else is attached to the role.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html
    yield refuse(["logs:Unmask"], ["*"], sid="NeverUnmasks")
    # A reader of an encrypted log group, or of encrypted results, uses the key, through CloudWatch Logs.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    through_logs = {
        "kms:CallerAccount": Ref("AWS::AccountId"),
        "kms:ViaService": Sub("logs.${AWS::Region}.${AWS::URLSuffix}"),
    }
    decrypting = When(StringEquals(through_logs))
    yield allow(["kms:Decrypt"], [_arn("kms", "key/*")], sid="DecryptsThroughLogs", condition=decrypting)


def _discovers(error_logs: ErrorLogs) -> Iterator[Any]:
    groups = error_logs.groups
    if groups.tags:
        yield allow(list(READS_TAGS), ["*"], sid="ReadsTags")
    if groups.functions or error_logs.deployments or error_logs.health:
        yield allow(list(LISTS_FUNCTIONS), ["*"], sid="ListsFunctions")
    if error_logs.health:
        yield allow(["lambda:GetFunctionConcurrency"], [_arn("lambda", "function:*")], sid="SeesWhatIsThrottledToZero")
    if groups.services or error_logs.health:
        yield allow(list(LISTS_SERVICES), ["*"], sid="ListsServices")
        yield allow(["ecs:DescribeServices"], [_arn("ecs", "service/*")], sid="LooksAtServices")
    elif error_logs.tasks:
        yield allow(["ecs:DescribeTaskDefinition"], ["*"], sid="FindsLogsOfTasks")


def _arn(service: str, resource: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")
