"""What one resource becomes, before resources of several accounts become one entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.importer.resources import ImportedResource, ImportedResources
from generator.importer.types import DroppedResource
from generator.importer.unknown_values import readable
from generator.importer.write.types import Location

TUNED = ("threshold", "period", "datapoints", "missing_data", "severity")
"""What an override can change."""


@dataclass(slots=True)
class Draft:
    """One resource as an entry of its own.

    stem: what the key is made of. shared: the keys that all accounts of an entry have alike, with the account's name as
    a placeholder; raw: the same with the name itself. tuning: those that may differ. family: what its name is without
    its account and Region.
    """

    resource: ImportedResource
    location: Location
    stem: str
    family: str
    raw: Mapping[str, Any]
    shared: Mapping[str, Any]
    tuning: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ImportedEntry:
    """An entry of a section, and the resources that it is. key: by which others name it.

    service: for an alarm of a service, the keys of the service and of the pack's alarm. levels: of an entry with
    several thresholds, each alarm by its severity.
    """

    section: str
    key: str
    values: dict[str, Any]
    drafts: list[Draft]
    service: tuple[str, str] | None = None
    levels: dict[str, ImportedEntry] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its path in the YAML."""
        return f"services.{self.service[0]}.alarms.{self.service[1]}" if self.service else f"{self.section}.{self.key}"

    @property
    def locations(self) -> frozenset[Location]:
        """Where its resources are."""
        return frozenset(draft.location for draft in self.drafts)


@dataclass(slots=True)
class Notes:
    """What is dropped, and what a person should know. The writer's one mutable thing."""

    dropped: list[DroppedResource] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def drop(self, resource: ImportedResource, reason: str, property_: str = "", *, is_read: bool = False) -> None:
        """A resource, or a property of it, does not become part of the YAML. is_read: the file reads it as it is."""
        name = readable(resource.called)
        dropped = DroppedResource(resource.position, resource.type, name, readable(reason), property_, is_read)
        self.dropped.append(dropped)

    def remark(self, sentence: str) -> None:
        """A sentence, once."""
        if readable(sentence) not in self.remarks:
            self.remarks.append(readable(sentence))


@dataclass(frozen=True, slots=True)
class Places:
    """The accounts and Regions of a source. members: the Regions of each member, by its key. labels: likewise."""

    locations: Mapping[tuple[str, str], Location]
    accounts: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]
    hub: str
    hub_region: str
    is_hub_known: bool
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, resource: ImportedResource) -> Location:
        """Where a resource is."""
        return self.locations[resource.account, resource.region]

    @property
    def regions(self) -> tuple[str, ...]:
        """The Regions of the members, the hub's first."""
        regions = sorted({region for regions in self.members.values() for region in regions})
        return tuple(sorted(regions or [self.hub_region], key=lambda region: (region != self.hub_region, region)))


def resources_by_type(resources: ImportedResources) -> Mapping[str, list[ImportedResource]]:
    """The resources of each type, in order."""
    by_type: dict[str, list[ImportedResource]] = {}
    for resource in resources.resources:
        by_type.setdefault(resource.type, []).append(resource)
    return by_type
