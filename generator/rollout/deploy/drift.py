"""What somebody changed by hand: asked of AWS, for the hub's stacks and for every instance of the stack sets.

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
        """Whether all is there, and as it was deployed."""
        changed = self.hub or self.instances or self.missing or self.management or any(self.further.values())
        return self.hub_there and self.set_there and not changed


@dataclass(slots=True)
class DriftDetection:
    """Asking takes minutes: AWS reads every resource."""

    session: AwsSession

    @property
    def desired(self) -> DesiredState:
        """What out/ asks for."""
        return self.session.desired

    def run(self) -> DriftReport:
        """Detect, wait, and read what was found. Raises Refused."""
        hub = self.desired.hub
        self.session.sign_in()
        management = self._management
        management.sign_in()
        with self.session.errors("detecting drift"), ThreadPoolExecutor() as pool:
            members = pool.submit(self._members)
            missing, found, is_there = [], list[ResourceDrift](), False
            for one in self.desired.stacks:
                stack = self.session.stack(one).describe()
                is_there |= stack is not None and one is hub
                missing += [self.desired.label(one)] if stack is None and one is not hub else []
                label = "" if one is hub else self.desired.label(one)
                found += self._of_stack(one, self.session.aws, label) if stack else ()
            first, *others = members.result()
            further = dict(zip((one.name for one in self.desired.further_sets), others, strict=True))
            missing += [name for name, instances in further.items() if instances is None]
            there = {name: instances for name, instances in further.items() if instances is not None}
            own, absent = self._of_management(management)
            return DriftReport(tuple(found), first or (), is_there, first is not None, (*missing, *absent), own, there)

    def _of_management(self, management: ManagementStacks) -> tuple[tuple[ResourceDrift, ...], list[str]]:
        """What differs in the management account, and the stacks that are not there."""
        there, found, missing = set(management.existing()), list[ResourceDrift](), list[str]()
        for one in self.desired.management.stacks if self.desired.management else ():
            label = self.desired.label_there(one)
            if one.address in there:
                found += self._of_stack(one, management.aws, label)
            else:
                missing.append(label)
        return tuple(found), missing

    @property
    def _management(self) -> ManagementStacks:
        record = possible(self.desired, ManagementRecord()) if self.desired.management else ManagementRecord()
        return ManagementStacks(self.session, record, self.session.assets())

    def _of_stack(self, one: DesiredStack, aws: Aws, label: str) -> Iterator[ResourceDrift]:
        """label: of the stack, where that is not the hub's first."""
        client = aws.client("cloudformation", one.region)
        identifier = client.detect_stack_drift(StackName=one.name)["StackDriftDetectionId"]
        page: dict[str, Any] = {}

        def over() -> bool:
            page.update(client.describe_stack_drift_detection_status(StackDriftDetectionId=identifier))
            return str(page["DetectionStatus"]) != "DETECTION_IN_PROGRESS"

        if not self.session.aws.until(over):
            raise AwsError(f"AWS does not finish looking at {label or one.name}", "run it again")
        if page["DetectionStatus"] == "DETECTION_FAILED":
            # AWS has looked at the rest, and reads as much as it may.
            why = page.get("DetectionStatusReason", "AWS could not look at everything")
            self.session.progress.line(f"{label or one.name}: {why}")
        asked = {"StackName": one.name, "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
        while True:
            answer = client.describe_stack_resource_drifts(**asked)
            for drifted in answer["StackResourceDrifts"]:
                differences = tuple(
                    PropertyDrift(each["PropertyPath"], each["ExpectedValue"], each["ActualValue"])
                    for each in drifted.get("PropertyDifferences", [])
                )
                status = drifted["StackResourceDriftStatus"]
                yield ResourceDrift(drifted["LogicalResourceId"], drifted["ResourceType"], status, differences, label)
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]

    def _members(self) -> list[tuple[InstanceDrift, ...] | None]:
        """Of each stack set, side by side; None where it is not there."""
        with ThreadPoolExecutor() as pool:
            return list(pool.map(self._of_set, self.desired.sets))

    def _of_set(self, one: DesiredStackSet) -> tuple[InstanceDrift, ...] | None:
        members = self.session.stack_set(one)
        return None if members.describe() is None else tuple(members.drifted())
