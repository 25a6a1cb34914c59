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
from generator.rollout.aws.stack import StackClient, StackFailed
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
    """The plan of the account. stacks: in the order of the rollout. leaving: existing ones to delete, in order.

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
        return not self.leaving and all(stack.empty for stack in self.stacks)


@dataclass(slots=True)
class ManagementStacks:
    """record: the stacks that may exist; where there are none, nothing is called.

    assets: the bucket that CloudFormation reads templates in. templates: by file; empty where stacks are only deleted.
    """

    session: AwsSession
    record: ManagementRecord
    assets: Assets
    templates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def desired(self) -> DesiredState:
        """The desired state from out/."""
        return self.session.desired

    @property
    def aws(self) -> Aws:
        """The credentials of the management account."""
        return self.session.management_aws

    def sign_in(self) -> None:
        """Verify that the credentials belong to the management account, where they are needed. Raises AwsError."""
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
        """The stacks that out/ asks for, as they are. Raises AwsError, where these are not its credentials, too."""
        self.sign_in()
        with self._errors("reading"):
            return [stack.describe() for stack in self._stacks({})]

    def deployed(self, match: Sequence[ActualStack]) -> dict[StackAddress, DeployedTemplate]:
        """The existing stacks, each with its template. Raises AwsError."""
        with self._errors("cloudformation:GetTemplate"):
            pairs = zip(self._stacks({}), match, strict=True)
            read = {
                stack.desired.address: (actual_stack.stack, str(stack.stack.body()))
                for stack, actual_stack in pairs
                if actual_stack.stack
            }
            return {address: (stack, body) for address, (stack, body) in read.items() if body}

    def transitions(
        self, deployed: Mapping[StackAddress, DeployedTemplate], read: Callable[[Mapping[str, str]], Transition]
    ) -> Transitions:
        """The transitions by Region: an interrupted rollout may have left different templates in each.

        read: of the deployed templates, by file. Raises AwsError.
        """
        files = {
            stack.address: stack.file for stack in (self.desired.management.stacks if self.desired.management else ())
        }
        by_region: dict[str, dict[str, str]] = {address.region: {} for address in files}
        for address, (_, body) in deployed.items():
            by_region[address.region][files[address]] = body
        with self._errors("cloudformation:GetTemplate"):
            for leaving, body in self._leaving().items():
                by_region.get(leaving.region, {})[self._file_of(leaving)] = body
        return {region: read(bodies) for region, bodies in by_region.items()}

    def adoptions(self, actual: Sequence[ActualStack], read: TemplateReader, outputs: Mapping[str, str]) -> Adoptions:
        """The log groups that are there already, and that a stack can take over. Raises AwsError.

        read: what a template says.
        """
        with self._errors("logs:DescribeLogGroups"):
            return self._adoptions(actual, read, outputs)

    def _adoptions(self, actual: Sequence[ActualStack], read: TemplateReader, outputs: Mapping[str, str]) -> Adoptions:
        resource: dict[StackAddress, tuple[Adoption, ...]] = {}
        for hub_stack, actual_stack in zip(self._stacks(outputs), actual, strict=True):
            stack = hub_stack.desired
            uses = read(stack.body, stack.account, stack.region, hub_stack.parameters)
            logs = self.aws.client("logs", stack.region)
            candidates = (
                adoption(logs, logical_id, use.name)
                for logical_id, use in sorted(uses.items())
                if use.makes and use.name not in actual_stack.owned
            )
            resource[stack.address] = tuple(
                candidate for candidate in candidates if candidate and candidate.kind == STANDARD
            )
        return {address: own for address, own in resource.items() if own}

    def names_of(self, adopted: Adoptions) -> set[tuple[str, str, str]]:
        """Account, Region and name of log groups that stacks take over."""
        return {
            (self.record.account, address.region, log_group.name)
            for address, own in adopted.items()
            for log_group in own
        }

    def plan(
        self,
        actual: Sequence[ActualStack],
        outputs: Mapping[str, str],
        adopted: Adoptions,
        between: Transitions,
        *,
        is_known: bool,
    ) -> ManagementPlan:
        """The plan of the account. Raises AwsError.

        outputs: of the hub. is_known: whether change sets can be made already.
        """
        with self._errors("planning"):
            stacks, plans = self._stacks(outputs), []
            moving = {region for region, transition in between.items() if transition.moved}
            for stack, actual_stack in zip(stacks, actual, strict=True):
                role = all(outputs.get(key) for _, key in stack.desired.from_hub)
                known = is_known and role and not actual_stack.replaced and stack.desired.region not in moving
                change_set = stack.change_set(adopted.get(stack.desired.address, ())) if known else None
                plans.append(stack.plan(actual_stack, change_set))
            leaving = tuple(self._leaving())
            who = self.record.name, self.record.account
            return ManagementPlan(*who, tuple(plans), leaving, dict(outputs), adopted, between)

    def withdraw(self, plan: ManagementPlan) -> None:
        """Take back the change sets of a plan that is not carried out. Raises AwsError."""
        with self._errors("cloudformation:DeleteChangeSet"):
            for stack, planned in zip(self._stacks({}), plan.stacks, strict=True):
                if planned.change_set:
                    stack.stack.drop(planned.change_set)

    def perform(self, plan: ManagementPlan, outputs: Mapping[str, str]) -> None:
        """Bring the stacks to what was reviewed. outputs: of the hub as it is by now. Raises AwsError."""
        interims = [
            interim
            for transition in plan.between.values()
            for interims_by_file in (transition.moved, transition.keeping)
            for interim in interims_by_file.values()
        ]
        self.assets.upload({bucket.template_key(interim.body): interim.body.encode() for interim in interims})
        with self._errors("deploying"):
            try:
                self._perform(plan, outputs)
            except StackFailed as error:
                message = f"in {self.record.name} ({self.record.account}), {error}"
                raise StackFailed(message, error.hint, error.resource) from None

    def _perform(self, plan: ManagementPlan, outputs: Mapping[str, str]) -> None:
        between = {address.region: plan.between.get(address.region, Transition()) for address in self.record.stacks}
        self.delete([address for address in plan.leaving if self._file_of(address) not in between[address.region].last])
        stacks = self._stacks(outputs)
        existing = {stack.desired.address for stack in stacks if stack.stack.describe()}

        def interim_of(stack: HubStack, interims: Mapping[str, InterimTemplate]) -> InterimTemplate | None:
            return interims.get(stack.desired.file) if stack.desired.address in existing else None

        for hub_stack in stacks:
            moved = interim_of(hub_stack, between[hub_stack.desired.region].moved)
            if moved:
                hub_stack.execute(self._with(hub_stack, moved, outputs).change_set(interim=moved))
        for hub_stack, planned in zip(stacks, plan.stacks, strict=True):
            interim = interim_of(hub_stack, between[hub_stack.desired.region].keeping)
            is_same = all(plan.outputs.get(key) == outputs.get(key) for _, key in hub_stack.desired.from_hub)
            current = planned if is_same else replace(planned, change_set=None)
            self._with(hub_stack, interim, outputs).perform(
                current, plan.adopted.get(hub_stack.desired.address, ()), interim
            )
        for hub_stack in stacks[::-1]:
            if interim_of(hub_stack, between[hub_stack.desired.region].keeping):
                hub_stack.execute(hub_stack.change_set())
        self.delete([address for address in plan.leaving if self._file_of(address) in between[address.region].last])

    def _with(self, stack: HubStack, interim: InterimTemplate | None, outputs: Mapping[str, str]) -> HubStack:
        """A stack with the parameters of what comes before the reviewed template, where something does."""
        if interim is None:
            return stack
        desired = replace(stack.desired, parameters=interim.values.get(self.record.account, ()))
        return replace(stack, parameters=parameters_of(desired, interim.template, outputs))

    def delete(self, chosen: Iterable[StackAddress]) -> None:
        """Take stacks away. Raises AwsError."""
        with self._errors("cloudformation:DeleteStack"):
            for address in chosen:
                self.session.progress.line(f"{address.name} in {self.record.name}, {address.region}: deleting it")
                self._at_aws(address).delete()

    def existing(self) -> tuple[StackAddress, ...]:
        """All existing stacks, in the order of their deletion: composites' first. Raises AwsError."""
        with self._errors("reading"):
            return tuple(self._bodies(self.record.stacks))

    def _leaving(self) -> dict[StackAddress, str]:
        """The existing stacks to delete, in that order, each with its template."""
        management = self.desired.management
        stay = {stack.address for stack in management.stacks} if management else set()
        return self._bodies(address for address in self.record.stacks if address not in stay)

    def _bodies(self, chosen: Iterable[StackAddress]) -> dict[StackAddress, str]:
        """The templates of those that are there, in the order in which they go."""
        stacks = ((address, self._at_aws(address)) for address in chosen)
        bodies = {address: str(stack.body()) for address, stack in stacks if stack.describe()}
        first, environment = self.desired.members.name, self.desired.environment
        return dict(in_order(bodies.items(), lambda pair: (pair[0].name, pair[1]), first, environment))

    def _file_of(self, address: StackAddress) -> str:
        """The file of out/ that a further stack's template had."""
        return file_in("member", address.name, self.desired.members.name, self.desired.environment)

    def _stacks(self, outputs: Mapping[str, str]) -> list[HubStack]:
        stacks = []
        for stack in self.desired.management.stacks if self.desired.management else ():
            template = self.templates[stack.file]
            parameters = parameters_of(stack, template, outputs)
            more = self.desired.tags, self.aws, self.session.progress, self.assets, parameters
            stacks.append(HubStack(stack, template, *more))
        return stacks

    def _errors(self, action: str) -> AbstractContextManager[None]:
        return aws_errors(action, f"the stacks of {self.record.name}", self.record.account, self.desired.hub.region)

    def _at_aws(self, address: StackAddress) -> StackClient:
        return StackClient(self.aws, address.name, address.region, self.session.progress)


def parameters_of(stack: DesiredStack, template: Mapping[str, Any], outputs: Mapping[str, str]) -> dict[str, str]:
    """All parameters of a stack: its own values, what the hub gives, and the defaults.

    Defaults, too, so that an update never means what the stack had before.
    """
    declared = template.get("Parameters", {})
    defaults = {key: str(parameter["Default"]) for key, parameter in declared.items() if "Default" in parameter}
    from_hub = {key: outputs[output] for key, output in stack.from_hub if outputs.get(output)}
    return {**defaults, **dict(stack.parameters), **from_hub}
