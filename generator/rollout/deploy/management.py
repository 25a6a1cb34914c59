"""The stacks of the management account: a member that no service-managed stack set reaches.

They are what instances of the stack sets would be, from the same templates and under the sets' names, and are changed
by change sets, as the hub's are. They come after the stack sets: a template that fails there is not tried here.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from generator.rollout.aws import bucket
from generator.rollout.aws.assets import Assets
from generator.rollout.aws.clients import Aws, check_account
from generator.rollout.aws.errors import aws_errors
from generator.rollout.aws.session import AwsSession
from generator.rollout.aws.stack import Stack, StackFailed
from generator.rollout.deploy.adoption import STANDARD, Adoption, adoption
from generator.rollout.deploy.deployed import file_in
from generator.rollout.deploy.desired import DesiredStack, DesiredState, StackAddress
from generator.rollout.deploy.hub_stack import ActualStack, HubStack, StackPlan
from generator.rollout.deploy.log_groups import TemplateReader
from generator.rollout.deploy.management_record import ManagementRecord
from generator.rollout.deploy.management_view import DeployedTemplate
from generator.rollout.deploy.removal_order import in_order
from generator.rollout.deploy.transition import InterimTemplate, Transition

Adoptions = Mapping[StackAddress, tuple[Adoption, ...]]
Transitions = Mapping[str, Transition]


@dataclass(frozen=True, slots=True)
class ManagementPlan:
    """What would be done there. stacks: in the order of the rollout. leaving: those that are there and go, in order.

    outputs: of the hub, as they were when the change sets were made. adopted: log groups that stacks take over.
    between: what is done in between, by Region.
    """

    name: str
    account: str
    stacks: tuple[StackPlan, ...] = ()
    leaving: tuple[StackAddress, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    adopted: Adoptions = field(default_factory=dict)
    between: Transitions = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether everything is as it should be."""
        return not self.leaving and all(one.empty for one in self.stacks)


