"""What experiments create: how each kind is created with the tag, listed by a prefix, and deleted.

Order: a kind is deleted before those after it. A rule refers to its queue, a composite to its alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from generator.rollout.selftest.types import CallRefused, SelftestResource

TAG = "obsgen-selftest"
Client = Any
# A caller of operations: service, operation in snake case, parameters. Raises CallRefused.
Call = Callable[..., dict[str, Any]]
TagForm = Literal["list", "map", "lower-map", "none"]
# Deleting what is not there is no error for most services; these codes say it in the others.
ABSENT = (
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "DashboardNotFoundError",
)


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """A kind. create: operations that create it, each with the parameter of its name.

    names: the existing names with a prefix. delete: with everything inside. actions: IAM actions of both.
    arn: the form of its ARNs, without `arn:`, for policies; `{name}` is the name. is_global: an account has one of a
    name in all Regions, so that names have the Region of the run.
    """

    service: str
    create: dict[str, str]
    tags: TagForm
    names: Callable[[Call, str], Iterator[str]]
    delete: Callable[[Call, str], None]
    actions: tuple[str, ...]
    arn: str
    is_global: bool = False


def tag_parameter(form: TagForm, run: str) -> dict[str, Any]:
    """The parameter that tags a resource with its run."""
    if form == "list":
        return {"Tags": [{"Key": TAG, "Value": run}]}
    if form == "none":
        return {}
    return {"tags": {TAG: run}}


def pages(call: Call, service: str, operation: str, rows: str, token: str, **params: Any) -> Iterator[Any]:
    """Rows of all pages. token: the parameter of the next page, which answers have by the same name."""
    following: dict[str, Any] = {}
    while True:
        page = call(service, operation, **params, **following)
        yield from page.get(rows, ())
        if not page.get(token) or following.get(token) == page[token]:
            return
        following = {token: page[token]}


def alarm_names(call: Call, prefix: str) -> Iterator[str]:
    """Composites first: their alarms can only be deleted after them. A Region may not know alarms on logs."""
    for kind in ("CompositeAlarm", "LogAlarm", "MetricAlarm"):
        params = {"AlarmNamePrefix": prefix, "AlarmTypes": [kind]}
        try:
            for row in pages(call, "cloudwatch", "describe_alarms", f"{kind}s", "NextToken", **params):
                yield row["AlarmName"]
        except CallRefused as error:
            if kind != "LogAlarm" or "enum value set" not in error.message:
                raise


def _mute_rule_names(call: Call, prefix: str) -> Iterator[str]:
    for row in pages(call, "cloudwatch", "list_alarm_mute_rules", "AlarmMuteRuleSummaries", "NextToken"):
        name = str(row["AlarmMuteRuleArn"]).rpartition(":")[2]
        if name.startswith(prefix):
            yield name


def _objective_names(call: Call, prefix: str) -> Iterator[str]:
    for row in pages(call, "application-signals", "list_service_level_objectives", "SloSummaries", "NextToken"):
        if row["Name"].startswith(prefix):
            yield row["Name"]


def _rule_names(call: Call, prefix: str) -> Iterator[str]:
    for row in pages(call, "events", "list_rules", "Rules", "NextToken", NamePrefix=prefix):
        yield row["Name"]


def _delete_rule(call: Call, name: str) -> None:
    targets = [
        target["Id"] for target in pages(call, "events", "list_targets_by_rule", "Targets", "NextToken", Rule=name)
    ]
    if targets:
        call("events", "remove_targets", Rule=name, Ids=targets)
    call("events", "delete_rule", Name=name)


def _insight_rule_names(call: Call, prefix: str) -> Iterator[str]:
    for row in pages(call, "cloudwatch", "describe_insight_rules", "InsightRules", "NextToken"):
        if row["Name"].startswith(prefix):
            yield row["Name"]


def _detector_names(call: Call, prefix: str) -> Iterator[str]:
    """Namespaces of detectors: they have no names. An alarm creates one for its metric, too."""
    rows = pages(call, "cloudwatch", "describe_anomaly_detectors", "AnomalyDetectors", "NextToken")
    namespaces = {_of_detector(row, "Namespace") for row in rows}
    yield from sorted(namespace for namespace in namespaces if namespace.startswith(prefix))


def _of_detector(row: dict[str, Any], key: str) -> str:
    """A key of a detector, which older answers have at the top."""
    return str(row.get("SingleMetricAnomalyDetector", row).get(key, ""))


def _delete_detectors(call: Call, namespace: str) -> None:
    rows = list(
        pages(call, "cloudwatch", "describe_anomaly_detectors", "AnomalyDetectors", "NextToken", Namespace=namespace)
    )
    for row in rows:
        single = row.get("SingleMetricAnomalyDetector", row)
        if single.get("Namespace") == namespace:
            detector = {key: single[key] for key in ("Namespace", "MetricName", "Dimensions", "Stat") if key in single}
            call("cloudwatch", "delete_anomaly_detector", SingleMetricAnomalyDetector=detector)


def _dashboard_names(call: Call, prefix: str) -> Iterator[str]:
    for row in pages(
        call, "cloudwatch", "list_dashboards", "DashboardEntries", "NextToken", DashboardNamePrefix=prefix
    ):
        yield row["DashboardName"]


def _queue_names(call: Call, prefix: str) -> Iterator[str]:
    for url in pages(call, "sqs", "list_queues", "QueueUrls", "NextToken", QueueNamePrefix=prefix, MaxResults=1000):
        yield str(url).rpartition("/")[2]


def _delete_queue(call: Call, name: str) -> None:
    call("sqs", "delete_queue", QueueUrl=call("sqs", "get_queue_url", QueueName=name)["QueueUrl"])


def _log_group_names(call: Call, prefix: str) -> Iterator[str]:
    for row in pages(call, "logs", "describe_log_groups", "logGroups", "nextToken", logGroupNamePrefix=prefix):
        yield row["logGroupName"]


def _role_names(call: Call, prefix: str) -> Iterator[str]:
    """There is no prefix in the request: paths have one, names have none."""
    for row in pages(call, "iam", "list_roles", "Roles", "Marker", PathPrefix=f"/{TAG}/"):
        if row["RoleName"].startswith(prefix):
            yield row["RoleName"]


def _delete_role(call: Call, name: str) -> None:
    for policy in pages(call, "iam", "list_role_policies", "PolicyNames", "Marker", RoleName=name):
        call("iam", "delete_role_policy", RoleName=name, PolicyName=policy)
    call("iam", "delete_role", RoleName=name)


KINDS: dict[str, ResourceKind] = {
    "mute rule": ResourceKind(
        "cloudwatch",
        {"put_alarm_mute_rule": "Name"},
        "list",
        _mute_rule_names,
        lambda call, name: void(call("cloudwatch", "delete_alarm_mute_rule", AlarmMuteRuleName=name)),
        ("cloudwatch:DeleteAlarmMuteRule", "cloudwatch:ListAlarmMuteRules"),
        "cloudwatch:{region}:{account}:alarm-mute-rule:{name}",
    ),
    "SLO": ResourceKind(
        "application-signals",
        {"create_service_level_objective": "Name"},
        "list",
        _objective_names,
        lambda call, name: void(call("application-signals", "delete_service_level_objective", Id=name)),
        ("application-signals:DeleteServiceLevelObjective", "application-signals:ListServiceLevelObjectives"),
        "application-signals:{region}:{account}:slo/{name}",
    ),
    "alarm": ResourceKind(
        "cloudwatch",
        {"put_composite_alarm": "AlarmName", "put_log_alarm": "AlarmName", "put_metric_alarm": "AlarmName"},
        "list",
        alarm_names,
        lambda call, name: void(call("cloudwatch", "delete_alarms", AlarmNames=[name])),
        ("cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms"),
        "cloudwatch:{region}:{account}:alarm:{name}",
    ),
    "event rule": ResourceKind(
        "events",
        {"put_rule": "Name"},
        "list",
        _rule_names,
        _delete_rule,
        ("events:DeleteRule", "events:ListRules", "events:ListTargetsByRule", "events:RemoveTargets"),
        "events:{region}:{account}:rule/{name}",
    ),
    "Contributor Insights rule": ResourceKind(
        "cloudwatch",
        {"put_insight_rule": "RuleName"},
        "list",
        _insight_rule_names,
        lambda call, name: void(call("cloudwatch", "delete_insight_rules", RuleNames=[name])),
        ("cloudwatch:DeleteInsightRules", "cloudwatch:DescribeInsightRules"),
        "cloudwatch:{region}:{account}:insight-rule/{name}",
    ),
    "anomaly detector": ResourceKind(
        "cloudwatch",
        {"put_anomaly_detector": "SingleMetricAnomalyDetector"},
        "none",
        _detector_names,
        _delete_detectors,
        ("cloudwatch:DeleteAnomalyDetector", "cloudwatch:DescribeAnomalyDetectors"),
        "",
    ),
    "dashboard": ResourceKind(
        "cloudwatch",
        {"put_dashboard": "DashboardName"},
        "none",
        _dashboard_names,
        lambda call, name: void(call("cloudwatch", "delete_dashboards", DashboardNames=[name])),
        ("cloudwatch:DeleteDashboards", "cloudwatch:ListDashboards"),
        "cloudwatch::{account}:dashboard/{name}",
        is_global=True,
    ),
    "queue": ResourceKind(
        "sqs",
        {"create_queue": "QueueName"},
        "map",
        _queue_names,
        _delete_queue,
        ("sqs:DeleteQueue", "sqs:GetQueueUrl", "sqs:ListQueues"),
        "sqs:{region}:{account}:{name}",
    ),
    "log group": ResourceKind(
        "logs",
        {"create_log_group": "logGroupName"},
        "lower-map",
        _log_group_names,
        lambda call, name: void(call("logs", "delete_log_group", logGroupName=name)),
        ("logs:DeleteLogGroup", "logs:DescribeLogGroups"),
        "logs:{region}:{account}:log-group:{name}",
    ),
    "role": ResourceKind(
        "iam",
        {"create_role": "RoleName"},
        "list",
        _role_names,
        _delete_role,
        ("iam:DeleteRole", "iam:DeleteRolePolicy", "iam:ListRolePolicies", "iam:ListRoles"),
        "iam::{account}:role/obsgen-selftest/{name}",
        is_global=True,
    ),
}


def prefix_of(kind: str, prefix: str, region: str) -> str:
    """The beginning of names of a kind in a run."""
    return f"{prefix}{region}-" if KINDS[kind].is_global else prefix


def void(_answer: dict[str, Any]) -> None:
    """An answer that nothing reads."""


def removal_order(resources: list[SelftestResource]) -> list[SelftestResource]:
    """By kind, the latest first: a composite was created after its alarms."""
    order = list(KINDS)
    latest_first = list(reversed(resources))
    latest_first.sort(key=lambda resource: order.index(resource.kind))
    return latest_first
