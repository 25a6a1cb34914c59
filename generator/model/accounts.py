"""Accounts of an environment: the hub, the members, their Regions.

An account that joins an organizational unit later is not listed here; it gets the defaults of the member template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from generator.aws.regions import partition_of

# What rules about accounts call the hub's own.
HUB_ACCOUNT = "hub"


class Side(StrEnum):
    """The template of a resource: hub or members."""

    HUB = "hub"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Account:
    """A member account: the name people use, its twelve digits, the labels that overrides select by.

    unit: the organizational unit that it belongs to, as far as the file says so.
    regions: the only Regions in which it is watched; empty where it is watched in all.
    management: whether it is the organization's management account: it has stacks of its own, and no stack set's.
    """

    name: str
    id: str
    labels: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    regions: tuple[str, ...] = ()
    management: bool = False

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """The attributes that conditions may use beside its name: its labels, and its unit where no label is called
        `unit`.
        """
        is_free = self.unit and all(name != "unit" for name, _ in self.labels)
        return (*self.labels, ("unit", self.unit)) if is_free else self.labels

    def regions_of(self, watched: Sequence[str]) -> tuple[str, ...]:
        """The Regions in which it has a stack, of those in which members are watched."""
        return self.regions or tuple(watched)

    def is_in(self, region: str) -> bool:
        """True if it has a stack in a Region in which members are watched."""
        return not self.regions or region in self.regions


@dataclass(frozen=True, slots=True)
class Hub:
    """The account and region that everything is watched from."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov` and so on: the second field of every ARN, decided by the region."""
        return partition_of(self.region)

    def arn(self, service: str, resource: str, *, account: str | None = None, region: str | None = None) -> str:
        """An ARN beside the hub; `region=""` for global services such as IAM."""
        arn_region = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{arn_region}:{account or self.account}:{resource}"


StackSets = Literal["delegated-admin", "management", "self-managed"]


@dataclass(frozen=True, slots=True)
class Organization:
    """The AWS organization; `stack_sets` says who may create service-managed stack sets."""

    id: str
    stack_sets: StackSets
