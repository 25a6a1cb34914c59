"""The members' stack set at AWS: looking at it, and one operation after the other.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackInstances.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.operations import UNITS_A_REQUEST, ActualStackSet, Instance, StackSetOperation
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.progress import ProgressReporter

RUNNING = ("RUNNING", "QUEUED", "STOPPING")
# Somebody else was quicker: theirs is waited for, and ours is asked for again.
BUSY = ("OperationInProgressException", "StaleRequestException")
TRIES = 5
FAILED = ("FAILED", "CANCELLED")
# Whoever goes first may not fail at all.
TRIAL = {"FailureToleranceCount": 0, "MaxConcurrentCount": 1}
# Looking changes nothing, so nothing has to go slowly.
EVERYWHERE = {"RegionConcurrencyType": "PARALLEL", "FailureTolerancePercentage": 100, "MaxConcurrentPercentage": 100}
SHARES = ("FailureToleranceCount", "FailureTolerancePercentage", "MaxConcurrentCount", "MaxConcurrentPercentage")


@dataclass(frozen=True, slots=True)
class InstanceFailure:
    """One instance in which an operation failed, with AWS's reason; account: empty where AWS named none."""

    account: str
    region: str
    reason: str


@dataclass(frozen=True, slots=True)
class OperationResult:
    """How an operation ended. whole: whether AWS calls it a success, which it does within the tolerance."""

    whole: bool
    failures: tuple[InstanceFailure, ...] = ()


