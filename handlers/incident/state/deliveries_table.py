"""The channel worker's half of the table in DynamoDB: leases, what is due, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from handlers.incident.state import channel_items, group_items, items
from handlers.incident.state.channel_state import ChannelState
from handlers.incident.state.dynamo_calls import ATTEMPTS, DynamoCalls
from handlers.incident.state.items import Item, number, text
from handlers.incident.state.records import Acknowledgement, Delivery, Incident, Kind, Rank, Status, Summary
from handlers.incident.state.table import Conflict, DueDelivery


@dataclass(frozen=True, slots=True)
class DeliveriesTable(DynamoCalls):
    """See table.Deliveries."""

    def take_lease(self, name: str, now: int, until: int) -> ChannelState | None:
        """See table.Deliveries."""
        for _ in range(ATTEMPTS):
            is_taken, state = self._update(
                items.channel_key(name),
                "SET fence = if_not_exists(fence, :zero) + :one, lease_until = :until,"
                " due_pk = :channels, due_sk = :name REMOVE missed_wake_up",
                "attribute_not_exists(lease_until) OR lease_until <= :now",
                {
                    ":zero": number(0),
                    ":one": number(1),
                    ":until": number(until),
                    ":now": number(now),
                    ":channels": text(items.CHANNELS),
                    ":name": text(name),
                },
            )
            if is_taken:
                return channel_items.channel_of(name, state)
            marked, _ = self._update(
                items.channel_key(name),
                "SET missed_wake_up = :fence",
                "fence = :fence AND lease_until > :now",
                {":fence": state["fence"], ":now": number(now)},
            )
            if marked:
                return None
        raise Conflict

    def save_channel(self, channel: ChannelState, now: int, *, release: bool) -> bool:  # noqa: ARG002  # see Protocol
        """See table.Deliveries."""
        saved, state = self._update(
            items.channel_key(channel.name),
            "SET channel = :channel, lease_until = :until",
            "fence = :fence",
            {
                ":channel": text(channel_items.channel_json(channel)),
                ":until": number(0 if release else channel.lease_until),
                ":fence": number(channel.fence),
            },
        )
        if not saved:
            raise Conflict
        return not (release and state.get("missed_wake_up", {}).get("N") == str(channel.fence))

    def channels(self) -> set[str]:
        """See table.Deliveries."""
        return {row["due_sk"]["S"] for row in self._index(items.CHANNELS, None)}

    def forget_channel(self, name: str) -> None:
        """See table.Deliveries."""
        self.client.delete_item(TableName=self.table, Key=items.channel_key(name))

    def due(self, channel: str, rank: Rank, now: int, limit: int) -> list[DueDelivery]:
        """See table.Deliveries."""
        between = (f"{rank}#", items.due_sk(rank, now))
        return [items.due_of(row) for row in self._index(items.due_pk(channel), limit, between)]

    def anything_due(self, channel: str, now: int) -> bool:
        """See table.Deliveries."""
        first = self._first(channel)
        if first is None or first.not_before <= now:
            return first is not None
        return any(self.due(channel, rank, now, 1) for rank in Rank)

    def next_due(self, channel: str) -> int | None:
        """See table.Deliveries."""
        if self._first(channel) is None:
            return None
        first = [
            items.due_of(row).not_before
            for rank in Rank
            for row in self._index(items.due_pk(channel), 1, (f"{rank}#", f"{rank}$"))
        ]
        return min(first, default=None)

    def _first(self, channel: str) -> DueDelivery | None:
        """What comes first by rank, due or not; most of the time a channel is owed nothing, and that is one query."""
        return next((items.due_of(row) for row in self._index(items.due_pk(channel), 1)), None)

    def load_delivery(self, due: DueDelivery) -> tuple[Incident | None, Delivery, int]:
        """See table.Deliveries."""
        ack = group_items.of_incident(due.incident, group_items.ACK)
        keys = [items.incident_key(due.incident), items.delivery_key(due.incident, due.channel), ack]
        incident, delivery, version = None, Delivery(due.incident, due.channel), 0
        for _ in range(ATTEMPTS):
            rows = {row["sk"]["S"]: row for row in self._get_all(keys)}
            incident, row = _incident(rows), rows.get(f"{items.DELIVERY}{due.channel}")
            if row is None:
                break
            delivery, version = items.delivery_of(row), int(row["version"]["N"])
            # A batch is no snapshot. Where a decision was written between the two reads, the revision that it owes
            # would be settled with the incident as it was before.
            if incident is None or incident.revision >= delivery.desired:
                break
        if incident and incident.kind in (Kind.GROUP, Kind.STORM):
            incident = replace(incident, summary=self._summary(incident.id))
        return incident, delivery, version

    def _summary(self, incident: str) -> Summary | None:
        """Read after the incident, and written with it: so it is never older."""
        row = self._get(group_items.of_incident(incident, group_items.SUMMARY))
        return group_items.summary_of(row) if row else None

    def acknowledge(self, incident: str, acknowledgement: Acknowledgement, now: int) -> None:
        """See table.Decisions."""
        item = group_items.acknowledgement_item(incident, acknowledgement, now)
        self.client.put_item(TableName=self.table, Item=item)

    def save_delivery(
        self, delivery: Delivery, version: int, rank: Rank | None, incident: Incident | None, now: int
    ) -> int | None:
        """See table.Deliveries."""
        item = items.delivery_item(delivery, version + 1, rank, incident, now)
        for _ in range(ATTEMPTS):
            written, stored = self._put_delivery(item, version)
            if written:
                return version + 1
            if not version or stored.get("version") != number(version):
                return None
            # A decision has raised `desired` meanwhile, and put the row where it is to be found: it stays there.
            raised = replace(delivery, status=Status.OWED, desired=int(stored["desired"]["N"]))
            item = items.delivery_item(raised, version + 1, None, incident, now)
            item |= {name: stored[name] for name in ("due_pk", "due_sk", items.OWED_SK) if name in stored}
        return None

    def _put_delivery(self, item: Item, version: int) -> tuple[bool, Item]:
        if not version:
            return self._write(self.client.put_item, {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"})
        return self._write(
            self.client.put_item,
            {
                "Item": item,
                "ConditionExpression": "version = :read AND desired = :desired",
                "ExpressionAttributeValues": {":read": number(version), ":desired": item["desired"]},
            },
        )


def _incident(rows: dict[str, Item]) -> Incident | None:
    head, ack = rows.get(items.HEAD), rows.get(group_items.ACK)
    if head is None:
        return None
    return replace(items.incident_of(head), acknowledgement=group_items.acknowledgement_of(ack) if ack else None)
