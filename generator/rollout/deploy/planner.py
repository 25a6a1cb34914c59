"""The plan of a deployment: reads what AWS has, runs the preflight checks and compares both with what out/ asks for.

Makes nothing but change sets, and uploads the templates that they are about.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from generator.rollout.aws.closed_regions import closed_region_errors
from generator.rollout.aws.operations import ActualStackSet
from generator.rollout.deploy import log_groups, members, preflight, quotas, records
from generator.rollout.deploy.desired import StackAddress
from generator.rollout.deploy.environment import Environment
from generator.rollout.deploy.hub_stack import ActualStack, HubStack, StackPlan
from generator.rollout.deploy.leaving_accounts import doubtful
from generator.rollout.deploy.log_group_report import LogGroupReport
from generator.rollout.deploy.log_groups import TemplateReader
from generator.rollout.deploy.management import ManagementStacks
from generator.rollout.deploy.management_view import DeployedTemplate, as_members
from generator.rollout.deploy.member_set import SetPlan
from generator.rollout.deploy.plan import DeploymentPlan
from generator.rollout.deploy.preflight_report import PreflightReport
from generator.rollout.deploy.removal_order import in_order
from generator.rollout.deploy.stack_moves import report_moves
from generator.rollout.deploy.transition import Transition, TransitionReader


@dataclass(frozen=True, slots=True)
class _Actual:
    """The actual state. recorded: the files of the last complete rollout, by name; None where there is no bucket.

    retired_sets: as many as there are retired ones in out/ and in the records. retired_stacks: those that exist, in
    the order in which they are deleted. skipped: those that could not be described, with the reason.
    """

    stacks: list[ActualStack]
    sets: list[ActualStackSet | None]
    retired_sets: list[ActualStackSet | None]
    retired_stacks: tuple[StackAddress, ...]
    skipped: Mapping[StackAddress, str]
    recorded: Mapping[str, bytes] | None

    @property
    def is_new(self) -> bool:
        """True if the environment has no bucket yet."""
        return self.recorded is None

    @property
    def records(self) -> Mapping[str, bytes]:
        """The files of the last complete rollout, none where there was none."""
        return self.recorded or {}


@dataclass(slots=True)
class Planner:
    """read: what a template says of log groups. transition: what is done in between several stacks.

    adopt: whether stacks take over log groups that exist already.
    """

    environment: Environment
    read: TemplateReader
    transition: TransitionReader
    adopt: bool

    def plan(self) -> DeploymentPlan:
        """The plan; adds to what is desired what earlier rollouts left. Raises AwsError, and botocore's exceptions."""
        environment = self.environment
        actual = self._read()
        recorded = actual.records
        management = environment.management(recorded)
        management_stacks = management.describe()
        deployed = management.deployed(management_stacks)
        report, log_group_report = self._run_checks(actual, management, deployed)
        report.skipped += actual.skipped.values()
        transition = self.transition(recorded, {**self._current_templates(actual), **self._retired_templates(actual)})
        report_moves(transition, report, environment.desired.environment)
        stacks = self._stack_plans(actual, transition, report)
        outputs = environment.outputs([stack.stack for stack in actual.stacks])
        adopted = management.adoptions(management_stacks, self.read, outputs) if self.adopt else {}
        transitions = management.transitions(deployed, lambda templates: self.transition(recorded, templates))
        is_known = not (actual.is_new or report.problems)
        return DeploymentPlan(
            buckets=environment.buckets.plan(report.closed),
            stacks=stacks,
            sets=tuple(
                member_set.plan(actual_set, member_set.parameters(outputs), report)
                for member_set, actual_set in zip(environment.sets, actual.sets, strict=True)
            ),
            retired_stacks=actual.retired_stacks,
            skipped_stacks=tuple(actual.skipped),
            retired_sets=self._retired_set_plans(actual.retired_sets, report),
            before=recorded,
            between=transition,
            names=self._account_names(recorded),
            report=report,
            log_groups=log_group_report.without(report.suspended).without_adopted(management.names_of(adopted)),
            management=management.plan(management_stacks, outputs, adopted, transitions, is_known=is_known),
        )

    def _read(self) -> _Actual:
        """Describe everything, side by side; the records come first where they say what else there is."""
        environment = self.environment
        with ThreadPoolExecutor() as pool:
            stacks = [pool.submit(self._describe, stack) for stack in environment.stacks]
            sets = [pool.submit(member_set.at_aws.describe) for member_set in environment.sets]
            recorded = environment.ledger.before()
            session, known = environment.session, recorded or {}
            session.desired = records.with_leftovers(session.desired, known.get(records.STACKS))
            retired_sets = [pool.submit(member_set.at_aws.describe) for member_set in environment.retired_sets]
            retired_stacks = pool.submit(environment.retired_stacks.find)
            return _Actual(
                [stack.result() for stack in stacks],
                [
                    records.with_records(member_set.desired, described.result(), known)
                    for member_set, described in zip(environment.sets, sets, strict=True)
                ],
                [described.result() for described in retired_sets],
                *retired_stacks.result(),
                recorded,
            )

    def _describe(self, stack: HubStack) -> ActualStack:
        desired = stack.desired
        with closed_region_errors(
            self.environment.desired, desired.region, f"stack {desired.name} is configured there"
        ):
            return stack.describe()

    def _account_names(self, recorded: Mapping[str, bytes]) -> dict[str, str]:
        """Account ID to name, of members and of accounts that leave."""
        desired = self.environment.desired
        earlier = records.names(desired.environment, recorded)
        return {**earlier, **dict(desired.members.excluded), **desired.names}

    def _current_templates(self, actual: _Actual) -> dict[str, str]:
        """The deployed templates, by file; the hub's where it has several stacks in its Region."""
        environment = self.environment
        in_hub_region = [
            (stack, described)
            for stack, described in zip(environment.stacks, actual.stacks, strict=True)
            if not environment.desired.is_elsewhere(stack.desired)
        ]
        hub = [stack for stack, described in in_hub_region if described.owned and len(in_hub_region) > 1]
        sets = zip(environment.sets, actual.sets, strict=True)
        return {stack.desired.file: str(stack.stack.body()) for stack in hub} | {
            member_set.desired.members.file: described.body for member_set, described in sets if described
        }

    def _retired_templates(self, actual: _Actual) -> dict[str, str]:
        """The deployed templates of retired stacks and stack sets, by the file that they had."""
        environment = self.environment
        files = {environment.file_of_stack(address): address for address in actual.retired_stacks}
        templates = {
            file: str(environment.retired_stacks.at_aws(address).body()) for file, address in files.items() if file
        }
        names = [member_set.desired.members.name for member_set in environment.retired_sets]
        return templates | {
            environment.file_of_set(name): described.body
            for name, described in zip(names, actual.retired_sets, strict=True)
            if described
        }

    def _retired_set_plans(
        self, described: list[ActualStackSet | None], report: PreflightReport
    ) -> tuple[SetPlan, ...]:
        """The retired stack sets that exist, in the order in which they are deleted."""
        environment = self.environment
        pairs = zip(environment.retired_sets, described, strict=True)
        existing = [(member_set, actual) for member_set, actual in pairs if actual]
        first, name = environment.desired.members.name, environment.desired.environment
        ordered = in_order(existing, lambda pair: (pair[0].desired.members.name, pair[1].body), first, name)
        return tuple(member_set.farewell(actual, report) for member_set, actual in ordered)

    def _stack_plans(self, actual: _Actual, transition: Transition, report: PreflightReport) -> tuple[StackPlan, ...]:
        """The stacks with their change sets; none where there is no bucket yet, or where resources change stacks."""
        environment = self.environment
        is_moving = any(stack.desired.file in transition.moved for stack in environment.stacks)
        if not (actual.is_new or report.problems):
            environment.assets.upload(environment.template_objects(transition))
        plans = []
        for stack, described in zip(environment.stacks, actual.stacks, strict=True):
            is_known = not (actual.is_new or described.replaced or report.problems or is_moving)
            plans.append(stack.plan(described, stack.change_set(report.adopted) if is_known else None))
        return tuple(plans)

    def _run_checks(
        self,
        actual: _Actual,
        management: ManagementStacks,
        deployed: Mapping[StackAddress, DeployedTemplate],
    ) -> tuple[PreflightReport, LogGroupReport]:
        """The preflight checks, the quotas, and the log groups that conflict with any stack, at the same time."""
        environment, session = self.environment, self.environment.session
        desired, aws, aws_members = session.desired, session.aws, session.stack_set_aws
        owned = frozenset[str]().union(*(stack.owned for stack in actual.stacks))
        parameters = environment.sets[0].parameters(environment.outputs([stack.stack for stack in actual.stacks]))
        with_management, sets = as_members(desired, actual.sets, deployed)
        callers = {management.record.account: management.aws, desired.hub.account: aws}
        hub_ids = {logical: physical for stack in actual.stacks for logical, physical in stack.physical_ids.items()}
        with ThreadPoolExecutor() as pool:
            log_group_report = pool.submit(
                log_groups.find_conflicts, with_management, callers, aws_members, sets, self.read, parameters, hub_ids
            )
            template, new_stacks = environment.template, self._new_stacks(actual)
            quota_report = pool.submit(
                quotas.run_checks, desired, aws, aws_members, template, owned, new_stacks, actual.sets
            )
            report = preflight.run_checks(
                desired, aws, aws_members, template, owned, *self._accounts_to_check(actual), adopt=self.adopt
            )
            return report.beside(quota_report.result()), log_group_report.result()

    def _new_stacks(self, actual: _Actual) -> int:
        """The number of new stacks in the hub's Region, that of the bucket included."""
        desired = self.environment.desired
        pairs = zip(desired.stacks, actual.stacks, strict=True)
        new = sum(not desired.is_elsewhere(stack) and described.stack is None for stack, described in pairs)
        return new + actual.is_new * quotas.BUCKET_STACKS

    def _accounts_to_check(self, actual: _Actual) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The accounts that join, those that may be out of reach, and those that are left out no longer."""
        environment = self.environment
        pairs = zip(environment.sets, actual.sets, strict=True)
        doubts = {account for member_set, described in pairs for account in doubtful(member_set.desired, described)}
        return (
            members.joining(environment.desired, actual.sets[0]),
            tuple(sorted(doubts)),
            environment.ledger.no_longer_left_out(actual.recorded),
        )
