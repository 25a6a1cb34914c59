"""The desired state of an environment, from out/<environment>/; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from generator.estate_data import estate_data
from generator.manifest import ESTATE_FILE

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
LATE = ("AWS::CloudWatch::AlarmMuteRule", "AWS::CloudWatch::CompositeAlarm")


class NotWhatWasBuilt(Exception):
    """The folder is not what `obsgen build` wrote; the message names the file and the difference."""


@dataclass(frozen=True, slots=True)
class StackAddress:
    """The name and Region of a stack of the hub's account or the management account."""

    name: str
    region: str


@dataclass(frozen=True, slots=True)
class DesiredStack:
    """A stack of the hub's account, in the hub's Region or another, or of the management account.

    body: the template's text. protected: whether it may not be deleted just so. file: the template's file in out/.
    parameters: those with values of their own. from_hub: parameter to hub output.
    """

    name: str
    account: str
    region: str
    body: str
    protected: bool = False
    file: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    from_hub: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> StackAddress:
        """The name and Region."""
        return StackAddress(self.name, self.region)


@dataclass(frozen=True, slots=True)
class DesiredManagement:
    """The management account as a member. stacks: by Region, each Region's in the order of the rollout."""

    name: str
    account: str
    stacks: tuple[DesiredStack, ...]

    @property
    def regions(self) -> tuple[str, ...]:
        """The Regions in which it has stacks."""
        return tuple(dict.fromkeys(stack.region for stack in self.stacks))

    @property
    def parameters(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """The parameters with values of their own, by the stacks' names: they are the same in every Region."""
        return {stack.name: stack.parameters for stack in self.stacks}


@dataclass(frozen=True, slots=True)
class DesiredGroup:
    """Members that share one set of parameter overrides: account id to name, and parameter to value."""

    accounts: tuple[tuple[str, str], ...]
    overrides: tuple[tuple[str, str], ...]


@dataclass(frozen=True)  # without slots, so that it can keep what every place asks for
class DesiredStackSet:
    """A stack set of the members. from_hub: parameter to hub output. managed: by service-managed permissions.

    preferences: of every operation, in CloudFormation's words. first: ids of accounts and units that go before others.
    excluded: accounts of the units that are no members, id to name. own_regions: of accounts that have not all.
    file: the template's file in out/.
    """

    name: str
    body: str
    managed: bool
    call_as: str
    regions: tuple[str, ...]
    units: tuple[str, ...]
    from_hub: tuple[tuple[str, str], ...]
    groups: tuple[DesiredGroup, ...]
    preferences: tuple[tuple[str, str | int], ...] = ()
    first: tuple[str, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    own_regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: str = ""

    @property
    def is_late(self) -> bool:
        """True if it names alarms of other stacks, so that these have to be there before it."""
        return is_late(self.body)

    @cached_property
    def names(self) -> dict[str, str]:
        """Account id to the name people use."""
        return {account: name for group in self.groups for account, name in group.accounts}

    @property
    def apart(self) -> tuple[str, ...]:
        """Accounts that are not reached as their whole unit is: they have no stack, or Regions of their own."""
        return tuple(sorted({account for account, _ in self.excluded} | self.own_regions.keys()))

    def regions_of(self, account: str) -> tuple[str, ...]:
        """The Regions in which an account has a stack, by its id."""
        return self.own_regions.get(account, self.regions)

    @cached_property
    def overrides(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Account id to its parameter overrides."""
        return {account: group.overrides for group in self.groups for account, _ in group.accounts}


@dataclass(frozen=True, slots=True)
class DesiredAlarm:
    """An alarm or composite: the side that it is on, its full name, and its key in the spec."""

    side: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class DesiredAsset:
    """A function's package. key: in the bucket of each of its Regions."""

    name: str
    key: str
    sha256: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DesiredState:
    """The desired state of one environment. files: all files of its folder, by name.

    hub, members: the first stack and the first stack set. further: those beyond them, in the order of the rollout.
    retired: those that have nothing any more. management: the member that no stack set reaches, where there is one.
    """

    project: str
    environment: str
    tags: tuple[tuple[str, str], ...]
    assets: tuple[DesiredAsset, ...]
    hub: DesiredStack
    members: DesiredStackSet
    organization: str
    files: Mapping[str, bytes]
    further_stacks: tuple[DesiredStack, ...] = ()
    further_sets: tuple[DesiredStackSet, ...] = ()
    retired_stacks: tuple[StackAddress, ...] = ()
    retired_sets: tuple[str, ...] = ()
    management: DesiredManagement | None = None

    @property
    def stacks(self) -> tuple[DesiredStack, ...]:
        """The hub's stacks, in the order of the rollout."""
        return (self.hub, *self.further_stacks)

    @property
    def sets(self) -> tuple[DesiredStackSet, ...]:
        """The members' stack sets, in the order of the rollout."""
        return (self.members, *self.further_sets)

    @property
    def names(self) -> dict[str, str]:
        """Id to name of the members: those of the stack sets, and the management account."""
        own = {self.management.account: self.management.name} if self.management else {}
        return {**self.members.names, **own}

    def regions_of(self, account: str) -> tuple[str, ...]:
        """The Regions in which a member has stacks, by its id."""
        if self.management and account == self.management.account:
            return self.management.regions
        return self.members.regions_of(account)

    @property
    def stack_regions(self) -> tuple[str, ...]:
        """The Regions with a stack of the hub's account: the hub's, then those of its further stacks."""
        other_regions = {stack.region for stack in self.further_stacks} - {self.hub.region}
        return (self.hub.region, *sorted(other_regions))

    def label(self, stack: DesiredStack | StackAddress) -> str:
        """A stack's name, with its Region where that is not the hub's: stacks of several Regions may share a name."""
        return f"{stack.name} in {stack.region}" if self.is_elsewhere(stack) else stack.name

    def label_there(self, stack: DesiredStack | StackAddress) -> str:
        """The label of a stack of the management account: `observability-members-prod in payer, us-east-1`."""
        return f"{stack.name} in {self.management.name if self.management else ''}, {stack.region}"

    def is_elsewhere(self, stack: DesiredStack | StackAddress) -> bool:
        """True if a stack of the hub's account is in another Region than the hub."""
        return stack.region != self.hub.region

    def of_set(self, members: DesiredStackSet) -> DesiredState:
        """The desired state about one stack set."""
        return replace(self, members=members)

    @property
    def of_retired(self) -> tuple[DesiredState, ...]:
        """The desired state about each retired stack set: as the first one, by another name."""
        return tuple(self.of_set(replace(self.members, name=name, from_hub=())) for name in self.retired_sets)

    @property
    def asset_regions(self) -> tuple[str, ...]:
        """The Regions with a bucket: the hub's, where templates and records lie too, then those of the packages."""
        other_regions = {region for asset in self.assets for region in asset.regions} - {self.hub.region}
        return (self.hub.region, *sorted(other_regions))


def is_late(body: str) -> bool:
    """True if a template names alarms of other stacks."""
    return any(f"Type: {kind}" in body for kind in LATE)


def alarms_of(files: Mapping[str, bytes]) -> tuple[DesiredAlarm, ...]:
    """The alarms and composites in estate.json. Raises NotWhatWasBuilt."""
    data = estate_of(files)
    try:
        return tuple(
            DesiredAlarm(text_in(alarm, "side"), text_in(alarm, "name"), text_in(alarm, "key"))
            for alarm in (*data["alarms"], *data["composites"])
        )
    except (KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build") from None


def external_id_of(files: Mapping[str, bytes]) -> str | None:
    """The monitoring role's external id in estate.json; None where there is no such role. Raises NotWhatWasBuilt."""
    role = estate_of(files).get("monitoring_role")
    try:
        return text_in(role, "external_id") if role else None
    except (KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build") from None


def readers_of(files: Mapping[str, bytes]) -> list[str]:
    """The names of the hub's roles that may assume the monitoring roles in estate.json. Raises NotWhatWasBuilt."""
    try:
        return [as_text(name) for name in estate_of(files)["monitoring_role"]["readers"]]
    except (KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build") from None


def channels_of(files: Mapping[str, bytes]) -> list[str]:
    """The names of the channels in estate.json. Raises NotWhatWasBuilt."""
    try:
        return [text_in(channel, "name") for channel in estate_of(files)["channels"]]
    except (KeyError, TypeError, AttributeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build") from None


def accepts_command(files: Mapping[str, bytes]) -> bool:
    """True if estate.json lets `obsgen ack` count as an acknowledgement. Raises NotWhatWasBuilt."""
    try:
        return "command" in estate_of(files)["incidents"]["acknowledge"]
    except (KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build") from None


def estate_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The data of estate.json. Raises NotWhatWasBuilt."""
    if ESTATE_FILE not in files:
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is missing")
    try:
        data = estate_data(files.__getitem__)
    except KeyError as missing:
        raise NotWhatWasBuilt(f"{missing.args[0]} is missing, which is a part of {ESTATE_FILE}") from None
    except (RecursionError, TypeError, ValueError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} or a part of it is not valid JSON") from None
    if not isinstance(data, dict):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build")
    return data


def text_in(entry: Any, name: str) -> str:
    """A text of an entry, by its name. Raises KeyError or TypeError where there is none."""
    return as_text(entry[name])


def as_text(value: Any) -> str:
    """The value, if it is a string. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value
