"""Entries that have another key in the spec, while their names in AWS stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Data = Mapping[str, Any]
_SECTIONS = ("alarms", "composites", "metric_filters", "log_groups", "dashboards", "event_rules")


def moved_entries(before: Data, after: Data) -> Iterator[str]:
    """A sentence for each entry whose resources keep their logical id under another key. Of two estates' JSON."""
    reported = set()
    for section in _SECTIONS:
        old = {resource["logical_id"]: resource for resource in before.get(section, ())}
        for now in after.get(section, ()):
            was = old.get(now["logical_id"], now)
            # The settings of an event of a pack are within the entry that moved.
            from_, to = (".".join(side["path"].split(".")[:2]) for side in (was, now))
            sentence = f"`{from_}` is `{to}` now, and keeps its names"
            if from_ != to and sentence not in reported:
                reported.add(sentence)
                yield sentence
