"""Mutes in the functions' table, for `obsgen mute`, `unmute`, `incidents` and `status`; pure.

The other side of the wire is handlers/incident/mute_items.py; a test holds both to each other. A mute is the item
`MUTES` / `<until>#<id>`: in force are those whose sort keys are greater than the time now, and that were not ended.
Times are milliseconds since 1970, in 13 digits where they are part of a key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

MUTES = "MUTES"
DAYS_KEPT = 400
# As long as CloudWatch's own rules may last; the functions take no longer one.
LONGEST_MS = 15 * 86_400_000
# Thirteen digits, as all times have; the year 2286.
LATEST = 10**13
DAY_SECONDS = 86_400
# Names of alarms in one item: with names of usual length it stays below 100 KB, of DynamoDB's 400 KB.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
ALARMS_AN_ITEM = 1_000
# Errors of reading an item that no command has written.
UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredMute:
    """No channel is notified of these alarms before `until`, or before `ended_at` where it was ended earlier.

    id: 8 hexadecimal digits. by, caller: who set it, as they say and as AWS knows them. alarms: full names. accounts:
    ids of the accounts that the alarms are about; empty for all. keys: the sort keys of its items. ended_by: as AWS
    knows them.
    """

    id: str
    by: str
    caller: str
    at: int
    until: int
    reason: str
    alarms: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    ended_at: int = 0
    ended_by: str = ""

    def is_in_force(self, now: int) -> bool:
        """True if it mutes at that time."""
        return now < self.end

    @property
    def end(self) -> int:
        """When it is over."""
        return min(self.until, self.ended_at) if self.ended_at else self.until


def items_of(mute: StoredMute) -> list[Item]:
    """The items of a mute: one for each ALARMS_AN_ITEM names."""
    parts = [mute.alarms[start : start + ALARMS_AN_ITEM] for start in range(0, len(mute.alarms), ALARMS_AN_ITEM)]
    return [_item(mute, part, number) for number, part in enumerate(parts)]


def _item(mute: StoredMute, alarms: Sequence[str], number: int) -> Item:
    data = {
        "by": mute.by,
        "caller": mute.caller,
        "at": mute.at,
        "until": mute.until,
        "reason": mute.reason,
        "alarms": list(alarms),
        **({"accounts": list(mute.accounts)} if mute.accounts else {}),
    }
    more = f"#{number}" if number else ""
    return {
        "pk": {"S": MUTES},
        "sk": {"S": f"{mute.until:013d}#{mute.id}{more}"},
        "mute": {"S": json.dumps(data, ensure_ascii=False, separators=(",", ":"))},
        "expires": {"N": str(mute.until // 1000 + DAYS_KEPT * DAY_SECONDS)},
    }


def mutes_of(items: Sequence[Item]) -> list[StoredMute]:
    """The reverse, by their ends; what is in no form that a command writes is left out, as the functions do it."""
    mutes: dict[str, StoredMute] = {}
    for item in items:
        try:
            mute = _mute_of(item)
        except UNREADABLE:
            continue
        known = mutes.get(mute.id)
        if known:
            mute = replace(known, alarms=(*known.alarms, *mute.alarms), keys=(*known.keys, *mute.keys))
        mutes[mute.id] = mute
    return sorted(mutes.values(), key=lambda mute: (mute.until, mute.id))


def _mute_of(item: Item) -> StoredMute:
    data, key = json.loads(item["mute"]["S"]), str(item["sk"]["S"])
    mute = StoredMute(
        key.split("#")[1],
        str(data["by"]),
        str(data.get("caller", "")),
        int(data["at"]),
        int(data["until"]),
        str(data["reason"]),
        tuple(map(str, data["alarms"])),
        tuple(map(str, data.get("accounts", ()))),
        (key,),
        int(item["ended_at"]["N"]) if "ended_at" in item else 0,
        item["ended_by"]["S"] if "ended_by" in item else "",
    )
    if not (0 <= mute.at < mute.until <= mute.at + LONGEST_MS and mute.until < LATEST and 0 <= mute.ended_at < LATEST):
        raise ValueError("its times are none that the command writes")
    if not key.startswith(f"{mute.until:013d}#"):
        raise ValueError("its key is that of another end")
    return mute


def ending(key: str, by: str, now: int) -> dict[str, Any]:
    """The parameters of the update after which a mute is over; nothing happens where it is over already."""
    return {
        "Key": {"pk": {"S": MUTES}, "sk": {"S": key}},
        "UpdateExpression": "SET ended_at = :now, ended_by = :by",
        "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(ended_at)",
        "ExpressionAttributeValues": {":now": {"N": str(now)}, ":by": {"S": by}},
    }
