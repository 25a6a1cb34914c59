"""coverage.lock.yaml: what nothing watched when it was last reviewed, and waivers that end."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from generator.spec.scalars import Date
from generator.spec.strict import Strict

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=2_048)]
LockedNames = Annotated[
    Annotated[list[Name], Tag("names")] | Annotated[Count, Tag("number")],
    Discriminator(lambda value: "number" if isinstance(value, int) else "names"),
]


class CoverageWaiverSpec(Strict):
    """Resources that need no alarm until a day."""

    type: Name = Field(description="type of the resources, such as sqs; * for all")
    name: Name = Field(description="their name; * is any text")
    accounts: list[Name] = Field(default_factory=list, description="accounts, by name or ID (default: all)")
    regions: list[Name] = Field(default_factory=list, description="Regions (default: all)")
    reason: str = Field(description="the reason, for reviewers", min_length=10)
    until: Date = Field(description="last day of validity")


class LockedTypeSpec(Strict):
    """Resources of a type: names, or how many there are."""

    unwatched: LockedNames = Field(default_factory=list, description="resources that no alarm watches")
    silent: LockedNames = Field(default_factory=list, description="resources whose alarms call no one")


class CoverageLockSpec(Strict):
    """The lock. accounts: by name, Region and type."""

    version: Literal[1] = Field(description="version of the format")
    captures: dict[Name, Date] = Field(
        default_factory=dict, description="by environment, the day of the capture with which its lines changed last"
    )
    waivers: list[CoverageWaiverSpec] = Field(default_factory=list, description="resources that need no alarm for now")
    accounts: dict[Name, dict[Name, dict[Name, LockedTypeSpec]]] = Field(description="what nothing watches")
