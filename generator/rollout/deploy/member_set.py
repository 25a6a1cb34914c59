"""The plan and the update of one of the members' stack sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from generator.rollout.aws import bucket
from generator.rollout.aws.assets import Assets
from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import aws_errors
from generator.rollout.aws.operations import ActualStackSet, Instance, StackSetOperation
from generator.rollout.aws.stack_set import InstanceFailure, StackSetClient
from generator.rollout.deploy import members, records
from generator.rollout.deploy.desired import DesiredGroup, DesiredStackSet, DesiredState
from generator.rollout.deploy.leaving_accounts import everything, leaving
from generator.rollout.deploy.preflight_report import PreflightReport
from generator.rollout.deploy.set_removal import delete_set
from generator.rollout.deploy.transition import InterimTemplate, Rows
from generator.rollout.progress import ProgressReporter


@dataclass(frozen=True, slots=True)
class SetPlan:
    """The plan of a stack set. instances: how many stacks it has now. unreachable: those among them."""

    name: str
    operations: tuple[StackSetOperation, ...]
    unreachable: tuple[Instance, ...]
    instances: int


@dataclass(slots=True)
class MemberSet:
    """desired: about this one stack set. assets: the bucket that CloudFormation reads templates in."""

    desired: DesiredState
    aws: Aws
    progress: ProgressReporter
    assets: Assets

    @property
    def at_aws(self) -> StackSetClient:
        """The stack set at AWS."""
        return StackSetClient(self.aws, self.desired, self.progress)

    def parameters(self, outputs: Mapping[str, str]) -> dict[str, str]:
        """The parameters that the hub's outputs fill; the ones that are not there yet are empty."""
        return {key: outputs.get(output, "") for key, output in self.desired.members.from_hub}

    def plan(self, actual: ActualStackSet | None, parameters: Mapping[str, str], report: PreflightReport) -> SetPlan:
        """The plan of the stack set. parameters: the values of the hub's outputs."""
        actual = _with_units(actual, report)
        return SetPlan(
            name=self.desired.members.name,
            operations=members.plan(self.desired, actual, parameters, report.suspended),
            unreachable=tuple(members.out_of_reach(actual.instances if actual else ())),
            instances=len(actual.instances) if actual else 0,
        )

    def perform(
        self,
        before: Mapping[str, bytes],
        report: PreflightReport,
        parameters: Mapping[str, str],
        names: Mapping[str, str],
        interim: InterimTemplate | None = None,
    ) -> list[InstanceFailure]:
        """Run one operation after the other until one fails: the next ones would fail too, in more accounts.

        names: account id to name. interim: a template that comes before the reviewed one.
        """
        chosen = _in_between(self.desired.members, interim) if interim else self.desired.members
        desired = self.desired.of_set(chosen)
        operations = members.plan(desired, self._seen(before, report), parameters, report.suspended)
        return self._perform(operations, self.assets.url(bucket.template_key(chosen.body)), names)

    def leave(
        self, before: Mapping[str, bytes], report: PreflightReport, names: Mapping[str, str]
    ) -> list[InstanceFailure]:
        """Delete the stacks in accounts and Regions that leave, and do nothing else; names as in perform."""
        actual = self._seen(before, report)
        operations = leaving(self.desired, actual, report.suspended) if actual else ()
        return self._perform(operations, "", names)

    def _seen(self, before: Mapping[str, bytes], report: PreflightReport) -> ActualStackSet | None:
        return _with_units(records.with_records(self.desired, self.at_aws.describe(), before), report)

    def _perform(
        self, operations: Iterable[StackSetOperation], url: str, names: Mapping[str, str]
    ) -> list[InstanceFailure]:
        failures: list[InstanceFailure] = []
        hub = self.desired.hub
        for operation in operations:
            self.progress.line(f"{self.desired.members.name}: {members.in_words(operation, names)}")
            with aws_errors("updating", self.desired.members.name, hub.account, hub.region):
                ended = self.at_aws.perform(operation, url)
            failures += ended.failures
            if not ended.whole:
                break
        return failures

    def farewell(self, actual: ActualStackSet, report: PreflightReport) -> SetPlan:
        """The plan of a stack set that is deleted."""
        operations = everything(actual, report.suspended)
        return SetPlan(self.desired.members.name, operations, (), len(actual.instances))

    def remove(self, report: PreflightReport, names: Mapping[str, str]) -> list[InstanceFailure]:
        """Delete every stack of it, and then the set."""
        return delete_set(self.at_aws, names, lambda _: report.suspended, self.progress)


def _with_units(actual: ActualStackSet | None, report: PreflightReport) -> ActualStackSet | None:
    """The set with what the look ahead found of accounts in its units, and in none of them."""
    return replace(actual, returning=report.returning, strays=report.strays) if actual else None


def _in_between(members: DesiredStackSet, interim: InterimTemplate) -> DesiredStackSet:
    """The set with another template, and with what the accounts have of their own for that."""
    grouped: dict[Rows, list[tuple[str, str]]] = {}
    for account, name in members.names.items():
        grouped.setdefault(interim.values.get(account, ()), []).append((account, name))
    groups = tuple(DesiredGroup(tuple(accounts), rows) for rows, accounts in sorted(grouped.items()))
    return replace(members, body=interim.body, groups=groups)
