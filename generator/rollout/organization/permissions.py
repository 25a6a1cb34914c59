"""The IAM policy of `obsgen accounts --update`: reads only.

Which accounts, units and roots there are is what it reads, so none can be named.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
"""

from __future__ import annotations

from typing import Any

ACTIONS = (
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
    "organizations:ListTagsForResource",
)


def policy_document() -> dict[str, Any]:
    """The document; sts:GetCallerIdentity needs no permission."""
    statement = {"Sid": "ReadsOrganization", "Effect": "Allow", "Action": list(ACTIONS), "Resource": ["*"]}
    return {"Version": "2012-10-17", "Statement": [statement]}
