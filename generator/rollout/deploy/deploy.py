"""A rollout, from what lies in out/ to what runs: buckets, packages, hub, members, record.

Every step looks at what is there before it does anything, so a rollout that was cut off is simply run again. The
packages lie in every Region before a template refers to them. The hub comes before the members, for they link to its
sink and send to its bus. Of several stacks of a side, the first one has what the others need. A stack of the hub's
account in another Region comes before the members, and when it has nothing any more it goes after them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from generator.rollout.aws import bucket
from generator.rollout.aws.assets import Assets
from generator.rollout.aws.clients import Aws, sign_in
from generator.rollout.aws.closed_regions import closed_region_errors
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.aws.operations import ActualStackSet
from generator.rollout.aws.stack_set import InstanceFailure
from generator.rollout.deploy import hub_outputs, log_groups, members, preflight, quotas, records
from generator.rollout.deploy.asset_buckets import AssetBuckets
from generator.rollout.deploy.deployed import file_in
from generator.rollout.deploy.desired import DesiredState, StackAddress
from generator.rollout.deploy.hub_stack import ActualStack, HubStack, StackPlan
from generator.rollout.deploy.leaving_accounts import doubtful
from generator.rollout.deploy.ledger import Ledger
from generator.rollout.deploy.log_groups import LogGroupReport, TemplateReader
from generator.rollout.deploy.management import ManagementStacks
from generator.rollout.deploy.management_record import possible, written_down
from generator.rollout.deploy.management_view import Seen, as_members
from generator.rollout.deploy.member_set import MemberSet, SetPlan
from generator.rollout.deploy.plan import DeploymentPlan
from generator.rollout.deploy.preflight_report import PreflightReport
from generator.rollout.deploy.removal_order import in_order
from generator.rollout.deploy.retired_stacks import RetiredStacks
from generator.rollout.deploy.set_order import roll_out_sets
from generator.rollout.deploy.stack_moves import report_moves
from generator.rollout.deploy.transition import Transition, TransitionReader, no_transition
from generator.rollout.progress import ProgressReporter


@dataclass(slots=True)
class Deployment:
    """packages: key in the buckets to content. template: what the hub has, whole. templates: of its stacks, by file.

    read: what a template says of log groups. between: what is done in between several stacks. aws_members: whoever
    owns the stack sets, where that is not the hub. aws_management: the management account's, where that is a member and
    does not own them. adopt: whether the hub takes over log groups that are there already.
    """

    desired: DesiredState
    packages: Mapping[str, bytes]
    template: Mapping[str, Any]
    aws: Aws
    progress: ProgressReporter
    read: TemplateReader
    aws_members: Aws | None = None
    adopt: bool = False
    templates: Mapping[str, Mapping[str, Any]] | None = None
    between: TransitionReader = no_transition
    aws_management: Aws | None = None

    def sign_in(self) -> None:
        """Make sure whose credentials these are before anything is looked at. Raises Refused."""
        sign_in(self.aws, self.desired)
        for asset in self.desired.assets:
            if hashlib.sha256(self.packages.get(asset.key, b"")).hexdigest() != asset.sha256:
                raise AwsError(f"the package of {asset.name} is not the one that was reviewed", "run `obsgen build`")

    def plan(self) -> DeploymentPlan:
        """What there is to do; makes nothing but change sets, and uploads what they are about. Raises Refused."""
        with self._plainly("reading", self.desired.hub.name):
            with ThreadPoolExecutor() as pool:
                looking = [pool.submit(self._look, one) for one in self._stacks]
                listing = [pool.submit(one.at_aws.look) for one in self._sets]
                known = self._ledger.before()
                before = known or {}
                self.desired = records.with_leftovers(self.desired, before.get(records.STACKS))
                leaving = [pool.submit(one.at_aws.look) for one in self._retired]
                gone = pool.submit(self._retired_stacks.look)
                found = [one.result() for one in looking]
                both = zip(self._sets, listing, strict=True)
                seen = [records.with_records(one.desired, look.result(), before) for one, look in both]
                going = [one.result() for one in leaving]
            management = self._management(before)
            own = management.look()
            mine = management.seen(own)
            report, ahead = self._look_ahead(found, seen, known, management, mine)
            retired, skipped = gone.result()
            report.skipped += skipped.values()
            between = self.between(before, {**self._there(found, seen), **self._going(retired, going)})
            report_moves(between, report, self.desired.environment)
            stacks = self._planned(found, between, report, new=known is None)
            outputs = self._outputs([one.stack for one in found])
            adopted = management.adoptions(own, self.read, outputs) if self.adopt else {}
            is_known = not (known is None or report.problems)
            in_between = management.in_between(mine, lambda there: self.between(before, there))
            return DeploymentPlan(
                buckets=self._buckets.plan(report.closed),
                stacks=stacks,
                sets=tuple(
                    one.plan(look, one.parameters(outputs), report) for one, look in zip(self._sets, seen, strict=True)
                ),
                retired_stacks=retired,
                skipped_stacks=tuple(skipped),
                retired_sets=self._farewells(going, report),
                before=before,
                between=between,
                names={
                    **records.names(self.desired.environment, before),
                    **dict(self.desired.members.excluded),
                    **self.desired.names,
                },
                report=report,
                log_groups=ahead.without(report.suspended).without_adopted(management.names_of(adopted)),
                management=management.plan(own, outputs, adopted, in_between, is_known=is_known),
            )

    def withdraw(self, plan: DeploymentPlan) -> None:
        """Take back the change sets of a plan that is not carried out."""
        for one, planned in zip(self._stacks, plan.stacks, strict=True):
            if planned.change_set:
                with self._plainly("cloudformation:DeleteChangeSet", planned.name):
                    one.stack.drop(planned.change_set)
        self._management(plan.before).withdraw(plan.management)

    def perform(self, plan: DeploymentPlan) -> list[InstanceFailure]:
        """Carry a plan out; the instances that failed. Raises Refused with the first real cause."""
        with self._plainly("deploying", self.desired.hub.name):
            self._buckets.prepare(plan.buckets)
            self._assets.upload(self._templates(plan.between))
            self._ledger.name_stacks(plan.before)
            early = [one for one in plan.retired_sets if self._file_of_set(one.name) not in plan.between.last]
            failures = self._remove(plan, early)
            if failures:
                return failures
            self._hub(plan)
            failures = self._members(plan) or self._remove(plan, [one for one in plan.retired_sets if one not in early])
            if not failures:
                self._ledger.begin_management(plan.before)
                outputs = self._outputs([one.stack.look() for one in self._stacks])
                self._management(plan.before).perform(plan.management, outputs)
                self._retired_stacks.delete([one for one in plan.retired_stacks if self.desired.is_elsewhere(one)])
                stay = self._buckets.leave(plan.buckets)
                self._ledger.complete(plan)
                self._buckets.write_down(stay)
            return failures

    def _there(self, found: list[ActualStack], seen: list[ActualStackSet | None]) -> dict[str, str]:
        """The templates that stand now, by file; the hub's where it has several stacks in its Region."""
        both = zip(self._stacks, found, strict=True)
        here = [(one, look) for one, look in both if not self.desired.is_elsewhere(one.desired)]
        hub = [one for one, look in here if look.owned and len(here) > 1]
        sets = zip(self._sets, seen, strict=True)
        return {one.desired.file: str(one.stack.body()) for one in hub} | {
            one.desired.members.file: look.body for one, look in sets if look
        }

    def _going(self, stacks: Sequence[StackAddress], sets: list[ActualStackSet | None]) -> dict[str, str]:
        """The templates of what is there and goes, by the file that they had."""
        files = {self._file_of_stack(one): one for one in stacks}
        found = {file: str(self._retired_stacks.at_aws(one).body()) for file, one in files.items() if file}
        names = [one.desired.members.name for one in self._retired]
        return found | {self._file_of_set(name): look.body for name, look in zip(names, sets, strict=True) if look}

    def _file_of_stack(self, one: StackAddress) -> str:
        """The file of out/ that a stack of the hub's Region had; empty for any other."""
        is_elsewhere, hub = self.desired.is_elsewhere(one), self.desired.hub
        return "" if is_elsewhere else file_in("hub", one.name, hub.name, self.desired.environment)

    def _file_of_set(self, name: str) -> str:
        return file_in("member", name, self.desired.members.name, self.desired.environment)

    def _farewells(self, going: list[ActualStackSet | None], report: PreflightReport) -> tuple[SetPlan, ...]:
        """Those that are there, in the order in which they go."""
        there = [(one, look) for one, look in zip(self._retired, going, strict=True) if look]
        first, environment = self.desired.members.name, self.desired.environment
        ordered = in_order(there, lambda one: (one[0].desired.members.name, one[1].body), first, environment)
        return tuple(one.farewell(look, report) for one, look in ordered)

    def _planned(
        self, found: list[ActualStack], between: Transition, report: PreflightReport, *, new: bool
    ) -> tuple[StackPlan, ...]:
        """The stacks with their change sets; none where there is no bucket yet, or where resources change stacks."""
        moving = any(one.desired.file in between.moved for one in self._stacks)
        if not (new or report.problems):
            self._assets.upload(self._templates(between))
        made = []
        for one, look in zip(self._stacks, found, strict=True):
            known = not (new or look.replaced or report.problems or moving)
            made.append(one.plan(look, one.change_set(report.adopted) if known else None))
        return tuple(made)

    def _hub(self, plan: DeploymentPlan) -> None:
        """One stack after the other; what others named goes from a stack when these have changed."""
        between = plan.between
        retired = [one for one in plan.retired_stacks if not self.desired.is_elsewhere(one)]
        self._retired_stacks.delete([one for one in retired if self._file_of_stack(one) not in between.last])
        for one in self._stacks:
            if one.desired.file in between.moved:
                one.execute(one.change_set(interim=between.moved[one.desired.file]))
        for one, planned in zip(self._stacks, plan.stacks, strict=True):
            one.perform(planned, plan.report.adopted, between.kept.get(one.desired.file))
        for one in self._stacks[::-1]:
            if one.desired.file in between.kept:
                one.execute(one.change_set())
        self._retired_stacks.delete([one for one in retired if self._file_of_stack(one) in between.last])

    def _look(self, one: HubStack) -> ActualStack:
        with closed_region_errors(self.desired, one.desired.region, f"the stack {one.desired.name} is to be there"):
            return one.look()

    def _outputs(self, found: Sequence[Mapping[str, Any] | None]) -> dict[str, str]:
        return hub_outputs.values(self.desired, zip(self.desired.stacks, found, strict=True))

    def _members(self, plan: DeploymentPlan) -> list[InstanceFailure]:
        """The sets in their order, side by side where none waits for another, until one ends badly."""
        self._ledger.begin(plan.before)
        return roll_out_sets(self._sets, plan, self._outputs([one.stack.look() for one in self._stacks]))

    def _remove(self, plan: DeploymentPlan, chosen: list[SetPlan]) -> list[InstanceFailure]:
        """Retired stack sets, in this order, with every stack of theirs."""
        sets = {one.desired.members.name: one for one in self._retired}
        for one in chosen:
            failures = sets[one.name].remove(plan.report, plan.names)
            if failures:
                return failures
        return []

    def _look_ahead(
        self,
        found: list[ActualStack],
        seen: list[ActualStackSet | None],
        before: Mapping[str, bytes] | None,
        management: ManagementStacks,
        mine: Mapping[StackAddress, Seen],
    ) -> tuple[PreflightReport, LogGroupReport]:
        """What is in the way of the hub, and the log groups in the way of any stack, at the same time."""
        views = [one.desired for one in self._sets]
        doubts = {account for view, look in zip(views, seen, strict=True) for account in doubtful(view, look)}
        places = members.joining(self.desired, seen[0]), tuple(sorted(doubts)), self._ledger.no_longer_left_out(before)
        owned = frozenset[str]().union(*(one.owned for one in found))
        there = {logical: physical for one in found for logical, physical in one.there.items()}
        both = self.desired, self.aws, self._aws_members
        in_the_hubs_region = [one.region == self.desired.hub.region for one in self.desired.stacks]
        new = sum(is_here and one.stack is None for is_here, one in zip(in_the_hubs_region, found, strict=True))
        new_stacks = new + (before is None) * quotas.BUCKET_STACKS
        given = self._sets[0].parameters(self._outputs([one.stack for one in found]))
        desired, sets = as_members(self.desired, seen, mine)
        callers = {management.record.account: management.aws, self.desired.hub.account: self.aws}
        with ThreadPoolExecutor() as pool:
            ahead = pool.submit(log_groups.look, desired, callers, self._aws_members, sets, self.read, given, there)
            room = pool.submit(quotas.look, *both, self.template, owned, new_stacks, seen)
            report = preflight.look(*both, self.template, owned, *places, adopt=self.adopt)
            return report.beside(room.result()), ahead.result()

    def _templates(self, between: Transition) -> dict[str, bytes]:
        bodies = [*(one.body for one in self.desired.stacks), *(one.body for one in self.desired.sets)]
        bodies += [one.body for some in (between.moved, between.kept, between.told) for one in some.values()]
        return {bucket.template_key(body): body.encode() for body in bodies}

    @property
    def _aws_members(self) -> Aws:
        return self.aws_members or self.aws

    def _management(self, before: Mapping[str, bytes]) -> ManagementStacks:
        record = possible(self.desired, written_down(self.desired.environment, before))
        aws = self.aws_management or self._aws_members
        return ManagementStacks(self.desired, record, aws, self.progress, self._assets, self.templates or {})

    @property
    def _buckets(self) -> AssetBuckets:
        return AssetBuckets(self.desired, self.aws, self.progress, self.packages)

    @property
    def _assets(self) -> Assets:
        """The bucket of the hub's Region: CloudFormation reads all templates there."""
        return self._buckets.at(self.desired.hub.region)

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.desired, self._assets)

    @property
    def _stacks(self) -> list[HubStack]:
        known = self.templates or {}
        more = self.desired.tags, self.aws, self.progress, self._assets
        return [HubStack(one, known.get(one.file, self.template), *more) for one in self.desired.stacks]

    @property
    def _retired_stacks(self) -> RetiredStacks:
        return RetiredStacks(self.desired, self.aws, self.progress)

    @property
    def _sets(self) -> list[MemberSet]:
        more = self._aws_members, self.progress, self._assets
        return [MemberSet(self.desired.of_set(one), *more) for one in self.desired.sets]

    @property
    def _retired(self) -> list[MemberSet]:
        more = self._aws_members, self.progress, self._assets
        return [MemberSet(one, *more) for one in self.desired.of_retired]

    def _plainly(self, action: str, what: str) -> Any:
        return aws_errors(action, what, self.desired.hub.account, self.desired.hub.region)
