"""The memory: one item for each alarm, account and Region in DynamoDB, written only by whoever read it last.

Every write is conditional on the version that was read. Of two that would act on the same news, one fails here, reads
again, and finds what the other has claimed; that is what makes it one ticket.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from handlers.incident.events import Key
from handlers.incident.history import History, from_json, to_json

SORT = "EPISODES"
DAY = 86_400
# An alarm in which nothing moves is forgotten: after an episode that is over, and after one that never ends.
KEPT_DAYS_OVER, KEPT_DAYS_OPEN = 60, 400


@dataclass(frozen=True, slots=True)
class Held:
    """A history, and the version under which it was read; 0 where there was none."""

    history: History
    version: int


class Store(Protocol):
    """Where histories are kept."""

    def load(self, key: Key) -> Held:
        """What is remembered, by a consistent read."""

    def save(self, key: Key, held: Held, history: History, now: int) -> Held | None:
        """Write it in place of what was held; None where somebody else wrote in between. now: milliseconds."""


@dataclass(frozen=True, slots=True)
class DynamoStore:
    """Single table: pk `ALARM#<account>#<region>#<name>`, sk `EPISODES`."""

    client: Any
    table: str

    def load(self, key: Key) -> Held:
        """See Store."""
        item = self.client.get_item(TableName=self.table, Key=_key(key), ConsistentRead=True).get("Item")
        if not item:
            return Held(History(), 0)
        return Held(from_json(item["history"]["S"]), int(item["version"]["N"]))

    def save(self, key: Key, held: Held, history: History, now: int) -> Held | None:
        """See Store."""
        version = held.version + 1
        is_open = bool(history.points) and history.points[-1].state != "OK"
        days = KEPT_DAYS_OPEN if is_open else KEPT_DAYS_OVER
        item = {
            **_key(key),
            "version": {"N": str(version)},
            "history": {"S": to_json(history)},
            "state": {"S": history.points[-1].state if history.points else "UNKNOWN"},
            "expires": {"N": str(now // 1000 + days * DAY)},
        }
        unchanged: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if held.version:
            unchanged = {
                "ConditionExpression": "version = :read",
                "ExpressionAttributeValues": {":read": {"N": str(held.version)}},
            }
        try:
            self.client.put_item(TableName=self.table, Item=item, **unchanged)
        except self.client.exceptions.ConditionalCheckFailedException:
            return None
        return Held(history, version)


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": f"ALARM#{key.account}#{key.region}#{key.alarm}"}, "sk": {"S": SORT}}
