"""A rollout, from what lies in out/ to what runs: buckets, packages, hub, members, record.

Every step looks at what is there before it does anything, so a rollout that was cut off is simply run again. The
packages lie in every Region before a template refers to them. The hub comes before the members, for they link to its
sink and send to its bus.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from generator.rollout import bucket, log_groups, members, preflight, records
from generator.rollout.adoption import Adoption, importing
from generator.rollout.asset_buckets import AssetBuckets, BucketPlan
from generator.rollout.assets import Assets
from generator.rollout.audience import Audience
from generator.rollout.aws import Aws, sign_in
from generator.rollout.leavers import doubtful
from generator.rollout.log_groups import LogGroupOutlook, Reader
from generator.rollout.operations import Instance, Operation, SeenSet
from generator.rollout.outlook import Outlook
from generator.rollout.refused import Refused, said_plainly
from generator.rollout.stack import BEYOND_UPDATE, ChangeSet, Stack
from generator.rollout.stack_set import Failure, StackSet
from generator.rollout.wanted import Wanted

# A template up to here travels in the request itself.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
BODY_LIMIT = 51_200
# In the words of a change set: a bucket that leaves its stack.
GOING = ("Remove", "AWS::S3::Bucket")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rollout would do.

    buckets: the hub's Region first. hub: None where it cannot be known yet. replaced: the state of a hub stack that can
    only be deleted and made anew, else empty. protect: termination protection to set. before: the files of the last
    complete rollout, by name. names: account id to name, of those that leave too. instances: how many stacks the set
    has now. log_groups: those that would fail stacks.
    """

    buckets: tuple[BucketPlan, ...]
    hub: ChangeSet | None
    replaced: str
    protect: bool | None
    operations: tuple[Operation, ...]
    unreachable: tuple[Instance, ...]
    before: Mapping[str, bytes]
    names: Mapping[str, str]
    outlook: Outlook
    instances: int
    log_groups: LogGroupOutlook

    @property
    def empty(self) -> bool:
        """Whether everything is as it should be."""
        hub = self.hub is None or self.hub.changes or self.protect is not None
        buckets = any(one.state or one.uploads for one in self.buckets)
        return not (buckets or self.operations or hub)


