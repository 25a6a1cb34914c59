"""One stack, changed by change sets: first the changes as AWS lists them, then their execution.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from generator.rollout.aws.clients import PATIENCE_HOURS, Aws
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.stack_statuses import DELETED, EMPTY, GOOD, STUCK, is_missing_stack
from generator.rollout.progress import ProgressReporter

PREFIX = "obsgen-"
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
# Reasons that are the consequence of an earlier failure.
AFTERMATH = ("Resource creation cancelled", "Resource update cancelled", "The following resource(s) failed")


class StackFailed(AwsError):
    """An operation failed. resource: the logical ID of the first real cause, where AWS named one."""

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
    """A change set. kind: CREATE or UPDATE; changes: empty where there are none."""

    kind: str
    name: str = ""
    changes: tuple[ResourceChange, ...] = ()


@dataclass(slots=True)
class StackClient:
    """A stack by name."""

    aws: Aws
    name: str
    region: str
    progress: ProgressReporter
    _seen: set[str] = field(default_factory=set)

    def describe(self) -> dict[str, Any] | None:
        """The stack as AWS describes it, after a running operation; None where there is none. Raises AwsError."""
        return self._settle()

    def change_set(
        self,
        template: Mapping[str, str],
        tags: tuple[tuple[str, str], ...],
        *,
        parameters: Mapping[str, str] | None = None,
        imports: bool = False,
    ) -> ChangeSet:
        """Create a change set. template: TemplateBody or TemplateURL. imports: whether existing resources are imported.

        Raises AwsError where the stack accepts none.
        """
        stack = self.describe()
        status = stack["StackStatus"] if stack else ""
        if status == STUCK:
            raise AwsError(
                f"{self.name} is in {STUCK}: {(stack or {}).get('StackStatusReason') or self._cause()[0]}",
                f"fix the cause, run `aws cloudformation continue-update-rollback --stack-name {self.name}"
                f" --region {self.region}`, and deploy again",
            )
        if status == EMPTY:
            # An interrupted run left the change set of a creation.
            self.delete()
            stack = None
        kind, values = "UPDATE" if stack else "CREATE", sorted((parameters or {}).items())
        client = self._client
        for old in self._change_sets() if stack else ():
            # A change set of an earlier run describes the stack as it was then.
            client.delete_change_set(StackName=self.name, ChangeSetName=old)
        response = client.create_change_set(
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
        return self._described(kind, response["Id"])

    def drop(self, change_set: ChangeSet) -> None:
        """Delete a change set, and the empty stack that the change set of a creation leaves."""
        if not change_set.name:
            return
        if change_set.kind == "CREATE":
            self.delete()
        else:
            self._client.delete_change_set(StackName=self.name, ChangeSetName=change_set.name)

    def execute(self, change_set: ChangeSet) -> None:
        """Execute the change set and wait. Raises StackFailed with the first real cause."""
        self._mark_events_as_seen()
        self._client.execute_change_set(StackName=self.name, ChangeSetName=change_set.name)
        stack = self._settle(len(change_set.changes))
        status = stack["StackStatus"] if stack else DELETED
        if status not in GOOD:
            cause, resource = self._cause()
            raise StackFailed(f"{self.name} ended in {status}: {cause}", "fix the cause and deploy again", resource)

    def protect(self, protected: bool) -> None:
        """Set the termination protection of the stack."""
        self._client.update_termination_protection(StackName=self.name, EnableTerminationProtection=protected)

    def delete(self, retained: tuple[str, ...] = ()) -> None:
        """Delete the stack and wait. retained: logical IDs to leave, after a failed deletion. Raises StackFailed."""
        stack = self._describe_now()
        if stack is None:
            return
        self._mark_events_as_seen()
        # By its ID: DescribeStacks does not find a deleted stack by its name.
        identifier = stack["StackId"]
        self._client.delete_stack(StackName=identifier, **({"RetainResources": list(retained)} if retained else {}))
        remaining = self._settle(len(self.resources()))
        if remaining and remaining["StackId"] == identifier:
            cause, resource = self._cause()
            raise StackFailed(
                f"{self.name} ended in {remaining['StackStatus']}: {cause}",
                "fix the cause and run the command again",
                resource,
            )

    def resources(self) -> list[tuple[str, str, str]]:
        """Logical ID, type and physical ID of each resource; none where there is no stack."""
        from botocore.exceptions import ClientError

        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        try:
            return [
                (resource["LogicalResourceId"], resource["ResourceType"], resource.get("PhysicalResourceId", ""))
                for page in pages
                for resource in page["StackResourceSummaries"]
                if resource["ResourceStatus"] != DELETED
            ]
        except ClientError as error:
            if is_missing_stack(error):
                return []
            raise

    def body(self) -> Any:
        """The template, as data where it is JSON; empty where there is none, or only a change set of a creation.

        https://github.com/cdklabs/awscdk-v1-stack-finder/issues/273
        """
        stack = self._describe_now()
        if stack is None or stack["StackStatus"] == EMPTY:
            return ""
        return self._client.get_template(StackName=self.name)["TemplateBody"]

    def _change_sets(self) -> Iterator[str]:
        pages = self._client.get_paginator("list_change_sets").paginate(StackName=self.name)
        yield from (
            summary["ChangeSetName"]
            for page in pages
            for summary in page.get("Summaries", [])
            if summary["ChangeSetName"].startswith(PREFIX)
        )

    def _cause(self) -> tuple[str, str]:
        """The first failure of the last operation that is not the consequence of another, and its logical ID."""
        for event in self._last_operation_events():
            reason = str(event.get("ResourceStatusReason", ""))
            own = event.get("PhysicalResourceId") == event.get("StackId")
            if event["ResourceStatus"].endswith("_FAILED") and not own and not reason.startswith(AFTERMATH):
                return f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}", event["LogicalResourceId"]
        return "AWS gave no reason", ""

    def _last_operation_events(self) -> list[dict[str, Any]]:
        """The events of the last operation, oldest first; a rollback belongs to the operation before it."""
        events: list[dict[str, Any]] = []
        for event in self._events():
            events.append(event)
            own = event.get("PhysicalResourceId") == event.get("StackId")
            if own and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"):
                break
        return events[::-1]

    @property
    def _client(self) -> Any:
        return self.aws.client("cloudformation", self.region)

    def _describe_now(self) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            description: dict[str, Any] = self._client.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if is_missing_stack(error):
                return None
            raise
        return None if description["StackStatus"] == DELETED else description

    def _mark_events_as_seen(self) -> None:
        newest = next(self._events(), None)
        self._seen = {newest["EventId"]} if newest else set()

    def _settle(self, ours: int | None = None) -> dict[str, Any] | None:
        """Wait until no operation runs; the stack as it is then, None where there is none.

        ours: the resources of our own operation, whose progress is reported.
        """
        done: set[str] = set()
        reported = False
        stack: dict[str, Any] | None = None

        def settled() -> bool:
            nonlocal reported, stack
            stack = self._describe_now()
            status = stack["StackStatus"] if stack else DELETED
            running = status.endswith("_IN_PROGRESS") and status != EMPTY
            if running and ours is None and not reported:
                reported = True
                self.progress.line(f"{self.name} is in {status}; waiting for the operation to end")
            if stack and ours is not None:
                done.update(self._report_events())
                self.progress.at(self.name, len(done), max(ours, len(done)))
            return not running

        if not self.aws.until(settled):
            raise AwsError(
                f"{self.name} is still in progress after {PATIENCE_HOURS} hours",
                "check its events in the CloudFormation console",
            )
        return stack

    def _report_events(self) -> Iterator[str]:
        """Report new events; the logical IDs of complete resources."""
        for event in reversed(list(takewhile(lambda event: event["EventId"] not in self._seen, self._events()))):
            self._seen.add(event["EventId"])
            why = f": {event['ResourceStatusReason']}" if event.get("ResourceStatusReason") else ""
            self.progress.line(f"{event['ResourceStatus']} {event['LogicalResourceId']}{why}")
            if event["ResourceStatus"].endswith("_COMPLETE") and event["LogicalResourceId"] != self.name:
                yield event["LogicalResourceId"]

    def _events(self) -> Iterator[dict[str, Any]]:
        """The events, newest first, page by page as they are needed."""
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
            raise AwsError(
                f"the change set of {self.name} is not complete after {PATIENCE_HOURS} hours", "run the command again"
            )
        if page["Status"] == "FAILED":
            reason = str(page.get("StatusReason", ""))
            self.drop(ChangeSet(kind, identifier))
            if any(words in reason for words in NO_CHANGES):
                return ChangeSet(kind)
            raise AwsError(f"AWS refused the change set of {self.name}: {reason}", "fix the cause and deploy again")
        changes = list(page["Changes"])
        while page.get("NextToken"):
            page = client.describe_change_set(
                ChangeSetName=identifier, StackName=self.name, NextToken=page["NextToken"]
            )
            changes += page["Changes"]
        return ChangeSet(kind, identifier, tuple(map(_change, changes)))


def _change(data: Mapping[str, Any]) -> ResourceChange:
    change = data["ResourceChange"]
    return ResourceChange(
        change["Action"], change["LogicalResourceId"], change["ResourceType"], change.get("Replacement", "")
    )
