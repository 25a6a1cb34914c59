"""One stack by change sets: what AWS says would change, then exactly that.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.rollout.aws import Aws
from generator.rollout.refused import Refused

PREFIX = "obsgen-"
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
# A stack in one of these never was: it can only be deleted and made anew.
NEVER_WAS = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")
UNDELETED = "DELETE_FAILED"
STUCK = "UPDATE_ROLLBACK_FAILED"
EMPTY = "REVIEW_IN_PROGRESS"
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
# What only says that something else failed before.
AFTERMATH = ("Resource creation cancelled", "Resource update cancelled")


@dataclass(frozen=True, slots=True)
class Change:
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
    changes: tuple[Change, ...] = ()


@dataclass(slots=True)
class Stack:
    """A stack by name. say: told each event while an operation runs."""

    aws: Aws
    name: str
    region: str
    say: Callable[[str], None]
    _seen: set[str] = field(default_factory=set)

    def look(self) -> dict[str, Any] | None:
        """The stack as AWS describes it, once whatever is running has ended; None where there is none."""
        self._settle()
        return self._describe()

    def change_set(self, template: Mapping[str, str], tags: tuple[tuple[str, str], ...]) -> ChangeSet:
        """Ask what would change. template: TemplateBody or TemplateURL. Raises Refused where the stack takes none."""
        stack = self.look()
        status = stack["StackStatus"] if stack else ""
        if status == STUCK:
            raise Refused(
                f"{self.name} is in {STUCK}: {stack and stack.get('StackStatusReason', '')}",
                f"aws cloudformation continue-update-rollback --stack-name {self.name} --region {self.region}",
            )
        if status in NEVER_WAS or status == UNDELETED:
            raise Refused(
                f"{self.name} is in {status}: it was never whole, and can only be deleted and made anew",
                "run deploy with --replace-failed; nothing of it works, so nothing is lost",
            )
        kind = "CREATE" if stack is None or status == EMPTY else "UPDATE"
        client = self._client
        if stack:
            # One that an earlier run left describes the stack as it was then.
            for old in client.list_change_sets(StackName=self.name).get("Summaries", []):
                if old["ChangeSetName"].startswith(PREFIX):
                    client.delete_change_set(StackName=self.name, ChangeSetName=old["ChangeSetName"])
        made = client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"{PREFIX}{uuid.uuid4()}",
            ChangeSetType=kind,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in tags],
            Description="obsgen deploy",
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

    def execute(self, change_set: ChangeSet) -> dict[str, Any]:
        """Do what the change set says, and wait; the stack afterwards. Raises Refused with the first real cause."""
        self._seen |= {event["EventId"] for event in self._events()}
        self._client.execute_change_set(StackName=self.name, ChangeSetName=change_set.name)
        stack = self.look()
        if not stack or stack["StackStatus"] not in GOOD:
            status = stack["StackStatus"] if stack else "gone"
            raise Refused(f"{self.name} ended in {status}: {self.cause()}", "mend that and run deploy again")
        return stack

    def delete(self) -> None:
        """Delete it and wait until it is gone."""
        if self._describe() is None:
            return
        self._client.delete_stack(StackName=self.name)
        stack = self.look()
        if stack and stack["StackStatus"] != "DELETE_COMPLETE":
            raise Refused(f"{self.name} ended in {stack['StackStatus']}: {self.cause()}", "mend that and run it again")

    def cause(self) -> str:
        """The first failure of the last operation that is not the consequence of another."""
        failed = [
            event
            for event in reversed(self._events())
            if event["ResourceStatus"].endswith("_FAILED")
            and not str(event.get("ResourceStatusReason", "")).startswith(AFTERMATH)
            and event["LogicalResourceId"] != self.name
        ]
        if not failed:
            return "AWS gave no reason"
        first = failed[0]
        return f"{first['LogicalResourceId']} ({first['ResourceType']}): {first.get('ResourceStatusReason', '')}"

    @property
    def _client(self) -> Any:
        return self.aws.client("cloudformation", self.region)

    def _describe(self) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            found: dict[str, Any] = self._client.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if found["StackStatus"] == "DELETE_COMPLETE" else found

    def _settle(self) -> None:
        """Wait until nothing is running on it, and tell what happens."""

        def settled() -> bool:
            stack = self._describe()
            status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
            running = status.endswith("_IN_PROGRESS") and status != EMPTY
            if running or self._seen:
                self._tell()
            return not running

        if not self.aws.until(settled):
            raise Refused(f"{self.name} is still busy after hours", "look at its events in the console")

    def _tell(self) -> None:
        if self._describe() is None:
            return
        for event in reversed(self._events()):
            if event["EventId"] not in self._seen:
                self._seen.add(event["EventId"])
                why = f": {event['ResourceStatusReason']}" if event.get("ResourceStatusReason") else ""
                self.say(f"{event['ResourceStatus']} {event['LogicalResourceId']}{why}")

    def _events(self) -> list[dict[str, Any]]:
        """The latest events, newest first; a page is more than one operation of ours makes."""
        if self._describe() is None:
            return []
        found: list[dict[str, Any]] = self._client.describe_stack_events(StackName=self.name)["StackEvents"]
        return found

    def _described(self, kind: str, identifier: str) -> ChangeSet:
        client = self._client
        page: dict[str, Any] = {}

        def ready() -> bool:
            page.update(client.describe_change_set(ChangeSetName=identifier, StackName=self.name))
            return page["Status"] in ("CREATE_COMPLETE", "FAILED")

        if not self.aws.until(ready):
            raise Refused(f"AWS does not finish the change set of {self.name}", "run it again")
        if page["Status"] == "FAILED":
            reason = str(page.get("StatusReason", ""))
            client.delete_change_set(ChangeSetName=identifier, StackName=self.name)
            if any(words in reason for words in NO_CHANGES):
                return ChangeSet(kind)
            raise Refused(f"AWS refuses the change set of {self.name}: {reason}", "mend the cause and run deploy again")
        changes = list(page["Changes"])
        while page.get("NextToken"):
            page = client.describe_change_set(
                ChangeSetName=identifier, StackName=self.name, NextToken=page["NextToken"]
            )
            changes += page["Changes"]
        return ChangeSet(kind, identifier, tuple(map(_change, changes)))


def _change(data: Mapping[str, Any]) -> Change:
    about = data["ResourceChange"]
    return Change(about["Action"], about["LogicalResourceId"], about["ResourceType"], about.get("Replacement", ""))
