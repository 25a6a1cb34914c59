"""Which template is deployed to which account and Region, with which parameters, as a manifest says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HUB = "hub"


@dataclass(frozen=True, slots=True)
class StackDeployment:
    """A template in an account and Region. name: the account's in the spec, or `hub`."""

    template: str
    account: str
    name: str
    region: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UnnamedDeployment:
    """A stack set in a Region, as an account gets it that the spec does not name."""

    template: str
    region: str


def deployments(manifest: Mapping[str, Any]) -> Iterator[StackDeployment]:
    """All of a manifest, in its order: the hub's stacks, then members, then the management account."""
    for stack in manifest["stacks"]:
        yield StackDeployment(stack["template"], str(stack["account"]), HUB, stack["region"], {})
    for stack_set in manifest["stack_sets"]:
        own_regions = stack_set.get("own_regions", {})
        for group in stack_set["groups"]:
            for name, account in group["accounts"].items():
                for region in own_regions.get(name, stack_set["regions"]):
                    yield StackDeployment(stack_set["template"], str(account), name, region, group["parameters"])
    management: Mapping[str, Any] = manifest.get("management") or {"stacks": ()}
    for stack in management["stacks"]:
        name, account = management["name"], str(management["account"])
        yield StackDeployment(stack["template"], account, name, stack["region"], stack["parameters"])


def unnamed_deployments(manifest: Mapping[str, Any]) -> Iterator[UnnamedDeployment]:
    """What each account of an organizational unit gets that the spec does not name: the templates' defaults."""
    for stack_set in manifest["stack_sets"]:
        for region in stack_set["regions"] if stack_set["organizational_units"] else ():
            yield UnnamedDeployment(stack_set["template"], region)
