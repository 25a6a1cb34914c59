"""What out/<environment>/ asks for, read and checked against its own digests; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from generator.aws.regions import partition_of
from generator.manifest import ESTATE, MANIFEST, MANIFEST_VERSION

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
LATE = ("AWS::CloudWatch::AlarmMuteRule", "AWS::CloudWatch::CompositeAlarm")


class NotWhatWasBuilt(Exception):
    """The folder is not what a build wrote; the message says which file, and how."""


@dataclass(frozen=True, slots=True)
class WantedStack:
    """A stack of the hub. body: the template's text. protected: whether it may not be deleted just so.

    file: the template's file in out/.
    """

    name: str
    account: str
    region: str
    body: str
    protected: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class WantedGroup:
    """Members that share one set of parameter overrides: account id to name, and parameter to value."""

    accounts: tuple[tuple[str, str], ...]
    overrides: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WantedSet:
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
    groups: tuple[WantedGroup, ...]
    preferences: tuple[tuple[str, str | int], ...] = ()
    first: tuple[str, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    own_regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: str = ""

    @property
    def is_late(self) -> bool:
        """Whether it names alarms of other stacks, so that these have to be there before it."""
        return any(f"Type: {kind}" in self.body for kind in LATE)

    @property
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

    @property
    def overrides(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Account id to its parameter overrides."""
        return {account: group.overrides for group in self.groups for account, _ in group.accounts}


@dataclass(frozen=True, slots=True)
class WantedAlarm:
    """An alarm or composite: on which side it stands, its full name, and its key in the spec."""

    side: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class WantedAsset:
    """A function's package, by its place in the bucket of each of its Regions."""

    name: str
    key: str
    sha256: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One environment, as it is to be rolled out. files: all that lies in its folder, by name.

    hub, members: the first stack and the first stack set. further: those beyond them, in the order of the rollout.
    retired: names of those that have nothing any more.
    """

    project: str
    environment: str
    tags: tuple[tuple[str, str], ...]
    assets: tuple[WantedAsset, ...]
    hub: WantedStack
    members: WantedSet
    organization: str
    files: Mapping[str, bytes]
    further_stacks: tuple[WantedStack, ...] = ()
    further_sets: tuple[WantedSet, ...] = ()
    retired_stacks: tuple[str, ...] = ()
    retired_sets: tuple[str, ...] = ()

    @property
    def stacks(self) -> tuple[WantedStack, ...]:
        """The hub's stacks, in the order of the rollout."""
        return (self.hub, *self.further_stacks)

    @property
    def sets(self) -> tuple[WantedSet, ...]:
        """The members' stack sets, in the order of the rollout."""
        return (self.members, *self.further_sets)

    def of_set(self, members: WantedSet) -> Wanted:
        """The same about one stack set."""
        return replace(self, members=members)

    @property
    def of_retired(self) -> tuple[Wanted, ...]:
        """The same about each retired stack set: it is the first one's kind, by another name."""
        return tuple(self.of_set(replace(self.members, name=name, from_hub=())) for name in self.retired_sets)

    @property
    def asset_regions(self) -> tuple[str, ...]:
        """The Regions with a bucket: the hub's, where templates and records lie too, then those of the packages."""
        others = {region for asset in self.assets for region in asset.regions} - {self.hub.region}
        return (self.hub.region, *sorted(others))


def read(manifest: Any, files: Mapping[str, bytes], organization: str = "") -> Wanted:
    """The wish that a parsed manifest and the files beside it express. Raises NotWhatWasBuilt.

    organization: whose accounts may read packages; what only takes away does without.
    """
    if not isinstance(manifest, dict) or manifest.get("version") != MANIFEST_VERSION:
        raise NotWhatWasBuilt(f"{MANIFEST} is not of version {MANIFEST_VERSION}")
    try:
        return _read(manifest, files, organization)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise NotWhatWasBuilt(f"{MANIFEST} is not as a build writes it") from None


def alarms_of(files: Mapping[str, bytes]) -> tuple[WantedAlarm, ...]:
    """The alarms and composites in estate.json. Raises NotWhatWasBuilt."""
    data = estate_of(files)
    try:
        return tuple(
            WantedAlarm(_text(one, "side"), _text(one, "name"), _text(one, "key"))
            for one in (*data["alarms"], *data["composites"])
        )
    except (KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE} is not as a build writes it") from None


def external_id_of(files: Mapping[str, bytes]) -> str | None:
    """The monitoring role's external id in estate.json; None where there is no such role. Raises NotWhatWasBuilt."""
    given = estate_of(files).get("monitoring_role")
    try:
        return _text(given, "external_id") if given else None
    except (KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE} is not as a build writes it") from None


