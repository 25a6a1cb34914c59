"""Choices of the reader of a dashboard that the file defines itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.findings import Path

VariableInput = Literal["select", "radio", "input"]


@dataclass(frozen=True, slots=True)
class ReaderVariable:
    """A choice whose value replaces a property, or the text `pattern`, in the whole body.

    values: each label with its value. label, search, default: empty for none. more:
    further properties as JSON; empty for none.
    """

    id: str
    property: str = ""
    pattern: str = ""
    label: str = ""
    input: VariableInput = "select"
    values: tuple[tuple[str, str], ...] = ()
    search: str = ""
    populate_from: str = ""
    default: str = ""
    visible: bool = True
    more: str = ""
    path: Path = ()
