"""What the cards of all chats have in common: it grows downwards, within its vendor's limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Card(Protocol):
    """A message that grows. Each text is cut to one line, and means nothing to the vendor but its words."""

    @property
    def message(self) -> dict[str, Any]:
        """The message as it is posted."""

    def heading(self, text: str, room: int = 0) -> bool:
        """Add a heading; False where it does not fit. room: bytes that stay free."""

    def text(self, text: str, limit: int = ..., room: int = 0) -> bool:
        """Add a paragraph; False where it does not fit. room: bytes that stay free."""

    def fact(self, name: str, value: str) -> bool:
        """Add a name and its value; False where they do not fit."""

    def link(self, label: str, url: str) -> None:
        """Add a button that opens an https address, beside the others, if it fits."""

    def listed(self, lines: Sequence[str], total: int) -> None:
        """One line each while they fit, and how many there are besides."""

    def log_lines(self, lines: Sequence[str]) -> None:
        """As many of the last lines as fit."""
