"""What a drill of a deployed alarm asks of AWS, in the hub and in the account of the alarm; nothing is decided here.

SetAlarmState: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from generator.manifest import Queue
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.drill import delivery_trace as traces
from generator.rollout.operate.alarm_types import ALARMS, DRILLED

NOT_THERE = ("ResourceNotFound", "ResourceNotFoundException")
# The clock here may be wrong, and events of the audit trail are dated by AWS's.
CLOCKS_DIFFER_MS = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Listener:
    """A channel that is to hear. link: where its references lead, with `{}` for the reference; empty where nowhere.

    hears: the states that it hears of during the drill. why_less: why not of both, such as `quiet hours`; empty where
    it does. hours: when those begin or end.
    """

    name: str
    type: str
    link: str = ""
    hears: tuple[str, ...] = ("ALARM", "OK")
    why_less: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One alarm in one account, who is to hear of it, and where it leaves traces.

    account_name: `hub`, or the account it is about. in_hub: whether it stands in the hub. log_group: the function's.
    notifier, notifier_log_group: of the function that sends.
    audit: the log group of the audit trail; empty without one. forwarding: the member's dead letters; None in the hub.
    """

    environment: str
    alarm: str
    account: str
    account_name: str
    region: str
    severity: str
    in_hub: bool
    hub_account: str
    hub_region: str
    listeners: tuple[Listener, ...]
    table: str
    function: str
    log_group: str
    notifier: str
    notifier_log_group: str
    audit: str
    queue: Queue
    dead_letters: tuple[Queue, ...]
    forwarding: Queue | None


@dataclass(frozen=True, slots=True)
class Seen:
    """The alarm as CloudWatch shows it. since: when this state began, in seconds since 1970. actions: of ALARM."""

    state: str
    reason: str
    since: float
    actions: tuple[str, ...] = ()


class NotSet(AwsError):
    """AWS answered, and the answer was no: the alarm has not changed."""


