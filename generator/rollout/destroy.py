"""Taking everything away again, in the other order: members' stacks, their set, the hub, and the buckets last.

A bucket serves every environment of a hub's account, so it goes with the last of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from generator.rollout.accounts import absent, states_of
from generator.rollout.asset_buckets import AssetBuckets, BucketRemoval
from generator.rollout.assets import Assets
from generator.rollout.audience import Audience
from generator.rollout.aws import Aws, sign_in
from generator.rollout.leavers import everything
from generator.rollout.members import in_words
from generator.rollout.operations import SUSPENDED, Operation, SeenSet
from generator.rollout.refused import said_plainly
from generator.rollout.stack import Stack, StackFailed
from generator.rollout.stack_set import Failure, StackSet
from generator.rollout.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Removal:
    """What there is to take away. resources: logical id, type and physical id. buckets: the hub's Region last."""

    operations: tuple[Operation, ...]
    set_there: bool
    instances: int
    resources: tuple[tuple[str, str, str], ...]
    hub_there: bool
    protected: bool
    buckets: tuple[BucketRemoval, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is there any more."""
        return not (self.set_there or self.hub_there) and all(one.empty for one in self.buckets)


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
            seen = self._set.look()
            stack = self._stack.look()
            return Removal(
                operations=self._deletions(),
                set_there=seen is not None,
                instances=len(seen.instances) if seen else 0,
                resources=tuple(self._stack.resources()),
                hub_there=stack is not None,
                protected=bool((stack or {}).get("EnableTerminationProtection")),
                buckets=self._buckets.removals(),
            )

    def perform(self, removal: Removal) -> list[Failure]:
        """Take it away; instances that stay, where nothing after them is touched. Raises Refused."""
        with self._plainly("deleting"):
            # Once whole units have gone, there may be accounts of none of them.
            for operation in chain(self._deletions(), self._more_deletions()):
                self.audience.line(f"{self.wanted.members.name}: {in_words(operation, self.wanted.members.names)}")
                ended = self._set.perform(operation, "")
                if ended.failures:
                    return list(ended.failures)
            if removal.set_there:
                self.audience.line(f"{self.wanted.members.name}: deleting the stack set")
                self._set.delete()
            if removal.hub_there:
                self.audience.line(f"{self.wanted.hub.name}: deleting {len(removal.resources)} resources")
                self._delete_hub(removal)
            for one in removal.buckets:
                self._buckets.release(one.region)
            return []

    def left(self) -> list[str]:
        """What is there all the same, found by asking AWS again. Raises Refused."""
        with self._plainly("reading"):
            again = self.plan()
            found = [f"stack set {self.wanted.members.name}"] if again.set_there else []
            found += [f"stack {self.wanted.hub.name}"] if again.hub_there else []
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

    def _deletions(self) -> tuple[Operation, ...]:
        seen = self._set.look()
        return everything(seen, frozenset(self._absent(seen))) if seen else ()

    def _more_deletions(self) -> Iterator[Operation]:
        seen = self._set.look()
        yield from everything(replace(seen, units=()), frozenset(self._absent(seen))) if seen else ()

    def _absent(self, seen: SeenSet) -> dict[str, str]:
        """The accounts that nothing gets into: without an answer of the organization, those that AWS passed over."""
        from botocore.exceptions import ClientError

        accounts = sorted({one.account for one in seen.instances})
        try:
            states = states_of(self.aws.client("organizations", self.wanted.hub.region), accounts)
        except ClientError:
            return {one.account: one.detail for one in seen.instances if one.detail == SUSPENDED}
        return absent(states, accounts, managed=self.wanted.members.managed)

    def _delete_hub(self, removal: Removal) -> None:
        """CloudFormation deletes no bucket that has something in it, and a canary may run until its stack is going."""
        self._empty_own_buckets(removal)
        try:
            self._stack.delete()
        except StackFailed:
            if not self._empty_own_buckets(removal):
                raise
            self._stack.delete()

    def _empty_own_buckets(self, removal: Removal) -> int:
        """How many objects there were in the buckets of the hub's stack."""
        total = 0
        for name in (name for _, kind, name in removal.resources if kind == "AWS::S3::Bucket" and name):
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

    def _plainly(self, action: str) -> Any:
        return said_plainly(action, self.wanted.hub.name, self.wanted.hub.account, self.wanted.hub.region)
