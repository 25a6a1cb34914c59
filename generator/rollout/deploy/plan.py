"""The plan of a deployment, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.rollout.aws.operations import Instance, StackSetOperation
from generator.rollout.aws.stack import ChangeSet
from generator.rollout.deploy.asset_buckets import BucketPlan
from generator.rollout.deploy.desired import StackAddress
from generator.rollout.deploy.hub_stack import StackPlan
from generator.rollout.deploy.log_group_report import LogGroupReport
from generator.rollout.deploy.management import ManagementPlan
from generator.rollout.deploy.member_set import SetPlan
from generator.rollout.deploy.preflight_report import PreflightReport
from generator.rollout.deploy.transition import Transition


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """The plan of a deployment.

    buckets: the hub's Region first. stacks, sets: in the order of the rollout, the first one first. retired_sets,
    retired_stacks: existing ones, in the order of their deletion. skipped_stacks: retired ones that could not be read.
    before: the files of the last complete rollout, by name. between: its interim steps. names: account ID to name, of
    accounts that leave too. log_groups: conflicts that would fail stacks. management: of the management account, where
    that is a member or was one.
    """

    buckets: tuple[BucketPlan, ...]
    stacks: tuple[StackPlan, ...]
    sets: tuple[SetPlan, ...]
    retired_stacks: tuple[StackAddress, ...]
    skipped_stacks: tuple[StackAddress, ...]
    retired_sets: tuple[SetPlan, ...]
    before: Mapping[str, bytes]
    between: Transition
    names: Mapping[str, str]
    report: PreflightReport
    log_groups: LogGroupReport
    management: ManagementPlan

    @property
    def hub(self) -> ChangeSet | None:
        """Of the first stack; None where it cannot be known yet."""
        return self.stacks[0].change_set

    @property
    def operations(self) -> tuple[StackSetOperation, ...]:
        """Of the first stack set."""
        return self.sets[0].operations

    @property
    def unreachable(self) -> tuple[Instance, ...]:
        """Stacks of all sets."""
        return tuple(instance for set_plan in self.sets for instance in set_plan.unreachable)

    @property
    def empty(self) -> bool:
        """True if everything is as it should be."""
        buckets = any(bucket.state or bucket.uploads for bucket in self.buckets)
        retired = self.retired_stacks or self.retired_sets
        stacks = all(stack.empty for stack in self.stacks)
        sets = any(set_plan.operations for set_plan in self.sets)
        return stacks and self.management.empty and not (buckets or retired or sets)
