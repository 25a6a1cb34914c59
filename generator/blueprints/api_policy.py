"""The resource policy of the API, which bounds its callers.

With IAM and a resource policy, a caller in the API's account requires the permission of one of the two, and a
caller in another account of both. So this policy allows nothing to the hub's own account: there, IAM alone decides.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

from typing import Any

from awacs.aws import Condition as When
from awacs.aws import Principal, StringEquals, StringNotEquals

from generator.blueprints.kit.policies import deny, grant, policy
from generator.model.estate import Estate

# Of this API; API Gateway fills in the rest of the ARN.
_EVERYTHING = "execute-api:/*"
# Any stage, any path. What changes a state, and may close an incident, is for the hub's own account.
_READS = "execute-api:/*/GET/*"


def resource_policy(estate: Estate) -> Any:
    """Other accounts of the organization may read, as far as their own policies allow; no account outside it may."""
    organization = {"aws:PrincipalOrgID": estate.organization.id}
    elsewhere = StringNotEquals({"aws:PrincipalAccount": estate.hub.account})
    invoke = ["execute-api:Invoke"]
    return policy(
        grant(
            Principal("AWS", "*"),
            invoke,
            [_READS],
            sid="OrganizationReads",
            condition=When([StringEquals(organization), elsewhere]),
        ),
        # A caller without the key is of no organization, and refused, too.
        deny(invoke, [_EVERYTHING], sid="NobodyElseCalls", condition=When(StringNotEquals(organization))),
    )
