"""How things stand: stacks, packages, alarms, queues, subscriptions, incidents, notifier; each asked for by itself.

What may not be seen is said, and hides nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any

from generator.aws.regions import partition_of
from generator.rollout.aws.errors import AwsError, is_page
from generator.rollout.aws.session import AwsSession
from generator.rollout.aws.stack_statuses import is_missing_stack
from generator.rollout.deploy.asset_buckets import AssetBuckets
from generator.rollout.deploy.desired import DesiredStack, DesiredStackSet, DesiredState, StackAddress
from generator.rollout.deploy.leaving_accounts import deviates_from_unit
from generator.rollout.operate.alarm_types import ALARMS
from generator.rollout.operate.expected import hub_alarms, member_alarms
from generator.rollout.operate.incidents import IncidentTable
from generator.rollout.operate.management_status import collect_management
from generator.rollout.operate.mute_list import MuteList
from generator.rollout.operate.status_sections import EnvironmentStatus, IncidentCounts, QueueStatus

SIDE_BY_SIDE = 16
# How far open incidents and what is owed are counted.
MOST_COUNTED = 100
# The functions that take their work out of a queue, and the states of a mapping in which they do or soon will.
FUNCTIONS = ("jira-ticket-creator", "incident-notifier")
ON = {"Creating", "Enabling", "Enabled", "Updating"}


@dataclass(frozen=True, slots=True)
class MonitoringRole:
    """The role in each member that may be read with, and what it wants to be told."""

    external_id: str


@dataclass(slots=True)
class StatusCollector:
    """queues: name to whether it holds what was given up. table: the functions'. channels: those of the file.

    role: None where there is none.
    """

    session: AwsSession
    queues: Mapping[str, bool]
    table: IncidentTable
    channels: tuple[str, ...]
    role: MonitoringRole | None

    @property
    def desired(self) -> DesiredState:
        """What out/ asks for."""
        return self.session.desired

    def collect(self) -> EnvironmentStatus:
        """Everything, side by side. Raises Refused where nothing can be asked at all."""
        self.session.sign_in()
        found, label = EnvironmentStatus(), self.desired.label
        why = self._one(found, "the hub's stack", self._stack)
        found.unseen += [why] if why else []
        looks: list[tuple[str, Callable[[EnvironmentStatus], None]]] = [
            ("the members' stack set", partial(self._set, members=self.desired.members)),
            *(
                (f"the members' stack set {one.name}", partial(self._set, members=one))
                for one in self.desired.further_sets
            ),
            *((f"{one.members.name}", partial(self._retired, view=one)) for one in self.desired.of_retired),
            *(
                (label(one), partial(self._elsewhere, stack=one))
                for one in self.desired.further_stacks
                if self.desired.is_elsewhere(one)
            ),
            *((label(one), partial(self._retired_stack, stack=one)) for one in self.desired.retired_stacks),
            ("the queues", self._queues),
            ("subscriptions", self._subscriptions),
            ("alarms of the hub", self._hub_alarms),
        ]
        if found.stack:
            looks += [("the hub's template", self._template)]
        if found.stack or why:
            looks += [("incidents", self._incidents), ("mutes", self._mutes), ("the notifier", self._notifier)]
            looks += [
                (f"packages in {region}", partial(self._packages, region=region))
                for region in self.desired.asset_regions
            ]
        if self.role:
            looks += [
                (f"alarms of {name}", partial(self._alarms_of, account=account, name=name))
                for name, account in sorted((name, account) for account, name in self.desired.names.items())
            ]
        else:
            found.unseen.append("alarms of the members (access.monitoring_role is off)")
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            answers = [pool.submit(self._one, found, what, look) for what, look in looks]
            found.unseen += [why for answer in answers if (why := answer.result())]
        if self.desired.management:
            why = self._one(found, f"the stacks of {self.desired.management.name}", self._management)
            found.unseen += [why] if why else []
        found.missing.sort()
        found.further = {one: found.further[one] for one in map(label, self.desired.stacks) if one in found.further}
        return found

    def _one(self, found: EnvironmentStatus, what: str, look: Callable[[EnvironmentStatus], None]) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            look(found)
        except ClientError as error:
            return f"{what} ({error.response['Error']['Code']} of {error.operation_name})"
        except (BotoCoreError, AwsError) as error:
            return f"{what} ({'a web page instead of an answer' if is_page(str(error)) else error})"
        return ""

    def _stack(self, found: EnvironmentStatus) -> None:
        from botocore.exceptions import ClientError

        for one in self.desired.further_stacks:
            if not self.desired.is_elsewhere(one):
                found.further[one.name] = self._state_of(one)
        try:
            stack = self.session.client("cloudformation").describe_stacks(StackName=self.desired.hub.name)["Stacks"][0]
        except ClientError as error:
            if is_missing_stack(error):
                return
            raise
        found.stack = stack["StackStatus"]
        when = stack.get("LastUpdatedTime") or stack["CreationTime"]
        found.updated = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _set(self, found: EnvironmentStatus, *, members: DesiredStackSet) -> None:
        view, is_first = self.desired.of_set(members), members is self.desired.members
        seen = self.session.stack_set(members).describe(wait_idle=False)
        if is_first:
            found.set_there = seen is not None
        if seen is None:
            found.missing += [] if is_first else [f"the stack set {members.name}"]
            return
        found.instances += seen.instances
        if seen.body != members.body:
            found.older.append(f"the template of {members.name}")
        names, of = {**dict(members.excluded), **members.names}, "" if is_first else f", of {members.name}"
        for one in seen.instances if members.units else ():
            if deviates_from_unit(view, one):
                found.unwanted.append(f"the stack of {names[one.account]} ({one.account}) in {one.region}{of}")
        there = {(one.account, one.region) for one in seen.instances}
        for account, name in members.names.items():
            missing = [region for region in members.regions_of(account) if (account, region) not in there]
            found.missing += [f"the stack of {name} ({account}) in {region}{of}" for region in missing]

    def _retired(self, found: EnvironmentStatus, *, view: DesiredState) -> None:
        if self.session.stack_set(view.members).describe(wait_idle=False) is not None:
            found.unwanted.append(f"the stack set {view.members.name}")

    def _elsewhere(self, found: EnvironmentStatus, *, stack: DesiredStack) -> None:
        """A stack of the hub's account in another Region."""
        label, state = self.desired.label(stack), self._state_of(stack)
        found.further[label] = state
        if state:
            self._compare_template(found, stack)

    def _retired_stack(self, found: EnvironmentStatus, *, stack: StackAddress) -> None:
        if self._state_of(stack):
            found.unwanted.append(f"the stack {self.desired.label(stack)}")

    def _state_of(self, stack: DesiredStack | StackAddress) -> str:
        """AWS's word for a stack; empty where there is none."""
        from botocore.exceptions import ClientError

        client = self.session.client("cloudformation", stack.region)
        try:
            return str(client.describe_stacks(StackName=stack.name)["Stacks"][0]["StackStatus"])
        except ClientError as error:
            if not is_missing_stack(error):
                raise
            return ""

    def _template(self, found: EnvironmentStatus) -> None:
        for one in self.desired.stacks:
            if one is self.desired.hub or (not self.desired.is_elsewhere(one) and found.further.get(one.name)):
                self._compare_template(found, one)

    def _compare_template(self, found: EnvironmentStatus, stack: DesiredStack) -> None:
        if self.session.stack(stack).body() != stack.body:
            found.older.append(f"the template of {self.desired.label(stack)}")

    def _packages(self, found: EnvironmentStatus, *, region: str) -> None:
        found.missing += AssetBuckets(self.session).missing(region)

    def _queues(self, found: EnvironmentStatus) -> None:
        client, queues = self.session.client("sqs"), []
        for name, dead in self.queues.items():
            try:
                url = client.get_queue_url(QueueName=name)["QueueUrl"]
            except client.exceptions.QueueDoesNotExist:
                continue
            kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            values = client.get_queue_attributes(QueueUrl=url, AttributeNames=kinds)["Attributes"]
            queues.append(QueueStatus(name, dead, sum(int(value) for value in values.values())))
        found.queues = tuple(queues)

    def _subscriptions(self, found: EnvironmentStatus) -> None:
        stacks = self.session.client("cloudformation").describe_stacks(StackName=self.desired.hub.name)["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stacks[0].get("Outputs", [])}
        if "TopicArn" in outputs:
            pages = (
                self.session.client("sns")
                .get_paginator("list_subscriptions_by_topic")
                .paginate(TopicArn=outputs["TopicArn"])
            )
            found.unconfirmed = tuple(
                sorted(
                    one["Endpoint"]
                    for page in pages
                    for one in page["Subscriptions"]
                    if one["SubscriptionArn"] == "PendingConfirmation"
                )
            )

    def _incidents(self, found: EnvironmentStatus) -> None:
        channels = self.table.channels(self.channels)
        newest, number = self.table.newest()
        owed = {one.name: len(self.table.owed(one.name)) for one in channels}
        found.incidents = IncidentCounts(
            number,
            newest,
            tuple(one for one in channels if one.down_since),
            {name: count for name, count in owed.items() if count},
            self.table.count_lost(),
        )

    def _mutes(self, found: EnvironmentStatus) -> None:
        found.mutes = tuple(MuteList(self.table).in_force(self.session.aws.now_ms()))

    def _notifier(self, found: EnvironmentStatus) -> None:
        """What has to be on, so that events are decided on and deliveries sent."""
        environment = self.desired.environment
        schedules, functions = self.session.client("scheduler"), self.session.client("lambda")
        schedule = f"notifier-schedule-{environment}"
        try:
            state = schedules.get_schedule(Name=schedule, GroupName=f"incident-schedules-{environment}")["State"]
        except schedules.exceptions.ResourceNotFoundException:
            state = "not there"
        if state != "ENABLED":
            found.stopped.append(f"the schedule {schedule} is {state}")
        for name in FUNCTIONS:
            function = f"{name}-{environment}"
            mappings = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
            states = {mapping["State"] for mapping in mappings}
            if not states & ON:
                found.stopped.append(f"{function} takes nothing out of its queue ({', '.join(states) or 'no mapping'})")

    def _hub_alarms(self, found: EnvironmentStatus) -> None:
        found.alarms["hub"] = self._states(self.session.client("cloudwatch"))
        if found.stack:
            self._compare(found, "hub", found.alarms["hub"], hub_alarms(self.desired))

    def _alarms_of(self, found: EnvironmentStatus, *, account: str, name: str) -> None:
        given = self._assumed(account)
        states: dict[str, list[str]] = {}
        for region in self.desired.regions_of(account):
            client = self.session.aws.client_as(given, "cloudwatch", region)
            there = self._states(client)
            where = f"{name} {region}" if len(self.desired.members.regions) > 1 else name
            self._compare(found, where, there, member_alarms(self.desired, name, region))
            for state, names in there.items():
                states.setdefault(state, []).extend(names)
        found.alarms[name] = states

    def _management(self, found: EnvironmentStatus) -> None:
        """The stacks of the management account: with its credentials, or as the hub's readers, without templates."""
        session = self.session
        own = session.aws_management or (session.aws_members if self.desired.members.call_as == "SELF" else None)
        if own is None and self.role is None:
            raise AwsError("access.monitoring_role is off", "--management-profile")
        given = None if own else self._assumed(self.desired.management.account if self.desired.management else "")
        collect_management(self.desired, found, own or self.session.aws, given)

    def _assumed(self, account: str) -> Any:
        """Credentials of the role that the hub's readers have in a member."""
        partition = partition_of(self.desired.hub.region)
        return self.session.client("sts").assume_role(
            RoleArn=f"arn:{partition}:iam::{account}:role/MonitoringRole-{account}",
            RoleSessionName="obsgen-status",
            ExternalId=self.role.external_id if self.role else "",
        )["Credentials"]

    def _compare(
        self, found: EnvironmentStatus, where: str, states: Mapping[str, list[str]], expected: frozenset[str]
    ) -> None:
        absent = expected.difference(*states.values())
        if absent:
            found.absent[where] = sorted(absent)

    def _states(self, client: Any) -> dict[str, list[str]]:
        """State to names, of this environment's alarms."""
        states: dict[str, list[str]] = {}
        pages = client.get_paginator("describe_alarms").paginate(AlarmTypes=list(ALARMS))
        for page in pages:
            for one in (one for kind in ALARMS.values() for one in page.get(kind, [])):
                if one["AlarmName"].endswith(f"-{self.desired.environment}"):
                    states.setdefault(one["StateValue"], []).append(one["AlarmName"])
        return states
