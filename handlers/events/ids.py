"""Ids of events; pure."""

from __future__ import annotations

import hashlib

from handlers.events.records import EventType, Source

DIGITS = 20


def event_id(source: Source, type_: EventType, subject: str, at: int) -> str:
    """The same for the same thing at the same time, however often it is said."""
    text = "|".join((source.account, source.region, type_, subject, str(at)))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:DIGITS]
