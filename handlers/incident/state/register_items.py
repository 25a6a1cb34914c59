"""Registers of contributors, to items of the table and back; pure. See items.py."""

from __future__ import annotations

import json
from collections.abc import Mapping

from handlers.incident.events import Key
from handlers.incident.state import items
from handlers.incident.state.register import Contributor, Register

CONTRIBUTORS = "CONTRIBUTORS"


def register_key(key: Key) -> items.Item:
    """The key of a register's item."""
    return {"pk": items.text(items.alarm_pk(key)), "sk": items.text(CONTRIBUTORS)}


def register_item(register: Register, now: int) -> items.Item:
    """As an item, of the next version."""
    rows = {name: [entry.at, int(entry.alone), entry.ended] for name, entry in register.contributors.items()}
    return {
        **register_key(register.key),
        "contributors": items.text(json.dumps(rows, separators=(",", ":"), sort_keys=True)),
        "emptied_at": items.number(register.emptied_at),
        "version": items.number(register.version + 1),
        "expires": items.expiry(now, items.DAYS_OPEN),
    }


def register_of(key: Key, item: Mapping[str, Mapping[str, str]]) -> Register:
    """The reverse."""
    rows = json.loads(item["contributors"]["S"])
    contributors = {name: Contributor(at, bool(alone), ended) for name, (at, alone, ended) in rows.items()}
    return Register(key, contributors, int(item["emptied_at"]["N"]), int(item["version"]["N"]))
