"""Changes made outside obsgen: drift of the hub's stacks and of every instance of the stack sets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.session import AwsSession
from generator.rollout.deploy.desired import DesiredStack, DesiredStackSet, DesiredState
from generator.rollout.deploy.management import ManagementStacks
from generator.rollout.deploy.management_record import ManagementRecord, possible

# Account and Region of a member's stack, and AWS's status of it.
InstanceDrift = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PropertyDrift:
    """One property that is not as it was deployed. path: such as `/Threshold`; expected, actual: AWS's words."""

    path: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class ResourceDrift:
    """A resource of the hub's account that is not as it was deployed. status: MODIFIED or DELETED.

    stack: beyond the first, with its Region where that is another.
    """

    logical_id: str
    type: str
    status: str
    differences: tuple[PropertyDrift, ...]
    stack: str = ""


@dataclass(frozen=True, slots=True)
class DriftReport:
    """hub: its resources that differ. instances: of the first stack set, those that do.

    further: the same of each stack set beyond the first, by name. missing: stacks and stack sets beyond the first that
    are not there. management: resources of the management account's stacks that differ.
    """

    hub: tuple[ResourceDrift, ...]
    instances: tuple[InstanceDrift, ...]
    hub_there: bool
    set_there: bool
    missing: tuple[str, ...] = ()
    management: tuple[ResourceDrift, ...] = ()
    further: Mapping[str, tuple[InstanceDrift, ...]] = field(default_factory=dict)

    @property
    def fine(self) -> bool:
        """True if all is there, and as it was deployed."""
        changed = self.hub or self.instances or self.missing or self.management or any(self.further.values())
        return self.hub_there and self.set_there and not changed


@dataclass(slots=True)
class DriftDetection:
    """Drift detection of an environment; it lasts minutes, since AWS reads every resource."""

    session: AwsSession

    @property
    def desired(self) -> DesiredState:
        """The desired state from out/."""
        return self.session.desired

    def run(self) -> DriftReport:
        """Detect drift, wait, and read the result. Raises AwsError."""
        hub = self.desired.hub
        self.session.sign_in()
        management = self._management
        management.sign_in()
        with self.session.errors("detecting drift of"), ThreadPoolExecutor() as pool:
            members = pool.submit(self._members)
            missing, drifts, is_there = [], list[ResourceDrift](), False
            for desired_stack in self.desired.stacks:
                stack = self.session.stack(desired_stack).describe()
                is_there |= stack is not None and desired_stack is hub
                missing += [self.desired.label(desired_stack)] if stack is None and desired_stack is not hub else []
                label = "" if desired_stack is hub else self.desired.label(desired_stack)
                drifts += self._of_stack(desired_stack, self.session.aws, label) if stack else ()
            first, *further_results = members.result()
            further = dict(
                zip((stack_set.name for stack_set in self.desired.further_sets), further_results, strict=True)
            )
            missing += [name for name, instances in further.items() if instances is None]
            set_drifts = {name: instances for name, instances in further.items() if instances is not None}
            own, absent = self._of_management(management)
            return DriftReport(
                tuple(drifts), first or (), is_there, first is not None, (*missing, *absent), own, set_drifts
            )

    def _of_management(self, management: ManagementStacks) -> tuple[tuple[ResourceDrift, ...], list[str]]:
        """The drift of the management account's stacks, and the missing stacks."""
        existing, drifts, missing = set(management.existing()), list[ResourceDrift](), list[str]()
        for stack in self.desired.management.stacks if self.desired.management else ():
            label = self.desired.label_there(stack)
            if stack.address in existing:
                drifts += self._of_stack(stack, management.aws, label)
            else:
                missing.append(label)
        return tuple(drifts), missing

    @property
    def _management(self) -> ManagementStacks:
        record = possible(self.desired, ManagementRecord()) if self.desired.management else ManagementRecord()
        return ManagementStacks(self.session, record, self.session.assets())

    def _of_stack(self, stack: DesiredStack, aws: Aws, label: str) -> Iterator[ResourceDrift]:
        """label: of the stack, where that is not the hub's first."""
        client = aws.client("cloudformation", stack.region)
        identifier = client.detect_stack_drift(StackName=stack.name)["StackDriftDetectionId"]
        page: dict[str, Any] = {}

        def over() -> bool:
            page.update(client.describe_stack_drift_detection_status(StackDriftDetectionId=identifier))
            return str(page["DetectionStatus"]) != "DETECTION_IN_PROGRESS"

        if not self.session.aws.until(over):
            raise AwsError(f"drift detection of {label or stack.name} did not finish", "run the command again")
        if page["DetectionStatus"] == "DETECTION_FAILED":
            # AWS has checked the other resources.
            why = page.get("DetectionStatusReason", "AWS could not check every resource")
            self.session.progress.line(f"{label or stack.name}: {why}")
        params = {"StackName": stack.name, "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
        while True:
            answer = client.describe_stack_resource_drifts(**params)
            for drifted in answer["StackResourceDrifts"]:
                differences = tuple(
                    PropertyDrift(difference["PropertyPath"], difference["ExpectedValue"], difference["ActualValue"])
                    for difference in drifted.get("PropertyDifferences", [])
                )
                status = drifted["StackResourceDriftStatus"]
                yield ResourceDrift(drifted["LogicalResourceId"], drifted["ResourceType"], status, differences, label)
            if not answer.get("NextToken"):
                return
            params["NextToken"] = answer["NextToken"]

    def _members(self) -> list[tuple[InstanceDrift, ...] | None]:
        """Of each stack set, side by side; None where it is not there."""
        with ThreadPoolExecutor() as pool:
            return list(pool.map(self._of_set, self.desired.sets))

    def _of_set(self, stack_set: DesiredStackSet) -> tuple[InstanceDrift, ...] | None:
        members = self.session.stack_set(stack_set)
        return None if members.describe() is None else tuple(members.drifted())
