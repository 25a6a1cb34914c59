"""Subscription filters in a diff."""

from __future__ import annotations

from collections.abc import Iterator

from generator.model.stack_values import as_written
from generator.render.placement_changes import deployed_in, placement_difference
from generator.render.section_words import Data, Kind, SectionWords

SECTION = "subscription_filters"


def _changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    old = {entry["name"]: entry for entry in before.get(SECTION, ())}
    new = {entry["name"]: entry for entry in after.get(SECTION, ())}
    for name in sorted({*old, *new}):
        if name not in old:
            yield "added", name, f"new: sends {_lines(new[name])} to {_to(new[name])}{deployed_in(new[name], after)}"
            continue
        if name not in new:
            yield "removed", name, f"no longer sends {_lines(old[name])} to {_to(old[name])}"
            continue
        earlier, later = old[name], new[name]
        yield from (("changed", name, sentence) for sentence in placement_difference(earlier, later, before, after))
        if _to(earlier) != _to(later):
            yield "changed", name, f"sends to {_to(later)} instead of {_to(earlier)}"
        if _lines(earlier) != _lines(later):
            yield "changed", name, f"sends {_lines(later)} instead of {_lines(earlier)}"


def _lines(entry: Data) -> str:
    return f"{entry['pattern'] or 'every line'} of {entry['log_group']}"


def _to(entry: Data) -> str:
    return as_written(entry["destination"])


WORDS = SectionWords("Log events that are sent on", _changes, begins_with_subject=True)
