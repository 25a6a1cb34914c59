"""What an environment consists of at AWS, as a deployment works on it: buckets, stacks, stack sets, records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.rollout.aws import bucket
from generator.rollout.aws.assets import Assets
from generator.rollout.aws.session import AwsSession
from generator.rollout.deploy import hub_outputs
from generator.rollout.deploy.asset_buckets import AssetBuckets
from generator.rollout.deploy.deployed import file_in
from generator.rollout.deploy.desired import DesiredState, StackAddress
from generator.rollout.deploy.hub_stack import HubStack
from generator.rollout.deploy.ledger import Ledger
from generator.rollout.deploy.management import ManagementStacks
from generator.rollout.deploy.management_record import possible, written_down
from generator.rollout.deploy.member_set import MemberSet
from generator.rollout.deploy.retired_stacks import RetiredStacks
from generator.rollout.deploy.transition import Transition


@dataclass(slots=True)
class Environment:
    """packages: key in the buckets to content. template: of the hub, as if it had one stack. templates: of all stacks,
    by file.
    """

    session: AwsSession
    packages: Mapping[str, bytes]
    template: Mapping[str, Any]
    templates: Mapping[str, Mapping[str, Any]]

    @property
    def desired(self) -> DesiredState:
        """What out/ asks for, with what earlier rollouts left, once a plan has read that."""
        return self.session.desired

    @property
    def buckets(self) -> AssetBuckets:
        """The buckets of the packages."""
        return AssetBuckets(self.session, self.packages)

    @property
    def assets(self) -> Assets:
        """The bucket of the hub's Region: CloudFormation reads all templates there."""
        return self.session.assets()

    @property
    def ledger(self) -> Ledger:
        """The records of rollouts."""
        return Ledger(self.desired, self.assets)

    @property
    def stacks(self) -> list[HubStack]:
        """The stacks of the hub's account, in the order of the rollout."""
        session = self.session
        return [
            HubStack(stack, self.templates.get(stack.file, self.template), self.desired.tags, session.aws,
                     session.progress, self.assets)
            for stack in self.desired.stacks
        ]  # fmt: skip

    @property
    def retired_stacks(self) -> RetiredStacks:
        """Stacks of the hub's account that have no resources any more."""
        return RetiredStacks(self.session)

    @property
    def sets(self) -> list[MemberSet]:
        """The members' stack sets, in the order of the rollout."""
        return [self._member_set(self.desired.of_set(members)) for members in self.desired.sets]

    @property
    def retired_sets(self) -> list[MemberSet]:
        """Stack sets that have no resources any more."""
        return [self._member_set(desired) for desired in self.desired.of_retired]

    def management(self, recorded: Mapping[str, bytes]) -> ManagementStacks:
        """The stacks of the management account. recorded: the files of the last complete rollout, by name."""
        record = possible(self.desired, written_down(self.desired.environment, recorded))
        return ManagementStacks(self.session, record, self.assets, self.templates)

    def outputs(self, described: Sequence[Mapping[str, Any] | None]) -> dict[str, str]:
        """Name to value of the hub's outputs. described: the hub's stacks, as AWS describes them."""
        return hub_outputs.values(self.desired, zip(self.desired.stacks, described, strict=True))

    def current_outputs(self) -> dict[str, str]:
        """The same of the stacks as they are now. Raises botocore's exceptions."""
        return self.outputs([stack.stack.describe() for stack in self.stacks])

    def file_of_stack(self, address: StackAddress) -> str:
        """The file of out/ that a stack of the hub's Region had; empty for any other."""
        is_elsewhere, hub = self.desired.is_elsewhere(address), self.desired.hub
        return "" if is_elsewhere else file_in("hub", address.name, hub.name, self.desired.environment)

    def file_of_set(self, name: str) -> str:
        """The file of out/ that a further stack set had."""
        return file_in("member", name, self.desired.members.name, self.desired.environment)

    def template_objects(self, transition: Transition) -> dict[str, bytes]:
        """All templates of a rollout, the interim ones too: key in the bucket to content."""
        bodies = [*(stack.body for stack in self.desired.stacks), *(members.body for members in self.desired.sets)]
        bodies += _interim_bodies(transition.moved, transition.kept, transition.told)
        return {bucket.template_key(body): body.encode() for body in bodies}

    def _member_set(self, desired: DesiredState) -> MemberSet:
        return MemberSet(desired, self.session.stack_set_aws, self.session.progress, self.assets)


def _interim_bodies(*groups: Mapping[str, Any]) -> Iterable[str]:
    return (interim.body for group in groups for interim in group.values())
