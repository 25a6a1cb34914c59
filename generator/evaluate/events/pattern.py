"""EventBridge event patterns, read and matched as the service does it, without the service.

Fields are a conjunction, the values of a field's list and the mappings of `$or` alternatives. A pattern is read into
all of its alternatives, as EventBridge counts them, too.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from generator.evaluate.events.event import Elements, Field, Leaf, below, leaves_of
from generator.evaluate.events.faults import PatternFault, UnreadableFilter
from generator.evaluate.events.filters import NAMES, Filter, read_filter
from generator.findings import Path, suggest

# https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
ENVELOPE = ("account", "detail", "detail-type", "id", "region", "replay-name", "resources", "source", "time", "version")
# What says which events a source sends at all; the rest of a pattern chooses among them.
KIND: frozenset[Field] = frozenset((("source",), ("detail-type",), ("account",), ("region",)))
OR = "$or"
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example
MOST_ALTERNATIVES = 1_000
# The console and the page of quotas say 2,048, the API's model 4,096; the smaller limit is safe.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
LONGEST = 2_048
Alternative: TypeAlias = Mapping[Field, tuple[Filter, ...]]


@dataclass(frozen=True, slots=True)
class EventPattern:
    """A pattern. alternatives: each a conjunction of fields; an event that satisfies one of them matches."""

    alternatives: tuple[Alternative, ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """True if a rule with this pattern receives the event."""
        leaves = leaves_of(event)
        return any(_satisfied(alternative, leaves) for alternative in self.alternatives)

    def within(self, fields: Collection[Field]) -> EventPattern:
        """The pattern as if it had these fields only."""
        return EventPattern(
            tuple(
                {field: filters for field, filters in alternative.items() if field in fields}
                for alternative in self.alternatives
            )
        )


def parse(pattern: Mapping[str, Any]) -> EventPattern | list[PatternFault]:
    """The pattern, or everything that EventBridge would refuse in it."""
    length = len(compact(pattern))
    if length > LONGEST:
        message = f"a pattern has at most {LONGEST:,} characters, got {length:,}"
        return [PatternFault(message, (), "use prefix or suffix instead of a list, or a second rule")]
    reader = _Reader()
    alternatives = reader.fields(pattern, (), (), [{}])
    for key in pattern:
        if key != OR and key not in ENVELOPE:
            hint = suggest(key, ENVELOPE, "put fields of the service under `detail`")
            reader.fault(f"events have no field `{key}`", (key,), hint, on_key=True)
    if reader.faults:
        return reader.faults
    return EventPattern(tuple(alternatives))


def compact(pattern: Mapping[str, Any]) -> str:
    """The pattern as JSON without spaces, as its length counts."""
    return json.dumps(pattern, separators=(",", ":"), ensure_ascii=False)


class _Reader:
    """A reader of one pattern, which goes on after a fault."""

    def __init__(self) -> None:
        self.faults: list[PatternFault] = []

    def fault(self, message: str, path: Path, hint: str = "", *, on_key: bool = False) -> None:
        self.faults.append(PatternFault(message, path, hint, on_key))

    def fields(self, value: Any, path: Path, field: Field, before: list[Alternative]) -> list[Alternative]:
        """The alternatives before, each with the fields of a mapping added."""
        if not isinstance(value, Mapping) or not value:
            self.fault("expected a mapping with at least one field", path)
            return before
        for key, inner in value.items():
            at = (*path, key)
            if key == OR:
                before = self._either(inner, at, field, before)
            elif isinstance(inner, Mapping):
                before = self.fields(inner, at, below(field, key), before)
            elif isinstance(inner, list):
                before = self._field(inner, at, below(field, key), before)
            else:
                self.fault(f"`{key}` expects a list of values, got one value", at, "put it into brackets: […]")
        return before

    def _either(self, value: Any, path: Path, field: Field, before: list[Alternative]) -> list[Alternative]:
        if not isinstance(value, list) or len(value) < 2:
            self.fault(f"`{OR}` expects a list of at least two mappings", path, on_key=True)
            return before
        after: list[Alternative] = []
        for index, choice in enumerate(value):
            at = (*path, index)
            if isinstance(choice, Mapping) and (reserved := sorted(NAMES & set(choice))):
                self.fault(
                    f"`{OR}` is between fields, but `{reserved[0]}` is a filter", (*at, reserved[0]), on_key=True
                )
            else:
                after += self.fields(choice, at, field, list(before))
        if len(after) > MOST_ALTERNATIVES:
            self.fault(f"`{OR}` makes {len(after):,} alternatives; EventBridge allows {MOST_ALTERNATIVES:,}", path)
            return before
        return after or before

    def _field(self, values: list[Any], path: Path, field: Field, before: list[Alternative]) -> list[Alternative]:
        if not values:
            self.fault("an empty list matches no event", path, "remove the field, or list its values")
        if any(field in alternative for alternative in before):
            self.fault(f"`{field[-1]}` is both in `{OR}` and beside it; EventBridge uses only the last", path)
        filters = []
        for index, value in enumerate(values):
            try:
                filters.append(read_filter(value))
            except UnreadableFilter as fault:
                self.fault(fault.message, (*path, index), fault.hint)
        return [{**alternative, field: tuple(filters)} for alternative in before]


def _satisfied(alternative: Alternative, leaves: Mapping[Field, Sequence[Leaf]]) -> bool:
    """True if every field matches; fields of mappings in a list match within one element of it."""
    chosen: list[list[Elements]] = []
    for field, filters in alternative.items():
        there = leaves.get(field, ())
        if not there and any(filter_.wants_absence for filter_ in filters):
            continue
        fitting = [leaf.elements for leaf in there if any(filter_.test(leaf.value) for filter_ in filters)]
        if not fitting:
            return False
        chosen.append(fitting)
    return _consistent(chosen)


def _consistent(chosen: Sequence[Sequence[Elements]]) -> bool:
    """True if one place of each field can be taken so that those in the same list are in the same element.

    Lists beside each other decide for themselves, so that the work does not multiply.
    """
    by_list: dict[Field, list[Sequence[Elements]]] = {}
    for places in chosen:
        if all(places):
            by_list.setdefault(places[0][0][0], []).append(places)
    return all(_in_one_element(fields) for fields in by_list.values())


def _in_one_element(fields: Sequence[Sequence[Elements]]) -> bool:
    """The same for fields that are in one list."""
    if len(fields) == 1:
        return True
    by_index: list[dict[int, list[Elements]]] = []
    for places in fields:
        inner: dict[int, list[Elements]] = {}
        for place in places:
            inner.setdefault(place[0][1], []).append(place[1:])
        by_index.append(inner)
    common = set.intersection(*(set(inner) for inner in by_index))
    return any(_consistent([inner[index] for inner in by_index]) for index in sorted(common))
