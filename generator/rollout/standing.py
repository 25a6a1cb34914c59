"""How things stand: stacks, instances, alarms, queues, subscriptions, the last incident; each asked for by itself.

What may not be seen is said, and hides nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from generator.rollout.alarm_types import ALARMS
from generator.rollout.aws import Aws, sign_in
from generator.rollout.members import SUSPENDED, Instance
from generator.rollout.wanted import Wanted

SIDE_BY_SIDE = 16
# The items that are looked through for the last incident: one for each alarm that ever fired.
MOST_ITEMS = 2_000
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of the hub. dead: whether what lies there was given up. number: messages, those being handled too."""

    name: str
    dead: bool
    number: int


@dataclass(frozen=True, slots=True)
class Incident:
    """The alarm that began to be told about last. at: seconds since 1970. over: whether it has been OK since."""

    alarm: str
    account: str
    at: int
    over: bool


@dataclass(slots=True)
class Standing:
    """stack: AWS's word, "" where there is none. alarms: account to state to names. unseen: what, and why not."""

    stack: str = ""
    updated: str = ""
    set_there: bool = False
    instances: tuple[Instance, ...] = ()
    alarms: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    queues: tuple[Queue, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    incident: Incident | None = None
    unseen: list[str] = field(default_factory=list)

    @property
    def behind(self) -> tuple[Instance, ...]:
        """Instances that are not as they should be."""
        return tuple(one for one in self.instances if one.status != "CURRENT" and one.detail != SUSPENDED)

    @property
    def well(self) -> bool:
        """Whether nobody has to do anything. An alarm in ALARM is no fault of the rollout."""
        dead = any(queue.dead and queue.number for queue in self.queues)
        return self.stack in GOOD and self.set_there and not (self.behind or dead or self.unconfirmed)


@dataclass(frozen=True, slots=True)
class Role:
    """The role in each member that may be read with, and what it wants to be told."""

    external_id: str


@dataclass(slots=True)
class Looking:
    """queues: name to whether it holds what was given up. table: the incidents'. role: None where there is none."""

    wanted: Wanted
    aws: Aws
    queues: Mapping[str, bool]
    table: str
    role: Role | None
    aws_members: Aws | None = None

    def look(self) -> Standing:
        """Everything, side by side. Raises Refused where nothing can be asked at all."""
        sign_in(self.aws, self.wanted)
        found = Standing()
        looks: list[tuple[str, Callable[[Standing], None]]] = [
            ("the hub's stack", self._stack),
            ("the members' stack set", self._set),
            ("the queues", self._queues),
            ("subscriptions", self._subscriptions),
            ("the last incident", self._incident),
            ("alarms of the hub", self._hub_alarms),
        ]
        if self.role:
            looks += [
                (f"alarms of {name}", partial(self._alarms_of, account=account, name=name))
                for name, account in sorted((name, account) for account, name in self.wanted.members.names.items())
            ]
        else:
            found.unseen.append("alarms of the members (access.monitoring_role is off)")
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            answers = [pool.submit(self._one, found, what, look) for what, look in looks]
            found.unseen += [why for answer in answers if (why := answer.result())]
        return found

    def _one(self, found: Standing, what: str, look: Callable[[Standing], None]) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            look(found)
        except ClientError as error:
            return f"{what} ({error.response['Error']['Code']} of {error.operation_name})"
        except BotoCoreError as error:
            return f"{what} ({error})"
        return ""

    def _client(self, service: str) -> Any:
        return self.aws.client(service, self.wanted.hub.region)

    def _stack(self, found: Standing) -> None:
        from botocore.exceptions import ClientError

        try:
            stack = self._client("cloudformation").describe_stacks(StackName=self.wanted.hub.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return
            raise
        found.stack = stack["StackStatus"]
        when = stack.get("LastUpdatedTime") or stack["CreationTime"]
        found.updated = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _set(self, found: Standing) -> None:
        from generator.rollout.stack_set import StackSet

        members = StackSet(self.aws_members or self.aws, self.wanted, _Silence())
        seen = members.look(settle=False)
        found.set_there = seen is not None
        found.instances = seen.instances if seen else ()

    def _queues(self, found: Standing) -> None:
        client, queues = self._client("sqs"), []
        for name, dead in self.queues.items():
            try:
                url = client.get_queue_url(QueueName=name)["QueueUrl"]
            except client.exceptions.QueueDoesNotExist:
                continue
            kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            values = client.get_queue_attributes(QueueUrl=url, AttributeNames=kinds)["Attributes"]
            queues.append(Queue(name, dead, sum(int(value) for value in values.values())))
        found.queues = tuple(queues)

    def _subscriptions(self, found: Standing) -> None:
        stacks = self._client("cloudformation").describe_stacks(StackName=self.wanted.hub.name)["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stacks[0].get("Outputs", [])}
        if "TopicArn" in outputs:
            pages = (
                self._client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=outputs["TopicArn"])
            )
            found.unconfirmed = tuple(
                sorted(
                    one["Endpoint"]
                    for page in pages
                    for one in page["Subscriptions"]
                    if one["SubscriptionArn"] == "PendingConfirmation"
                )
            )

    def _incident(self, found: Standing) -> None:
        """The table is keyed by alarm, so all of it is looked through, as far as it is reasonable."""
        client = self._client("dynamodb")
        pages = client.get_paginator("scan").paginate(
            TableName=self.table, ProjectionExpression="pk, history", PaginationConfig={"MaxItems": MOST_ITEMS}
        )
        told = [one for page in pages for item in page["Items"] for one in _incidents(item)]
        found.incident = max(told, key=lambda one: one.at, default=None)

    def _hub_alarms(self, found: Standing) -> None:
        found.alarms["hub"] = self._states(self._client("cloudwatch"))

    def _alarms_of(self, found: Standing, *, account: str, name: str) -> None:
        partition = "aws-cn" if self.wanted.hub.region.startswith("cn-") else "aws"
        partition = "aws-us-gov" if self.wanted.hub.region.startswith("us-gov-") else partition
        given = self._client("sts").assume_role(
            RoleArn=f"arn:{partition}:iam::{account}:role/MonitoringRole-{account}",
            RoleSessionName="obsgen-status",
            ExternalId=self.role.external_id if self.role else "",
        )["Credentials"]
        states: dict[str, list[str]] = {}
        for region in self.wanted.members.regions:
            client = self.aws.client_as(given, "cloudwatch", region)
            for state, names in self._states(client).items():
                states.setdefault(state, []).extend(names)
        found.alarms[name] = states

    def _states(self, client: Any) -> dict[str, list[str]]:
        """State to names, of this environment's alarms."""
        states: dict[str, list[str]] = {}
        pages = client.get_paginator("describe_alarms").paginate(AlarmTypes=list(ALARMS))
        for page in pages:
            for one in (one for kind in ALARMS.values() for one in page.get(kind, [])):
                if one["AlarmName"].endswith(f"-{self.wanted.environment}"):
                    states.setdefault(one["StateValue"], []).append(one["AlarmName"])
        return states


class _Silence:
    """Nobody is told."""

    def line(self, text: str) -> None:
        """Nothing."""

    def at(self, what: str, done: int, of: int) -> None:
        """Nothing."""


def _incidents(item: Mapping[str, Any]) -> Iterator[Incident]:
    """The incidents that an item of the table remembers."""
    _, account, _, alarm = item["pk"]["S"].split("#", 3)
    history = json.loads(item["history"]["S"])
    points = history.get("points", [])
    for episode in history.get("episodes", []):
        at = int(episode["at"])
        over = any(point["state"] == "OK" and point["at"] > at for point in points)
        yield Incident(alarm, account, at // 1000, over)


def when(seconds: int) -> str:
    """Seconds since 1970 as people read them."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
