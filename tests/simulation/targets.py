"""Worlds whose channels are AWS: topics in place of webhooks, event buses in place of Slack's incoming webhooks,
telephones in place of mail.

The dice are those of generate.py, so that the worlds are the same but for where messages go. AWS itself is never down
for one channel alone, as a vendor may be; its own faults are those of every client.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.simulation import generate
from tests.simulation.faults import RATES
from tests.simulation.script import Event, Script

KINDS = {"webhook": "sns", "slack-webhook": "event_bus", "email": "sms"}


def script(seed: int, points: Iterable[str] = RATES) -> Script:
    """The world of a seed with channels that are AWS."""
    made = generate.script(seed, points)
    moved = {name for name, kind in made.channels.items() if kind in KINDS}
    events = [_moved(event) for event in made.events if event.get("channel") not in moved]
    channels = {name: KINDS.get(kind, kind) for name, kind in made.channels.items()}
    return replace(made.with_events(events), channels=channels)


def _moved(event: Event) -> Event:
    channels: dict[str, Any] | None = event.get("channels")
    if not channels:
        return event
    return {**event, "channels": {name: KINDS.get(kind or "", kind) for name, kind in channels.items()}}
