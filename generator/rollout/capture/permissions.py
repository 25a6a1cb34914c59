"""The actions that `obsgen capture` calls in an account; a test compares them with its calls.

Most of these take no resource; DescribeAlarms leaves composites out of its answers where it has one.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from typing import Any

ACTIONS = (
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:DescribeAnomalyDetectors",
    "cloudwatch:DescribeInsightRules",
    "cloudwatch:GetDashboard",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListMetrics",
    "logs:DescribeLogGroups",
    "logs:DescribeMetricFilters",
    "tag:GetResources",
)


def policy_document() -> dict[str, Any]:
    """The policy of a role in each account, for `--role`."""
    statement = {"Sid": "Capture", "Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
