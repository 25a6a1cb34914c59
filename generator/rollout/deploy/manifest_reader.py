"""out/<environment>/manifest.yaml and the files beside it, as the desired state; checked against its digests; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from generator.aws.regions import partition_of
from generator.manifest import MANIFEST, MANIFEST_VERSION
from generator.rollout.deploy.desired import (
    DesiredAsset,
    DesiredGroup,
    DesiredManagement,
    DesiredStack,
    DesiredStackSet,
    DesiredState,
    NotWhatWasBuilt,
    StackAddress,
    as_text,
    text_in,
)


def read(manifest: Any, files: Mapping[str, bytes], organization: str = "") -> DesiredState:
    """The desired state of a parsed manifest and the files beside it. Raises NotWhatWasBuilt.

    organization: whose accounts may read packages; empty where nothing is deployed.
    """
    if not isinstance(manifest, dict) or manifest.get("version") != MANIFEST_VERSION:
        raise NotWhatWasBuilt(f"{MANIFEST} is not of version {MANIFEST_VERSION}")
    try:
        return _read(manifest, files, organization)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise NotWhatWasBuilt(f"{MANIFEST} is not the output of a build") from None


def _read(manifest: Mapping[str, Any], files: Mapping[str, bytes], organization: str) -> DesiredState:
    first, *further = (_stack(stack, files) for stack in manifest["stacks"])
    members, *more = (_set(stack_set, files) for stack_set in manifest["stack_sets"])
    retired = manifest.get("retired", {})
    return DesiredState(
        project=text_in(manifest, "project"),
        environment=text_in(manifest, "environment"),
        tags=_texts(manifest["tags"].items()),
        assets=tuple(
            DesiredAsset(
                text_in(asset, "name"),
                text_in(asset, "key"),
                text_in(asset, "sha256"),
                tuple(map(_region, asset["regions"])),
            )
            for asset in manifest["assets"]
        ),
        hub=first,
        members=members,
        organization=organization,
        files=files,
        further_stacks=tuple(further),
        further_sets=tuple(more),
        retired_stacks=tuple(_address(stack, first.region) for stack in retired.get("stacks", [])),
        retired_sets=tuple(map(as_text, retired.get("stack_sets", []))),
        management=_management(manifest["management"], files) if "management" in manifest else None,
    )


def _management(entry: Mapping[str, Any], files: Mapping[str, bytes]) -> DesiredManagement:
    stacks = (
        replace(
            _stack(stack, files),
            parameters=_texts(stack["parameters"].items()),
            from_hub=_texts(stack["parameters_from_hub_outputs"].items()),
        )
        for stack in entry["stacks"]
    )
    return DesiredManagement(text_in(entry, "name"), text_in(entry, "account"), tuple(stacks))


def _stack(stack: Mapping[str, Any], files: Mapping[str, bytes]) -> DesiredStack:
    protected = stack["termination_protection"]
    if not isinstance(protected, bool):
        raise TypeError(protected)
    name, account, file = text_in(stack, "name"), text_in(stack, "account"), text_in(stack, "template")
    return DesiredStack(name, account, _region(stack["region"]), _body(stack, files), protected, file)


def _address(entry: Any, hub_region: str) -> StackAddress:
    """Of a retired stack: a name alone is one in the hub's Region."""
    if isinstance(entry, dict):
        return StackAddress(text_in(entry, "name"), _region(entry["region"]))
    return StackAddress(as_text(entry), hub_region)


def _set(members: Mapping[str, Any], files: Mapping[str, bytes]) -> DesiredStackSet:
    groups = tuple(
        DesiredGroup(
            _texts((account, name) for name, account in group["accounts"].items()),
            _texts(group["parameters"].items()),
        )
        for group in members["groups"]
    )
    return DesiredStackSet(
        name=text_in(members, "name"),
        body=_body(members, files),
        managed=members["permission_model"] == "SERVICE_MANAGED",
        call_as=text_in(members, "call_as"),
        regions=tuple(map(_region, members["regions"])),
        units=tuple(map(as_text, members["organizational_units"])),
        from_hub=_texts(members["parameters_from_hub_outputs"].items()),
        groups=groups,
        preferences=tuple(sorted(members["operation_preferences"].items())),
        first=tuple(map(as_text, members["first"])),
        own_regions=_own_regions(members, groups),
        excluded=_texts((account, name) for name, account in members.get("except", {}).items()),
        file=text_in(members, "template"),
    )


def _own_regions(members: Mapping[str, Any], groups: Iterable[DesiredGroup]) -> dict[str, tuple[str, ...]]:
    ids = {name: account for group in groups for account, name in group.accounts}
    own_regions = members.get("own_regions", {})
    return {ids[name]: tuple(map(_region, regions)) for name, regions in sorted(own_regions.items())}


def _texts(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((as_text(name), as_text(value)) for name, value in pairs))


def _region(value: Any) -> str:
    """A Region that is one: clients are made for it."""
    partition_of(as_text(value))
    return str(value)


def _body(entry: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    content = files.get(entry["template"])
    if content is None:
        raise NotWhatWasBuilt(f"{entry['template']} is missing")
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise NotWhatWasBuilt(f"{entry['template']} was changed after it was built")
    return content.decode()
