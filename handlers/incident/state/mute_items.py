"""Mutes to items of the table and back; pure. See items.py.

| item | pk / sk | kept |
| --- | --- | --- |
| mute | `MUTES` / `<until>#<id>` | 400 days after `until` |

`obsgen mute` writes the attribute `mute` once, as JSON; `obsgen unmute` adds `ended_at` and `ended_by`, and the
notifier `released_at`. The other side is generator/rollout/operate/mute_items.py; a test holds both to each other.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import NotRequired, TypedDict

from handlers.incident.decision.mutes import Mute
from handlers.incident.state.items import Item, digits, text

logger = logging.getLogger(__name__)
MUTES = "MUTES"
# Nobody finds out that alarms are muted for good; and what is appointed for later is not found when a mute is ended.
LONGEST = 15 * 86_400_000
# Thirteen digits, as all times have; the year 2286.
LATEST = 10**13

Row = Mapping[str, Mapping[str, str]]


class StoredMute(TypedDict):
    """The attribute `mute`, as JSON. at, until: milliseconds. accounts: account IDs; all where there are none."""

    by: str
    at: int
    until: int
    reason: str
    alarms: list[str]
    accounts: NotRequired[list[str]]


def mute_key(id_: str) -> Item:
    """The key of a mute's item."""
    return {"pk": text(MUTES), "sk": text(id_)}


def later_than(at: int) -> str:
    """What the sort keys of mutes that end later than that are greater than."""
    return f"{digits(at)}~"


def mutes_of(rows: Iterable[Row]) -> Iterator[Mute]:
    """The reverse of what the command writes. What cannot be read mutes nothing, and is logged."""
    for row in rows:
        try:
            yield _mute_of(row)
        except Exception as error:
            context = {"mute": row.get("sk", {}).get("S"), "because": f"{type(error).__name__}: {error}"}
            logger.error("unreadable mute", extra=context)


def _mute_of(row: Row) -> Mute:
    data: StoredMute = json.loads(row["mute"]["S"])
    mute = Mute(
        row["sk"]["S"],
        str(data["by"]),
        int(data["at"]),
        int(data["until"]),
        str(data["reason"]),
        frozenset(map(str, data["alarms"])),
        frozenset(map(str, data.get("accounts", ()))),
        int(row["ended_at"]["N"]) if "ended_at" in row else 0,
        row["ended_by"]["S"] if "ended_by" in row else "",
        int(row["released_at"]["N"]) if "released_at" in row else 0,
    )
    if not (0 <= mute.at < mute.until <= mute.at + LONGEST and mute.until < LATEST and 0 <= mute.ended_at < LATEST):
        raise ValueError("the times are not as `obsgen mute` writes them")
    if not mute.id.startswith(f"{digits(mute.until)}#"):
        raise ValueError("the key does not match the end time")
    return mute
