"""What a resource is billed for, before any price: quantities of items, and what of them is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from generator.evaluate.template.properties import Properties


class Kind(StrEnum):
    """What people ask the price of, in the order of tables."""

    ALARMS = "alarms"
    COMPOSITES = "composites"
    METRICS = "custom metrics"
    DASHBOARDS = "dashboards"
    CANARIES = "canaries"
    INSIGHT_RULES = "Contributor Insights rules"
    KEYS = "keys"
    SECRETS = "secrets"
    ENDPOINTS = "endpoints"
    FUNCTIONS = "functions and schedules"
    QUEUES = "queues"
    VOLUMES = "declared volumes"
    OTHER = "other resources"


@dataclass(frozen=True, slots=True)
class Charge:
    """A quantity of an item, a month. item: empty for a resource that is not known.

    more: why it may be more than this; empty where it is all. identity: of a metric; what several resources publish
    is billed once.
    """

    kind: Kind
    item: str
    quantity: float = 1
    more: str = ""
    identity: str = ""


ResourceReader = Callable[[Properties], Iterator[Charge]]
"""The charges of a resource that exists, from its properties in one account and Region."""


@dataclass(frozen=True, slots=True)
class Priced:
    """How the price of a type of resource is read.

    of: the part of the properties on which the charges depend, as the template has it; what it refers to decides which
    accounts and Regions have other charges.
    """

    read: ResourceReader
    of: Callable[[Mapping[str, Any]], Any]


def no_part(properties: Mapping[str, Any]) -> None:
    """For resources whose price does not depend on their properties."""
    del properties


def by_piece(kind: Kind, item: str) -> Priced:
    """A type that is billed by the piece."""

    def read(properties: Properties) -> Iterator[Charge]:
        del properties
        yield Charge(kind, item)

    return Priced(read, no_part)
