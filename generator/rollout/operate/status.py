"""The status of an environment: stacks, packages, alarms, queues, subscriptions, incidents, notifier.

Each part is read on its own: one that cannot be read is listed and hides nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from generator.aws.regions import partition_of
from generator.rollout.aws.errors import AwsError, is_page, short_reason
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
from generator.rollout.operate.notifier_status import stopped_parts
from generator.rollout.operate.status_sections import EnvironmentStatus, OpenIncidentCounts, QueueStatus
from generator.wording import format_datetime

SIDE_BY_SIDE = 16
# How far open incidents and what is owed are counted.
MOST_COUNTED = 100
# A check, with its subject as the status lists it where it could not be read.
StatusCheck = tuple[str, Callable[[EnvironmentStatus], None]]


@dataclass(frozen=True, slots=True)
class StatusReaderRole:
    """The role in each member for reading, with its external ID."""

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
    role: StatusReaderRole | None

    @property
    def desired(self) -> DesiredState:
        """The desired state from out/."""
        return self.session.desired

    def collect(self) -> EnvironmentStatus:
        """The status, read side by side. Raises AwsError where AWS cannot be called at all."""
        self.session.sign_in()
        status, label = EnvironmentStatus(), self.desired.label
        why = self._one(status, "the hub's stack", self._stack)
        status.unseen += [why] if why else []
        checks = [*self._stack_checks(), *self._hub_checks(status, is_unknown=bool(why)), *self._member_checks()]
        if not self.role:
            status.unseen.append("alarms of the members (access.monitoring_role is off)")
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            futures = [pool.submit(self._one, status, subject, check) for subject, check in checks]
            status.unseen += [why for future in futures if (why := future.result())]
        if self.desired.management:
            why = self._one(status, f"the stacks of {self.desired.management.name}", self._management)
            status.unseen += [why] if why else []
        status.missing.sort()
        labels = map(label, self.desired.stacks)
        status.further = {name: status.further[name] for name in labels if name in status.further}
        return status

    def _stack_checks(self) -> Iterator[StatusCheck]:
        """The checks of stacks and stack sets, and of what needs no stack."""
        desired, label = self.desired, self.desired.label
        yield "the members' stack set", partial(self._set, members=desired.members)
        for stack_set in desired.further_sets:
            yield f"the members' stack set {stack_set.name}", partial(self._set, members=stack_set)
        for retired_set in desired.of_retired:
            yield retired_set.members.name, partial(self._retired, view=retired_set)
        for stack in desired.further_stacks:
            if desired.is_elsewhere(stack):
                yield label(stack), partial(self._elsewhere, stack=stack)
        for address in desired.retired_stacks:
            yield label(address), partial(self._retired_stack, stack=address)
        yield "the queues", self._queues
        yield "subscriptions", self._subscriptions
        yield "alarms of the hub", self._hub_alarms

    def _hub_checks(self, status: EnvironmentStatus, *, is_unknown: bool) -> Iterator[StatusCheck]:
        """The checks that need the hub's stack. is_unknown: whether it could not be read, and so may exist."""
        if status.stack:
            yield "the hub's template", self._template
        if status.stack or is_unknown:
            yield "incidents", self._incidents
            yield "mutes", self._mutes
            yield "the notifier", self._notifier
            for region in self.desired.asset_regions:
                yield f"packages in {region}", partial(self._packages, region=region)

    def _member_checks(self) -> Iterator[StatusCheck]:
        """The checks of the members' alarms, which need the monitoring role."""
        if self.role:
            for name, account in sorted((name, account) for account, name in self.desired.names.items()):
                yield f"alarms of {name}", partial(self._alarms_of, account=account, name=name)

    def _one(self, status: EnvironmentStatus, what: str, check: Callable[[EnvironmentStatus], None]) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            check(status)
        except ClientError as error:
            return f"{what} ({short_reason(error)})"
        except (BotoCoreError, AwsError) as error:
            return f"{what} ({'a web page instead of a response' if is_page(str(error)) else error})"
        return ""

    def _stack(self, status: EnvironmentStatus) -> None:
        from botocore.exceptions import ClientError

        for further_stack in self.desired.further_stacks:
            if not self.desired.is_elsewhere(further_stack):
                status.further[further_stack.name] = self._state_of(further_stack)
        try:
            stack = self.session.client("cloudformation").describe_stacks(StackName=self.desired.hub.name)["Stacks"][0]
        except ClientError as error:
            if is_missing_stack(error):
                return
            raise
        status.stack = stack["StackStatus"]
        when = stack.get("LastUpdatedTime") or stack["CreationTime"]
        status.updated = format_datetime(when)

    def _set(self, status: EnvironmentStatus, *, members: DesiredStackSet) -> None:
        view, is_first = self.desired.of_set(members), members is self.desired.members
        actual = self.session.stack_set(members).describe(wait_idle=False)
        if is_first:
            status.set_there = actual is not None
        if actual is None:
            status.missing += [] if is_first else [f"the stack set {members.name}"]
            return
        status.instances += actual.instances
        if actual.body != members.body:
            status.older.append(f"the template of {members.name}")
        names, of = {**dict(members.excluded), **members.names}, "" if is_first else f", of {members.name}"
        for instance in actual.instances if members.units else ():
            if deviates_from_unit(view, instance):
                status.unwanted.append(
                    f"the stack of {names[instance.account]} ({instance.account}) in {instance.region}{of}"
                )
        existing = {(instance.account, instance.region) for instance in actual.instances}
        for account, name in members.names.items():
            missing = [region for region in members.regions_of(account) if (account, region) not in existing]
            status.missing += [f"the stack of {name} ({account}) in {region}{of}" for region in missing]

    def _retired(self, status: EnvironmentStatus, *, view: DesiredState) -> None:
        if self.session.stack_set(view.members).describe(wait_idle=False) is not None:
            status.unwanted.append(f"the stack set {view.members.name}")

    def _elsewhere(self, status: EnvironmentStatus, *, stack: DesiredStack) -> None:
        """A stack of the hub's account in another Region."""
        label, state = self.desired.label(stack), self._state_of(stack)
        status.further[label] = state
        if state:
            self._compare_template(status, stack)

    def _retired_stack(self, status: EnvironmentStatus, *, stack: StackAddress) -> None:
        if self._state_of(stack):
            status.unwanted.append(f"the stack {self.desired.label(stack)}")

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

    def _template(self, status: EnvironmentStatus) -> None:
        for stack in self.desired.stacks:
            if stack is self.desired.hub or (not self.desired.is_elsewhere(stack) and status.further.get(stack.name)):
                self._compare_template(status, stack)

    def _compare_template(self, status: EnvironmentStatus, stack: DesiredStack) -> None:
        if self.session.stack(stack).body() != stack.body:
            status.older.append(f"the template of {self.desired.label(stack)}")

    def _packages(self, status: EnvironmentStatus, *, region: str) -> None:
        status.missing += AssetBuckets(self.session).missing(region)

    def _queues(self, status: EnvironmentStatus) -> None:
        client, queues = self.session.client("sqs"), []
        for name, dead in self.queues.items():
            try:
                url = client.get_queue_url(QueueName=name)["QueueUrl"]
            except client.exceptions.QueueDoesNotExist:
                continue
            kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            values = client.get_queue_attributes(QueueUrl=url, AttributeNames=kinds)["Attributes"]
            queues.append(QueueStatus(name, dead, sum(int(value) for value in values.values())))
        status.queues = tuple(queues)

    def _subscriptions(self, status: EnvironmentStatus) -> None:
        stacks = self.session.client("cloudformation").describe_stacks(StackName=self.desired.hub.name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
        if "TopicArn" in outputs:
            pages = (
                self.session.client("sns")
                .get_paginator("list_subscriptions_by_topic")
                .paginate(TopicArn=outputs["TopicArn"])
            )
            status.unconfirmed = tuple(
                sorted(
                    subscription["Endpoint"]
                    for page in pages
                    for subscription in page["Subscriptions"]
                    if subscription["SubscriptionArn"] == "PendingConfirmation"
                )
            )

    def _incidents(self, status: EnvironmentStatus) -> None:
        channels = self.table.channels(self.channels)
        newest, number = self.table.newest()
        owed = {channel.name: len(self.table.owed(channel.name)) for channel in channels}
        status.incidents = OpenIncidentCounts(
            number,
            newest,
            tuple(channel for channel in channels if channel.down_since),
            {name: count for name, count in owed.items() if count},
            self.table.count_lost(),
        )

    def _mutes(self, status: EnvironmentStatus) -> None:
        status.mutes = tuple(MuteList(self.table).in_force(self.session.aws.now_ms()))

    def _notifier(self, status: EnvironmentStatus) -> None:
        status.stopped += stopped_parts(self.session)

    def _hub_alarms(self, status: EnvironmentStatus) -> None:
        expected = hub_alarms(self.desired)
        status.alarms["hub"] = self._states(self.session.client("cloudwatch"), expected)
        if status.stack:
            self._compare(status, "hub", status.alarms["hub"], expected)

    def _alarms_of(self, status: EnvironmentStatus, *, account: str, name: str) -> None:
        credentials = self._assumed(account)
        states: dict[str, list[str]] = {}
        for region in self.desired.regions_of(account):
            client = self.session.aws.client_as(credentials, "cloudwatch", region)
            expected = member_alarms(self.desired, name, region)
            states_by_name = self._states(client, expected)
            where = f"{name} {region}" if len(self.desired.members.regions) > 1 else name
            self._compare(status, where, states_by_name, expected)
            for state, names in states_by_name.items():
                states.setdefault(state, []).extend(names)
        status.alarms[name] = states

    def _management(self, status: EnvironmentStatus) -> None:
        """The stacks of the management account: with its credentials, or as the hub's readers, without templates."""
        session = self.session
        own = session.aws_management or (session.aws_members if self.desired.members.call_as == "SELF" else None)
        if own is None and self.role is None:
            raise AwsError("access.monitoring_role is off", "--management-profile")
        credentials = None if own else self._assumed(self.desired.management.account if self.desired.management else "")
        collect_management(self.desired, status, own or self.session.aws, credentials)

    def _assumed(self, account: str) -> Any:
        """Credentials of the role that the hub's readers have in a member."""
        partition = partition_of(self.desired.hub.region)
        return self.session.client("sts").assume_role(
            RoleArn=f"arn:{partition}:iam::{account}:role/MonitoringRole-{account}",
            RoleSessionName="obsgen-status",
            ExternalId=self.role.external_id if self.role else "",
        )["Credentials"]

    def _compare(
        self, status: EnvironmentStatus, where: str, states: Mapping[str, list[str]], expected: frozenset[str]
    ) -> None:
        absent = expected.difference(*states.values())
        if absent:
            status.absent[where] = sorted(absent)

    def _states(self, client: Any, expected: frozenset[str]) -> dict[str, list[str]]:
        """State to names, of this environment's alarms. expected: those that may have names of their own."""
        states: dict[str, list[str]] = {}
        pages = client.get_paginator("describe_alarms").paginate(AlarmTypes=list(ALARMS))
        for page in pages:
            for description in (alarm for kind in ALARMS.values() for alarm in page.get(kind, [])):
                name = description["AlarmName"]
                if name in expected or name.endswith(f"-{self.desired.environment}"):
                    states.setdefault(description["StateValue"], []).append(name)
        return states
