"""What the writer is given and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.importer.resources import ResourceId
from generator.importer.types import DroppedResource

NO_PACKS: Mapping[str, bytes] = {}
NO_HUB = "000000000000"
"""A placeholder for the hub's account where nothing says which it is."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a source is written.

    environment, hub, hub_region: empty where they are guessed. packs: the files of packs, by name; alarms that equal
    those of a pack become entries of `services`. refused: paths of entries that the language does not accept, each
    with the reason; they are left out. waived: house rules that do not hold, each with a path. defaults: whether what
    most alarms have is in `defaults`. names: whether entries keep the names of the source, where those are not what
    the language makes of their keys. raw: paths of widgets that are written with CloudWatch's own properties.
    """

    project: str = "imported"
    environment: str = ""
    hub: str = ""
    hub_region: str = ""
    packs: Mapping[str, bytes] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    waived: tuple[tuple[str, str], ...] = ()
    defaults: bool = True
    names: bool = True
    raw: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The YAML of a source.

    keys: the path that each resource became. remarks: sentences for the person who reads it. widgets: for the path of
    each widget and variable of a dashboard one that stays when others are left out.
    """

    text: str
    keys: Mapping[ResourceId, str]
    dropped: tuple[DroppedResource, ...]
    remarks: tuple[str, ...]
    widgets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Location:
    """An account and Region. account: its ID. name: its key in `accounts`; `hub` for the hub."""

    account: str
    region: str
    name: str
