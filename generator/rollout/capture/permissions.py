"""The actions that `obsgen capture` calls in an account; a test compares them with its calls.

Most of these take no resource; DescribeAlarms leaves composites out of its answers where it has one.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from generator.rollout.capture.service_apis import permissions as service_permissions

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


# What the parts that are asked for with `--with` need besides.
EXTRA_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "services": service_permissions(),
    "resource-explorer": ("resource-explorer-2:ListResources",),
    "mute-rules": ("cloudwatch:GetAlarmMuteRule", "cloudwatch:ListAlarmMuteRules"),
    "subscription-filters": ("logs:DescribeSubscriptionFilters",),
    "quotas": ("servicequotas:ListServiceQuotas",),
}


def policy_document(extra: Collection[str] = ()) -> dict[str, Any]:
    """The policy of a role in each account, for `--role`. extra: the parts that are asked for with `--with`."""
    actions = sorted({*ACTIONS, *(action for part in extra for action in EXTRA_ACTIONS[part])})
    statement = {"Sid": "Capture", "Effect": "Allow", "Action": actions, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