def readers_of(files: Mapping[str, bytes]) -> list[str]:
    """The names of the hub's roles that may assume the monitoring roles in estate.json. Raises NotWhatWasBuilt."""
    try:
        return [_is_text(name) for name in estate_of(files)["monitoring_role"]["readers"]]
    except (KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE} is not as a build writes it") from None


def channels_of(files: Mapping[str, bytes]) -> list[str]:
    """The names of the channels in estate.json. Raises NotWhatWasBuilt."""
    try:
        return [_text(channel, "name") for channel in estate_of(files)["channels"]]
    except (KeyError, TypeError, AttributeError):
        raise NotWhatWasBuilt(f"{ESTATE} is not as a build writes it") from None


def takes_command(files: Mapping[str, bytes]) -> bool:
    """Whether estate.json lets `obsgen ack` count as an acknowledgement. Raises NotWhatWasBuilt."""
    try:
        return "command" in estate_of(files)["incidents"]["acknowledge"]
    except (KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE} is not as a build writes it") from None


def estate_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The data of estate.json. Raises NotWhatWasBuilt."""
    if ESTATE not in files:
        raise NotWhatWasBuilt(f"{ESTATE} is missing")
    try:
        data = json.loads(files[ESTATE])
    except (RecursionError, ValueError):
        raise NotWhatWasBuilt(f"{ESTATE} is not JSON") from None
    if not isinstance(data, dict):
        raise NotWhatWasBuilt(f"{ESTATE} is not as a build writes it")
    return data


def _read(manifest: Mapping[str, Any], files: Mapping[str, bytes], organization: str) -> Wanted:
    first, *further = (_stack(one, files) for one in manifest["stacks"])
    members, *more = (_set(one, files) for one in manifest["stack_sets"])
    retired = manifest.get("retired", {})
    return Wanted(
        project=_text(manifest, "project"),
        environment=_text(manifest, "environment"),
        tags=_texts(manifest["tags"].items()),
        assets=tuple(
            WantedAsset(
                _text(one, "name"), _text(one, "key"), _text(one, "sha256"), tuple(map(_region, one["regions"]))
            )
            for one in manifest["assets"]
        ),
        hub=first,
        members=members,
        organization=organization,
        files=files,
        further_stacks=tuple(further),
        further_sets=tuple(more),
        retired_stacks=tuple(map(_is_text, retired.get("stacks", []))),
        retired_sets=tuple(map(_is_text, retired.get("stack_sets", []))),
    )


def _stack(stack: Mapping[str, Any], files: Mapping[str, bytes]) -> WantedStack:
    protected = stack["termination_protection"]
    if not isinstance(protected, bool):
        raise TypeError(protected)
    name, account, file = _text(stack, "name"), _text(stack, "account"), _text(stack, "template")
    return WantedStack(name, account, _region(stack["region"]), _body(stack, files), protected, file)


def _set(members: Mapping[str, Any], files: Mapping[str, bytes]) -> WantedSet:
    groups = tuple(
        WantedGroup(
            _texts((account, name) for name, account in group["accounts"].items()),
            _texts(group["parameters"].items()),
        )
        for group in members["groups"]
    )
    return WantedSet(
        name=_text(members, "name"),
        body=_body(members, files),
        managed=members["permission_model"] == "SERVICE_MANAGED",
        call_as=_text(members, "call_as"),
        regions=tuple(map(_region, members["regions"])),
        units=tuple(map(_is_text, members["organizational_units"])),
        from_hub=_texts(members["parameters_from_hub_outputs"].items()),
        groups=groups,
        preferences=tuple(sorted(members["operation_preferences"].items())),
        first=tuple(map(_is_text, members["first"])),
        own_regions=_own_regions(members, groups),
        excluded=_texts((account, name) for name, account in members.get("except", {}).items()),
        file=_text(members, "template"),
    )


def _own_regions(members: Mapping[str, Any], groups: Iterable[WantedGroup]) -> dict[str, tuple[str, ...]]:
    ids = {name: account for group in groups for account, name in group.accounts}
    given = members.get("own_regions", {})
    return {ids[name]: tuple(map(_region, regions)) for name, regions in sorted(given.items())}


def _text(entry: Any, name: str) -> str:
    return _is_text(entry[name])


def _is_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _texts(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((_is_text(name), _is_text(value)) for name, value in pairs))


def _region(value: Any) -> str:
    """A Region that is one: clients are made for it."""
    partition_of(_is_text(value))
    return str(value)


def _body(entry: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    content = files.get(entry["template"])
    if content is None:
        raise NotWhatWasBuilt(f"{entry['template']} is missing")
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise NotWhatWasBuilt(f"{entry['template']} was changed after it was built")
    return content.decode()
