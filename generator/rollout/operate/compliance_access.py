"""Access with the hub's credentials to each account and Region with a checker: the chain of roles.

The operator role of a place trusts the hub's reader roles where the manifest names some, and requires their external
ID; else it trusts every principal that the hub's policies allow. Its name has the Region, so each place has its own.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-api.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from generator.aws.regions import partition_of
from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.aws.operations import SUSPENDED, Instance
from generator.rollout.deploy.desired import DesiredState, NotWhatWasBuilt
from generator.rollout.operate.compliance_state import AccountRegion

# What the manifest calls it.
COMPLIANCE = "compliance"


@dataclass(frozen=True, slots=True)
class Checker:
    """The checkers of an environment, from the manifest: the same names in every account and Region.

    operator_role: with `{region}` for the Region. external_id: empty where the role requires none. readers: roles of
    the hub, one of which assumes the operator role; none where any principal of the hub may. accounts: IDs of the named
    accounts that have one; None for all. later: whether accounts that join later have one. regions: empty for all.
    """

    queue: str
    table: str
    operator_role: str
    external_id: str = ""
    readers: tuple[str, ...] = ()
    accounts: tuple[str, ...] | None = None
    later: bool = True
    regions: tuple[str, ...] = ()

    def is_in(self, account: str, region: str, *, is_named: bool) -> bool:
        """True if an account has a checker in a Region. account: its id. is_named: whether the file names it."""
        is_checked = self.accounts is None or account in self.accounts if is_named else self.later
        return is_checked and (not self.regions or region in self.regions)


def checker_of(manifest: Any) -> Checker | None:
    """The checkers of a manifest; None where the environment has no tag compliance. Raises NotWhatWasBuilt."""
    try:
        section = manifest.get(COMPLIANCE)
        if not section:
            return None
        return Checker(
            str(section["queue"]),
            str(section["table"]),
            str(section["operator_role"]),
            str(section.get("external_id", "")),
            tuple(map(str, section.get("readers", ()))),
            tuple(map(str, section["accounts"])) if "accounts" in section else None,
            bool(section.get("later", True)),
            tuple(map(str, section.get("regions", ()))),
        )
    except (AttributeError, KeyError, TypeError):
        raise NotWhatWasBuilt(f"`{COMPLIANCE}` in the manifest is not the output of a build") from None


def locations_of(desired: DesiredState, checker: Checker, instances: Iterable[Instance] = ()) -> list[AccountRegion]:
    """The accounts and Regions with a checker: those of the manifest, and those of units by their stacks.

    The hub has no checker of its own, also where one of the units contains it.
    """
    names, regions = desired.names, desired.members.regions
    listed = {(account, region) for account in names for region in desired.regions_of(account)}
    listed |= {(instance.account, instance.region) for instance in instances if instance.detail != SUSPENDED}
    return sorted(
        (
            AccountRegion(account, names.get(account, account), region)
            for account, region in listed
            if region in regions
            and account != desired.hub.account
            and checker.is_in(account, region, is_named=account in names)
        ),
        key=lambda location: (location.name, location.account, location.region),
    )


@dataclass(slots=True)
class CheckerAccess:
    """Clients in accounts and Regions with a checker. session: what CloudTrail shows. Everything raises AwsError."""

    aws: Aws
    desired: DesiredState
    checker: Checker
    session: str
    _sts: Any = None
    _given: dict[AccountRegion, Mapping[str, Any]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def client(self, location: AccountRegion, service: str) -> Any:
        """A client with the operator role of the account and Region; it is assumed once."""
        with self._lock:
            sts = self._sts = self._sts or self._caller()
        if location not in self._given:
            self._given[location] = self._assume(sts, location)
        with aws_errors("sts:AssumeRole", self.role(location), location.account, location.region):
            return self.aws.client_as(self._given[location], service, location.region)

    def role(self, location: AccountRegion) -> str:
        """The name of its operator role."""
        return self.checker.operator_role.replace("{region}", location.region)

    def _assume(self, sts: Any, location: AccountRegion) -> Mapping[str, Any]:
        role = self.role(location)
        external = {"ExternalId": self.checker.external_id} if self.checker.external_id else {}
        try:
            return self._given_by(sts, location.account, role, external)
        except AwsError as error:
            # AWS says the same of a role that is not there and of one that does not trust the caller.
            readers = (
                f", and use a principal that can assume {' or '.join(self.checker.readers)}"
                if self.checker.readers
                else ""
            )
            raise AwsError(str(error), f"deploy this version to {location}{readers}") from None

    def _caller(self) -> Any:
        """STS, as who may assume the operator roles: a reader role of the hub where there are some."""
        hub, readers = self.desired.hub, self.checker.readers
        with aws_errors("sts:GetCallerIdentity", "the caller", hub.account, hub.region):
            sts = self.aws.client("sts", hub.region)
            arn = str(sts.get_caller_identity()["Arn"])
        # arn:aws:sts::111111111111:assumed-role/monitoring-reader-prod/alice
        if not readers or (":assumed-role/" in arn and arn.split("/")[1] in readers):
            return sts
        credentials = self._given_by(sts, hub.account, readers[0], {})
        with aws_errors("sts:AssumeRole", readers[0], hub.account, hub.region):
            return self.aws.client_as(credentials, "sts", hub.region)

    def _given_by(self, sts: Any, account: str, role: str, more: Mapping[str, str]) -> Mapping[str, Any]:
        region = self.desired.hub.region
        arn = f"arn:{partition_of(region)}:iam::{account}:role/{role}"
        with aws_errors("sts:AssumeRole", role, account, region):
            credentials: Mapping[str, Any] = sts.assume_role(RoleArn=arn, RoleSessionName=self.session, **more)
            return credentials["Credentials"]  # type: ignore[no-any-return]
