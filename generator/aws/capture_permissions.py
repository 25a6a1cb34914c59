"""The actions that `obsgen capture` calls in an account; a test compares them with its calls.

Most of these take no resource; DescribeAlarms leaves composites out of its answers where it has one.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from generator.aws.service_apis import permissions as service_permissions

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

# Actions that could read more than lists, with what they need: what follows `arn:<partition>:`. The others list what an
# account has; with narrower resources they would leave something out.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsresourceexplorer.html
NARROW: Mapping[str, tuple[str, ...]] = {
    "apigateway:GET": ("apigateway:*::/apis", "apigateway:*::/restapis"),
    "cloudwatch:GetAlarmMuteRule": ("cloudwatch:*:{account}:alarm-mute-rule:*",),
    "logs:DescribeSubscriptionFilters": ("logs:*:{account}:log-group:*",),
    "resource-explorer-2:ListResources": ("resource-explorer-2:*:{account}:view/*",),
}


def listing_actions() -> tuple[str, ...]:
    """The actions of extra parts that only list what an account has."""
    return tuple(sorted({action for actions in EXTRA_ACTIONS.values() for action in actions} - NARROW.keys()))


def policy_document(extra: Collection[str] = ()) -> dict[str, Any]:
    """The policy of a role in each account, for `--role`. extra: the parts that are asked for with `--with`."""
    besides = {action for part in extra for action in EXTRA_ACTIONS[part]}
    actions = sorted({*ACTIONS, *besides} - NARROW.keys())
    statements = [{"Sid": "Capture", "Effect": "Allow", "Action": actions, "Resource": "*"}]
    for number, action in enumerate(sorted(besides & NARROW.keys()), 1):
        resources = [f"arn:*:{name.format(account='*')}" for name in NARROW[action]]
        statements.append({"Sid": f"Extra{number}", "Effect": "Allow", "Action": [action], "Resource": resources})
    return {"Version": "2012-10-17", "Statement": statements}
