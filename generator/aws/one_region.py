"""Metrics that AWS publishes in one Region only, whatever Region their resources serve.

An alarm watches its own Region, so it has to be created where the metric is, or it never has data; a graph may name the
Region. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Cross-Account-Cross-Region.html Only the
partition aws has these services in this way: Global in China or GovCloud is another Region, or is not there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_VIRGINIA, _OREGON = "us-east-1", "us-west-2"
# Read 2026-11; under docs.aws.amazon.com:
# AmazonCloudFront/latest/DeveloperGuide/monitoring-using-cloudwatch.html
# Route53/latest/DeveloperGuide/monitoring-cloudwatch.html
# AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
# awssupport/latest/user/cloudwatch-metrics-ta.html
# global-accelerator/latest/dg/cloudwatch-monitoring.html
_REGION_OF: Mapping[str, str] = {
    "AWS/Billing": _VIRGINIA,
    "AWS/CloudFront": _VIRGINIA,
    "AWS/GlobalAccelerator": _OREGON,
    "AWS/Route53": _VIRGINIA,
    "AWS/TrustedAdvisor": _VIRGINIA,
}
# Where a distribution is protected the metrics have no Region, and with one they are of that Region.
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html
_WITHOUT_REGION = ("AWS/WAFV2",)


def region_of(namespace: str, dimensions: Collection[str], partition: str) -> str:
    """The only Region that has a metric with dimensions of these names; empty where each has its own."""
    if partition == "aws" and namespace in _WITHOUT_REGION and dimensions and "Region" not in dimensions:
        return _VIRGINIA
    return region_of_namespace(namespace, partition)


def region_of_namespace(namespace: str, partition: str) -> str:
    """The only Region that has any metric of a namespace; empty where each has its own."""
    return _REGION_OF.get(namespace, "") if partition == "aws" else ""


def region_in(expression: str, partition: str) -> str:
    """The only Region that has what a search or a query names; empty where each has its own, or where they differ."""
    regions = {region_of_namespace(name, partition) for name in re.findall(r"\bAWS/\w+", expression)}
    return regions.pop() if len(regions) == 1 else ""
