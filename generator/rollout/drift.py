"""What somebody changed by hand: asked of AWS, for the hub's stacks and for every instance of the stack sets.

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
from generator.rollout.wanted import Wanted, WantedStack


@dataclass(frozen=True, slots=True)
class Difference:
    """One property that is not as it was deployed. path: such as `/Threshold`; expected, actual: AWS's words."""

    path: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Drifted:
    """A resource of the hub's account that is not as it was deployed. status: MODIFIED or DELETED.

    stack: beyond the first, with its Region where that is another.
    """

    logical_id: str
    type: str
    status: str
    differences: tuple[Difference, ...]
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """hub: its resources that differ. instances: account and Region of members' stacks that do, with AWS's status.

    missing: stacks and stack sets beyond the first that are not there.
    """

    hub: tuple[Drifted, ...]
    instances: tuple[tuple[str, str, str], ...]
    hub_there: bool
    set_there: bool
    missing: tuple[str, ...] = ()


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
            missing, found, is_there = [], list[Drifted](), False
            for one in self.wanted.stacks:
                stack = Stack(self.aws, one.name, one.region, self.audience).look()
                is_there |= stack is not None and one is hub
                missing += [self.wanted.label(one)] if stack is None and one is not hub else []
                found += self._of_stack(one) if stack else ()
            first, *others = members.result()
            further = zip(self.wanted.further_sets, others, strict=True)
            missing += [one.name for one, instances in further if instances is None]
            together = tuple(dict.fromkeys(each for some in (first, *others) for each in some or ()))
            return Drift(tuple(found), together, is_there, first is not None, tuple(missing))

    def _of_stack(self, one: WantedStack) -> Iterator[Drifted]:
        client, label = self.aws.client("cloudformation", one.region), self.wanted.label(one)
        identifier = client.detect_stack_drift(StackName=one.name)["StackDriftDetectionId"]
        page: dict[str, Any] = {}

        def over() -> bool:
            page.update(client.describe_stack_drift_detection_status(StackDriftDetectionId=identifier))
            return str(page["DetectionStatus"]) != "DETECTION_IN_PROGRESS"

        if not self.aws.until(over):
            raise Refused(f"AWS does not finish looking at {label}", "run it again")
        if page["DetectionStatus"] == "DETECTION_FAILED":
            # AWS has looked at the rest, and reads as much as it may.
            self.audience.line(f"{label}: {page.get('DetectionStatusReason', 'AWS could not look at everything')}")
        asked = {"StackName": one.name, "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
        while True:
            answer = client.describe_stack_resource_drifts(**asked)
            for drifted in answer["StackResourceDrifts"]:
                differences = tuple(
                    Difference(each["PropertyPath"], each["ExpectedValue"], each["ActualValue"])
                    for each in drifted.get("PropertyDifferences", [])
                )
                status = drifted["StackResourceDriftStatus"]
                stack = "" if one is self.wanted.hub else label
                yield Drifted(drifted["LogicalResourceId"], drifted["ResourceType"], status, differences, stack)
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]

    def _members(self) -> list[tuple[tuple[str, str, str], ...] | None]:
        """Of each stack set; None where it is not there."""
        found: list[tuple[tuple[str, str, str], ...] | None] = []
        for one in self.wanted.sets:
            members = StackSet(self.aws_members or self.aws, self.wanted.of_set(one), self.audience)
            found.append(None if members.look() is None else tuple(members.drifted()))
        return found
