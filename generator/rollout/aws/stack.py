"""One stack by change sets: what AWS says would change, then exactly that.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.stack_statuses import DELETED, EMPTY, GOOD, STUCK, is_missing_stack
from generator.rollout.progress import ProgressReporter

PREFIX = "obsgen-"
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
# What only says that something else failed before.
AFTERMATH = ("Resource creation cancelled", "Resource update cancelled", "The following resource(s) failed")


class StackFailed(AwsError):
    """An operation ended badly. resource: the logical id of the first real cause, where AWS named one."""

    def __init__(self, message: str, hint: str, resource: str = "") -> None:
        super().__init__(message, hint)
        self.resource = resource


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One resource of a change set. replaced: True, False or Conditional, in AWS's words."""

    action: str
    logical_id: str
    type: str
    replaced: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What AWS would do. kind: CREATE or UPDATE; changes: empty where nothing would happen."""

    kind: str
    name: str = ""
    changes: tuple[ResourceChange, ...] = ()


@dataclass(slots=True)
class Stack:
    """A stack by name."""

    aws: Aws
    name: str
    region: str
    progress: ProgressReporter
    _seen: set[str] = field(default_factory=set)

    def describe(self) -> dict[str, Any] | None:
        """The stack as AWS describes it, once whatever is running has ended; None where there is none."""
        self._settle()
        return self._describe_now()

    def change_set(
        self,
        template: Mapping[str, str],
        tags: tuple[tuple[str, str], ...],
        *,
        parameters: Mapping[str, str] | None = None,
        imports: bool = False,
    ) -> ChangeSet:
        """Ask what would change. template: TemplateBody or TemplateURL. imports: whether what exists is taken over.

        Raises Refused where the stack takes none.
        """
        stack = self.describe()
        status = stack["StackStatus"] if stack else ""
        if status == STUCK:
            raise AwsError(
                f"{self.name} is in {STUCK}: {(stack or {}).get('StackStatusReason') or self._cause()[0]}",
                f"mend that, then: aws cloudformation continue-update-rollback --stack-name {self.name}"
                f" --region {self.region}, and deploy again",
            )
        if status == EMPTY:
            # What asking for a creation leaves, by a run that was cut off.
            self.delete()
            stack = None
        kind, values = "UPDATE" if stack else "CREATE", sorted((parameters or {}).items())
        client = self._client
        for old in self._change_sets() if stack else ():
            # One that an earlier run left describes the stack as it was then.
            client.delete_change_set(StackName=self.name, ChangeSetName=old)
        made = client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"{PREFIX}{uuid.uuid4()}",
            ChangeSetType=kind,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in tags],
            Description="obsgen deploy",
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values],
            **({"ImportExistingResources": True} if imports else {}),
            **template,
        )
        return self._described(kind, made["Id"])

    def drop(self, change_set: ChangeSet) -> None:
        """Take a change set back; and with it the empty stack that asking for a creation leaves."""
        if not change_set.name:
            return
        if change_set.kind == "CREATE":
            self.delete()
        else:
            self._client.delete_change_set(StackName=self.name, ChangeSetName=change_set.name)

    def execute(self, change_set: ChangeSet) -> None:
        """Do what the change set says, and wait. Raises StackFailed with the first real cause."""
        self._forget_the_past()
        self._client.execute_change_set(StackName=self.name, ChangeSetName=change_set.name)
        self._settle(len(change_set.changes))
        stack = self._describe_now()
        status = stack["StackStatus"] if stack else "nothing at all"
        if status not in GOOD:
            cause, resource = self._cause()
            raise StackFailed(f"{self.name} ended in {status}: {cause}", "mend that and deploy again", resource)

    def protect(self, protected: bool) -> None:
        """Set termination protection."""
        self._client.update_termination_protection(StackName=self.name, EnableTerminationProtection=protected)

    def delete(self, retained: tuple[str, ...] = ()) -> None:
        """Delete it and wait until it is gone. retained: logical ids to leave, only after a deletion that failed."""
        stack = self._describe_now()
        if stack is None:
            return
        self._forget_the_past()
        # By its id, for a name that is gone is nobody's.
        identifier = stack["StackId"]
        self._client.delete_stack(StackName=identifier, **({"RetainResources": list(retained)} if retained else {}))
        self._settle(len(self.resources()))
        left = self._describe_now()
        if left and left["StackId"] == identifier:
            cause, resource = self._cause()
            raise StackFailed(
                f"{self.name} ended in {left['StackStatus']}: {cause}", "mend that, run it again", resource
            )

    def resources(self) -> list[tuple[str, str, str]]:
        """Logical id, type and physical id of what it has; none where there is no stack."""
        if self._describe_now() is None:
            return []
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [
            (one["LogicalResourceId"], one["ResourceType"], one.get("PhysicalResourceId", ""))
            for page in pages
            for one in page["StackResourceSummaries"]
            if one["ResourceStatus"] != DELETED
        ]

    def body(self) -> Any:
        """Its template, as data where that is JSON; empty where there is none, not even of what a change set has begun.

        https://github.com/cdklabs/awscdk-v1-stack-finder/issues/273
        """
        stack = self._describe_now()
        if stack is None or stack["StackStatus"] == EMPTY:
            return ""
        return self._client.get_template(StackName=self.name)["TemplateBody"]

    def _change_sets(self) -> Iterator[str]:
        pages = self._client.get_paginator("list_change_sets").paginate(StackName=self.name)
        yield from (
            one["ChangeSetName"]
            for page in pages
            for one in page.get("Summaries", [])
            if one["ChangeSetName"].startswith(PREFIX)
        )

    def _cause(self) -> tuple[str, str]:
        """The first failure of the last operation that is not the consequence of another; and its logical id."""
        for event in self._of_the_last_operation():
            reason = str(event.get("ResourceStatusReason", ""))
            own = event.get("PhysicalResourceId") == event.get("StackId")
            if event["ResourceStatus"].endswith("_FAILED") and not own and not reason.startswith(AFTERMATH):
                return f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}", event["LogicalResourceId"]
        return "AWS gave no reason", ""

    def _of_the_last_operation(self) -> list[dict[str, Any]]:
        """Its events, oldest first: from the stack's own last beginning, which a rollback is not."""
        found: list[dict[str, Any]] = []
        for event in self._events():
            found.append(event)
            own = event.get("PhysicalResourceId") == event.get("StackId")
            if own and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"):
                break
        return found[::-1]

    @property
    def _client(self) -> Any:
        return self.aws.client("cloudformation", self.region)

    def _describe_now(self) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            found: dict[str, Any] = self._client.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if is_missing_stack(error):
                return None
            raise
        return None if found["StackStatus"] == DELETED else found

    def _forget_the_past(self) -> None:
        newest = next(self._events(), None)
        self._seen = {newest["EventId"]} if newest else set()

    def _settle(self, ours: int | None = None) -> None:
        """Wait until nothing is running on it. ours: how many resources an operation of ours is about; it is told."""
        done: set[str] = set()
        told = False

        def settled() -> bool:
            nonlocal told
            stack = self._describe_now()
            status = stack["StackStatus"] if stack else DELETED
            running = status.endswith("_IN_PROGRESS") and status != EMPTY
            if running and ours is None and not told:
                told = True
                self.progress.line(f"{self.name} is in {status}; waiting for that to end")
            if stack and ours is not None:
                done.update(self._tell())
                self.progress.at(self.name, len(done), max(ours, len(done)))
            return not running

        if not self.aws.until(settled):
            raise AwsError(f"{self.name} is still busy after hours", "look at its events in the console")

    def _tell(self) -> Iterator[str]:
        """Say what is new; the logical ids of what is complete."""
        for event in reversed(list(takewhile(lambda event: event["EventId"] not in self._seen, self._events()))):
            self._seen.add(event["EventId"])
            why = f": {event['ResourceStatusReason']}" if event.get("ResourceStatusReason") else ""
            self.progress.line(f"{event['ResourceStatus']} {event['LogicalResourceId']}{why}")
            if event["ResourceStatus"].endswith("_COMPLETE") and event["LogicalResourceId"] != self.name:
                yield event["LogicalResourceId"]

    def _events(self) -> Iterator[dict[str, Any]]:
        """Its events, newest first, read as far as somebody looks."""
        from botocore.exceptions import ClientError

        try:
            for page in self._client.get_paginator("describe_stack_events").paginate(StackName=self.name):
                yield from page["StackEvents"]
        except ClientError as error:
            if not is_missing_stack(error):
                raise

    def _described(self, kind: str, identifier: str) -> ChangeSet:
        client = self._client
        page: dict[str, Any] = {}

        def ready() -> bool:
            page.update(client.describe_change_set(ChangeSetName=identifier, StackName=self.name))
            return page["Status"] in ("CREATE_COMPLETE", "FAILED")

        if not self.aws.until(ready):
            raise AwsError(f"AWS does not finish the change set of {self.name}", "run it again")
        if page["Status"] == "FAILED":
            reason = str(page.get("StatusReason", ""))
            self.drop(ChangeSet(kind, identifier))
            if any(words in reason for words in NO_CHANGES):
                return ChangeSet(kind)
            raise AwsError(f"AWS refuses the change set of {self.name}: {reason}", "mend the cause and deploy again")
        changes = list(page["Changes"])
        while page.get("NextToken"):
            page = client.describe_change_set(
                ChangeSetName=identifier, StackName=self.name, NextToken=page["NextToken"]
            )
            changes += page["Changes"]
        return ChangeSet(kind, identifier, tuple(map(_change, changes)))


def _change(data: Mapping[str, Any]) -> ResourceChange:
    about = data["ResourceChange"]
    return ResourceChange(
        about["Action"], about["LogicalResourceId"], about["ResourceType"], about.get("Replacement", "")
    )
