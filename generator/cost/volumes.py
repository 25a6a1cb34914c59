"""Volumes that a spec declares, as a manifest has them: a month, by item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.cost.deployments import HUB

_EACH_MEMBER = "*"


def volumes_of(manifest: Mapping[str, Any], names: Iterable[str]) -> Mapping[str, float]:
    """The volumes of an account with these names. An account's own replace those of each member, item by item."""
    volumes: Mapping[str, Mapping[str, float]] = manifest.get("volumes", {})
    quantities: dict[str, float] = {}
    for name in names:
        of_each = {} if name == HUB else volumes.get(_EACH_MEMBER, {})
        for item, quantity in {**of_each, **volumes.get(name, {})}.items():
            quantities[item] = quantities.get(item, 0.0) + quantity
    return quantities


def declared(manifest: Mapping[str, Any]) -> frozenset[str]:
    """The items that are declared for any account."""
    return frozenset(item for items in manifest.get("volumes", {}).values() for item in items)
