"""What is open, owed, given up, down and parked, asked of the functions' table; and what was given up, put back.

Lists come from the index, which is a second behind at most, and each of them is read as far as `most` says.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from generator.rollout.aws.batch_get import batch_get
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.operate import incident_items as items
from generator.rollout.operate.incident_items import Acknowledgement, ChannelState, Delivery, Incident, IndexRow, Item
from generator.rollout.operate.incident_state import MOST, IncidentSnapshot, LostDelivery, OwedDelivery


class TableNotDeployed(AwsError):
    """There is no table, or it is of a version that had no index."""


@dataclass(slots=True)
class IncidentTable:
    """The table of one environment. client: of DynamoDB. now: milliseconds since 1970. Everything raises Refused."""

    client: Any
    name: str
    account: str
    region: str
    most: int | None = MOST
    now: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    _cut: set[str] = field(default_factory=set)

    def read(self, configured: Iterable[str], channel: str | None = None) -> IncidentSnapshot:
        """Everything. configured: the channels in the file. channel: what concerns this one alone."""
        now = self.now()
        channels = self.channels(configured)
        shown = [one for one in self.open() if not channel or channel in one.recipients]
        incidents = {one.id: one for one in shown}
        names = {one.name for one in channels}.union(*(one.recipients for one in shown))
        names = {channel} if channel else names
        owed = [row for name in sorted(names) for row in self.owed(name)]
        lost = self.lost(channel)
        parked = [] if channel else [items.parked_of(row) for row in self._rows("parked", items.PARKED)]
        incidents |= self._incidents({row.incident for row in owed} - incidents.keys())
        rows = [IndexRow(one.id, name, 0) for one in shown for name in one.recipients if name in names]
        deliveries = self._deliveries([*owed, *rows])
        of_open = {
            one.id: tuple(found for name in one.recipients if (found := deliveries.get((one.id, name))))
            for one in shown
        }
        return IncidentSnapshot(
            now,
            tuple(shown),
            of_open,
            tuple(
                OwedDelivery(row.at, found, incidents.get(row.incident))
                for row in owed
                if (found := deliveries.get((row.incident, row.channel))) and found.status == items.OWED
            ),
            lost,
            tuple(one for one in channels if not channel or one.name == channel),
            tuple(parked),
            frozenset(self._cut),
            self.acknowledgements(shown),
        )

    def acknowledgements(self, incidents: Iterable[Incident]) -> dict[str, Acknowledgement]:
        """Incident id to who has taken it on. Raises Refused."""
        return dict(map(items.acknowledgement_of, self._get([items.acknowledgement_key(one.id) for one in incidents])))

    def acknowledge(self, incident: Incident, acknowledgement: Acknowledgement) -> None:
        """Write it down, in place of an earlier one. Raises Refused."""
        with self.plainly("dynamodb:PutItem"):
            self.client.put_item(TableName=self.name, Item=items.acknowledgement_item(incident.id, acknowledgement))

    def withdraw(self, incident: Incident) -> bool:
        """Take an acknowledgement back; False where there was none. Raises Refused."""
        key = items.acknowledgement_key(incident.id)
        with self.plainly("dynamodb:DeleteItem"):
            answer = self.client.delete_item(TableName=self.name, Key=key, ReturnValues="ALL_OLD")
        return "Attributes" in answer

    def open(self) -> list[Incident]:
        """The incidents that are open, the worst first. Raises Refused."""
        rows = self._rows("open", items.OPEN, newest=True)
        found = self._incidents(row["pk"]["S"].removeprefix("INC#") for row in rows)
        return sorted((one for one in found.values() if one.ended is None), key=_by_severity)

    def channels(self, configured: Iterable[str]) -> list[ChannelState]:
        """Those of the file, and those that left it while they were still owed something."""
        listed = {row["due_sk"]["S"] for row in self._rows("channels", items.CHANNELS)}
        found = {
            one.name: one
            for item in self._get([items.channel_key(n) for n in sorted(listed)])
            for one in [items.channel_of(item)]
        }
        return [found.get(name, ChannelState(name)) for name in sorted({*configured, *listed})]

    def owed(self, channel: str) -> list[IndexRow]:
        """What a channel is owed, by the index: severity first."""
        return [items.row_of(row) for row in self._rows(f"owed to {channel}", items.due_pk(channel))]

    def lost(self, channel: str | None = None) -> tuple[LostDelivery, ...]:
        """What was given up and what was refused, oldest first."""
        rows = [
            items.row_of(row)
            for status in (items.GIVEN_UP, items.REFUSED)
            for row in self._rows(status, status, begins=f"{channel}#" if channel else "")
        ]
        incidents = self._incidents({row.incident for row in rows})
        deliveries = self._deliveries(rows)
        lost = [
            LostDelivery(row.at, found, incidents.get(row.incident))
            for row in rows
            if (found := deliveries.get((row.incident, row.channel)))
            and found.status in (items.GIVEN_UP, items.REFUSED)
        ]
        return tuple(sorted(lost, key=lambda one: (one.at, one.delivery.incident, one.delivery.channel)))

    def count_lost(self) -> int:
        """How many were given up or refused, each as far as `most`."""
        return sum(len(self._rows(status, status)) for status in (items.GIVEN_UP, items.REFUSED))

    def newest(self) -> tuple[Incident | None, int]:
        """The open incident that began last, and how many are open, as far as `most`."""
        rows = self._rows("open", items.OPEN, newest=True)
        found = self._incidents({row["pk"]["S"].removeprefix("INC#") for row in rows[:1]})
        return next(iter(found.values()), None), len(rows)

    def put_back(self, lost: LostDelivery, now: int) -> bool:
        """Owed again, from now on; False where it is not any more as it was seen."""
        from botocore.exceptions import ClientError

        update = items.put_back(lost.delivery, lost.incident, now)
        with self.plainly("dynamodb:UpdateItem"):
            try:
                self.client.update_item(TableName=self.name, **update)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def _incidents(self, ids: Iterable[str]) -> dict[str, Incident]:
        found = self._get([items.incident_key(id_) for id_ in sorted(ids)])
        return {one.id: one for one in map(items.incident_of, found)}

    def _deliveries(self, rows: Iterable[IndexRow]) -> dict[tuple[str, str], Delivery]:
        keys = sorted({(row.incident, row.channel) for row in rows})
        found = self._get([items.delivery_key(*key) for key in keys])
        return {(one.incident, one.channel): one for one in map(items.delivery_of, found)}

    def _rows(self, what: str, pk: str, *, newest: bool = False, begins: str = "") -> list[Item]:
        """The rows of the index under a key; `what` is remembered where there are more than `most`."""
        asked: dict[str, Any] = {
            "TableName": self.name,
            "IndexName": items.INDEX,
            "KeyConditionExpression": "due_pk = :pk" + (" AND begins_with(due_sk, :begins)" if begins else ""),
            "ExpressionAttributeValues": {":pk": {"S": pk}, **({":begins": {"S": begins}} if begins else {})},
            "ScanIndexForward": not newest,
            **({"Limit": self.most + 1} if self.most else {}),
        }
        rows: list[Item] = []
        with self.plainly("dynamodb:Query"):
            for page in self.client.get_paginator("query").paginate(**asked):
                rows += page["Items"]
                if self.most and len(rows) > self.most:
                    self._cut.add(what)
                    return rows[: self.most]
        return rows

    def _get(self, keys: Sequence[Item]) -> Iterator[Item]:
        return batch_get(self.client, self.name, "", keys, self.plainly)

    @contextmanager
    def plainly(self, action: str) -> Iterator[None]:
        """What AWS refuses becomes Refused. action: the right that a call needs."""
        from botocore.exceptions import ClientError

        with aws_errors(action, self.name, self.account, self.region):
            try:
                yield
            except ClientError as error:
                raise _not_deployed(error, error.response["Error"], self.name) from None


def _not_deployed(error: Exception, about: Mapping[str, str], table: str) -> Exception:
    """The error itself, where it is another."""
    deploy = "deploy this version: `obsgen deploy`"
    missing = about["Code"] in ("ResourceNotFoundException", "ValidationException")
    if missing and "index" in about["Message"].lower():
        return TableNotDeployed(f"the table {table} has no index {items.INDEX}: it is of an older version", deploy)
    if about["Code"] == "ResourceNotFoundException":
        return TableNotDeployed(f"there is no table {table}", deploy)
    return error


def _by_severity(incident: Incident) -> tuple[int, int, str]:
    known = incident.severity in items.SEVERITIES
    return (items.SEVERITIES.index(incident.severity) if known else len(items.SEVERITIES), incident.opened, incident.id)
