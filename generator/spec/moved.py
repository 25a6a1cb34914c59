"""The section `moved`: entries that have another key now, and keep the names that the former key gave them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from generator.findings import suggest
from generator.spec.scalars import KEY, wrong
from generator.spec.strict import Strict

# Each is held against every other.
MOST_MOVES = 1_000
MOVABLE = ("alarms", "composites", "dashboards", "event_rules", "log_groups", "metric_filters")


def _entry(text: str) -> str:
    section, _, key = text.partition(".")
    if section not in MOVABLE:
        raise wrong(f"`{section}` has no entries that keep their names", suggest(section, MOVABLE))
    if not re.fullmatch(KEY, key):
        raise wrong(f"`{text}` is not an entry of {section}", f"use a path such as {section}.my-key")
    return text


Entry = Annotated[str, AfterValidator(_entry)]


class MovedSpec(Strict):
    """An entry that has another key now."""

    from_: Entry = Field(alias="from", description="former path, such as alarms.old-key")
    to: Entry = Field(description="current path, such as alarms.new-key")
