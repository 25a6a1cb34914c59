"""An event as EventBridge matches it: its values by field, lists flattened, with the elements that they are in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

# The keys that lead to a value; elements of lists are no step. EventBridge joins keys by dots, so a key with dots is
# the same as several: https://github.com/aws/event-ruler, Path.java.
Field: TypeAlias = tuple[str, ...]
# The lists of mappings that a value is in, the outermost first, and the index of its element in each.
Elements: TypeAlias = tuple[tuple[Field, int], ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value, and the elements of lists that it is in."""

    value: Any
    elements: Elements = ()


def below(field: Field, key: str) -> Field:
    """The field of a key in a mapping."""
    return (*field, *key.split("."))


def leaves_of(event: Mapping[str, Any]) -> Mapping[Field, Sequence[Leaf]]:
    """The values of an event by field. Empty lists and mappings have none: `exists` is false for them."""
    leaves: dict[Field, list[Leaf]] = {}
    for field, leaf in _leaves(event, (), ()):
        leaves.setdefault(field, []).append(leaf)
    return leaves


def _leaves(value: Any, field: Field, elements: Elements) -> Iterator[tuple[Field, Leaf]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, below(field, str(key)), elements)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            # Values of a list belong to no element: any of them may match beside any other.
            is_mapping = isinstance(inner, Mapping)
            yield from _leaves(inner, field, (*elements, (field, index)) if is_mapping else elements)
    else:
        yield field, Leaf(value, elements)
