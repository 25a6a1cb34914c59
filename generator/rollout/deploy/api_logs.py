"""The role with which API Gateway writes logs: an account and Region has one setting for it, whoever made it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STAGE, ACCOUNT = "AWS::ApiGateway::Stage", "AWS::ApiGateway::Account"


def has_stage(template: Mapping[str, Any]) -> bool:
    """Whether the hub's template has an API, whose calls are logged."""
    return any(made["Type"] == STAGE for made in template["Resources"].values())


def conflict(set_already: str, template: Mapping[str, Any], owned: frozenset[str]) -> tuple[str, str] | None:
    """What is in the way of the API's logs, and what to do about it; None where nothing is.

    set_already: ARN of the role that the account has, or nothing. owned: physical ids that the hub's stack has already.
    """
    made = template["Resources"]
    sets = any(one["Type"] == ACCOUNT for one in made.values())
    if not sets and not set_already:
        return (
            "API Gateway has no role for logs in the hub's account and Region, and makes no stage that has a log",
            "deploy the first environment with this hub before, which sets it; or leave account_role: false out",
        )
    name = set_already.rpartition("/")[2]
    # One that an earlier stack of the same name has left behind is ours again.
    ours = owned | {str(one["Properties"].get("RoleName")) for one in made.values() if one["Type"] == "AWS::IAM::Role"}
    if sets and name and name not in ours:
        return (
            f"API Gateway writes logs as {set_already} in the hub's account and Region, which this would replace",
            "events: {api: {account_role: false}} leaves it alone",
        )
    return None
