"""What the hub's functions ask of the world beside the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from handlers.events.records import PendingFinding
from handlers.events.settings import Settings
from handlers.events.store import Store


class Findings(Protocol):
    """The hub's own bus."""

    def send(self, owed: Sequence[PendingFinding]) -> list[bool]:
        """Send any number of findings; for each whether it was taken. Raises only where none was, or may have been."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Store, bus and settings of one environment."""

    store: Store
    findings: Findings
    settings: Settings
