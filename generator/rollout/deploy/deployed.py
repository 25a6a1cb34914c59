"""Which stacks of an environment there are, and their templates: at AWS, and in the record of the last rollout.

Stacks are found by their names, not by a list of them, since the list may be lost.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackSets.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.rollout.aws import bucket
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.session import AwsSession
from generator.rollout.aws.stack_statuses import DELETED, EMPTY
from generator.rollout.deploy.desired import DesiredState, StackAddress

FIRST = 1


@dataclass(frozen=True, slots=True)
class StackReference:
    """A stack of the hub, or a stack set of the members. side: `hub` or `member`. number: 1 for the first one."""

    side: str
    number: int
    name: str


def number_in(name: str, first: str, environment: str) -> int | None:
    """The number that a stack's name has; None where it is no such name. first: the name of the first one."""
    stem = first.removesuffix(f"-{environment}")
    found = re.fullmatch(rf"{re.escape(stem)}(?:-([1-9][0-9]{{0,3}}))?-{re.escape(environment)}", name)
    if not found or found[1] == str(FIRST):
        return None
    return int(found[1] or FIRST)


def file_in(side: str, name: str, first: str, environment: str) -> str:
    """The file of out/ that a further stack's template has, by its name; empty where it is no such name."""
    number = number_in(name, first, environment)
    return f"{side}-{number}.template.yaml" if number else ""


@dataclass(slots=True)
class DeployedStacks:
    """Of the session, only the names, the account and the Region of what is desired are used."""

    session: AwsSession

    def stacks(self, *, only_made: bool = False) -> list[StackReference]:
        """Those that there are, the hub's first, by number. only_made: less those of which a plan alone is there.

        Raises Refused.
        """
        desired, hub = self.session.desired, self.session.desired.hub
        self.session.sign_in()
        with self.session.errors("cloudformation:ListStacks"):
            names = stack_names(self.session.client("cloudformation"), only_made=only_made)
            stacks = sorted(self._of("hub", names, hub.name))
        with self.session.errors("cloudformation:ListStackSets", desired.members.name):
            sets = sorted(self._of("member", self._set_names(), desired.members.name))
        return [StackReference(*one) for one in (*stacks, *sets)]

    def template(self, at: StackReference) -> str:
        """The template that a stack or a stack set has now. Raises Refused."""
        if at.side == "hub":
            with self.session.errors("cloudformation:GetTemplate", at.name):
                address = StackAddress(at.name, self.session.desired.hub.region)
                return str(self.session.stack(address).body())
        with self.session.errors("cloudformation:DescribeStackSet", at.name):
            members = replace(self.session.desired.members, name=at.name)
            seen = self.session.stack_set(members).describe(wait_idle=False)
        if seen is None:
            raise AwsError(f"{at.name} went while it was read", "run it again")
        return seen.body

    def recorded(self, file: str) -> bytes | None:
        """A file of the last complete rollout; None where there is none. Raises Refused."""
        assets = self.session.assets()
        with self.session.errors("s3:GetObject", assets.bucket):
            return assets.get(bucket.record_key(self.session.desired.environment, file)) if assets.exists() else None

    def _of(self, side: str, names: Iterator[str], first: str) -> Iterator[tuple[str, int, str]]:
        for name in names:
            number = number_in(name, first, self.session.desired.environment)
            if number is not None:
                yield side, number, name

    def _set_names(self) -> Iterator[str]:
        desired = self.session.desired
        client = self.session.stack_set_aws.client("cloudformation", desired.hub.region)
        for one in sets_at(client, desired):
            yield one["StackSetName"]


def stack_names(client: Any, *, only_made: bool = False) -> Iterator[str]:
    """The names of an account's stacks in a Region; those that went are listed for 90 days, and not asked for.

    only_made: less those that a change set has begun, which have no template yet.
    """
    but = (DELETED, EMPTY) if only_made else (DELETED,)
    states = [one for one in client.meta.service_model.shape_for("StackStatus").enum if one not in but]
    for page in client.get_paginator("list_stacks").paginate(StackStatusFilter=states):
        yield from (one["StackName"] for one in page["StackSummaries"] if one["StackStatus"] not in but)


def sets_at(client: Any, desired: DesiredState) -> Iterator[Mapping[str, Any]]:
    """All stack sets of the account that administers ours."""
    called: dict[str, str] = {"CallAs": desired.members.call_as} if desired.members.managed else {}
    asked: dict[str, str] = {"Status": "ACTIVE", **called}
    while True:
        page = client.list_stack_sets(**asked)
        yield from (one for one in page.get("Summaries", []) if one.get("Status") != "DELETED")
        if not page.get("NextToken"):
            return
        asked["NextToken"] = page["NextToken"]
