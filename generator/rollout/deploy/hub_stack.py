"""The plan and the update of one stack of the hub's account or the management account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from generator.rollout.aws import bucket
from generator.rollout.aws.assets import Assets
from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import aws_errors
from generator.rollout.aws.stack import ChangeSet, StackClient
from generator.rollout.aws.stack_statuses import RECREATE_ONLY
from generator.rollout.deploy.adoption import Adoption, importing
from generator.rollout.deploy.desired import DesiredStack
from generator.rollout.deploy.transition import InterimTemplate
from generator.rollout.progress import ProgressReporter

# A template up to here travels in the request itself.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
BODY_LIMIT = 51_200
# In the words of a change set: a bucket that leaves its stack.
GOING = ("Remove", "AWS::S3::Bucket")


@dataclass(frozen=True, slots=True)
class ActualStack:
    """A stack as it is. stack: as AWS describes it, None where there is none.

    owned: physical IDs of its resources. physical_ids: logical ID to physical ID.
    """

    stack: dict[str, Any] | None
    owned: frozenset[str]
    physical_ids: Mapping[str, str]

    @property
    def replaced(self) -> str:
        """The status of a stack that can only be deleted and re-created, else empty."""
        status = self.stack["StackStatus"] if self.stack else ""
        return status if status in RECREATE_ONLY else ""


@dataclass(frozen=True, slots=True)
class StackPlan:
    """The plan of a stack. change_set: None where it cannot be known yet. replaced: as of ActualStack.

    protect: termination protection to set.
    """

    name: str
    region: str
    change_set: ChangeSet | None
    replaced: str
    protect: bool | None

    @property
    def empty(self) -> bool:
        """Whether it is as it should be."""
        return self.change_set is not None and not self.change_set.changes and self.protect is None


@dataclass(slots=True)
class HubStack:
    """template: as data. assets: the bucket that CloudFormation reads templates in. parameters: of the stack."""

    desired: DesiredStack
    template: Mapping[str, Any]
    tags: tuple[tuple[str, str], ...]
    aws: Aws
    progress: ProgressReporter
    assets: Assets
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def stack(self) -> StackClient:
        """The stack at AWS."""
        return StackClient(self.aws, self.desired.name, self.desired.region, self.progress)

    def describe(self) -> ActualStack:
        """The stack, and what it has."""
        stack, resources = self.stack.describe(), self.stack.resources()
        owned = frozenset(physical for _, _, physical in resources)
        return ActualStack(stack, owned, {logical: physical for logical, _, physical in resources})

    def plan(self, description: ActualStack, change_set: ChangeSet | None) -> StackPlan:
        """The plan of the stack."""
        return StackPlan(
            self.desired.name, self.desired.region, change_set, description.replaced, self.protect(description.stack)
        )

    def protect(self, stack: Mapping[str, Any] | None) -> bool | None:
        """The termination protection to set; None where it is as it should be."""
        protected = bool((stack or {}).get("EnableTerminationProtection"))
        return self.desired.protected if protected != self.desired.protected else None

    def change_set(self, adopted: Iterable[Adoption] = (), interim: InterimTemplate | None = None) -> ChangeSet:
        """To what was reviewed, or to what comes before it; where log groups are taken over, with them as they are."""
        body, own = interim.body if interim else self.desired.body, self._own(adopted)
        if own:
            body = importing(interim.template if interim else self.template, own)
            self.assets.upload({bucket.template_key(body): body.encode()})
        with self._errors():
            return self.stack.change_set(self._template(body), self.tags, parameters=self.parameters, imports=bool(own))

    def perform(self, plan: StackPlan, adopted: Iterable[Adoption], interim: InterimTemplate | None = None) -> None:
        """Bring it to what was reviewed, or to what comes before that. Raises StackFailed."""
        stack, own = self.stack, self._own(adopted)
        if plan.replaced:
            self.progress.line(f"{stack.name}: deleting the failed stack")
            stack.delete()
        known = None if interim else plan.change_set
        self.execute(known or self.change_set(own, interim))
        if own:
            # As they were, until now.
            self.execute(self.change_set(interim=interim))
        protect = self.protect(stack.describe())
        if protect is not None:
            stack.protect(protect)

    def execute(self, change_set: ChangeSet) -> None:
        """Execute a change set; a bucket that leaves the stack is deleted with all objects."""
        if not change_set.changes:
            return
        stack = self.stack
        self.progress.line(f"{stack.name}: {len(change_set.changes)} changes")
        bucket_names = _buckets_going(change_set, stack)
        with self._errors():
            stack.execute(change_set)
        for name in bucket_names:
            Assets(self.aws, self.desired.account, self.desired.region, self.progress, other=name).remove()

    def _errors(self) -> AbstractContextManager[None]:
        """Turn botocore's exceptions into AwsError, with the stack's name."""
        return aws_errors("updating", self.desired.name, self.desired.account, self.desired.region)

    def _own(self, adopted: Iterable[Adoption]) -> tuple[Adoption, ...]:
        return tuple(log_group for log_group in adopted if log_group.logical_id in self.template["Resources"])

    def _template(self, body: str) -> dict[str, str]:
        if len(body.encode()) <= BODY_LIMIT:
            return {"TemplateBody": body}
        return {"TemplateURL": self.assets.url(bucket.template_key(body))}


def _buckets_going(change_set: ChangeSet, stack: StackClient) -> list[str]:
    """The buckets that a change takes out of the stack; CloudFormation leaves one that has something in it."""
    ids = {change.logical_id for change in change_set.changes if (change.action, change.type) == GOING}
    return [physical for logical, _, physical in stack.resources() if logical in ids] if ids else []
