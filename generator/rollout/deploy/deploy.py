"""A deployment, from what out/ has to what runs: buckets, packages, hub, members, record.

Every step reads what AWS has before it changes anything, so a deployment that was interrupted is run again. The
packages are in every Region before a template refers to them. The hub comes before the members, for they link to its
sink and send to its bus. Of several stacks of a side, the first one has what the others need. A stack of the hub's
account in another Region comes before the members, and when it has no resources any more it is deleted after them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.session import AwsSession
from generator.rollout.aws.stack_set import InstanceFailure
from generator.rollout.deploy.environment import Environment
from generator.rollout.deploy.log_groups import TemplateReader
from generator.rollout.deploy.member_set import SetPlan
from generator.rollout.deploy.plan import DeploymentPlan
from generator.rollout.deploy.planner import Planner
from generator.rollout.deploy.set_order import roll_out_sets
from generator.rollout.deploy.transition import TransitionReader, no_transition


@dataclass(slots=True)
class Deployment:
    """The deployment of an environment. packages: key in the buckets to content. template: the hub's. templates: of all
    stacks, by file.

    read: reads the log groups of a template. between: computes the intermediate templates of several stacks. adopt:
    whether the hub takes over log groups that exist already.
    """

    session: AwsSession
    packages: Mapping[str, bytes]
    template: Mapping[str, Any]
    read: TemplateReader
    adopt: bool = False
    templates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    between: TransitionReader = no_transition

    def sign_in(self) -> None:
        """Verify the credentials, and that the packages are those of the reviewed build. Raises AwsError."""
        self.session.sign_in()
        for asset in self.session.desired.assets:
            if hashlib.sha256(self.packages.get(asset.key, b"")).hexdigest() != asset.sha256:
                raise AwsError(f"the package of {asset.name} differs from the reviewed one", "run `obsgen build`")

    def plan(self) -> DeploymentPlan:
        """The pending changes; creates only change sets, and uploads their templates. Raises AwsError."""
        with self.session.errors("reading"):
            return Planner(self._environment, self.read, self.between, self.adopt).plan()

    def withdraw(self, plan: DeploymentPlan) -> None:
        """Delete the change sets of a plan that is not carried out. Raises AwsError."""
        environment = self._environment
        for stack, stack_plan in zip(environment.stacks, plan.stacks, strict=True):
            if stack_plan.change_set:
                with self.session.errors("cloudformation:DeleteChangeSet", stack_plan.name):
                    stack.stack.drop(stack_plan.change_set)
        environment.management(plan.before).withdraw(plan.management)

    def perform(self, plan: DeploymentPlan) -> list[InstanceFailure]:
        """Carry a plan out; the instances that failed. Raises AwsError with the first real cause."""
        environment = self._environment
        with self.session.errors("deploying"):
            environment.buckets.prepare(plan.buckets)
            environment.assets.upload(environment.template_objects(plan.between))
            environment.ledger.name_stacks(plan.before)
            last = plan.between.last
            early = [members for members in plan.retired_sets if environment.file_of_set(members.name) not in last]
            failures = self._remove(plan, early)
            if failures:
                return failures
            self._deploy_hub(plan)
            late = [members for members in plan.retired_sets if members not in early]
            failures = self._deploy_members(plan) or self._remove(plan, late)
            if not failures:
                self._finish(plan)
            return failures

    def _deploy_hub(self, plan: DeploymentPlan) -> None:
        """One stack after the other; what others named is deleted from a stack when these have changed."""
        environment, transition = self._environment, plan.between
        stacks = environment.stacks
        retired = [address for address in plan.retired_stacks if not environment.desired.is_elsewhere(address)]
        late = [address for address in retired if environment.file_of_stack(address) in transition.last]
        environment.retired_stacks.delete([address for address in retired if address not in late])
        for stack in stacks:
            if stack.desired.file in transition.moved:
                stack.execute(stack.change_set(interim=transition.moved[stack.desired.file]))
        for stack, stack_plan in zip(stacks, plan.stacks, strict=True):
            stack.perform(stack_plan, plan.report.adopted, transition.keeping.get(stack.desired.file))
        for stack in stacks[::-1]:
            if stack.desired.file in transition.keeping:
                stack.execute(stack.change_set())
        environment.retired_stacks.delete(late)

    def _deploy_members(self, plan: DeploymentPlan) -> list[InstanceFailure]:
        """The sets in their order, side by side where none waits for another, until one fails."""
        environment = self._environment
        environment.ledger.begin(plan.before)
        return roll_out_sets(environment.sets, plan, environment.current_outputs())

    def _remove(self, plan: DeploymentPlan, chosen: list[SetPlan]) -> list[InstanceFailure]:
        """Delete retired stack sets, in this order, with all their stacks."""
        sets = {members.desired.members.name: members for members in self._environment.retired_sets}
        for set_plan in chosen:
            failures = sets[set_plan.name].remove(plan.report, plan.names)
            if failures:
                return failures
        return []

    def _finish(self, plan: DeploymentPlan) -> None:
        """The last steps, after all members: the management account, unused stacks, and the record."""
        environment = self._environment
        environment.ledger.begin_management(plan.before)
        environment.management(plan.before).perform(plan.management, environment.current_outputs())
        elsewhere = [address for address in plan.retired_stacks if environment.desired.is_elsewhere(address)]
        environment.retired_stacks.delete(elsewhere)
        kept_regions = environment.buckets.leave(plan.buckets)
        environment.ledger.complete(plan)
        environment.buckets.write_down(kept_regions)

    @property
    def _environment(self) -> Environment:
        return Environment(self.session, self.packages, self.template, self.templates)
