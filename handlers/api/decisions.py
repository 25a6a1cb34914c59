"""Decisions about errors, by the functions that the event store's own function has for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.api.world import UnknownError
from handlers.events import actions
from handlers.events.aliases import follow
from handlers.events.outputs import Outputs
from handlers.events.records import Error


@dataclass(frozen=True, slots=True)
class ErrorDecisions:
    """See world.Decisions."""

    outputs: Outputs

    def change(self, fingerprint: str, change: Callable[[Error], Error], now: int) -> Error:
        """See world.Decisions."""
        try:
            return actions.change_error(fingerprint, change, self.outputs, now)
        except actions.UnknownFingerprint as error:
            raise UnknownError(str(error)) from None

    def merge(self, fingerprint: str, into: str, by: str, now: int) -> Error:
        """See world.Decisions."""
        try:
            merged = actions.merge_errors(fingerprint, into, by, self.outputs, now)
        except actions.UnknownFingerprint as error:
            raise UnknownError(str(error)) from None
        return follow(merged, self.outputs.store)
