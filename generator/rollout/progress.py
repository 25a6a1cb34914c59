"""Who is told how a rollout goes."""

from __future__ import annotations

from typing import Protocol


class ProgressReporter(Protocol):
    """A terminal, a pipeline's log, a test."""

    def line(self, text: str) -> None:
        """Something happened that is worth a line."""

    def at(self, what: str, done: int, of: int) -> None:
        """How far the running operation is: resources of a stack, instances of a stack set."""


class SilentReporter:
    """Where nothing is said."""

    def line(self, text: str) -> None:
        """Nothing."""

    def at(self, what: str, done: int, of: int) -> None:
        """Nothing."""
