"""The role with which API Gateway writes logs: an account has one such setting per Region.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STAGE, ACCOUNT = "AWS::ApiGateway::Stage", "AWS::ApiGateway::Account"


def has_stage(template: Mapping[str, Any]) -> bool:
    """True if the hub's template has an API, whose calls are logged."""
    return any(resource["Type"] == STAGE for resource in template["Resources"].values())


def conflict(set_already: str, template: Mapping[str, Any], owned: frozenset[str]) -> tuple[str, str] | None:
    """The conflict of the API's logs with the account's setting, and what to do; None where there is none.

    set_already: ARN of the role that the account has, or nothing. owned: physical ids that the hub's stack has already.
    """
    resources = template["Resources"]
    sets = any(resource["Type"] == ACCOUNT for resource in resources.values())
    if not sets and not set_already:
        return (
            "API Gateway has no role for logs in the hub's account and Region, so it cannot create a stage with logs",
            "deploy the first environment of this hub, which sets the role; or remove `account_role: false`",
        )
    name = set_already.rpartition("/")[2]
    # One that an earlier stack of the same name has left behind is ours again.
    ours = owned | {
        str(resource["Properties"].get("RoleName"))
        for resource in resources.values()
        if resource["Type"] == "AWS::IAM::Role"
    }
    if sets and name and name not in ours:
        return (
            f"API Gateway writes logs with {set_already} in the hub's account and Region, which this would replace",
            "set `events: {api: {account_role: false}}` to keep that role",
        )
    return None