@dataclass(slots=True)
class ManagementStacks:
    """record: the stacks that may exist; where there are none, nothing is called.

    assets: the bucket that CloudFormation reads templates in. templates: by file; what only takes away does without.
    """

    session: AwsSession
    record: ManagementRecord
    assets: Assets
    templates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def desired(self) -> DesiredState:
        """What out/ asks for."""
        return self.session.desired

    @property
    def aws(self) -> Aws:
        """The credentials of the management account."""
        return self.session.management_aws

    def sign_in(self) -> None:
        """Make sure that these are credentials of the management account, where they are needed. Raises Refused."""
        if not self.record.stacks:
            return
        with self._errors("sts:GetCallerIdentity"):
            account = self.aws.client("sts", self.desired.hub.region).get_caller_identity()["Account"]
        option = "--members-profile" if self.desired.members.call_as == "SELF" else "--management-profile"
        check_account(
            account,
            self.record.account,
            f"the stacks of {self.record.name} are in account {self.record.account}: no stack set reaches the"
            " management account",
            f"use {option} with a profile of account {self.record.account}",
        )

    def describe(self) -> list[ActualStack]:
        """The stacks that out/ asks for, as they are. Raises Refused, where these are not its credentials, too."""
        self.sign_in()
        with self._errors("reading"):
            return [one.describe() for one in self._stacks({})]

    def deployed(self, found: Sequence[ActualStack]) -> dict[StackAddress, DeployedTemplate]:
        """Those that are there, each with its template. Raises Refused."""
        with self._errors("cloudformation:GetTemplate"):
            both = zip(self._stacks({}), found, strict=True)
            read = {one.desired.address: (look.stack, str(one.stack.body())) for one, look in both if look.stack}
            return {address: (stack, body) for address, (stack, body) in read.items() if body}

    def transitions(
        self, seen: Mapping[StackAddress, DeployedTemplate], read: Callable[[Mapping[str, str]], Transition]
    ) -> Transitions:
        """What is done in between, by Region: a rollout that was cut off may have left other templates in each.

        read: of the templates that stand, by file. Raises Refused.
        """
        files = {one.address: one.file for one in (self.desired.management.stacks if self.desired.management else ())}
        by_region: dict[str, dict[str, str]] = {address.region: {} for address in files}
        for address, (_, body) in seen.items():
            by_region[address.region][files[address]] = body
        with self._errors("cloudformation:GetTemplate"):
            for one, body in self._leaving().items():
                by_region.get(one.region, {})[self._file_of(one)] = body
        return {region: read(bodies) for region, bodies in by_region.items()}

    def adoptions(self, found: Sequence[ActualStack], read: TemplateReader, outputs: Mapping[str, str]) -> Adoptions:
        """The log groups that are there already, and that a stack can take over. Raises Refused.

        read: what a template says.
        """
        with self._errors("logs:DescribeLogGroups"):
            return self._adoptions(found, read, outputs)

    def _adoptions(self, found: Sequence[ActualStack], read: TemplateReader, outputs: Mapping[str, str]) -> Adoptions:
        made: dict[StackAddress, tuple[Adoption, ...]] = {}
        for one, look in zip(self._stacks(outputs), found, strict=True):
            stack = one.desired
            uses = read(stack.body, stack.account, stack.region, one.parameters)
            logs = self.aws.client("logs", stack.region)
            there = (
                adoption(logs, logical_id, use.name)
                for logical_id, use in sorted(uses.items())
                if use.makes and use.name not in look.owned
            )
            made[stack.address] = tuple(each for each in there if each and each.kind == STANDARD)
        return {address: own for address, own in made.items() if own}

    def names_of(self, adopted: Adoptions) -> set[tuple[str, str, str]]:
        """Account, Region and name of log groups that stacks take over."""
        return {(self.record.account, address.region, one.name) for address, own in adopted.items() for one in own}

    def plan(
        self,
        found: Sequence[ActualStack],
        outputs: Mapping[str, str],
        adopted: Adoptions,
        between: Transitions,
        *,
        is_known: bool,
    ) -> ManagementPlan:
        """What would be done. Raises Refused.

        outputs: of the hub. is_known: whether change sets can be made already.
        """
        with self._errors("planning"):
            stacks, made = self._stacks(outputs), []
            moving = {region for region, one in between.items() if one.moved}
            for one, look in zip(stacks, found, strict=True):
                given = all(outputs.get(key) for _, key in one.desired.from_hub)
                known = is_known and given and not look.replaced and one.desired.region not in moving
                change_set = one.change_set(adopted.get(one.desired.address, ())) if known else None
                made.append(one.plan(look, change_set))
            leaving = tuple(self._leaving())
            who = self.record.name, self.record.account
            return ManagementPlan(*who, tuple(made), leaving, dict(outputs), adopted, between)

    def withdraw(self, plan: ManagementPlan) -> None:
        """Take back the change sets of a plan that is not carried out. Raises Refused."""
        with self._errors("cloudformation:DeleteChangeSet"):
            for one, planned in zip(self._stacks({}), plan.stacks, strict=True):
                if planned.change_set:
                    one.stack.drop(planned.change_set)

    def perform(self, plan: ManagementPlan, outputs: Mapping[str, str]) -> None:
        """Bring the stacks to what was reviewed. outputs: of the hub as it is by now. Raises Refused."""
        interims = [one for each in plan.between.values() for some in (each.moved, each.kept) for one in some.values()]
        self.assets.upload({bucket.template_key(one.body): one.body.encode() for one in interims})
        with self._errors("deploying"):
            try:
                self._perform(plan, outputs)
            except StackFailed as error:
                message = f"in {self.record.name} ({self.record.account}), {error}"
                raise StackFailed(message, error.hint, error.resource) from None

    def _perform(self, plan: ManagementPlan, outputs: Mapping[str, str]) -> None:
        between = {one.region: plan.between.get(one.region, Transition()) for one in self.record.stacks}
        self.delete([one for one in plan.leaving if self._file_of(one) not in between[one.region].last])
        stacks = self._stacks(outputs)
        there = {one.desired.address for one in stacks if one.stack.describe()}

        def interim_of(one: HubStack, interims: Mapping[str, InterimTemplate]) -> InterimTemplate | None:
            return interims.get(one.desired.file) if one.desired.address in there else None

        for one in stacks:
            moved = interim_of(one, between[one.desired.region].moved)
            if moved:
                one.execute(self._with(one, moved, outputs).change_set(interim=moved))
        for one, planned in zip(stacks, plan.stacks, strict=True):
            kept = interim_of(one, between[one.desired.region].kept)
            is_same = all(plan.outputs.get(key) == outputs.get(key) for _, key in one.desired.from_hub)
            current = planned if is_same else replace(planned, change_set=None)
            self._with(one, kept, outputs).perform(current, plan.adopted.get(one.desired.address, ()), kept)
        for one in stacks[::-1]:
            if interim_of(one, between[one.desired.region].kept):
                one.execute(one.change_set())
        self.delete([one for one in plan.leaving if self._file_of(one) in between[one.region].last])

    def _with(self, one: HubStack, interim: InterimTemplate | None, outputs: Mapping[str, str]) -> HubStack:
        """A stack with the parameters of what comes before the reviewed template, where something does."""
        if interim is None:
            return one
        desired = replace(one.desired, parameters=interim.values.get(self.record.account, ()))
        return replace(one, parameters=parameters_of(desired, interim.template, outputs))

    def delete(self, chosen: Iterable[StackAddress]) -> None:
        """Take stacks away. Raises Refused."""
        with self._errors("cloudformation:DeleteStack"):
            for one in chosen:
                self.session.progress.line(f"{one.name} in {self.record.name}, {one.region}: deleting it")
                self._at_aws(one).delete()

    def existing(self) -> tuple[StackAddress, ...]:
        """All stacks that are there, in the order in which they go: composites' first. Raises Refused."""
        with self._errors("reading"):
            return tuple(self._bodies(self.record.stacks))

    def _leaving(self) -> dict[StackAddress, str]:
        """Those that are there and go, in that order, each with its template."""
        management = self.desired.management
        stay = {one.address for one in management.stacks} if management else set()
        return self._bodies(one for one in self.record.stacks if one not in stay)

    def _bodies(self, chosen: Iterable[StackAddress]) -> dict[StackAddress, str]:
        """The templates of those that are there, in the order in which they go."""
        stacks = ((one, self._at_aws(one)) for one in chosen)
        there = {one: str(stack.body()) for one, stack in stacks if stack.describe()}
        first, environment = self.desired.members.name, self.desired.environment
        return dict(in_order(there.items(), lambda one: (one[0].name, one[1]), first, environment))

    def _file_of(self, one: StackAddress) -> str:
        """The file of out/ that a further stack's template had."""
        return file_in("member", one.name, self.desired.members.name, self.desired.environment)

    def _stacks(self, outputs: Mapping[str, str]) -> list[HubStack]:
        made = []
        for one in self.desired.management.stacks if self.desired.management else ():
            template = self.templates[one.file]
            given = parameters_of(one, template, outputs)
            more = self.desired.tags, self.aws, self.session.progress, self.assets, given
            made.append(HubStack(one, template, *more))
        return made

    def _errors(self, action: str) -> AbstractContextManager[None]:
        return aws_errors(action, f"the stacks of {self.record.name}", self.record.account, self.desired.hub.region)

    def _at_aws(self, one: StackAddress) -> Stack:
        return Stack(self.aws, one.name, one.region, self.session.progress)


def parameters_of(stack: DesiredStack, template: Mapping[str, Any], outputs: Mapping[str, str]) -> dict[str, str]:
    """All parameters of a stack: its own values, what the hub gives, and the defaults.

    Defaults, too, so that an update never means what the stack had before.
    """
    declared = template.get("Parameters", {})
    defaults = {key: str(one["Default"]) for key, one in declared.items() if "Default" in one}
    from_hub = {key: outputs[output] for key, output in stack.from_hub if outputs.get(output)}
    return {**defaults, **dict(stack.parameters), **from_hub}
