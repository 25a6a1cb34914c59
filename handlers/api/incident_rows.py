"""Incidents, read from the table of the incident function.

The shape of its items is in handlers/incident/state/items.py.
The index has nothing but keys, and is a second behind at most.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from handlers.events.records import Page

INDEX = "due"
PARTITIONS = {"open": "OPEN", "ended": "ENDED"}
ATTEMPTS, PAUSE_S = 4, 0.05
Item = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class IncidentTable:
    """See world.Incidents. client: of DynamoDB. pause: sleeps for seconds."""

    client: Any
    table: str
    pause: Callable[[float], None] = field(default=sleep, repr=False)

    def page(self, state: str, start_after: str, limit: int) -> Page[Mapping[str, Any]]:
        """See world.Incidents."""
        partition = PARTITIONS[state]
        params: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": INDEX,
            "KeyConditionExpression": "due_pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if start_after:
            time_key, _, id_ = start_after.partition("#")
            params["ExclusiveStartKey"] = {
                **_key(id_),
                "due_pk": {"S": partition},
                "due_sk": {"S": time_key},
            }
        answer = self.client.query(**params)
        rows = answer["Items"]
        incidents = self._get([_id(row) for row in rows])
        last = rows[-1] if rows and "LastEvaluatedKey" in answer else None
        next_ = f"{last['due_sk']['S']}#{_id(last)}" if last else ""
        return Page(tuple(incidents[_id(row)] for row in rows if _id(row) in incidents), next_)

    def _get(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
        keys = [_key(id_) for id_ in dict.fromkeys(ids)]
        incidents: dict[str, Mapping[str, Any]] = {}
        for attempt in range(ATTEMPTS):
            if not keys:
                break
            if attempt:
                self.pause(PAUSE_S * 2**attempt)
            answer = self.client.batch_get_item(RequestItems={self.table: {"Keys": keys}})
            for item in answer["Responses"].get(self.table, ()):
                incidents[_id(item)] = json.loads(item["incident"]["S"])
            keys = answer.get("UnprocessedKeys", {}).get(self.table, {}).get("Keys", [])
        return incidents


def position(incident: Mapping[str, Any]) -> str:
    """Behind which position the list goes on after this incident."""
    sorted_at = incident["opened"] if incident.get("ended") is None else incident["ended"]
    return f"{sorted_at:013d}#{incident['id']}"


def _key(id_: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"INC#{id_}"}, "sk": {"S": "HEAD"}}


def _id(item: Item) -> str:
    return item["pk"]["S"].removeprefix("INC#")