@dataclass(slots=True)
class DrillClient:
    """profile: for the hub. alarm_profile: for the account of the alarm, where that is another.

    Everything here raises Refused.
    """

    target: Target
    profile: str | None = None
    alarm_profile: str | None = None
    _sessions: dict[bool, Any] = field(default_factory=dict)
    _clients: dict[tuple[str, bool], Any] = field(default_factory=dict)

    def sign_in(self) -> str:
        """Make sure of both accounts; who it is that drills."""
        target = self.target
        who = self._caller(target.hub_account, "the hub", "--profile NAME, or AWS_PROFILE", of_alarm=False)
        if not target.in_hub:
            who = self._caller(target.account, target.account_name, "--alarm-profile NAME", of_alarm=True)
        return who

    def alarm(self) -> Seen:
        """The alarm as it is now."""
        name = self.target.alarm
        with self._asking("cloudwatch:DescribeAlarms", name, of_alarm=True):
            answer = self._client("cloudwatch", of_alarm=True).describe_alarms(
                AlarmNames=[name], AlarmTypes=list(DRILLED)
            )
        for alarm in (alarm for kind in DRILLED for alarm in answer.get(ALARMS[kind], [])):
            since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
            actions = alarm.get("AlarmActions", []) if alarm.get("ActionsEnabled") else []
            return Seen(alarm["StateValue"], alarm.get("StateReason", ""), since.timestamp(), tuple(actions))
        where = f"account {self.target.account}, {self.target.region}"
        raise AwsError(f"there is no alarm {name} in {where}", "deploy what was built, then drill it")

    def set_alarm(self, state: str, reason: str, mark: str) -> None:
        """Raises NotSet where it is certain that nothing was set."""
        from botocore.exceptions import ClientError

        name = self.target.alarm
        data = {"obsgen": {"drill": mark, "environment": self.target.environment, "state": state}}
        answered = False
        try:
            with self._asking("cloudwatch:SetAlarmState", name, of_alarm=True):
                try:
                    self._client("cloudwatch", of_alarm=True).set_alarm_state(
                        AlarmName=name, StateValue=state, StateReason=reason, StateReasonData=json.dumps(data)
                    )
                except ClientError as error:
                    answered = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) < 500
                    raise
        except AwsError as error:
            if answered:
                raise NotSet(str(error), error.hint) from None
            raise

    def item(self) -> dict[str, Any] | None:
        """What the function remembers of the alarm."""
        target = self.target
        key = traces.alarm_key(target.account, target.region, target.alarm)
        with self._asking("dynamodb:GetItem", target.table):
            answer = self._client("dynamodb").get_item(TableName=target.table, Key=key, ConsistentRead=True)
        found: dict[str, Any] | None = answer.get("Item")
        return found

    def incident_rows(self, incident: str) -> list[dict[str, Any]]:
        """An incident, and what is owed of it to each channel; where it is part of another one, that one."""
        rows = self._incident_rows(incident)
        parent = traces.parent(rows)
        return self._incident_rows(parent) if parent else rows

    def _incident_rows(self, incident: str) -> list[dict[str, Any]]:
        """Without its members; at most one page, which is enough for 1 MB."""
        names = {":pk": traces.incident_partition(incident), ":first": traces.DELIVERY, ":last": traces.HEAD}
        with self._asking("dynamodb:Query", self.target.table):
            answer = self._client("dynamodb").query(
                TableName=self.target.table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues={name: {"S": value} for name, value in names.items()},
                ConsistentRead=True,
            )
        return list(answer["Items"])

    def audited(self, mark: str, since: float) -> list[dict[str, Any]]:
        """Lines of the audit trail with a mark in them."""
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {
            "logGroupName": self.target.audit,
            "filterPattern": f'"{mark}"',
            "startTime": round(since * 1000) - CLOCKS_DIFFER_MS,
        }
        while True:
            with self._asking("logs:FilterLogEvents", self.target.audit):
                answer = self._client("logs").filter_log_events(**asked)
            found += answer.get("events", [])
            # A page may be empty and not be the last.
            if not answer.get("nextToken"):
                return found
            asked["nextToken"] = answer["nextToken"]

    def depth(self, queue: Queue) -> int:
        """How many messages a queue holds, roughly."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        of_alarm = queue == self.target.forwarding
        with self._asking("sqs:GetQueueAttributes", queue.name, of_alarm=of_alarm):
            sqs = self._client("sqs", of_alarm=of_alarm)
            url = sqs.get_queue_url(QueueName=queue.name, QueueOwnerAWSAccountId=queue.account)["QueueUrl"]
            answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(answer.get("Attributes", {}).get(name, 0)) for name in names)

    def profile_of_alarm(self) -> str | None:
        """The profile by which the alarm is reached."""
        return self.profile if self.target.in_hub else self.alarm_profile

    def _caller(self, account: str, who: str, way: str, *, of_alarm: bool) -> str:
        with self._asking("sts:GetCallerIdentity", "the caller", of_alarm=of_alarm):
            found = self._client("sts", of_alarm=of_alarm).get_caller_identity()
        if found["Account"] != account:
            raise AwsError(
                f"these credentials are of account {found['Account']}; {who} is {account}",
                f"use credentials of account {account} ({way})",
            )
        return str(found["Arn"]).rpartition(":")[2]

    @contextmanager
    def _asking(self, action: str, what: str, *, of_alarm: bool = False) -> Iterator[None]:
        from botocore.exceptions import ClientError

        target = self.target
        account, region = (target.account, target.region) if of_alarm else (target.hub_account, target.hub_region)
        with aws_errors(action, what, account, region):
            try:
                yield
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in NOT_THERE:
                    raise AwsError(
                        f"there is no {what} in account {account}, {region}", "deploy what was built"
                    ) from None
                raise

    def _client(self, service: str, *, of_alarm: bool = False) -> Any:
        import boto3
        from botocore.config import Config

        of_alarm = of_alarm and not self.target.in_hub
        if of_alarm not in self._sessions:
            self._sessions[of_alarm] = boto3.session.Session(
                profile_name=self.alarm_profile if of_alarm else self.profile,
                region_name=self.target.region if of_alarm else self.target.hub_region,
            )
        if (service, of_alarm) not in self._clients:
            config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 5})
            self._clients[service, of_alarm] = self._sessions[of_alarm].client(service, config=config)
        return self._clients[service, of_alarm]
