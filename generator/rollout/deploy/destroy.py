"""The deletion of an environment, in reverse order: members' stacks, their stack set, the hub, the buckets last.

A bucket serves every environment of a hub's account, so it goes with the last of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.rollout.aws import bucket
from generator.rollout.aws.bucket import record_key
from generator.rollout.aws.operations import SUSPENDED, ActualStackSet, StackSetOperation
from generator.rollout.aws.session import AwsSession
from generator.rollout.aws.stack import StackClient, StackFailed
from generator.rollout.aws.stack_set import InstanceFailure, StackSetClient
from generator.rollout.deploy import records
from generator.rollout.deploy.accounts import absent, states_of
from generator.rollout.deploy.asset_buckets import AssetBuckets, BucketRemoval
from generator.rollout.deploy.desired import DesiredState, StackAddress
from generator.rollout.deploy.leaving_accounts import everything
from generator.rollout.deploy.management import ManagementStacks
from generator.rollout.deploy.management_record import MANAGEMENT, possible, written_down
from generator.rollout.deploy.removal_order import in_order
from generator.rollout.deploy.retired_stacks import RetiredStacks
from generator.rollout.deploy.set_removal import delete_set


@dataclass(frozen=True, slots=True)
class SetRemoval:
    """A further stack set that is there. instances: how many stacks it has."""

    name: str
    operations: tuple[StackSetOperation, ...]
    instances: int


@dataclass(frozen=True, slots=True)
class StackRemoval:
    """A further stack of the hub's account that is there. resources: as of Removal."""

    name: str
    region: str
    resources: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """The resources to delete, of the first stack set and stack. resources: logical ID, type and physical ID.

    protected: whether any stack is. buckets: the hub's Region last. further_sets, further_stacks: beyond the first, in
    the order of their deletion, before the first: those that name alarms of others come first. management: stacks of
    the management account, which are deleted before all; management_account: in words. unseen: retired stacks that
    could not be read, in words.
    """

    operations: tuple[StackSetOperation, ...]
    set_there: bool
    instances: int
    resources: tuple[tuple[str, str, str], ...]
    hub_there: bool
    protected: bool
    buckets: tuple[BucketRemoval, ...]
    further_sets: tuple[SetRemoval, ...] = ()
    further_stacks: tuple[StackRemoval, ...] = ()
    management: tuple[StackAddress, ...] = ()
    management_account: str = ""
    unseen: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is there any more."""
        further = self.further_sets or self.further_stacks or self.management
        return not (self.set_there or self.hub_there or further) and all(removal.empty for removal in self.buckets)


@dataclass(slots=True)
class Destruction:
    """The deletion of one environment."""

    session: AwsSession

    @property
    def desired(self) -> DesiredState:
        """The desired state from out/, with what earlier rollouts left once a plan has read it."""
        return self.session.desired

    def sign_in(self) -> None:
        """Verify the credentials. Raises AwsError."""
        self.session.sign_in()

    def plan(self) -> Removal:
        """The resources to delete; changes nothing. Raises AwsError."""
        with self.session.errors("reading"):
            self.session.desired = records.with_leftovers(self.desired, self._named_stacks())
            management = self._management
            management.sign_in()
            actual = self._set.describe()
            stack = self._stack.describe()
            retired, skipped = self._retired_stacks.find()
            further = [*self._further_stacks, *map(self._retired_stacks.at_aws, retired)]
            existing = self._in_order([(stack, description) for stack in further if (description := stack.describe())])
            protected = any(
                description.get("EnableTerminationProtection")
                for description in (stack or {}, *(description for _, description in existing))
            )
            return Removal(
                operations=self._deletions(self._set),
                set_there=actual is not None,
                instances=len(actual.instances) if actual else 0,
                resources=tuple(self._stack.resources()),
                hub_there=stack is not None,
                protected=protected,
                buckets=self._buckets.removals(),
                further_sets=tuple(
                    SetRemoval(stack_set.desired.members.name, self._deletions(stack_set), len(actual.instances))
                    for stack_set, actual in self._sets_in_order()
                ),
                further_stacks=tuple(
                    StackRemoval(stack.name, stack.region, tuple(stack.resources())) for stack, _ in existing
                ),
                management=management.existing(),
                management_account=f"{management.record.name} ({management.record.account})",
                unseen=tuple(skipped.values()),
            )

    def perform(self, removal: Removal) -> list[InstanceFailure]:
        """Delete the resources; the instances that failed, after which nothing else is touched. Raises AwsError."""
        with self.session.errors("deleting"):
            self._management.delete(removal.management)
            sets = {stack_set.desired.members.name: stack_set for stack_set in self._further_sets}
            for set_removal in removal.further_sets:
                failures = self._delete_set(sets[set_removal.name])
                if failures:
                    return failures
            failures = self._delete_set(self._set) if removal.set_there else []
            if failures:
                return failures
            for stack_removal in removal.further_stacks:
                self._delete_stack(
                    self.session.stack(StackAddress(stack_removal.name, stack_removal.region)), stack_removal.resources
                )
            if removal.hub_there:
                self._delete_stack(self._stack, removal.resources)
            for removed in removal.buckets:
                self._buckets.release(removed.region)
            return []

    def left(self) -> list[str]:
        """The resources that still exist, read from AWS again. Raises AwsError."""
        with self.session.errors("reading"):
            again = self.plan()
            remaining = [f"stack set {self.desired.members.name}"] if again.set_there else []
            remaining += [f"stack set {stack_set.name}" for stack_set in again.further_sets]
            remaining += [f"stack {self.desired.hub.name}"] if again.hub_there else []
            addresses = (StackAddress(stack.name, stack.region) for stack in again.further_stacks)
            remaining += [f"stack {self.desired.label(address)}" for address in addresses]
            remaining += [
                f"stack {address.name} of the management account, {address.region}" for address in again.management
            ]
            remaining += [f"bucket {removal.name}" for removal in again.buckets if removal.there and not removal.users]
            return [*remaining, *(arn for region in self.desired.stack_regions for arn in self._tagged(region))]

    def _tagged(self, region: str) -> list[str]:
        """ARNs of a Region with the project's and the environment's tags.

        A key is no such thing: with its stack it begins the days that KMS lets it wait, and keeps its tags until then.
        https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
        """
        tags = dict(self.desired.tags)
        client = self.session.client("resourcegroupstaggingapi", region)
        params = [{"Key": key, "Values": [tags[key]]} for key in ("project", "environment") if key in tags]
        pages = client.get_paginator("get_resources").paginate(TagFilters=params)
        arns = [mapping["ResourceARN"] for page in pages for mapping in page["ResourceTagMappingList"]]
        return [arn for arn in arns if arn.split(":")[2] != "kms"]

    def _named_stacks(self) -> bytes | None:
        """The record of the stacks that rollouts created: out/ may be of another commit."""
        assets = self.session.assets()
        key = bucket.record_key(self.desired.environment, records.STACKS)
        return assets.get(key) if assets.exists() else None

    def _delete_set(self, members: StackSetClient) -> list[InstanceFailure]:
        return delete_set(members, self.desired.members.names, self._absent, self.session.progress)

    def _deletions(self, members: StackSetClient) -> tuple[StackSetOperation, ...]:
        actual = members.describe()
        return everything(actual, self._absent(actual)) if actual else ()

    def _absent(self, actual: ActualStackSet) -> frozenset[str]:
        """The accounts that cannot be reached: without permission to ask the organization, those that AWS skipped."""
        from botocore.exceptions import ClientError

        accounts = sorted({instance.account for instance in actual.instances})
        try:
            states = states_of(self.session.client("organizations"), accounts)
        except ClientError:
            return frozenset(instance.account for instance in actual.instances if instance.detail == SUSPENDED)
        return frozenset(absent(states, accounts, managed=self.desired.members.managed))

    def _delete_stack(self, stack: StackClient, resources: tuple[tuple[str, str, str], ...]) -> None:
        """CloudFormation deletes no bucket that has something in it, and a canary may run until its stack is going."""
        name = self.desired.label(StackAddress(stack.name, stack.region))
        self.session.progress.line(f"{name}: deleting {len(resources)} resources")
        self._empty_own_buckets(resources, stack.region)
        try:
            stack.delete()
        except StackFailed:
            if not self._empty_own_buckets(resources, stack.region):
                raise
            stack.delete()

    def _empty_own_buckets(self, resources: tuple[tuple[str, str, str], ...], region: str) -> int:
        """Empty the buckets of a stack of the hub's account; the number of deleted objects."""
        total = 0
        for name in (name for _, kind, name in resources if kind == "AWS::S3::Bucket" and name):
            own = self.session.assets(region, name)
            deleted = own.empty() if own.exists() else 0
            if deleted:
                self.session.progress.line(f"{name}: deleting {deleted} objects")
            total += deleted
        return total

    @property
    def _buckets(self) -> AssetBuckets:
        return AssetBuckets(self.session)

    @property
    def _stack(self) -> StackClient:
        return self.session.stack(self.desired.hub)

    @property
    def _set(self) -> StackSetClient:
        return self.session.stack_set()

    @property
    def _management(self) -> ManagementStacks:
        """The stacks of out/ and of the records: the account may have left the file."""
        hub = self.session.assets()
        key = record_key(self.desired.environment, MANAGEMENT)
        content = hub.get(key) if hub.exists() else None
        known = written_down(self.desired.environment, {} if content is None else {MANAGEMENT: content})
        return ManagementStacks(self.session, possible(self.desired, known), hub)

    def _in_order(self, stacks: list[tuple[StackClient, dict[str, Any]]]) -> list[tuple[StackClient, dict[str, Any]]]:
        """Further stacks of the hub's account, in the order in which they go."""
        first, environment = self.desired.hub.name, self.desired.environment
        return in_order(stacks, lambda pair: (pair[0].name, str(pair[0].body())), first, environment)

    def _sets_in_order(self) -> list[tuple[StackSetClient, ActualStackSet]]:
        """The further stack sets that are there, in the order in which they go."""
        description = [(stack_set, actual) for stack_set in self._further_sets if (actual := stack_set.describe())]
        first, environment = self.desired.members.name, self.desired.environment
        return in_order(description, lambda pair: (pair[0].desired.members.name, pair[1].body), first, environment)

    @property
    def _further_stacks(self) -> list[StackClient]:
        return [self.session.stack(stack) for stack in self.desired.further_stacks]

    @property
    def _retired_stacks(self) -> RetiredStacks:
        return RetiredStacks(self.session)

    @property
    def _further_sets(self) -> list[StackSetClient]:
        retired = (desired.members for desired in self.desired.of_retired)
        return [self.session.stack_set(members) for members in (*retired, *self.desired.further_sets)]
