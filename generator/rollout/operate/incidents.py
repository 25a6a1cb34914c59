"""Queries of the functions' table: open incidents, deliveries, channels, parked alarms; and redriven deliveries.

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
    """The table of one environment. client: of DynamoDB. now: milliseconds since 1970. Everything raises AwsError."""

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
        incidents_shown = [incident for incident in self.open() if not channel or channel in incident.recipients]
        incidents = {incident.id: incident for incident in incidents_shown}
        names = {state.name for state in channels}.union(*(incident.recipients for incident in incidents_shown))
        names = {channel} if channel else names
        owed = [row for name in sorted(names) for row in self.owed(name)]
        lost = self.lost(channel)
        parked = [] if channel else [items.parked_of(row) for row in self._rows("parked", items.PARKED)]
        incidents |= self._incidents({row.incident for row in owed} - incidents.keys())
        rows = [
            IndexRow(incident.id, name, 0)
            for incident in incidents_shown
            for name in incident.recipients
            if name in names
        ]
        deliveries = self._deliveries([*owed, *rows])
        of_open = {
            incident.id: tuple(
                delivery for name in incident.recipients if (delivery := deliveries.get((incident.id, name)))
            )
            for incident in incidents_shown
        }
        return IncidentSnapshot(
            now,
            tuple(incidents_shown),
            of_open,
            tuple(
                OwedDelivery(row.at, delivery, incidents.get(row.incident))
                for row in owed
                if (delivery := deliveries.get((row.incident, row.channel))) and delivery.status == items.OWED
            ),
            lost,
            tuple(state for state in channels if not channel or state.name == channel),
            tuple(parked),
            frozenset(self._cut),
            self.acknowledgements(incidents_shown),
        )

    def acknowledgements(self, incidents: Iterable[Incident]) -> dict[str, Acknowledgement]:
        """Incident ID to its acknowledgement. Raises AwsError."""
        return dict(
            map(items.acknowledgement_of, self._get([items.acknowledgement_key(incident.id) for incident in incidents]))
        )

    def acknowledge(self, incident: Incident, acknowledgement: Acknowledgement) -> None:
        """Store an acknowledgement, in place of an earlier one. Raises AwsError."""
        with self.plainly("dynamodb:PutItem"):
            self.client.put_item(TableName=self.name, Item=items.acknowledgement_item(incident.id, acknowledgement))

    def withdraw(self, incident: Incident) -> bool:
        """Take an acknowledgement back; False where there was none. Raises AwsError."""
        key = items.acknowledgement_key(incident.id)
        with self.plainly("dynamodb:DeleteItem"):
            answer = self.client.delete_item(TableName=self.name, Key=key, ReturnValues="ALL_OLD")
        return "Attributes" in answer

    def open(self) -> list[Incident]:
        """The incidents that are open, the worst first. Raises AwsError."""
        rows = self._rows("open", items.OPEN, newest=True)
        incidents = self._incidents(row["pk"]["S"].removeprefix("INC#") for row in rows)
        return sorted((incident for incident in incidents.values() if incident.ended is None), key=_by_severity)

    def channels(self, configured: Iterable[str]) -> list[ChannelState]:
        """The channels of the file, and those that left it with deliveries still owed."""
        listed = {row["due_sk"]["S"] for row in self._rows("channels", items.CHANNELS)}
        states = {
            state.name: state
            for item in self._get([items.channel_key(n) for n in sorted(listed)])
            for state in [items.channel_of(item)]
        }
        return [states.get(name, ChannelState(name)) for name in sorted({*configured, *listed})]

    def owed(self, channel: str) -> list[IndexRow]:
        """The deliveries owed to a channel, by the index: severity first."""
        return [items.row_of(row) for row in self._rows(f"owed to {channel}", items.due_pk(channel))]

    def lost(self, channel: str | None = None) -> tuple[LostDelivery, ...]:
        """The deliveries that were given up or refused, oldest first."""
        rows = [
            items.row_of(row)
            for status in (items.GIVEN_UP, items.REFUSED)
            for row in self._rows(status, status, begins=f"{channel}#" if channel else "")
        ]
        incidents = self._incidents({row.incident for row in rows})
        deliveries = self._deliveries(rows)
        lost = [
            LostDelivery(row.at, delivery, incidents.get(row.incident))
            for row in rows
            if (delivery := deliveries.get((row.incident, row.channel)))
            and delivery.status in (items.GIVEN_UP, items.REFUSED)
        ]
        return tuple(
            sorted(lost, key=lambda delivery: (delivery.at, delivery.delivery.incident, delivery.delivery.channel))
        )

    def count_lost(self) -> int:
        """The number of deliveries given up or refused, each up to `most`."""
        return sum(len(self._rows(status, status)) for status in (items.GIVEN_UP, items.REFUSED))

    def newest(self) -> tuple[Incident | None, int]:
        """The open incident that began last, and how many are open, as far as `most`."""
        rows = self._rows("open", items.OPEN, newest=True)
        incidents = self._incidents({row["pk"]["S"].removeprefix("INC#") for row in rows[:1]})
        return next(iter(incidents.values()), None), len(rows)

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
        rows = self._get([items.incident_key(id_) for id_ in sorted(ids)])
        return {incident.id: incident for incident in map(items.incident_of, rows)}

    def _deliveries(self, rows: Iterable[IndexRow]) -> dict[tuple[str, str], Delivery]:
        keys = sorted({(row.incident, row.channel) for row in rows})
        records = self._get([items.delivery_key(*key) for key in keys])
        return {(delivery.incident, delivery.channel): delivery for delivery in map(items.delivery_of, records)}

    def _rows(self, what: str, pk: str, *, newest: bool = False, begins: str = "") -> list[Item]:
        """The rows of the index under a key; `what` is remembered where there are more than `most`."""
        params: dict[str, Any] = {
            "TableName": self.name,
            "IndexName": items.INDEX,
            "KeyConditionExpression": "due_pk = :pk" + (" AND begins_with(due_sk, :begins)" if begins else ""),
            "ExpressionAttributeValues": {":pk": {"S": pk}, **({":begins": {"S": begins}} if begins else {})},
            "ScanIndexForward": not newest,
            **({"Limit": self.most + 1} if self.most else {}),
        }
        rows: list[Item] = []
        with self.plainly("dynamodb:Query"):
            for page in self.client.get_paginator("query").paginate(**params):
                rows += page["Items"]
                if self.most and len(rows) > self.most:
                    self._cut.add(what)
                    return rows[: self.most]
        return rows

    def _get(self, keys: Sequence[Item]) -> Iterator[Item]:
        return batch_get(self.client, self.name, "", keys, self.plainly)

    @contextmanager
    def plainly(self, action: str) -> Iterator[None]:
        """Turn botocore's exceptions into AwsError. action: the permission that a call needs."""
        from botocore.exceptions import ClientError

        with aws_errors(action, self.name, self.account, self.region):
            try:
                yield
            except ClientError as error:
                raise _not_deployed(error, error.response["Error"], self.name) from None


def _not_deployed(error: Exception, error_data: Mapping[str, str], table: str) -> Exception:
    """The error itself, where it is another."""
    deploy = "deploy this version with `obsgen deploy`"
    missing = error_data["Code"] in ("ResourceNotFoundException", "ValidationException")
    if missing and "index" in error_data["Message"].lower():
        return TableNotDeployed(f"table {table} of an older version has no index {items.INDEX}", deploy)
    if error_data["Code"] == "ResourceNotFoundException":
        return TableNotDeployed(f"table {table} does not exist", deploy)
    return error


def _by_severity(incident: Incident) -> tuple[int, int, str]:
    known = incident.severity in items.SEVERITIES
    return (items.SEVERITIES.index(incident.severity) if known else len(items.SEVERITIES), incident.opened, incident.id)
