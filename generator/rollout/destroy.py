"""Taking everything away again, in the other order: members' stacks, their set, the hub, and the buckets last.

A bucket serves every environment of a hub's account, so it goes with the last of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.rollout import bucket, records
from generator.rollout.accounts import absent, states_of
from generator.rollout.asset_buckets import AssetBuckets, BucketRemoval
from generator.rollout.assets import Assets
from generator.rollout.audience import Audience
from generator.rollout.aws import Aws, sign_in
from generator.rollout.leavers import everything
from generator.rollout.operations import SUSPENDED, Operation, SeenSet
from generator.rollout.refused import said_plainly
from generator.rollout.set_removal import delete_set
from generator.rollout.stack import Stack, StackFailed
from generator.rollout.stack_set import Failure, StackSet
from generator.rollout.wanted import Wanted


@dataclass(frozen=True, slots=True)
class SetRemoval:
    """A further stack set that is there. instances: how many stacks it has."""

    name: str
    operations: tuple[Operation, ...]
    instances: int


@dataclass(frozen=True, slots=True)
class StackRemoval:
    """A further stack of the hub that is there. resources: as of Removal."""

    name: str
    resources: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What there is to take away, of the first stack set and stack. resources: logical id, type and physical id.

    protected: whether any stack is. buckets: the hub's Region last. further_sets, further_stacks: beyond the first, in
    the order in which they go, before the first: those that name alarms of others come first.
    """

    operations: tuple[Operation, ...]
    set_there: bool
    instances: int
    resources: tuple[tuple[str, str, str], ...]
    hub_there: bool
    protected: bool
    buckets: tuple[BucketRemoval, ...]
    further_sets: tuple[SetRemoval, ...] = ()
    further_stacks: tuple[StackRemoval, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is there any more."""
        further = self.further_sets or self.further_stacks
        return not (self.set_there or self.hub_there or further) and all(one.empty for one in self.buckets)


@dataclass(slots=True)
class Destruction:
    """One environment's end."""

    wanted: Wanted
    aws: Aws
    audience: Audience
    aws_members: Aws | None = None

    def sign_in(self) -> None:
        """Make sure whose credentials these are. Raises Refused."""
        sign_in(self.aws, self.wanted)

    def plan(self) -> Removal:
        """What there is to take away; changes nothing. Raises Refused."""
        with self._plainly("reading"):
            self.wanted = records.with_leftovers(self.wanted, self._named_stacks())
            seen = self._set.look()
            stack = self._stack.look()
            found = {one.name: one.look() for one in self._further_stacks}
            further = {name: one for name, one in found.items() if one}
            protected = any(one.get("EnableTerminationProtection") for one in (stack or {}, *further.values()))
            return Removal(
                operations=self._deletions(self._set),
                set_there=seen is not None,
                instances=len(seen.instances) if seen else 0,
                resources=tuple(self._stack.resources()),
                hub_there=stack is not None,
                protected=protected,
                buckets=self._buckets.removals(),
                further_sets=tuple(
                    SetRemoval(each.wanted.members.name, self._deletions(each), len(look.instances))
                    for each in self._further_sets
                    if (look := each.look())
                ),
                further_stacks=tuple(
                    StackRemoval(one.name, tuple(one.resources()))
                    for one in self._further_stacks
                    if one.name in further
                ),
            )

    def perform(self, removal: Removal) -> list[Failure]:
        """Take it away; instances that stay, where nothing after them is touched. Raises Refused."""
        with self._plainly("deleting"):
            there = {one.name for one in removal.further_sets}
            for one in self._further_sets:
                failures = self._delete_set(one) if one.wanted.members.name in there else []
                if failures:
                    return failures
            failures = self._delete_set(self._set) if removal.set_there else []
            if failures:
                return failures
            for each in removal.further_stacks:
                self._delete_stack(Stack(self.aws, each.name, self.wanted.hub.region, self.audience), each.resources)
            if removal.hub_there:
                self._delete_stack(self._stack, removal.resources)
            for each_bucket in removal.buckets:
                self._buckets.release(each_bucket.region)
            return []

    def left(self) -> list[str]:
        """What is there all the same, found by asking AWS again. Raises Refused."""
        with self._plainly("reading"):
            again = self.plan()
            found = [f"stack set {self.wanted.members.name}"] if again.set_there else []
            found += [f"stack set {one.name}" for one in again.further_sets]
            found += [f"stack {self.wanted.hub.name}"] if again.hub_there else []
            found += [f"stack {one.name}" for one in again.further_stacks]
            found += [f"bucket {one.name}" for one in again.buckets if one.there and not one.users]
            return [*found, *self._tagged()]

    def _tagged(self) -> list[str]:
        """Whatever still carries the project's and the environment's tags.

        A key is no such thing: with its stack it begins the days that KMS lets it wait, and keeps its tags until then.
        https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
        """
        tags = dict(self.wanted.tags)
        client = self.aws.client("resourcegroupstaggingapi", self.wanted.hub.region)
        asked = [{"Key": key, "Values": [tags[key]]} for key in ("project", "environment") if key in tags]
        pages = client.get_paginator("get_resources").paginate(TagFilters=asked)
        found = [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]
        return [arn for arn in found if arn.split(":")[2] != "kms"]

    def _named_stacks(self) -> bytes | None:
        """What rollouts wrote down of the stacks that they made: out/ may be of another commit."""
        assets = Assets(self.aws, self.wanted.hub.account, self.wanted.hub.region, self.audience)
        key = bucket.record_key(self.wanted.environment, records.STACKS)
        return assets.get(key) if assets.there() else None

    def _delete_set(self, members: StackSet) -> list[Failure]:
        return delete_set(members, self.wanted.members.names, self._absent, self.audience)

    def _deletions(self, members: StackSet) -> tuple[Operation, ...]:
        seen = members.look()
        return everything(seen, self._absent(seen)) if seen else ()

    def _absent(self, seen: SeenSet) -> frozenset[str]:
        """The accounts that nothing gets into: without an answer of the organization, those that AWS passed over."""
        from botocore.exceptions import ClientError

        accounts = sorted({one.account for one in seen.instances})
        try:
            states = states_of(self.aws.client("organizations", self.wanted.hub.region), accounts)
        except ClientError:
            return frozenset(one.account for one in seen.instances if one.detail == SUSPENDED)
        return frozenset(absent(states, accounts, managed=self.wanted.members.managed))

    def _delete_stack(self, stack: Stack, resources: tuple[tuple[str, str, str], ...]) -> None:
        """CloudFormation deletes no bucket that has something in it, and a canary may run until its stack is going."""
        self.audience.line(f"{stack.name}: deleting {len(resources)} resources")
        self._empty_own_buckets(resources)
        try:
            stack.delete()
        except StackFailed:
            if not self._empty_own_buckets(resources):
                raise
            stack.delete()

    def _empty_own_buckets(self, resources: tuple[tuple[str, str, str], ...]) -> int:
        """How many objects there were in the buckets of a stack of the hub."""
        total = 0
        for name in (name for _, kind, name in resources if kind == "AWS::S3::Bucket" and name):
            own = Assets(self.aws, self.wanted.hub.account, self.wanted.hub.region, self.audience, other=name)
            deleted = own.empty() if own.there() else 0
            if deleted:
                self.audience.line(f"{name}: deleting {deleted} objects")
            total += deleted
        return total

    @property
    def _buckets(self) -> AssetBuckets:
        return AssetBuckets(self.wanted, self.aws, self.audience)

    @property
    def _stack(self) -> Stack:
        return Stack(self.aws, self.wanted.hub.name, self.wanted.hub.region, self.audience)

    @property
    def _set(self) -> StackSet:
        return StackSet(self.aws_members or self.aws, self.wanted, self.audience)

    @property
    def _further_stacks(self) -> list[Stack]:
        """In the order in which they go: the last one that was made first. What is retired may be named by nobody."""
        names = (*self.wanted.retired_stacks, *(one.name for one in self.wanted.further_stacks))
        return [Stack(self.aws, name, self.wanted.hub.region, self.audience) for name in names[::-1]]

    @property
    def _further_sets(self) -> list[StackSet]:
        views = (*self.wanted.of_retired, *map(self.wanted.of_set, self.wanted.further_sets))
        return [StackSet(self.aws_members or self.aws, view, self.audience) for view in views[::-1]]

    def _plainly(self, action: str) -> Any:
        return said_plainly(action, self.wanted.hub.name, self.wanted.hub.account, self.wanted.hub.region)
