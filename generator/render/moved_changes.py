"""Entries that have another key in the spec, while their names in AWS stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Data = Mapping[str, Any]
_SECTIONS = ("alarms", "composites", "metric_filters", "log_groups", "dashboards")


def moved_entries(before: Data, after: Data) -> Iterator[str]:
    """A sentence for each entry whose resources keep their logical id under another key. Of two estates' JSON."""
    reported = set()
    for section in _SECTIONS:
        old = {resource["logical_id"]: resource for resource in before.get(section, ())}
        for now in after.get(section, ()):
            was = old.get(now["logical_id"], now)
            sentence = f"`{was['path']}` is `{now['path']}` now, and keeps its names"
            if was["path"] != now["path"] and sentence not in reported:
                reported.add(sentence)
                yield sentence