@dataclass(slots=True)
class Rollout:
    """packages: key in the buckets to content. read: what a template says of log groups. aws_members: whoever owns the
    stack set, where that is not the hub. adopt: whether the hub's stack takes over log groups that are there already.
    """

    wanted: Wanted
    packages: Mapping[str, bytes]
    template: Mapping[str, Any]
    aws: Aws
    audience: Audience
    read: Reader
    aws_members: Aws | None = None
    adopt: bool = False

    def sign_in(self) -> None:
        """Make sure whose credentials these are before anything is looked at. Raises Refused."""
        sign_in(self.aws, self.wanted)
        for asset in self.wanted.assets:
            if hashlib.sha256(self.packages.get(asset.key, b"")).hexdigest() != asset.sha256:
                raise Refused(f"the package of {asset.name} is not the one that was reviewed", "run `obsgen build`")

    def plan(self) -> Plan:
        """What there is to do; makes nothing but a change set, and uploads what it is about. Raises Refused."""
        with self._plainly("reading", self.wanted.hub.name):
            with ThreadPoolExecutor() as pool:
                looking, listing = pool.submit(self._look_at_the_hub), pool.submit(self._set.look)
                before = self._before()
                stack, owned, there = looking.result()
                seen = records.seen_with(self.wanted, listing.result(), before or {})
            outlook, ahead = self._look_ahead(stack, owned, there, seen, before)
            seen = replace(seen, returning=outlook.returning, strays=outlook.strays) if seen else None
            status = stack["StackStatus"] if stack else ""
            replaced = status if status in BEYOND_UPDATE else ""
            new, before = before is None, before or {}
            change_set = None
            if not (new or replaced or outlook.problems):
                self._assets.upload(self._templates())
                change_set = self._change_set(outlook.adopted)
            return Plan(
                buckets=self._buckets.plan(outlook.closed),
                hub=change_set,
                replaced=replaced,
                protect=self._protect(stack),
                operations=members.plan(self.wanted, seen, self._from_hub(stack), outlook.suspended),
                unreachable=tuple(members.out_of_reach(seen.instances if seen else ())),
                before=before,
                names={
                    **_names(self.wanted, before),
                    **dict(self.wanted.members.excluded),
                    **self.wanted.members.names,
                },
                outlook=outlook,
                instances=len(seen.instances) if seen else 0,
                log_groups=ahead.without(outlook.suspended),
            )

    def withdraw(self, plan: Plan) -> None:
        """Take back the change set of a plan that is not carried out."""
        if plan.hub:
            with self._plainly("cloudformation:DeleteChangeSet", self.wanted.hub.name):
                self._stack.drop(plan.hub)

    def perform(self, plan: Plan) -> list[Failure]:
        """Carry a plan out; the instances that failed. Raises Refused with the first real cause."""
        with self._plainly("deploying", self.wanted.hub.name):
            self._buckets.prepare(plan.buckets)
            self._assets.upload(self._templates())
            self._hub(plan)
            failures = self._members(plan)
            if not failures:
                stay = self._buckets.leave(plan.buckets)
                self._record(plan)
                self._buckets.write_down(stay)
            return failures

    def _hub(self, plan: Plan) -> None:
        stack = self._stack
        if plan.replaced:
            self.audience.line(f"{stack.name}: deleting what is left of it")
            stack.delete()
        self._execute(plan.hub or self._change_set(plan.outlook.adopted))
        if plan.outlook.adopted:
            # As they were, until now.
            self._execute(self._change_set())
        protect = self._protect(stack.look())
        if protect is not None:
            stack.protect(protect)

    def _execute(self, change_set: ChangeSet) -> None:
        if not change_set.changes:
            return
        stack = self._stack
        self.audience.line(f"{stack.name}: {len(change_set.changes)} changes")
        going = _buckets_going(change_set, stack)
        stack.execute(change_set)
        for name in going:
            Assets(self.aws, self.wanted.hub.account, self.wanted.hub.region, self.audience, other=name).remove()

    def _change_set(self, adopted: tuple[Adoption, ...] = ()) -> ChangeSet:
        """To what was reviewed; or, where log groups are taken over, to the same with them as they are."""
        body = importing(self.template, adopted) if adopted else self.wanted.hub.body
        if adopted:
            self._assets.upload({bucket.template_key(body): body.encode()})
        return self._stack.change_set(self._template(body), self.wanted.tags, imports=bool(adopted))

    def _members(self, plan: Plan) -> list[Failure]:
        """One operation after the other, until one ends badly: what follows would fail alike, in more accounts."""
        failures: list[Failure] = []
        url = self._assets.url(bucket.template_key(self.wanted.members.body))
        seen = records.seen_with(self.wanted, self._set.look(), plan.before)
        outlook = plan.outlook
        seen = replace(seen, returning=outlook.returning, strays=outlook.strays) if seen else None
        self._record_beginning(plan.before)
        operations = members.plan(self.wanted, seen, self._from_hub(self._stack.look()), plan.outlook.suspended)
        for operation in operations:
            self.audience.line(f"{self.wanted.members.name}: {members.in_words(operation, plan.names)}")
            ended = self._set.perform(operation, url)
            failures += ended.failures
            if not ended.whole:
                break
        return failures

    def _from_hub(self, stack: Mapping[str, Any] | None) -> dict[str, str]:
        """The parameters of members that the hub's outputs fill; the ones that are not there yet are empty."""
        outputs = {one["OutputKey"]: one["OutputValue"] for one in (stack or {}).get("Outputs", [])}
        return {key: outputs.get(output, "") for key, output in self.wanted.members.from_hub}

    def _protect(self, stack: Mapping[str, Any] | None) -> bool | None:
        there = bool((stack or {}).get("EnableTerminationProtection"))
        return self.wanted.hub.protected if there != self.wanted.hub.protected else None

    def _record_beginning(self, before: Mapping[str, bytes]) -> None:
        """Write down what nobody would know any more if the rollout was cut off among the members."""
        begun = records.beginning(self.wanted, before)
        if begun:
            self._put(records.MEMBERS, begun.text())
        self._record_apart({**self._left_out(before), **self._apart})

    def _record(self, plan: Plan) -> None:
        """Write down what was rolled out: what the next plan compares with."""
        for file, content in sorted(self.wanted.files.items()):
            self._put(file, content)
        members = self.wanted.members
        recorded, unknown = _names(self.wanted, plan.before), plan.outlook.unknown
        # Those whose units nobody could look up are looked up again by the next rollout.
        names = {**{one: name for one, name in recorded.items() if one in unknown}, **members.names}
        self._put(records.MEMBERS, records.RecordedMembers(names, members.overrides).text())
        before = self._left_out(plan.before)
        if before:
            again = {account: name for account, name in before.items() if account in unknown}
            self._record_apart({**again, **self._apart}, always=True)

    def _record_apart(self, accounts: Mapping[str, str], *, always: bool = False) -> None:
        """Write down who is not reached as the whole unit is. always: where there is nobody, too."""
        if accounts or always:
            self._put(records.LEFT_OUT, json.dumps(accounts, sort_keys=True).encode())

    def _put(self, file: str, content: bytes) -> None:
        self._assets.put(bucket.record_key(self.wanted.environment, file), content)

    @property
    def _apart(self) -> dict[str, str]:
        names = {**self.wanted.members.names, **dict(self.wanted.members.excluded)}
        return {account: names[account] for account in self.wanted.members.apart} if self.wanted.members.units else {}

    def _left_out(self, before: Mapping[str, bytes]) -> dict[str, str]:
        return records.left_out(self.wanted.environment, before)

    def _no_longer_left_out(self, before: Mapping[str, bytes] | None) -> tuple[str, ...]:
        """Accounts that this rollout reaches as their whole unit, and some before it did not, if they are in one."""
        members = self.wanted.members
        unnamed = _names(self.wanted, before or {}).keys() - members.names.keys() if members.units else set()
        return tuple(sorted((self._left_out(before or {}).keys() | unnamed) - set(members.apart)))

    def _look_at_the_hub(self) -> tuple[dict[str, Any] | None, frozenset[str], dict[str, str]]:
        """The stack, the physical ids of what it has, and these by the logical ones."""
        stack, resources = self._stack.look(), self._stack.resources()
        owned = frozenset(physical for _, _, physical in resources)
        return stack, owned, {logical: physical for logical, _, physical in resources}

    def _look_ahead(
        self,
        stack: dict[str, Any] | None,
        owned: frozenset[str],
        there: Mapping[str, str],
        seen: SeenSet | None,
        before: Mapping[str, bytes] | None,
    ) -> tuple[Outlook, LogGroupOutlook]:
        """What is in the way of the hub, and the log groups in the way of any stack, at the same time."""
        places = members.joining(self.wanted, seen), doubtful(self.wanted, seen), self._no_longer_left_out(before)
        both = self.wanted, self.aws, self._aws_members
        with ThreadPoolExecutor() as pool:
            ahead = pool.submit(log_groups.look, *both, seen, self.read, self._from_hub(stack), there)
            outlook = preflight.look(*both, self.template, owned, *places, adopt=self.adopt)
            return outlook, ahead.result()

    def _before(self) -> dict[str, bytes] | None:
        """The files of the last complete rollout; None where there is no bucket."""
        if not self._assets.there():
            return None
        files = (*self.wanted.files, records.MEMBERS, records.LEFT_OUT)
        found = {file: self._assets.get(bucket.record_key(self.wanted.environment, file)) for file in files}
        return {file: content for file, content in found.items() if content is not None}

    def _templates(self) -> dict[str, bytes]:
        bodies = (self.wanted.hub.body, self.wanted.members.body)
        return {bucket.template_key(body): body.encode() for body in bodies}

    def _template(self, body: str) -> dict[str, str]:
        if len(body.encode()) <= BODY_LIMIT:
            return {"TemplateBody": body}
        return {"TemplateURL": self._assets.url(bucket.template_key(body))}

    @property
    def _aws_members(self) -> Aws:
        return self.aws_members or self.aws

    @property
    def _buckets(self) -> AssetBuckets:
        return AssetBuckets(self.wanted, self.aws, self.audience, self.packages)

    @property
    def _assets(self) -> Assets:
        """The bucket of the hub's Region: CloudFormation reads both templates there."""
        return self._buckets.at(self.wanted.hub.region)

    @property
    def _stack(self) -> Stack:
        return Stack(self.aws, self.wanted.hub.name, self.wanted.hub.region, self.audience)

    @property
    def _set(self) -> StackSet:
        return StackSet(self._aws_members, self.wanted, self.audience)

    def _plainly(self, action: str, what: str) -> Any:
        return said_plainly(action, what, self.wanted.hub.account, self.wanted.hub.region)


def _buckets_going(change_set: ChangeSet, stack: Stack) -> list[str]:
    """The buckets that a change takes out of the stack; CloudFormation leaves one that has something in it."""
    ids = {change.logical_id for change in change_set.changes if (change.action, change.type) == GOING}
    return [physical for logical, _, physical in stack.resources() if logical in ids] if ids else []


def _names(wanted: Wanted, before: Mapping[str, bytes]) -> Mapping[str, str]:
    """What the accounts were called then: one that leaves is in the spec no more."""
    recorded = records.members(wanted.environment, before)
    return recorded.names if recorded else {}
