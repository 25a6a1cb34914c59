"""Access to members' accounts with the roles that exist there, before the first stack or after it.

A member that has a stack has `MonitoringRole-<AccountId>`, which trusts the hub's readers and may list log groups.
Before that there is only what others made: the role of an account that was made in the organization, which trusts the
management account, or the role by which a self-managed stack set deploys. Both may do everything there, so they are
assumed with a session policy, which leaves nothing of that but listing log groups.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access-cross-account-role.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.aws.regions import partition_of
from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import short_reason
from generator.rollout.deploy.desired import DesiredStackSet, DesiredState, external_id_of
from generator.rollout.operate.hub_reader import HubReader

ORGANIZATION_ROLE = "OrganizationAccountAccessRole"
EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
SESSION = "obsgen-deploy"
LISTS_LOG_GROUPS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"}],
    }
)
# A Region that an account has switched off may not answer at all.
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 5, 20, 6
NO_ROLE = "no role to assume before its first stack"


class NoAccess(Exception):
    """An account cannot be accessed; the message says why."""


def role_before(members: DesiredStackSet) -> str:
    """The role that exists before a member's first stack, and that the deployer may assume; empty for none.

    The role of the organization trusts the management account, which calls itself only where no delegate does.
    """
    if not members.managed:
        return EXECUTION_ROLE
    return ORGANIZATION_ROLE if members.call_as == "SELF" else ""


@dataclass(slots=True)
class MemberAccess:
    """with_stack: accounts that have a stack. members: the credentials of the stack set's owner."""

    desired: DesiredState
    hub: Aws
    members: Aws
    with_stack: frozenset[str]
    _reader: HubReader = field(init=False)

    def __post_init__(self) -> None:
        self._reader = HubReader(self.desired, self.hub, SESSION)

    def enter(self, account: str) -> Mapping[str, Any]:
        """Credentials in an account, by the first role that lets us in. Raises NoWay with the last one's reason."""
        from botocore.exceptions import BotoCoreError, ClientError

        why = NO_ROLE
        for role, more in self._roles(account):
            try:
                sts = self._reader.sts() if "ExternalId" in more else self._sts(self.members)
                arn = f"arn:{partition_of(self.desired.hub.region)}:iam::{account}:role/{role}"
                credentials: Mapping[str, Any] = sts.assume_role(RoleArn=arn, RoleSessionName=SESSION, **more)[
                    "Credentials"
                ]
            except (BotoCoreError, ClientError) as error:
                why = f"{short_reason(error)}, {role.removesuffix(f'-{account}')}"
            else:
                return credentials
        raise NoAccess(why)

    def logs(self, credentials: Mapping[str, Any], region: str) -> Any:
        """A client of CloudWatch Logs with such credentials, which waits where AWS throttles it."""
        from botocore.config import Config

        patience = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
        )
        return self.hub.client_as(credentials, "logs", region, patience)

    def _roles(self, account: str) -> Iterator[tuple[str, dict[str, str]]]:
        external_id = external_id_of(self.desired.files)
        if external_id and account in self.with_stack:
            yield f"MonitoringRole-{account}", {"ExternalId": external_id}
        before = role_before(self.desired.members)
        if before:
            yield before, {"Policy": LISTS_LOG_GROUPS}

    def _sts(self, aws: Aws) -> Any:
        return aws.client("sts", self.desired.hub.region)
