"""What every source of an import gives: templates as they are deployed, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from generator.evaluate.types import Deployed

ASSUMED_ACCOUNT, ASSUMED_REGION = "111111111111", "us-east-1"
"""Where a source is taken to be deployed if neither it nor an option says so."""


class SourceKind(StrEnum):
    """The kinds of sources. The values are the words of the command line."""

    TEMPLATE = "template"
    CAPTURE = "capture"
    TERRAFORM = "terraform"


@dataclass(frozen=True, slots=True)
class SourcePosition:
    """Where a resource is in a source. address: what the other tool calls it, such as a Terraform address."""

    file: str
    address: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SourceStack:
    """Resources of one account and Region, as a CloudFormation template, whatever the source is.

    A capture and a Terraform file become templates without functions. positions: by logical ID. physical_ids: by
    logical ID, the names that AWS gave, as far as the source knows them.
    """

    kind: SourceKind
    deployed: Deployed
    positions: Mapping[str, SourcePosition]
    physical_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DroppedResource:
    """A resource, or a property of it, that does not become part of the YAML. reason: one sentence.

    resource_type: of CloudFormation. name: what people call it. property: empty for the whole resource. is_read: it
    stays where it is, and the file reads it: nothing is lost.
    """

    position: SourcePosition
    resource_type: str
    name: str
    reason: str
    property: str = ""
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class ImportSource:
    """All that was read. account_names: by account ID, where a source knows them.

    left_out: what is not deployed there, by a condition or a plan, so that nothing is lost. remarks: sentences about
    the whole. environment, hub: those of a capture.
    """

    stacks: tuple[SourceStack, ...]
    dropped: tuple[DroppedResource, ...] = ()
    account_names: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[DroppedResource, ...] = ()
    remarks: tuple[str, ...] = ()
    environment: str = ""
    hub: str = ""
