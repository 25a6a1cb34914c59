"""Channels to items of the table and back; pure. See items.py."""

from __future__ import annotations

import json
from collections.abc import Mapping

from handlers.incident.state import items
from handlers.incident.state.channel_state import ChannelState, DigestMessage

# What has an attribute of its own, because a condition or an update needs it.
_OF_CHANNEL = ("name", "fence", "lease_until", "missed_wake_up")


def channel_json(channel: ChannelState) -> str:
    """What only the holder of the lease writes."""
    return items.compact({name: value for name, value in items.lean(channel).items() if name not in _OF_CHANNEL})


def channel_of(name: str, item: Mapping[str, Mapping[str, str]]) -> ChannelState:
    """The reverse, with the lease."""
    data = json.loads(item["channel"]["S"]) if "channel" in item else {}
    data["recent"] = tuple(data.get("recent", ()))
    if data.get("digest"):
        data["digest"] = DigestMessage(**{**data["digest"], "lines": tuple(data["digest"]["lines"])})
    data |= {key: int(item[key]["N"]) for key in _OF_CHANNEL[1:] if key in item}
    return ChannelState(name, **data)
