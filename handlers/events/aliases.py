"""Errors that were merged into others: where an alias leads."""

from __future__ import annotations

from handlers.events.records import Error
from handlers.events.store import Store


def follow(error: Error, store: Store) -> Error:
    """The error that this one counts as: itself, unless it was merged. Ends wherever a circle would begin."""
    visited = {error.fingerprint}
    while error.alias and error.alias not in visited:
        following = store.head(error.alias)
        if following is None:
            return error
        visited.add(following.fingerprint)
        error = following
    return error
