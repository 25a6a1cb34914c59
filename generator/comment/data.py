"""The types of a results document: strict, closed and small, because the pull request of a fork writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_TEXT = 1000
MOST_LONG_TEXT = 20_000
MOST_ROWS = 1000

Row = TypeVar("Row")
Text = Annotated[str, StringConstraints(max_length=MOST_TEXT)]
"""A sentence or a name, in characters."""
LongText = Annotated[str, StringConstraints(max_length=MOST_LONG_TEXT)]
"""A text of several lines, such as the report of a failed test."""
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class StrictData(BaseModel):
    """A part of a results document: no other keys, no conversions, no numbers that are none."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Rows(StrictData, Generic[Row]):
    """The first rows of a list. omitted: how many more there are."""

    rows: Annotated[tuple[Row, ...], Field(max_length=MOST_ROWS)]
    omitted: Count = 0


def first_rows(rows: Sequence[Row]) -> Rows[Row]:
    """As many rows as a document may have."""
    return Rows(rows=tuple(rows[:MOST_ROWS]), omitted=max(0, len(rows) - MOST_ROWS))


def shortened(text: str, most: int = MOST_TEXT) -> str:
    """A text as a document may have it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
