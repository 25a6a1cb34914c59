"""Mutes, read from the table of the incident function; their items are those of handlers/incident/state/mute_items.py.

What the functions do not take for a mute is none here either; a test holds both to each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from handlers.api.world import Mute

MUTES = "MUTES"
LONGEST = 15 * 86_400_000
LATEST = 10**13
Row = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class MuteTable:
    """See world.Mutes. client: of DynamoDB."""

    client: Any
    table: str

    def in_force(self, now: int) -> list[Mute]:
        """See world.Mutes."""
        params: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk > :since",
            "ExpressionAttributeValues": {":pk": {"S": MUTES}, ":since": {"S": f"{now:013d}~"}},
        }
        mutes: dict[str, Mute] = {}
        while True:
            answer = self.client.query(**params)
            for row in answer["Items"]:
                mute = _mute_of(row)
                if mute is None or mute.end <= now:
                    continue
                known = mutes.get(mute.id)
                mutes[mute.id] = replace(known, alarms=(*known.alarms, *mute.alarms)) if known else mute
            if "LastEvaluatedKey" not in answer:
                return sorted(mutes.values(), key=lambda mute: (mute.until, mute.id))
            params["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _mute_of(row: Row) -> Mute | None:
    """None for what the functions do not take either."""
    try:
        data, key = json.loads(row["mute"]["S"]), row["sk"]["S"]
        mute = Mute(
            key.split("#")[1],
            str(data["by"]),
            int(data["at"]),
            int(data["until"]),
            str(data["reason"]),
            tuple(map(str, data["alarms"])),
            tuple(map(str, data.get("accounts", ()))),
            int(row["ended_at"]["N"]) if "ended_at" in row else 0,
        )
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError):
        return None
    is_short = 0 <= mute.at < mute.until <= mute.at + LONGEST and mute.until < LATEST and 0 <= mute.ended_at < LATEST
    return mute if is_short and key.startswith(f"{mute.until:013d}#") else None
