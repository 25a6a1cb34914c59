"""Taking everything away again, in the other order: members' stacks, their set, the hub, and the buckets last.

A bucket serves every environment of a hub's account, so it goes with the last of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.rollout.aws import bucket
from generator.rollout.aws.bucket import record_key
from generator.rollout.aws.operations import SUSPENDED, ActualStackSet, StackSetOperation
from generator.rollout.aws.session import AwsSession
from generator.rollout.aws.stack import Stack, StackFailed
from generator.rollout.aws.stack_set import InstanceFailure, StackSet
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
    """What there is to take away, of the first stack set and stack. resources: logical id, type and physical id.

    protected: whether any stack is. buckets: the hub's Region last. further_sets, further_stacks: beyond the first, in
    the order in which they go, before the first: those that name alarms of others come first. management: stacks of
    the management account, which go before all; management_account: in words. unseen: stacks that have nothing any
    more, where nobody gets any more, in words.
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
        return not (self.set_there or self.hub_there or further) and all(one.empty for one in self.buckets)


@dataclass(slots=True)
class Destruction:
    """One environment's end."""

    session: AwsSession

    @property
    def desired(self) -> DesiredState:
        """What out/ asks for, with what earlier rollouts left, once a plan has read that."""
        return self.session.desired

    def sign_in(self) -> None:
        """Make sure whose credentials these are. Raises Refused."""
        self.session.sign_in()

    def plan(self) -> Removal:
        """What there is to take away; changes nothing. Raises Refused."""
        with self.session.errors("reading"):
            self.session.desired = records.with_leftovers(self.desired, self._named_stacks())
            management = self._management
            management.sign_in()
            seen = self._set.describe()
            stack = self._stack.describe()
            retired, unseen = self._retired_stacks.find()
            further = [*self._further_stacks, *map(self._retired_stacks.at_aws, retired)]
            found = self._in_order([(one, there) for one in further if (there := one.describe())])
            protected = any(
                one.get("EnableTerminationProtection") for one in (stack or {}, *(there for _, there in found))
            )
            return Removal(
                operations=self._deletions(self._set),
                set_there=seen is not None,
                instances=len(seen.instances) if seen else 0,
                resources=tuple(self._stack.resources()),
                hub_there=stack is not None,
                protected=protected,
                buckets=self._buckets.removals(),
                further_sets=tuple(
                    SetRemoval(each.desired.members.name, self._deletions(each), len(look.instances))
                    for each, look in self._sets_in_order()
                ),
                further_stacks=tuple(StackRemoval(one.name, one.region, tuple(one.resources())) for one, _ in found),
                management=management.existing(),
                management_account=f"{management.record.name} ({management.record.account})",
                unseen=tuple(unseen.values()),
            )

    def perform(self, removal: Removal) -> list[InstanceFailure]:
        """Take it away; instances that stay, where nothing after them is touched. Raises Refused."""
        with self.session.errors("deleting"):
            self._management.delete(removal.management)
            sets = {one.desired.members.name: one for one in self._further_sets}
            for one in removal.further_sets:
                failures = self._delete_set(sets[one.name])
                if failures:
                    return failures
            failures = self._delete_set(self._set) if removal.set_there else []
            if failures:
                return failures
            for each in removal.further_stacks:
                self._delete_stack(self.session.stack(StackAddress(each.name, each.region)), each.resources)
            if removal.hub_there:
                self._delete_stack(self._stack, removal.resources)
            for removed in removal.buckets:
                self._buckets.release(removed.region)
            return []

    def left(self) -> list[str]:
        """What is there all the same, found by asking AWS again. Raises Refused."""
        with self.session.errors("reading"):
            again = self.plan()
            found = [f"stack set {self.desired.members.name}"] if again.set_there else []
            found += [f"stack set {one.name}" for one in again.further_sets]
            found += [f"stack {self.desired.hub.name}"] if again.hub_there else []
            addresses = (StackAddress(one.name, one.region) for one in again.further_stacks)
            found += [f"stack {self.desired.label(one)}" for one in addresses]
            found += [f"stack {one.name} of the management account, {one.region}" for one in again.management]
            found += [f"bucket {one.name}" for one in again.buckets if one.there and not one.users]
            return [*found, *(arn for region in self.desired.stack_regions for arn in self._tagged(region))]

    def _tagged(self, region: str) -> list[str]:
        """Whatever in a Region still carries the project's and the environment's tags.

        A key is no such thing: with its stack it begins the days that KMS lets it wait, and keeps its tags until then.
        https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
        """
        tags = dict(self.desired.tags)
        client = self.session.client("resourcegroupstaggingapi", region)
        asked = [{"Key": key, "Values": [tags[key]]} for key in ("project", "environment") if key in tags]
        pages = client.get_paginator("get_resources").paginate(TagFilters=asked)
        found = [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]
        return [arn for arn in found if arn.split(":")[2] != "kms"]

    def _named_stacks(self) -> bytes | None:
        """What rollouts wrote down of the stacks that they made: out/ may be of another commit."""
        assets = self.session.assets()
        key = bucket.record_key(self.desired.environment, records.STACKS)
        return assets.get(key) if assets.exists() else None

    def _delete_set(self, members: StackSet) -> list[InstanceFailure]:
        return delete_set(members, self.desired.members.names, self._absent, self.session.progress)

    def _deletions(self, members: StackSet) -> tuple[StackSetOperation, ...]:
        seen = members.describe()
        return everything(seen, self._absent(seen)) if seen else ()

    def _absent(self, seen: ActualStackSet) -> frozenset[str]:
        """The accounts that nothing gets into: without an answer of the organization, those that AWS passed over."""
        from botocore.exceptions import ClientError

        accounts = sorted({one.account for one in seen.instances})
        try:
            states = states_of(self.session.client("organizations"), accounts)
        except ClientError:
            return frozenset(one.account for one in seen.instances if one.detail == SUSPENDED)
        return frozenset(absent(states, accounts, managed=self.desired.members.managed))

    def _delete_stack(self, stack: Stack, resources: tuple[tuple[str, str, str], ...]) -> None:
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
        """How many objects there were in the buckets of a stack of the hub's account."""
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
    def _stack(self) -> Stack:
        return self.session.stack(self.desired.hub)

    @property
    def _set(self) -> StackSet:
        return self.session.stack_set()

    @property
    def _management(self) -> ManagementStacks:
        """What out/ asks for, and what rollouts wrote down: the account may have left the file."""
        hub = self.session.assets()
        key = record_key(self.desired.environment, MANAGEMENT)
        content = hub.get(key) if hub.exists() else None
        known = written_down(self.desired.environment, {} if content is None else {MANAGEMENT: content})
        return ManagementStacks(self.session, possible(self.desired, known), hub)

    def _in_order(self, found: list[tuple[Stack, dict[str, Any]]]) -> list[tuple[Stack, dict[str, Any]]]:
        """Further stacks of the hub's account, in the order in which they go."""
        first, environment = self.desired.hub.name, self.desired.environment
        return in_order(found, lambda one: (one[0].name, str(one[0].body())), first, environment)

    def _sets_in_order(self) -> list[tuple[StackSet, ActualStackSet]]:
        """The further stack sets that are there, in the order in which they go."""
        there = [(one, look) for one in self._further_sets if (look := one.describe())]
        first, environment = self.desired.members.name, self.desired.environment
        return in_order(there, lambda one: (one[0].desired.members.name, one[1].body), first, environment)

    @property
    def _further_stacks(self) -> list[Stack]:
        return [self.session.stack(one) for one in self.desired.further_stacks]

    @property
    def _retired_stacks(self) -> RetiredStacks:
        return RetiredStacks(self.session)

    @property
    def _further_sets(self) -> list[StackSet]:
        retired = (desired.members for desired in self.desired.of_retired)
        return [self.session.stack_set(members) for members in (*retired, *self.desired.further_sets)]
