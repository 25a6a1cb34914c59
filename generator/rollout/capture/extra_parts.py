"""The parts of a capture that are read only when they are asked for (`--with`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from generator.aws.service_apis import ECS_SERVICES, SERVICE_APIS, ServiceApi, ecs_service
from generator.rollout.capture.calls import CallFailed, RegionCalls
from generator.rollout.capture.folder import CaptureFolder
from generator.rollout.capture.request import CaptureRequest
from generator.rollout.capture.rows import plain

# What services answer of a cluster, a rule or a log group that is not there.
_NOT_FOUND = ("ClusterNotFoundException", "ResourceNotFound", "ResourceNotFoundException")
MOST_RESOURCES, MOST_RULES = 1_000, 100
# https://docs.aws.amazon.com/servicequotas/latest/userguide/reference_quotas.html: codes of services with packs
QUOTA_SERVICES = (
    "dynamodb",
    "ec2",
    "elasticloadbalancing",
    "kinesis",
    "lambda",
    "logs",
    "monitoring",
    "rds",
    "sns",
    "sqs",
)
Rows = Iterator[dict[str, Any]]


def services(calls: RegionCalls, _request: CaptureRequest, folder: CaptureFolder) -> Rows:
    """What service APIs list. One that cannot be called is a problem; the part fails only where all cannot."""
    failures: list[CallFailed] = []
    clusters: list[str] = []
    for api in SERVICE_APIS:
        try:
            rows = list(_listed(calls, api))
        except CallFailed as error:
            if error.is_region_closed or error.call == "sts:AssumeRole":
                raise
            failures.append(error)
            continue
        yield from rows
        if api.action == "ecs:ListClusters":
            clusters = [row["Values"]["cluster"] for row in rows]
    if len(failures) == len(SERVICE_APIS):
        raise failures[0]
    try:
        yield from _ecs_services(calls, clusters)
    except CallFailed as error:
        if error.is_region_closed or error.call == "sts:AssumeRole":
            raise
        failures.append(error)
    for failure in failures:
        folder.note(calls.problem("services", failure))


def _listed(calls: RegionCalls, api: ServiceApi) -> Rows:
    parameter, key = api.following
    for page in calls.pages(api.action, parameter, key, **dict(api.params)):
        for item in page.get(api.result, ()):
            yield from api.rows(item, calls.region)


def _ecs_services(calls: RegionCalls, clusters: list[str]) -> Rows:
    for cluster in clusters:
        with _deleted_meanwhile():
            for page in calls.pages(ECS_SERVICES, "nextToken", cluster=cluster, maxResults=100):
                yield from (ecs_service(str(arn), cluster) for arn in page.get("serviceArns", ()))


@contextmanager
def _deleted_meanwhile() -> Iterator[None]:
    """Pass over what was listed and then deleted."""
    try:
        yield
    except CallFailed as error:
        if error.code not in _NOT_FOUND:
            raise


def resource_explorer(calls: RegionCalls, _request: CaptureRequest, _folder: CaptureFolder) -> Rows:
    """What the Region's default view of Resource Explorer lists, of this Region and account.

    https://docs.aws.amazon.com/resource-explorer/latest/apireference/API_ListResources.html
    """
    for page in calls.pages("resource-explorer-2:ListResources", MaxResults=MOST_RESOURCES):
        for resource in page.get("Resources", ()):
            where = (resource.get("OwningAccountId"), resource.get("Region"))
            if where in ((calls.account, calls.region), (calls.account, "global")):
                yield {"Arn": resource["Arn"], "ResourceType": resource.get("ResourceType")}


def mute_rules(calls: RegionCalls, _request: CaptureRequest, _folder: CaptureFolder) -> Rows:
    """CloudWatch's mute rules, each with its schedule and alarms."""
    for page in calls.pages("cloudwatch:ListAlarmMuteRules", MaxRecords=MOST_RULES):
        for summary in page.get("AlarmMuteRuleSummaries", ()):
            name = str(summary.get("AlarmMuteRuleArn", "")).partition(":alarm-mute-rule:")[2]
            if name:
                with _deleted_meanwhile():
                    yield plain(calls.call("cloudwatch:GetAlarmMuteRule", AlarmMuteRuleName=name))


def subscription_filters(calls: RegionCalls, _request: CaptureRequest, folder: CaptureFolder) -> Rows:
    """Subscription filters of every log group."""
    if folder.has(calls.account, calls.region, "log-groups"):
        groups = [row["logGroupName"] for row in folder.rows(calls.account, calls.region, "log-groups")]
    else:
        pages = calls.pages("logs:DescribeLogGroups", "nextToken")
        groups = [group["logGroupName"] for page in pages for group in page.get("logGroups", ())]
    for group in groups:
        with _deleted_meanwhile():
            for page in calls.pages("logs:DescribeSubscriptionFilters", "nextToken", logGroupName=group):
                yield from (plain(row) for row in page.get("subscriptionFilters", ()))


def quotas(calls: RegionCalls, _request: CaptureRequest, _folder: CaptureFolder) -> Rows:
    """The quotas of services with packs, as they are applied in the account."""
    for service in QUOTA_SERVICES:
        for page in calls.pages("servicequotas:ListServiceQuotas", ServiceCode=service, MaxResults=100):
            yield from (plain(row) for row in page.get("Quotas", ()))


EXTRA_PARTS: Mapping[str, Callable[[RegionCalls, CaptureRequest, CaptureFolder], Rows]] = {
    "services": services,
    "resource-explorer": resource_explorer,
    "mute-rules": mute_rules,
    "subscription-filters": subscription_filters,
    "quotas": quotas,
}
