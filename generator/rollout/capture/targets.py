"""Who is captured, and with which credentials: the accounts of an environment, or those that the caller names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from generator.capture.types import CapturedAccount
from generator.rollout.aws.clients import Aws, sign_in
from generator.rollout.aws.errors import aws_errors
from generator.rollout.capture.access import SESSION, AccountClients, RoleAccess
from generator.rollout.deploy.desired import DesiredState, external_id_of
from generator.rollout.operate.hub_reader import HubReader

HUB_NAME = "hub"
MONITORING_ROLE = "MonitoringRole-{account}"


def accounts_of(desired: DesiredState) -> tuple[CapturedAccount, ...]:
    """The hub's account and the members of an environment, by ID."""
    hub = desired.hub.account
    regions: dict[str, set[str]] = {hub: set(desired.stack_regions)}
    for account in desired.names:
        regions.setdefault(account, set()).update(desired.regions_of(account))
    names = {hub: HUB_NAME, **desired.names}
    return tuple(
        CapturedAccount(account, names[account], tuple(sorted(of_account)))
        for account, of_account in sorted(regions.items())
    )


def chosen(accounts: Iterable[CapturedAccount], ids_or_names: Sequence[str]) -> tuple[CapturedAccount, ...]:
    """The accounts that were chosen; all where none was. Raises KeyError with an ID or name that there is not."""
    by_word: Mapping[str, CapturedAccount] = {
        word: account for account in accounts for word in (account.name, account.id)
    }
    if not ids_or_names:
        return tuple(accounts)
    return tuple(sorted({by_word[word] for word in ids_or_names}, key=lambda account: account.id))


def environment_access(desired: DesiredState, aws: Aws, role: str | None, external_id: str | None) -> AccountClients:
    """Clients for an environment: of the hub with the caller's credentials, of members by their monitoring roles.

    role: assumed instead, by the caller. Raises AwsError.
    """
    if role:
        return caller_access(aws, desired.hub.region, role, external_id)
    sign_in(aws, desired)
    reader = HubReader(desired, aws, SESSION)
    own_id = external_id_of(desired.files)
    monitoring_role = RoleAccess(MONITORING_ROLE, own_id, reader.sts) if own_id is not None else None
    return AccountClients(aws, desired.hub.account, monitoring_role)


def caller_access(aws: Aws, region: str, role: str | None, external_id: str | None) -> AccountClients:
    """Clients with the caller's credentials in the caller's account, and by a role in others. Raises AwsError."""
    with aws_errors("sts:GetCallerIdentity", "the caller", "of the capture", region):
        caller = aws.client("sts", region).get_caller_identity()
        aws.read_clock(caller)
    sts = partial(aws.client, "sts", region)
    return AccountClients(aws, str(caller["Account"]), RoleAccess(role, external_id, sts) if role else None)
