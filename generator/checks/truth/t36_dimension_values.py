"""T36: the value of a dimension has the form in which AWS publishes it."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.metric_references import metric_path, named_metrics
from generator.findings import Finding

CODE = "T36"
NAME = "dimension-values"
TITLE = "The value of a dimension is the name or ID that AWS publishes, not an ARN, an address or a pattern."
SUMMARY = "The value of a dimension has the form that AWS publishes."
WHY = (
    "CloudWatch compares the values of dimensions letter by letter. The metrics of a function are published by its"
    " name and not by its ARN, those of a queue not by its URL, those of a load balancer by the end of its ARN"
    " (app/shop/50dc6c495c0c9188), those of a distribution with the Region Global. There are no wildcards. With"
    " another value the metric does not exist, and the alarm never has data."
)
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"
BAD = """\
alarms:
  failing:
    metric: {namespace: AWS/Lambda, name: Errors, dimensions: {FunctionName: "pay-*"}}
    statistic: Sum
    threshold: "> 5"
    severity: high
"""
GOOD = """\
alarms:
  failing:
    metric: {namespace: AWS/Lambda, name: Errors, dimensions: {FunctionName: pay-checkout}}
    statistic: Sum
    threshold: "> 5"
    severity: high
"""
# Dimensions that are plain names or IDs in every namespace.
_NAMES = frozenset(
    {
        "AutoScalingGroupName",
        "BucketName",
        "CacheClusterId",
        "ClusterName",
        "DBClusterIdentifier",
        "DBInstanceIdentifier",
        "DistributionId",
        "FunctionName",
        "HealthCheckId",
        "InstanceId",
        "LoadBalancerName",
        "QueueName",
        "ServiceName",
        "StreamName",
        "TableName",
        "TopicName",
    }
)
# The beginning of the part of the ARN that is published.
_ENDS = {"LoadBalancer": ("app/", "net/", "gwy/"), "TargetGroup": ("targetgroup/",)}
_EXAMPLES = {"LoadBalancer": "app/shop/50dc6c495c0c9188", "TargetGroup": "targetgroup/shop/73e2d6bc24d8a067"}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each value in a form that AWS does not publish."""
    for measured in named_metrics(subject.estate):
        metric = measured.metric
        if metric.filter is not None or not metric.namespace.startswith(("AWS/", "ECS/")):
            continue
        for name, value in metric.dimensions:
            fault = _fault(metric.namespace, name, value)
            if fault:
                yield Finding(CODE, f"{name}: {fault[0]}", (*metric_path(measured, "dimensions"), name), hint=fault[1])


def _fault(namespace: str, name: str, value: str) -> tuple[str, str] | None:
    """A message and a hint for a wrong value; None for one that may be right."""
    if (namespace, name) == ("AWS/CloudFront", "Region") and value != "Global":
        return f"expected the Region `Global` for a distribution, got `{value}`", f"use {name}: Global"
    if name in _ENDS and not value.startswith(_ENDS[name]):
        kind = next((prefix for prefix in _ENDS[name] if f"/{prefix}" in value or f":{prefix}" in value), "")
        end = kind + value.partition(kind)[2] if kind else _EXAMPLES[name]
        return f"expected the end of the ARN, got `{value}`", f"use {'' if kind else 'a value such as '}{end}"
    if name not in _NAMES:
        return None
    if value.startswith(("arn:", "https://")):
        return f"expected a name, got `{value}`", f"use {_last(value)}"
    if "*" in value:
        return (
            f"dimensions support no wildcards, as in `{value}`",
            "use an alarm for each resource, or a query",
        )
    return None


def _last(value: str) -> str:
    """The name at the end of an ARN or an address."""
    return value.replace(":", "/").rstrip("/").rpartition("/")[2]
