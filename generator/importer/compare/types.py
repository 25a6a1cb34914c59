"""What a comparison says: each resource with its outcome, and what differs on purpose, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ImportOutcome(StrEnum):
    """What became of a resource. The values are the words of the report."""

    EQUAL = "equal"
    DIFFERS = "differs"
    DROPPED = "dropped"
    READ = "only read"
    ADDED = "added"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a resource does, in a form in which what means the same is the same.

    values: by the name of a property, in words of CloudWatch. purposes: what obsgen replaces on purpose, in sentences.
    unknown: why it cannot be compared; empty where it can.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    purposes: frozenset[str] = frozenset()
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class ComparedResource:
    """A resource of the source, or one that only the file has.

    type: of CloudFormation. name: in the source; of an added resource in the file. key: the path of its entry in the
    file. new_name: what the file calls it. differences: sentences. reason: why it was dropped or cannot be compared.
    """

    outcome: ImportOutcome
    type: str
    account: str
    region: str
    name: str
    key: str = ""
    new_name: str = ""
    differences: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ImportComparison:
    """resources: in order of their outcome, place and name.

    on_purpose: sentences, each with the number of resources. own: how many resources obsgen adds itself. own_before:
    how many of the source it had added. filled_in: how many resources are compared with placeholders of variables that
    a person fills in.
    """

    resources: tuple[ComparedResource, ...]
    on_purpose: tuple[tuple[str, int], ...] = ()
    own: int = 0
    own_before: int = 0
    filled_in: int = 0

    def of(self, outcome: ImportOutcome | str) -> tuple[ComparedResource, ...]:
        """The resources of one outcome."""
        return tuple(resource for resource in self.resources if resource.outcome == outcome)

    @property
    def is_proven(self) -> bool:
        """Whether each resource is equal, stays as it is, or was dropped with a reason."""
        return all(
            resource.outcome in (ImportOutcome.EQUAL, ImportOutcome.READ)
            or (resource.outcome is ImportOutcome.DROPPED and resource.reason)
            for resource in self.resources
        )
