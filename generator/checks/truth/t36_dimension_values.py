"""T36: a dimension has its value in the form in which AWS publishes it."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.metric_references import metric_path, named_metrics
from generator.findings import Finding

CODE = "T36"
NAME = "dimension-values"
TITLE = "The value of a dimension is the name or the id that AWS publishes, not an ARN, an address or a pattern."
WHY = (
    "CloudWatch compares the values of dimensions letter by letter. A function's metrics are published by its name and"
    " not by its ARN, a queue's not by its URL, a load balancer's by the end of its ARN (app/shop/50dc6c495c0c9188), a"
    " distribution's with the Region Global. There are no wildcards. With another value the metric does not exist, and"
    " an alarm on it waits for data for ever."
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
# Dimensions that are plain names or ids, whichever namespace has them.
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
# What the end of the ARN begins with.
_ENDS = {"LoadBalancer": ("app/", "net/", "gwy/"), "TargetGroup": ("targetgroup/",)}
_EXAMPLES = {"LoadBalancer": "app/shop/50dc6c495c0c9188", "TargetGroup": "targetgroup/shop/73e2d6bc24d8a067"}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each value of AWS's own dimensions that nothing is published with."""
    for measured in named_metrics(subject.estate):
        metric = measured.metric
        if metric.filter is not None or not metric.namespace.startswith(("AWS/", "ECS/")):
            continue
        for name, value in metric.dimensions:
            fault = _fault(metric.namespace, name, value)
            if fault:
                yield Finding(CODE, f"{name}: {fault[0]}", (*metric_path(measured, "dimensions"), name), hint=fault[1])


def _fault(namespace: str, name: str, value: str) -> tuple[str, str] | None:
    """What is wrong with a value, and what to write; None where it may be right."""
    if (namespace, name) == ("AWS/CloudFront", "Region") and value != "Global":
        return f"distributions are published with Global, not `{value}`", f"{name}: Global"
    if name in _ENDS and not value.startswith(_ENDS[name]):
        kind = next((prefix for prefix in _ENDS[name] if f"/{prefix}" in value or f":{prefix}" in value), "")
        end = kind + value.partition(kind)[2] if kind else _EXAMPLES[name]
        return f"it is published by the end of its ARN, not by `{value}`", f"{'' if kind else 'such as '}{end}"
    if name not in _NAMES:
        return None
    if value.startswith(("arn:", "https://")):
        return f"it is published by its name, not by `{value}`", _last(value)
    if "*" in value:
        return (
            f"no metric has a wildcard in its dimension, as `{value}` has",
            "an alarm for each, or a query",
        )
    return None


def _last(value: str) -> str:
    """The name at the end of an ARN or an address."""
    return value.replace(":", "/").rstrip("/").rpartition("/")[2]
