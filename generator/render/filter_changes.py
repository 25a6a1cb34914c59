"""What changes about metric filters, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.render.placement_changes import deployed_in, placement_difference
from generator.render.section_words import Kind

Data = Mapping[str, Any]


def filter_changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """Kind, the filter's name, and a sentence for each."""
    old = {entry["name"]: entry for entry in before["metric_filters"]}
    new = {entry["name"]: entry for entry in after["metric_filters"]}
    for name in sorted({*old, *new}):
        if name not in old:
            where = deployed_in(new[name], after)
            yield "added", name, f"new: counts {new[name]['pattern']} in {new[name]['log_group']}{where}"
            continue
        if name not in new:
            yield "removed", name, f"no longer counts {old[name]['pattern']}"
            continue
        yield from (
            ("changed", name, sentence) for sentence in placement_difference(old[name], new[name], before, after)
        )
        if old[name]["pattern"] != new[name]["pattern"]:
            yield "changed", name, f"now counts {new[name]['pattern']} instead of {old[name]['pattern']}"
