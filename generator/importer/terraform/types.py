"""What the readers of states and plans have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TerraformResource:
    """A resource, or one instance of it with count or for_each, or a data source.

    module: its modules with their indexes, empty for the root. declared: its type and name, without an index.
    provider: the key of its provider's configuration. sensitive: attributes that are never printed or written.
    unknown: for each attribute that is not known before `apply`, True, or the same of its parts.
    """

    address: str
    type: str
    declared: str
    module: str
    values: Mapping[str, Any]
    provider: str = ""
    sensitive: frozenset[str] = frozenset()
    unknown: Mapping[str, Any] = field(default_factory=dict)
    is_data: bool = False
    is_forgotten: bool = False


@dataclass(frozen=True, slots=True)
class TerraformFile:
    """What a state or plan has. configuration: of a plan, its `configuration`. variables: of a plan, by name.

    deleted: what the plan deletes.
    """

    resources: tuple[TerraformResource, ...]
    deleted: tuple[TerraformResource, ...] = ()
    configuration: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, otherwise an empty one: files of others may have anything anywhere."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of a list; none where it is no list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def string(value: Any) -> str:
    """The value where it is a text, otherwise an empty one."""
    return value if isinstance(value, str) else ""
