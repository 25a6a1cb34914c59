"""The members' stack set at AWS: its description, and one operation after the other.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackInstances.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.rollout.aws.clients import PATIENCE_HOURS, Aws
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.operations import UNITS_A_REQUEST, ActualStackSet, Instance, StackSetOperation
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.progress import ProgressReporter

RUNNING = ("RUNNING", "QUEUED", "STOPPING")
# Another operation was first: wait for it, then retry.
BUSY = ("OperationInProgressException", "StaleRequestException")
TRIES = 5
FAILED = ("FAILED", "CANCELLED")
# In the first wave, no account may fail.
TRIAL = {"FailureToleranceCount": 0, "MaxConcurrentCount": 1}
# Drift detection changes nothing, so it runs everywhere at once.
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
    """The end of an operation. whole: whether AWS calls it a success, which it does within the failure tolerance."""

    whole: bool
    failures: tuple[InstanceFailure, ...] = ()


@dataclass(slots=True)
class StackSetClient:
    """A stack set by name, called with the credentials of its owner."""

    aws: Aws
    desired: DesiredState
    progress: ProgressReporter

    def describe(self, *, wait_idle: bool = True) -> ActualStackSet | None:
        """The stack set as it is; None where there is none. wait_idle: wait until nothing runs on it."""
        description = self._describe_now()
        if description is None:
            return None
        if wait_idle:
            self._settle()
            description = self._describe_now() or {}
        instances = tuple(
            Instance(
                instance["Account"],
                instance["Region"],
                instance.get("Status", ""),
                instance.get("OrganizationalUnitId", ""),
                instance.get("StackInstanceStatus", {}).get("DetailedStatus", ""),
                instance.get("StatusReason", ""),
                instance.get("StackId", ""),
            )
            for instance in self._pages("list_stack_instances", "Summaries")
        )
        return ActualStackSet(
            body=description.get("TemplateBody", ""),
            parameters={
                entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in description.get("Parameters", [])
            },
            tags={entry["Key"]: entry["Value"] for entry in description.get("Tags", [])},
            instances=instances,
            units=tuple(description.get("OrganizationalUnitIds", [])),
        )

    def perform(self, operation: StackSetOperation, template_url: str) -> OperationResult:
        """Run one operation and wait for it. Raises AwsError where it does not end, and botocore's ClientError."""
        if operation.kind == "create-set":
            self._create(operation, template_url)
            return OperationResult(True)
        client, params = self._client, {"StackSetName": self.desired.members.name, **self._as}
        for attempt in range(TRIES):
            self._settle()
            try:
                match operation.kind:
                    case "update-set":
                        targets = self._targets(operation) if operation.accounts or operation.units else {}
                        shape = self._shape(operation, template_url)
                        response = client.update_stack_set(**params, **shape, **targets, **self._preferences(operation))
                    case "create":
                        response = client.create_stack_instances(
                            **params, **self._where(operation), **_overrides(operation)
                        )
                    case "update":
                        response = client.update_stack_instances(
                            **params, **self._where(operation), **_overrides(operation)
                        )
                    case "delete":
                        response = client.delete_stack_instances(
                            **params, **self._where(operation), RetainStacks=operation.retain
                        )
                return self._ended(str(response["OperationId"]))
            except client.exceptions.ClientError as error:
                if error.response["Error"]["Code"] not in BUSY or attempt == TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def drifted(self) -> Iterator[tuple[str, str, str]]:
        """Detect drift of every instance; account, Region and status of those that are not in sync."""
        name = self.desired.members.name
        response = self._client.detect_stack_set_drift(StackSetName=name, **self._as, OperationPreferences=EVERYWHERE)
        self._ended(str(response["OperationId"]))
        for instance in self._pages("list_stack_instances", "Summaries"):
            if instance.get("DriftStatus") not in (None, "IN_SYNC"):
                yield instance["Account"], instance["Region"], instance["DriftStatus"]

    def delete(self) -> None:
        """Delete the stack set, which must have no instances."""
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
            description: dict[str, Any] = self._client.describe_stack_set(StackSetName=name, **self._as)["StackSet"]
        except self._client.exceptions.StackSetNotFoundException:
            return None
        return None if description.get("Status") == "DELETED" else description

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
        """Accounts alone, or with their units: a service-managed stack set always requires units."""
        request: dict[str, Any] = {"Regions": list(operation.regions)}
        if not self.desired.members.managed:
            return {**request, "Accounts": list(operation.accounts)}
        if operation.units and not operation.accounts:
            but = {"Accounts": list(operation.without), "AccountFilterType": "DIFFERENCE"} if operation.without else {}
            return {**request, "DeploymentTargets": {"OrganizationalUnitIds": list(operation.units), **but}}
        # An account that leaves may be in none of the units any more.
        units = list(operation.units or (() if operation.kind == "delete" else self.desired.members.units))
        # More units than one request accepts, or none: the root contains all accounts.
        units = units if 0 < len(units) <= UNITS_A_REQUEST else [self._root()]
        targets = {"OrganizationalUnitIds": units, "Accounts": list(operation.accounts)}
        return {**request, "DeploymentTargets": {**targets, "AccountFilterType": "INTERSECTION"}}

    def _root(self) -> str:
        organizations = self.aws.client("organizations", self.desired.hub.region)
        return str(organizations.list_roots()["Roots"][0]["Id"])

    def _preferences(self, operation: StackSetOperation) -> dict[str, Any]:
        preferences: dict[str, Any] = dict(self.desired.members.preferences)
        if operation.trial:
            preferences = {key: value for key, value in preferences.items() if key not in SHARES} | TRIAL
        if operation.order:
            preferences["RegionConcurrencyType"] = "SEQUENTIAL"
        order = list(operation.order or operation.regions or self.desired.members.regions)
        return {"OperationPreferences": {**preferences, **({"RegionOrder": order} if len(order) > 1 else {})}}

    def _settle(self) -> None:
        """Wait for running operations, of others or of an interrupted run."""
        reported: set[str] = set()

        def idle() -> bool:
            running = [o for o in self._pages("list_stack_set_operations", "Summaries") if o["Status"] in RUNNING]
            for summary in running:
                if summary["OperationId"] not in reported:
                    reported.add(summary["OperationId"])
                    self.progress.line(
                        f"{self.desired.members.name}: waiting for {summary['Action']} {summary['OperationId']}"
                    )
            return not running

        if not self.aws.until(idle):
            raise AwsError(
                f"{self.desired.members.name} is still in progress after {PATIENCE_HOURS} hours",
                "check its operations in the CloudFormation console",
            )

    def _ended(self, operation: str) -> OperationResult:
        name, status = self.desired.members.name, ""
        self.progress.line(f"{name}: operation {operation}")

        def over() -> bool:
            nonlocal status
            response = self._client.describe_stack_set_operation(StackSetName=name, OperationId=operation, **self._as)
            status = response["StackSetOperation"]["Status"]
            if status in RUNNING:
                self._report_progress(operation)
            return status not in RUNNING

        if not self.aws.until(over):
            raise AwsError(
                f"operation {operation} of {name} is still running after {PATIENCE_HOURS} hours",
                "deploy again to follow it",
            )
        results = list(self._results(operation))
        failures = [
            InstanceFailure(
                result["Account"], result["Region"], " ".join(str(result.get("StatusReason") or status).split())
            )
            for result in results
            if result["Status"] in FAILED
        ]
        if status != "SUCCEEDED" and not failures:
            failures.append(InstanceFailure("", "", f"operation {operation} ended in {status}"))
        self.progress.at(name, len(results), len(results))
        # A cancelled instance explains less than a failed one.
        failures.sort(key=lambda failure: "cancelled" in failure.reason.lower())
        return OperationResult(status == "SUCCEEDED", tuple(failures))

    def _report_progress(self, operation: str) -> None:
        results = list(self._results(operation))
        done = sum(result["Status"] not in ("PENDING", "RUNNING") for result in results)
        self.progress.at(self.desired.members.name, done, len(results))

    def _results(self, operation: str) -> Iterator[dict[str, Any]]:
        return self._pages("list_stack_set_operation_results", "Summaries", OperationId=operation)

    def _pages(self, operation: str, key: str, **more: Any) -> Iterator[dict[str, Any]]:
        params = {"StackSetName": self.desired.members.name, **self._as, **more}
        while True:
            page = getattr(self._client, operation)(**params)
            yield from page.get(key, [])
            if not page.get("NextToken"):
                return
            params["NextToken"] = page["NextToken"]


def _overrides(operation: StackSetOperation) -> dict[str, Any]:
    values = [{"ParameterKey": key, "ParameterValue": value} for key, value in operation.overrides]
    return {"ParameterOverrides": values} if values or operation.kind == "update" else {}
