"""Between which values AWS's own metrics lie, where their pages say so.

A count and a percentage are never below 0. A percentage ends at 100, except where more than the whole can be used: a
task that may borrow its instance's spare CPU, a function on several cores, a pod above what it asked for.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_utilization.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-metrics.html
"""

from __future__ import annotations

import math

from generator.aws.metrics import lookup

_WHOLE = 100.0
# Namespaces whose percentages may pass the whole.
_ABOVE_THE_WHOLE = ("AWS/ECS", "AWS/Kafka", "ContainerInsights", "CWAgent", "ECS/ContainerInsights", "LambdaInsights")
# Each data point of these is 0 or 1 for one check or one request, so every statistic but Sum is between them.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
_ZERO_OR_ONE = {
    "AWS/EC2": (
        "StatusCheckFailed",
        "StatusCheckFailed_Instance",
        "StatusCheckFailed_System",
        "StatusCheckFailed_AttachedEBS",
    ),
    "AWS/Route53": ("HealthCheckStatus",),
    "AWS/Lambda": ("Errors",),
    "AWS/ApiGateway": ("4XXError", "5XXError"),
}
_SUMS = ("Sum", "SampleCount")
# What a single value can be, where the page says it and the unit does not. SES gives its rates as fractions; ACM stops
# when a certificate has expired; a classic load balancer's node queues 1,024 requests.
# https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
# https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
# https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-cloudwatch-metrics.html
_SINGLE_VALUE = {
    ("AWS/SES", "Reputation.BounceRate"): (0.0, 1.0),
    ("AWS/SES", "Reputation.ComplaintRate"): (0.0, 1.0),
    ("AWS/CertificateManager", "DaysToExpiry"): (0.0, math.inf),
    ("AWS/ELB", "SurgeQueueLength"): (0.0, 1024.0),
}


def value_range(namespace: str, metric: str, statistic: str) -> tuple[float, float]:
    """The least and the greatest value that a statistic of the metric can have; infinite where nothing is known."""
    known = lookup(namespace)
    known_metric = known.metrics.get(metric) if known else None
    if metric in _ZERO_OR_ONE.get(namespace, ()):
        return 0.0, math.inf if statistic in _SUMS else 1.0
    if (namespace, metric) in _SINGLE_VALUE:
        least, most = _SINGLE_VALUE[namespace, metric]
        return least, math.inf if statistic in _SUMS else most
    if known_metric is None or known_metric.unit not in ("Count", "Percent"):
        return (0.0 if statistic == "SampleCount" else -math.inf), math.inf
    bounded = known_metric.unit == "Percent" and statistic not in _SUMS and namespace not in _ABOVE_THE_WHOLE
    return 0.0, _WHOLE if bounded else math.inf


def unit_of(namespace: str, metric: str) -> str:
    """A StandardUnit of CloudWatch; empty where the metric is not known."""
    known = lookup(namespace)
    known_metric = known.metrics.get(metric) if known else None
    return known_metric.unit if known_metric else ""
