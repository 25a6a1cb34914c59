"""What out/<environment>/ asks for, read and checked against its own digests; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.manifest import MANIFEST, MANIFEST_VERSION


class NotWhatWasBuilt(Exception):
    """The folder is not what a build wrote; the message says which file, and how."""


@dataclass(frozen=True, slots=True)
class WantedStack:
    """The hub's stack. body: the template's text. protected: whether it may not be deleted just so."""

    name: str
    account: str
    region: str
    body: str
    protected: bool = False


@dataclass(frozen=True, slots=True)
class WantedGroup:
    """Members that share one set of parameter overrides: account id to name, and parameter to value."""

    accounts: tuple[tuple[str, str], ...]
    overrides: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WantedSet:
    """The members' stack set. from_hub: parameter to hub output. managed: by service-managed permissions.

    preferences: of every operation, in CloudFormation's words. first: ids of accounts and units that go before others.
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

    @property
    def names(self) -> dict[str, str]:
        """Account id to the name people use."""
        return {account: name for group in self.groups for account, name in group.accounts}

    @property
    def overrides(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Account id to its parameter overrides."""
        return {account: group.overrides for group in self.groups for account, _ in group.accounts}


@dataclass(frozen=True, slots=True)
class WantedAsset:
    """A function's package, by its place in the bucket."""

    name: str
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One environment, as it is to be rolled out. files: all that lies in its folder, by name."""

    project: str
    environment: str
    tags: tuple[tuple[str, str], ...]
    assets: tuple[WantedAsset, ...]
    hub: WantedStack
    members: WantedSet
    organization: str
    files: Mapping[str, bytes]


def read(manifest: Any, files: Mapping[str, bytes], organization: str = "") -> Wanted:
    """The wish that a parsed manifest and the files beside it express. Raises NotWhatWasBuilt.

    organization: whose accounts may read packages; what only takes away does without.
    """
    if not isinstance(manifest, dict) or manifest.get("version") != MANIFEST_VERSION:
        raise NotWhatWasBuilt(f"{MANIFEST} is not of version {MANIFEST_VERSION}")
    (stack,), (members,) = manifest["stacks"], manifest["stack_sets"]
    groups = tuple(
        WantedGroup(
            tuple(sorted((account, name) for name, account in group["accounts"].items())),
            tuple(sorted(group["parameters"].items())),
        )
        for group in members["groups"]
    )
    return Wanted(
        project=manifest["project"],
        environment=manifest["environment"],
        tags=tuple(sorted(manifest["tags"].items())),
        assets=tuple(WantedAsset(one["name"], one["key"], one["sha256"]) for one in manifest["assets"]),
        hub=WantedStack(
            stack["name"], stack["account"], stack["region"], _body(stack, files), stack["termination_protection"]
        ),
        members=WantedSet(
            name=members["name"],
            body=_body(members, files),
            managed=members["permission_model"] == "SERVICE_MANAGED",
            call_as=members["call_as"],
            regions=tuple(members["regions"]),
            units=tuple(members["organizational_units"]),
            from_hub=tuple(sorted(members["parameters_from_hub_outputs"].items())),
            groups=groups,
            preferences=tuple(sorted(members["operation_preferences"].items())),
            first=tuple(members["first"]),
        ),
        organization=organization,
        files=files,
    )


def _body(entry: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    content = files.get(entry["template"])
    if content is None:
        raise NotWhatWasBuilt(f"{entry['template']} is missing")
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise NotWhatWasBuilt(f"{entry['template']} was changed after it was built")
    return content.decode()