@dataclass(slots=True)
class StackSet:
    """A stack set by name, of whoever calls."""

    aws: Aws
    desired: DesiredState
    progress: ProgressReporter

    def describe(self, *, wait_idle: bool = True) -> ActualStackSet | None:
        """The stack set as it is; None where there is none. wait_idle: wait until nothing runs on it."""
        if self._describe_now() is None:
            return None
        if wait_idle:
            self._settle()
        found = self._describe_now() or {}
        instances = tuple(
            Instance(
                one["Account"],
                one["Region"],
                one.get("Status", ""),
                one.get("OrganizationalUnitId", ""),
                one.get("StackInstanceStatus", {}).get("DetailedStatus", ""),
                one.get("StatusReason", ""),
                one.get("StackId", ""),
            )
            for one in self._pages("list_stack_instances", "Summaries")
        )
        return ActualStackSet(
            body=found.get("TemplateBody", ""),
            parameters={one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", [])},
            tags={one["Key"]: one["Value"] for one in found.get("Tags", [])},
            instances=instances,
            units=tuple(found.get("OrganizationalUnitIds", [])),
        )

    def perform(self, operation: StackSetOperation, template_url: str) -> OperationResult:
        """Do one operation and wait for it. Raises Refused where AWS does not begin it."""
        if operation.kind == "create-set":
            self._create(operation, template_url)
            return OperationResult(True)
        client, asked = self._client, {"StackSetName": self.desired.members.name, **self._as}
        for attempt in range(TRIES):
            self._settle()
            try:
                match operation.kind:
                    case "update-set":
                        targets = self._targets(operation) if operation.accounts or operation.units else {}
                        shape = self._shape(operation, template_url)
                        made = client.update_stack_set(**asked, **shape, **targets, **self._preferences(operation))
                    case "create":
                        made = client.create_stack_instances(**asked, **self._where(operation), **_overrides(operation))
                    case "update":
                        made = client.update_stack_instances(**asked, **self._where(operation), **_overrides(operation))
                    case "delete":
                        made = client.delete_stack_instances(
                            **asked, **self._where(operation), RetainStacks=operation.retain
                        )
                return self._ended(str(made["OperationId"]))
            except client.exceptions.ClientError as error:
                if error.response["Error"]["Code"] not in BUSY or attempt == TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def drifted(self) -> Iterator[tuple[str, str, str]]:
        """Have AWS look at every instance; account, Region and status of those that are not in sync."""
        name = self.desired.members.name
        made = self._client.detect_stack_set_drift(StackSetName=name, **self._as, OperationPreferences=EVERYWHERE)
        self._ended(str(made["OperationId"]))
        for one in self._pages("list_stack_instances", "Summaries"):
            if one.get("DriftStatus") not in (None, "IN_SYNC"):
                yield one["Account"], one["Region"], one["DriftStatus"]

    def delete(self) -> None:
        """Delete the set, which has no instances any more."""
        if self._describe_now() is not None:
            self._settle()
            self._client.delete_stack_set(StackSetName=self.desired.members.name, **self._as)

    @property
    def _client(self) -> Any:
        return self.aws.client("cloudformation", self.desired.hub.region)

    @property
    def _as(self) -> dict[str, str]:
        return {"CallAs": self.desired.members.call_as} if self.desired.members.managed else {}

    def _describe_now(self) -> dict[str, Any] | None:
        try:
            name = self.desired.members.name
            found: dict[str, Any] = self._client.describe_stack_set(StackSetName=name, **self._as)["StackSet"]
        except self._client.exceptions.StackSetNotFoundException:
            return None
        return None if found.get("Status") == "DELETED" else found

    def _create(self, operation: StackSetOperation, template_url: str) -> None:
        members = self.desired.members
        self._client.create_stack_set(
            StackSetName=members.name,
            PermissionModel="SERVICE_MANAGED" if members.managed else "SELF_MANAGED",
            **self._as,
            **self._shape(operation, template_url),
        )

    def _shape(self, operation: StackSetOperation, template_url: str) -> dict[str, Any]:
        joins = bool(self.desired.members.units)
        managed = {"Enabled": joins, **({"RetainStacksOnAccountRemoval": False} if joins else {})}
        return {
            "Description": f"{self.desired.project} {self.desired.environment}: observed accounts, by obsgen deploy",
            "TemplateURL": template_url,
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in sorted(operation.parameters.items())
            ],
            "Tags": [{"Key": key, "Value": value} for key, value in self.desired.tags],
            **({"AutoDeployment": managed} if self.desired.members.managed else {}),
        }

    def _where(self, operation: StackSetOperation) -> dict[str, Any]:
        return {**self._targets(operation), **self._preferences(operation)}

    def _targets(self, operation: StackSetOperation) -> dict[str, Any]:
        """Accounts by themselves, or by the units they are in: a service-managed set wants units in any case."""
        made: dict[str, Any] = {"Regions": list(operation.regions)}
        if not self.desired.members.managed:
            return {**made, "Accounts": list(operation.accounts)}
        if operation.units and not operation.accounts:
            but = {"Accounts": list(operation.without), "AccountFilterType": "DIFFERENCE"} if operation.without else {}
            return {**made, "DeploymentTargets": {"OrganizationalUnitIds": list(operation.units), **but}}
        # Who leaves may be in none of the units any more.
        units = list(operation.units or (() if operation.kind == "delete" else self.desired.members.units))
        # More than one request takes, or none: the root has them all.
        units = units if 0 < len(units) <= UNITS_A_REQUEST else [self._root()]
        targets = {"OrganizationalUnitIds": units, "Accounts": list(operation.accounts)}
        return {**made, "DeploymentTargets": {**targets, "AccountFilterType": "INTERSECTION"}}

    def _root(self) -> str:
        organizations = self.aws.client("organizations", self.desired.hub.region)
        return str(organizations.list_roots()["Roots"][0]["Id"])

    def _preferences(self, operation: StackSetOperation) -> dict[str, Any]:
        asked: dict[str, Any] = dict(self.desired.members.preferences)
        if operation.trial:
            asked = {key: value for key, value in asked.items() if key not in SHARES} | TRIAL
        if operation.order:
            asked["RegionConcurrencyType"] = "SEQUENTIAL"
        order = list(operation.order or operation.regions or self.desired.members.regions)
        return {"OperationPreferences": {**asked, **({"RegionOrder": order} if len(order) > 1 else {})}}

    def _settle(self) -> None:
        """Wait for operations of others, and of ours that an earlier run left."""
        told: set[str] = set()

        def idle() -> bool:
            running = [o for o in self._pages("list_stack_set_operations", "Summaries") if o["Status"] in RUNNING]
            for one in running:
                if one["OperationId"] not in told:
                    told.add(one["OperationId"])
                    self.progress.line(f"{self.desired.members.name}: waiting for {one['Action']} {one['OperationId']}")
            return not running

        if not self.aws.until(idle):
            raise AwsError(f"{self.desired.members.name} is busy for hours", "look at its operations in the console")

    def _ended(self, operation: str) -> OperationResult:
        name, status = self.desired.members.name, ""
        self.progress.line(f"{name}: operation {operation}")

        def over() -> bool:
            nonlocal status
            found = self._client.describe_stack_set_operation(StackSetName=name, OperationId=operation, **self._as)
            status = found["StackSetOperation"]["Status"]
            if status in RUNNING:
                self._tell(operation)
            return status not in RUNNING

        if not self.aws.until(over):
            raise AwsError(f"operation {operation} of {name} does not end", "deploy again to follow it")
        results = list(self._results(operation))
        failures = [
            InstanceFailure(one["Account"], one["Region"], " ".join(str(one.get("StatusReason") or status).split()))
            for one in results
            if one["Status"] in FAILED
        ]
        if status != "SUCCEEDED" and not failures:
            failures.append(InstanceFailure("", "", f"operation {operation} ended as {status}"))
        self.progress.at(name, len(results), len(results))
        # What was cancelled because of others says less than what failed.
        failures.sort(key=lambda failure: "cancelled" in failure.reason.lower())
        return OperationResult(status == "SUCCEEDED", tuple(failures))

    def _tell(self, operation: str) -> None:
        results = list(self._results(operation))
        done = sum(one["Status"] not in ("PENDING", "RUNNING") for one in results)
        self.progress.at(self.desired.members.name, done, len(results))

    def _results(self, operation: str) -> Iterator[dict[str, Any]]:
        return self._pages("list_stack_set_operation_results", "Summaries", OperationId=operation)

    def _pages(self, operation: str, key: str, **more: Any) -> Iterator[dict[str, Any]]:
        asked = {"StackSetName": self.desired.members.name, **self._as, **more}
        while True:
            page = getattr(self._client, operation)(**asked)
            yield from page.get(key, [])
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]


def _overrides(operation: StackSetOperation) -> dict[str, Any]:
    values = [{"ParameterKey": key, "ParameterValue": value} for key, value in operation.overrides]
    return {"ParameterOverrides": values} if values or operation.kind == "update" else {}
