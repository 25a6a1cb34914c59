"""An event as EventBridge matches it: its values by field, lists flattened, with the elements that they are in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

# The keys that lead to a value; elements of lists are no step.
Field: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value. elements: each list of mappings that it is in, and the index of its element there."""

    value: Any
    elements: tuple[tuple[Field, int], ...] = ()


def leaves_of(event: Mapping[str, Any]) -> Mapping[Field, tuple[Leaf, ...]]:
    """The values of an event by field. Empty lists and mappings have none: `exists` is false for them."""
    leaves: dict[Field, tuple[Leaf, ...]] = {}
    for field, leaf in _leaves(event, (), ()):
        leaves[field] = (*leaves.get(field, ()), leaf)
    return leaves


def _leaves(value: Any, field: Field, elements: tuple[tuple[Field, int], ...]) -> Iterator[tuple[Field, Leaf]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*field, str(key)), elements)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            # Values of a list belong to no element: any of them may match beside any other.
            is_mapping = isinstance(inner, Mapping)
            yield from _leaves(inner, field, (*elements, (field, index)) if is_mapping else elements)
    else:
        yield field, Leaf(value, elements)
