"""Progress reports of an operation."""

from __future__ import annotations

from typing import Protocol


class ProgressReporter(Protocol):
    """A terminal, a pipeline's log, a test."""

    def line(self, text: str) -> None:
        """Report an event in one line."""

    def at(self, what: str, done: int, of: int) -> None:
        """Report how many resources of a stack, or instances of a stack set, are complete."""


class SilentReporter:
    """A reporter without output."""

    def line(self, text: str) -> None:
        """Ignore a line."""

    def at(self, what: str, done: int, of: int) -> None:
        """Ignore the progress of a step."""
