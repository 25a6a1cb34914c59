"""Which channels have had a report: one row of the event store's table for each report, so that nobody gets it twice.

Keys: `REPORT#<name>#<scheduled, 13 digits>` / `SENT`; attributes `channels` (a set of strings), `expires`.
"""

from __future__ import annotations

from typing import Any

KEPT_S = 30 * 86_400


class SentReports:
    """The rows of a table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def channels(self, name: str, scheduled: int) -> frozenset[str]:
        """Channels that have had the report that was scheduled for that time, in milliseconds since 1970."""
        item = self._client.get_item(TableName=self._table, Key=_key(name, scheduled), ConsistentRead=True).get("Item")
        return frozenset(item["channels"]["SS"]) if item and "channels" in item else frozenset()

    def add(self, name: str, scheduled: int, channel: str) -> None:
        """Write down that a channel has had it."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(name, scheduled),
            UpdateExpression="ADD channels :channel SET expires = :expires",
            ExpressionAttributeValues={
                ":channel": {"SS": [channel]},
                ":expires": {"N": str(scheduled // 1000 + KEPT_S)},
            },
        )


def _key(name: str, scheduled: int) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"REPORT#{name}#{scheduled:013d}"}, "sk": {"S": "SENT"}}
