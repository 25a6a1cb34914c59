"""What is parked of alarms that the build does not know, to items of the table and back; pure. See items.py."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.incident.events import Key
from handlers.incident.state import items
from handlers.incident.state.table import ParkedEvent


def parked_item(parked: ParkedEvent, now: int) -> items.Item:
    """What is parked, with how long it is kept. now: milliseconds."""
    return {
        **items.parked_key(parked.key),
        "account": items.text(parked.key.account),
        "region": items.text(parked.key.region),
        "alarm": items.text(parked.key.alarm),
        "body": items.text(parked.body),
        "at": items.number(parked.at),
        "expires": items.expiry(now, items.DAYS_PARKED),
        "due_pk": items.text(items.PARKED),
        "due_sk": items.text(items.digits(parked.at)),
    }


def parked_of(item: Mapping[str, Mapping[str, str]]) -> ParkedEvent:
    """The reverse."""
    key = Key(item["account"]["S"], item["region"]["S"], item["alarm"]["S"])
    return ParkedEvent(key, item["body"]["S"], int(item["at"]["N"]))
