"""Volumes that a spec declares, as a manifest has them: a month, by item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.cost.deployments import HUB


def volumes_of(manifest: Mapping[str, Any], names: Iterable[str]) -> Mapping[str, float]:
    """The volumes of an account with these names. An account's own replace those of every member, item by item."""
    volumes = manifest.get("volumes", {})
    quantities: dict[str, float] = {}
    for name in names:
        of_name = volumes.get("hub", {}) if name == HUB else {
            **volumes.get("members", {}), **volumes.get("accounts", {}).get(name, {}),
        }  # fmt: skip
        for item, quantity in of_name.items():
            quantities[item] = quantities.get(item, 0.0) + quantity
    return quantities


def declared(manifest: Mapping[str, Any]) -> frozenset[str]:
    """The items that are declared for any account."""
    volumes = manifest.get("volumes", {})
    parts = [volumes.get("members", {}), volumes.get("hub", {}), *volumes.get("accounts", {}).values()]
    return frozenset(item for part in parts for item in part)
