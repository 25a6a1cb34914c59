"""The members' stack set at AWS: looking at it, and one operation after the other.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackInstances.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.rollout.aws import Aws
from generator.rollout.members import Instance, Operation, SeenSet
from generator.rollout.refused import Refused
from generator.rollout.wanted import Wanted

RUNNING = ("RUNNING", "QUEUED", "STOPPING")
# One Region after the other, a tenth of the accounts at a time, and stop where a tenth fails: a bad template is found
# out in a few accounts. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
PREFERENCES = {"RegionConcurrencyType": "SEQUENTIAL", "FailureTolerancePercentage": 10, "MaxConcurrentPercentage": 10}


@dataclass(frozen=True, slots=True)
class Failure:
    """One instance in which an operation failed, with AWS's reason."""

    account: str
    region: str
    reason: str


@dataclass(slots=True)
class StackSet:
    """A stack set by name, of whoever calls. say: told what happens."""

    aws: Aws
    wanted: Wanted
    say: Callable[[str], None]

    def look(self, overrides: Mapping[str, tuple[tuple[str, str], ...]] | None) -> SeenSet | None:
        """The stack set as it is, once nothing runs on it; None where there is none."""
        found = self._describe()
        if found is None:
            return None
        self._settle()
        instances = tuple(
            Instance(one["Account"], one["Region"], one.get("Status", ""), one.get("OrganizationalUnitId", ""))
            for one in self._pages("list_stack_instances", "Summaries")
        )
        return SeenSet(
            body=found.get("TemplateBody", ""),
            parameters={one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", [])},
            tags={one["Key"]: one["Value"] for one in found.get("Tags", [])},
            instances=instances,
            overrides=overrides,
        )

    def perform(self, operation: Operation, template_url: str) -> list[Failure]:
        """Do one operation and wait for it; where it failed. Raises Refused where AWS does not begin it."""
        if operation.kind == "create-set":
            self._create(operation, template_url)
            return []
        self._settle()
        asked = {"StackSetName": self.wanted.members.name, **self._as}
        client = self._client
        match operation.kind:
            case "update-set":
                made = client.update_stack_set(**asked, **self._shape(operation, template_url), **self._preferences())
            case "create":
                made = client.create_stack_instances(**asked, **self._where(operation), **_overrides(operation))
            case "update":
                made = client.update_stack_instances(**asked, **self._where(operation), **_overrides(operation))
            case "delete":
                made = client.delete_stack_instances(**asked, **self._where(operation), RetainStacks=False)
        return self._ended(str(made["OperationId"]))

    def delete(self) -> None:
        """Delete the set, which has no instances any more."""
        if self._describe() is not None:
            self._settle()
            self._client.delete_stack_set(StackSetName=self.wanted.members.name, **self._as)

    @property
    def _client(self) -> Any:
        return self.aws.client("cloudformation", self.wanted.hub.region)

    @property
    def _as(self) -> dict[str, str]:
        return {"CallAs": self.wanted.members.call_as} if self.wanted.members.managed else {}

    def _describe(self) -> dict[str, Any] | None:
        try:
            name = self.wanted.members.name
            found: dict[str, Any] = self._client.describe_stack_set(StackSetName=name, **self._as)["StackSet"]
        except self._client.exceptions.StackSetNotFoundException:
            return None
        return None if found.get("Status") == "DELETED" else found

    def _create(self, operation: Operation, template_url: str) -> None:
        members = self.wanted.members
        managed: dict[str, Any] = {}
        if members.managed:
            joins = bool(members.units)
            managed["AutoDeployment"] = {"Enabled": joins, **({"RetainStacksOnAccountRemoval": False} if joins else {})}
        self._client.create_stack_set(
            StackSetName=members.name,
            PermissionModel="SERVICE_MANAGED" if members.managed else "SELF_MANAGED",
            **managed,
            **self._as,
            **self._shape(operation, template_url),
        )

    def _shape(self, operation: Operation, template_url: str) -> dict[str, Any]:
        return {
            "Description": f"{self.wanted.project} {self.wanted.environment}: observed accounts, by obsgen deploy",
            "TemplateURL": template_url,
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in sorted(operation.parameters.items())
            ],
            "Tags": [{"Key": key, "Value": value} for key, value in self.wanted.tags],
        }

    def _where(self, operation: Operation) -> dict[str, Any]:
        """Accounts by themselves, or by the units they are in: a service-managed set wants units in any case."""
        made: dict[str, Any] = {"Regions": list(operation.regions), **self._preferences()}
        if not self.wanted.members.managed:
            return {**made, "Accounts": list(operation.accounts)}
        if operation.units:
            return {**made, "DeploymentTargets": {"OrganizationalUnitIds": list(operation.units)}}
        units = list(self.wanted.members.units) or [self._root()]
        targets = {"OrganizationalUnitIds": units, "Accounts": list(operation.accounts)}
        return {**made, "DeploymentTargets": {**targets, "AccountFilterType": "INTERSECTION"}}

    def _root(self) -> str:
        organizations = self.aws.client("organizations", self.wanted.hub.region)
        return str(organizations.list_roots()["Roots"][0]["Id"])

    def _preferences(self) -> dict[str, Any]:
        regions = {"RegionOrder": list(self.wanted.members.regions)}
        return {"OperationPreferences": {**PREFERENCES, **(regions if len(self.wanted.members.regions) > 1 else {})}}

    def _settle(self) -> None:
        """Wait for operations of others, and of ours that an earlier run left."""

        def idle() -> bool:
            running = [o for o in self._pages("list_stack_set_operations", "Summaries") if o["Status"] in RUNNING]
            if running:
                self.say(f"waiting for {running[0]['Action']} of {self.wanted.members.name} to end")
            return not running

        if not self.aws.until(idle):
            raise Refused(f"{self.wanted.members.name} is busy for hours", "look at its operations in the console")

    def _ended(self, operation: str) -> list[Failure]:
        name, status = self.wanted.members.name, ""

        def over() -> bool:
            nonlocal status
            found = self._client.describe_stack_set_operation(StackSetName=name, OperationId=operation, **self._as)
            status = found["StackSetOperation"]["Status"]
            return status not in RUNNING

        self.aws.until(over)
        results = self._pages("list_stack_set_operation_results", "Summaries", OperationId=operation)
        failures = [
            Failure(one["Account"], one["Region"], one.get("StatusReason", status))
            for one in results
            if one["Status"] in ("FAILED", "CANCELLED")
        ]
        if status != "SUCCEEDED" and not failures:
            failures.append(Failure("", "", f"the operation ended as {status}"))
        return failures

    def _pages(self, operation: str, key: str, **more: Any) -> Iterator[dict[str, Any]]:
        asked = {"StackSetName": self.wanted.members.name, **self._as, **more}
        while True:
            page = getattr(self._client, operation)(**asked)
            yield from page.get(key, [])
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]


def _overrides(operation: Operation) -> dict[str, Any]:
    values = [{"ParameterKey": key, "ParameterValue": value} for key, value in operation.overrides]
    return {"ParameterOverrides": values} if values or operation.kind == "update" else {}
