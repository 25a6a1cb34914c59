"""The mutes in the functions' table: set, listed and ended, with the credentials of the caller.

The item decides. The incident functions read it within seconds and need no further request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.rollout.aws.errors import AwsError
from generator.rollout.operate import mute_items
from generator.rollout.operate.incidents import IncidentTable
from generator.rollout.operate.mute_items import Item, StoredMute

# The functions read all mutes in force again and again, and people cannot keep track of more.
MOST = 100


@dataclass(frozen=True, slots=True)
class MuteList:
    """The mutes of one environment's table. Everything raises AwsError."""

    table: IncidentTable

    def put(self, mute: StoredMute) -> None:
        """Store a new mute; each of its items mutes on its own."""
        for number, item in enumerate(mute_items.items_of(mute)):
            try:
                self._put(item)
            except AwsError as refused:
                if not number:
                    raise
                muted = number * mute_items.ALARMS_AN_ITEM
                message = f"{refused}; {muted} of the {len(mute.alarms)} alarms are muted already"
                raise AwsError(message, f"run `obsgen unmute {mute.id}` to end that mute; {refused.hint}") from None

    def _put(self, item: Item) -> None:
        with self.table.plainly("dynamodb:PutItem"):
            self.table.client.put_item(
                TableName=self.table.name, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )

    def in_force(self, now: int) -> list[StoredMute]:
        """The mutes in force at that time, by their ends."""
        return [mute for mute in self._listed(since=now) if mute.is_in_force(now)]

    def all(self) -> list[StoredMute]:
        """All mutes on record, those that are over too."""
        return self._listed(since=0)

    def end(self, mute: StoredMute, by: str, now: int) -> bool:
        """End it now; False where it was ended meanwhile."""
        from botocore.exceptions import ClientError

        ended = False
        for key in mute.keys:
            with self.table.plainly("dynamodb:UpdateItem"):
                try:
                    self.table.client.update_item(TableName=self.table.name, **mute_items.ending(key, by, now))
                except ClientError as error:
                    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                        raise
                else:
                    ended = True
        return ended

    def _listed(self, since: int) -> list[StoredMute]:
        params: dict[str, Any] = {
            "TableName": self.table.name,
            "KeyConditionExpression": "pk = :pk AND sk > :since",
            "ExpressionAttributeValues": {":pk": {"S": mute_items.MUTES}, ":since": {"S": f"{since:013d}~"}},
            "ConsistentRead": True,
        }
        items: list[Item] = []
        with self.table.plainly("dynamodb:Query"):
            for page in self.table.client.get_paginator("query").paginate(**params):
                items += page["Items"]
        return mute_items.mutes_of(items)
