"""The event store in DynamoDB, with botocore's low-level client. What the items look like is in `store_items.py`.

Every record is written on the condition that its version is the one that was read. The client tries again when a write
got no answer; the second try then finds the version that the first has written, and ends in a Conflict: read again, and
all is well. Reads that something is decided by are consistent; indexes never are.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from handlers.common.table_rows import TableRows
from handlers.events import agent_items
from handlers.events import store_items as items
from handlers.events.records import (
    Agent,
    Condition,
    Conflict,
    Count,
    Deployment,
    Error,
    Event,
    Page,
    Pulse,
    Source,
    Window,
)
from handlers.events.store_values import DUE, Item, Row, digits, hour, key_of, number, text

R = TypeVar("R", Error, Event, Agent, Condition, Pulse)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DynamoStore(TableRows):
    """See store.Store. client: of DynamoDB. table: its name. keep_days: how long events and counts are kept.

    pause: sleeps for seconds.
    """

    client: Any
    table: str
    keep_days: int = 90
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    # -- errors

    def head(self, fingerprint: str) -> Error | None:
        """See store.Store."""
        row = self._get(items.error_key(fingerprint))
        return items.error_of(row) if row else None

    def heads(self, fingerprints: Iterable[str]) -> dict[str, Error]:
        """See store.Store."""
        rows = self._batch([items.error_key(fingerprint) for fingerprint in dict.fromkeys(fingerprints)])
        return {error.fingerprint: error for error in map(items.error_of, rows)}

    def save(self, error: Error, expected_version: int) -> Error:
        """See store.Store."""
        return self._put(error, expected_version, items.error_item)

    def save_merged(self, error: Error, into: Error) -> tuple[Error, Error]:
        """See store.Store."""
        pair = (replace(error, version=error.version + 1), replace(into, version=into.version + 1))
        puts = [
            {"Put": {"TableName": self.table, "Item": items.error_item(new), **_unchanged(old.version)}}
            for new, old in zip(pair, (error, into), strict=True)
        ]
        try:
            self.client.transact_write_items(TransactItems=puts)
        except self.client.exceptions.TransactionCanceledException as failure:
            raise Conflict(f"{error.fingerprint} into {into.fingerprint}") from failure
        return pair

    def recent_errors(self, since: int, start_after: str, limit: int) -> Page[Error]:
        """See store.Store."""
        if start_after and start_after < hour(since):
            return Page(())
        values = {":pk": text(items.ERRORS), ":since": text(hour(since)), ":after": text(start_after or ":")}
        condition = "recent_pk = :pk AND recent_sk BETWEEN :since AND :after"
        rows, following = self._newest(condition, values, start_after, limit, items.RECENT_INDEX, "recent_sk")
        known = self.heads(items.fingerprint_of(row) for row in rows)
        ordered = (known.get(items.fingerprint_of(row)) for row in rows)
        return Page(tuple(error for error in ordered if error), following)

    def put_count(self, count: Count) -> int | None:
        """See store.Store."""
        try:
            answer = self.client.put_item(
                TableName=self.table,
                Item=items.count_item(count, self.keep_days),
                ConditionExpression="attribute_not_exists(pk) OR #pass <= :pass",
                ExpressionAttributeNames={"#pass": "pass"},
                ExpressionAttributeValues={":pass": number(items.pass_of(count))},
                ReturnValues="ALL_OLD",
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return None
        before = answer.get("Attributes")
        return count.count - (int(before["count"]["N"]) if before else 0)

    def counts(self, error: Error, start: int, end: int) -> list[Count]:
        """See store.Store."""
        counts = self.each_count(error, start, end)
        return sorted(counts, key=lambda count: (count.start, count.source, count.fingerprint))

    def each_count(self, error: Error, start: int, end: int) -> Iterator[Count]:
        """See store.Store."""
        for fingerprint in (error.fingerprint, *error.merged):
            yield from self._counts(fingerprint, start, end)

    def _counts(self, fingerprint: str, start: int, end: int) -> Iterator[Count]:
        values = {
            ":pk": text(items.error_pk(fingerprint)),
            ":start": text(items.COUNT + digits(start)),
            # A key ends in more than the time, so those of `end` itself are beyond this.
            ":end": text(items.COUNT + digits(end)),
        }
        params = {"ConsistentRead": True, "ScanIndexForward": False}
        return map(items.count_of, self._query("pk = :pk AND sk BETWEEN :start AND :end", values, None, **params))

    # -- events

    def event(self, id_: str) -> Event | None:
        """See store.Store."""
        row = self._get(items.event_key(id_))
        return items.event_of(row) if row else None

    def events(self, day: str, start_after: str, limit: int) -> Page[Event]:
        """See store.Store."""
        values = {":pk": text(items.day_pk(day)), ":after": text(start_after or ":")}
        condition = "day_pk = :pk AND day_sk <= :after"
        rows, following = self._newest(condition, values, start_after, limit, items.DAY_INDEX, "day_sk")
        known = {event.id: event for event in map(items.event_of, self._batch([key_of(row) for row in rows]))}
        ordered = (known.get(items.event_id_of(row)) for row in rows)
        return Page(tuple(event for event in ordered if event), following)

    def add_event(self, event: Event) -> bool:
        """See store.Store."""
        try:
            self.save_event(event, 0)
        except Conflict:
            return False
        return True

    def save_event(self, event: Event, expected_version: int) -> Event:
        """See store.Store."""
        return self._put(event, expected_version, lambda item: items.event_item(item, self.keep_days))

    # -- agents

    def agents(self) -> list[Agent]:
        """See store.Store."""
        rows = self._query("recent_pk = :pk", {":pk": text(agent_items.AGENTS)}, None, IndexName=items.RECENT_INDEX)
        agents = map(agent_items.agent_of, self._batch([key_of(row) for row in rows]))
        return sorted(agents, key=lambda agent: agent.source)

    def agent(self, source: Source) -> Agent | None:
        """See store.Store."""
        row = self._get(agent_items.agent_key(source))
        return agent_items.agent_of(row) if row else None

    def save_agent(self, agent: Agent, expected_version: int) -> Agent:
        """See store.Store."""
        return self._put(agent, expected_version, agent_items.agent_item)

    def window(self, source: Source, start: int) -> Window:
        """See store.Store."""
        return agent_items.window_of(source, start, self._get(agent_items.window_key(source, start)) or {})

    def add_to_window(self, window: Window) -> Window:
        """See store.Store. Sets are added to, which is the same however often it is done.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html#Expressions.UpdateExpressions.ADD
        """
        answer = self.client.update_item(
            TableName=self.table,
            Key=agent_items.window_key(window.source, window.start),
            ReturnValues="ALL_NEW",
            **agent_items.window_addition(window),
        )
        return agent_items.window_of(window.source, window.start, answer["Attributes"])

    def add_deployment(self, deployment: Deployment) -> None:
        """See store.Store."""
        self.client.put_item(TableName=self.table, Item=agent_items.deployment_item(deployment, self.keep_days))

    def deployments(self, source: Source, since: int) -> list[Deployment]:
        """See store.Store."""
        values = {
            ":pk": text(agent_items.agent_pk(source)),
            ":since": text(agent_items.DEPLOYMENT + digits(since)),
            ":end": text(agent_items.DEPLOYMENT + ":"),
        }
        condition = "pk = :pk AND sk BETWEEN :since AND :end"
        return [agent_items.deployment_of(row) for row in self._query(condition, values, None, ScanIndexForward=False)]

    # -- conditions, and what is due

    def pulse(self) -> Pulse | None:
        """See store.Store."""
        row = self._get(agent_items.PULSE_KEY)
        return agent_items.pulse_of(row) if row else None

    def save_pulse(self, pulse: Pulse, expected_version: int) -> Pulse:
        """See store.Store."""
        return self._put(pulse, expected_version, agent_items.pulse_item)

    def condition(self, check: str, source: Source, subject: str) -> Condition | None:
        """See store.Store."""
        row = self._get(agent_items.condition_key(check, source, subject))
        return agent_items.condition_of(row) if row else None

    def conditions(self, check: str, source: Source) -> list[Condition]:
        """See store.Store."""
        values = {":pk": text(agent_items.conditions_pk(source)), ":check": text(f"{check}/")}
        rows = self._query("pk = :pk AND begins_with(sk, :check)", values, None, ConsistentRead=True)
        return [agent_items.condition_of(row) for row in rows]

    def save_condition(self, condition: Condition, expected_version: int) -> Condition:
        """See store.Store."""
        return self._put(condition, expected_version, agent_items.condition_item)

    def due(self, before: int, limit: int) -> list[Error | Condition]:
        """See store.Store. The index may show what was done since; the rows themselves say what is due."""
        values = {":pk": text(DUE), ":before": text(digits(before))}
        rows = list(self._query("due_pk = :pk AND due_sk < :before", values, limit, IndexName=items.DUE_INDEX))
        records = [agent_items.error_or_condition_of(row) for row in self._batch([key_of(row) for row in rows])]
        return sorted((record for record in records if 0 < record.due < before), key=lambda record: record.due)

    # -- the client

    def _put(self, record: R, expected: int, item_of: Callable[[R], Item]) -> R:
        """The record as it was written. Raises Conflict."""
        written = replace(record, version=expected + 1)
        try:
            self.client.put_item(TableName=self.table, Item=item_of(written), **_unchanged(expected))
        except self.client.exceptions.ConditionalCheckFailedException:
            raise Conflict(type(record).__name__) from None
        return written

    def _newest(
        self, condition: str, values: Item, start_after: str, limit: int, index: str, name: str
    ) -> tuple[list[Row], str]:
        """Rows from the last key to the first, and the key to go on behind. BETWEEN takes its ends in: one is read
        that is not asked for.
        """
        rows = list(self._query(condition, values, limit + 2, IndexName=index, ScanIndexForward=False))
        rows = [row for row in rows if row[name]["S"] != start_after]
        return rows[:limit], str(rows[limit - 1][name]["S"]) if len(rows) > limit else ""


def _unchanged(version: int) -> dict[str, Any]:
    """That the item still has the version; that there is none for 0."""
    if not version:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {"ConditionExpression": "version = :read", "ExpressionAttributeValues": {":read": number(version)}}
