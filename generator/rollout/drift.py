"""What somebody changed by hand: asked of AWS, for the hub's stack and for every instance of the stack set.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from generator.rollout.audience import Audience
from generator.rollout.aws import Aws, sign_in
from generator.rollout.refused import Refused, said_plainly
from generator.rollout.stack import Stack
from generator.rollout.stack_set import StackSet
from generator.rollout.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Difference:
    """One property that is not as it was deployed. path: such as `/Threshold`; expected, actual: AWS's words."""

    path: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Drifted:
    """A resource of the hub that is not as it was deployed. status: MODIFIED or DELETED."""

    logical_id: str
    type: str
    status: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """hub: its resources that differ. instances: account and Region of members' stacks that do, with AWS's status."""

    hub: tuple[Drifted, ...]
    instances: tuple[tuple[str, str, str], ...]
    hub_there: bool
    set_there: bool


@dataclass(slots=True)
class Detection:
    """Asking takes minutes: AWS reads every resource."""

    wanted: Wanted
    aws: Aws
    audience: Audience
    aws_members: Aws | None = None

    def run(self) -> Drift:
        """Detect, wait, and read what was found. Raises Refused."""
        hub = self.wanted.hub
        sign_in(self.aws, self.wanted)
        with said_plainly("detecting drift", hub.name, hub.account, hub.region), ThreadPoolExecutor() as pool:
            members = pool.submit(self._members)
            stack = Stack(self.aws, hub.name, hub.region, self.audience).look()
            found = tuple(self._hub()) if stack else ()
            instances = members.result()
            return Drift(found, instances or (), stack is not None, instances is not None)

    def _hub(self) -> Iterator[Drifted]:
        client, name = self.aws.client("cloudformation", self.wanted.hub.region), self.wanted.hub.name
        identifier = client.detect_stack_drift(StackName=name)["StackDriftDetectionId"]
        page: dict[str, Any] = {}

        def over() -> bool:
            page.update(client.describe_stack_drift_detection_status(StackDriftDetectionId=identifier))
            return str(page["DetectionStatus"]) != "DETECTION_IN_PROGRESS"

        if not self.aws.until(over):
            raise Refused(f"AWS does not finish looking at {name}", "run it again")
        if page["DetectionStatus"] == "DETECTION_FAILED":
            # AWS has looked at the rest, and reads as much as it may.
            self.audience.line(f"{name}: {page.get('DetectionStatusReason', 'AWS could not look at everything')}")
        asked = {"StackName": name, "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
        while True:
            answer = client.describe_stack_resource_drifts(**asked)
            for one in answer["StackResourceDrifts"]:
                differences = tuple(
                    Difference(each["PropertyPath"], each["ExpectedValue"], each["ActualValue"])
                    for each in one.get("PropertyDifferences", [])
                )
                status = one["StackResourceDriftStatus"]
                yield Drifted(one["LogicalResourceId"], one["ResourceType"], status, differences)
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]

    def _members(self) -> tuple[tuple[str, str, str], ...] | None:
        members = StackSet(self.aws_members or self.aws, self.wanted, self.audience)
        if members.look() is None:
            return None
        return tuple(members.drifted())
