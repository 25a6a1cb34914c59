"""The mutes in the functions' table: set, listed and ended, with the credentials of whoever calls.

The item is the truth. The incident functions read it within seconds, and nobody has to be told of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.rollout.aws.errors import AwsError
from generator.rollout.operate import mute_items
from generator.rollout.operate.incidents import IncidentTable
from generator.rollout.operate.mute_items import Item, StoredMute

# More in force at once would be read by nobody, and all of them are read by the functions again and again.
MOST = 100


@dataclass(frozen=True, slots=True)
class MuteList:
    """Everything raises Refused."""

    table: IncidentTable

    def put(self, mute: StoredMute) -> None:
        """Set it. It is new, so nothing is in its place; each of its items mutes by itself."""
        for number, item in enumerate(mute_items.items_of(mute)):
            try:
                self._put(item)
            except AwsError as refused:
                if not number:
                    raise
                muted = number * mute_items.ALARMS_AN_ITEM
                message = f"{refused}; by then {muted} of the {len(mute.alarms)} alarms were muted"
                raise AwsError(message, f"`obsgen unmute {mute.id}` ends that; {refused.hint}") from None

    def _put(self, item: Item) -> None:
        with self.table.plainly("dynamodb:PutItem"):
            self.table.client.put_item(
                TableName=self.table.name, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )

    def in_force(self, now: int) -> list[StoredMute]:
        """Those that mute at that time, by their ends."""
        return [mute for mute in self._listed(since=now) if mute.is_in_force(now)]

    def all(self) -> list[StoredMute]:
        """Those that are over, too, as long as they are kept."""
        return self._listed(since=0)

    def end(self, mute: StoredMute, by: str, now: int) -> bool:
        """End it now; False where somebody else has ended it meanwhile."""
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
        asked: dict[str, Any] = {
            "TableName": self.table.name,
            "KeyConditionExpression": "pk = :pk AND sk > :since",
            "ExpressionAttributeValues": {":pk": {"S": mute_items.MUTES}, ":since": {"S": f"{since:013d}~"}},
            "ConsistentRead": True,
        }
        found: list[Item] = []
        with self.table.plainly("dynamodb:Query"):
            for page in self.table.client.get_paginator("query").paginate(**asked):
                found += page["Items"]
        return mute_items.mutes_of(found)
