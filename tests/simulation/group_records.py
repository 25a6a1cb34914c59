"""Incidents of several alarms as the table has them, for the oracle: the one thing of the handlers that it believes.

It is what `obsgen incidents` and the delivery workers read, and what people saw is compared with it and with the truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.table import Table
from tests.simulation.world import MS

STATES = {"A": "ALARM", "O": "OK", "I": "INSUFFICIENT_DATA"}
NOBODY = "-"


@dataclass(slots=True)
class Root:
    """An incident, in the words of its head. members: the rows, by the id of the member's own incident."""

    id: str
    head: dict[str, Any]
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    deliveries: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def parent(self) -> str:
        """Empty for none."""
        return str(self.head.get("parent", ""))

    @property
    def is_open(self) -> bool:
        """Whether people still have to act on it."""
        return self.head.get("ended") is None

    @property
    def kind(self) -> str:
        """What made it."""
        return str(self.head["kind"])

    @property
    def recipients(self) -> tuple[str, ...]:
        """The channels."""
        return tuple(self.head.get("recipients", ()))

    @property
    def alarms(self) -> set[str]:
        """The names of its alarms."""
        rows = {row["key"]["alarm"] for row in self.members.values()}
        return rows or {self.head["key"]["alarm"]}


@dataclass(slots=True)
class Change:
    """at: microseconds since 1970. incident: the id of the alarm's own; empty for none."""

    at: int
    state: str
    incident: str


class Records:
    """Everything that is in the tables at one moment."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.incidents: dict[str, Root] = {}
        self.changes: dict[str, list[Change]] = {}
        self.open_groups: dict[str, tuple[str, int]] = {}
        self.reviews: dict[str, int] = {}
        rows: dict[str, dict[str, dict[str, Any]]] = {}
        for table in tables:
            for pk, partition in table.items.items():
                rows.setdefault(pk, {}).update(partition)
        for pk, partition in rows.items():
            kind, _, name = pk.partition("#")
            if kind == "INC":
                self._incident(name, partition)
            elif kind == "ALARM" and "HEAD" in partition:
                self.changes[name.rpartition("#")[2]] = list(_changes(partition["HEAD"]["changes"]["S"]))
            elif kind == "GROUP" and "OPEN" in partition:
                group = partition["OPEN"]
                self.open_groups[name] = group["incident"]["S"], int(group["until"]["N"])

    @classmethod
    def of(cls, tables: Sequence[Table], incident: str) -> Records:
        """What is known of one incident alone."""
        records = cls(())
        for table in tables:
            if partition := table.items.get(f"INC#{incident}"):
                records._incident(incident, partition)
        return records

    def _incident(self, name: str, partition: dict[str, dict[str, Any]]) -> None:
        if "REVIEW" in partition:
            self.reviews[name] = int(partition["REVIEW"]["due_sk"]["S"])
        if "HEAD" not in partition:
            return
        root = self.incidents[name] = Root(name, json.loads(partition["HEAD"]["incident"]["S"]))
        for sk, item in partition.items():
            what, _, of = sk.partition("#")
            if what == "MEMBER":
                root.members[of] = json.loads(item["member"]["S"])
            elif what == "DELIVERY":
                said = json.loads(item["delivery"]["S"]) if "delivery" in item else {}
                root.deliveries[of] = {**said, "status": item["status"]["S"], "is_due": "due_pk" in item}

    def root_of(self, own: str) -> Root | None:
        """The incident that people hear of in place of an alarm's own."""
        incident = self.incidents.get(own)
        return self.incidents.get(incident.parent) if incident and incident.parent else incident

    def roots(self) -> list[Root]:
        """What people hear of."""
        return [incident for incident in self.incidents.values() if not incident.parent]


def _changes(text: str) -> Iterator[Change]:
    data = json.loads(text)
    for row in data["changes"]:
        at, initial, *rest = row
        index = rest[2] if len(rest) > 2 else None
        yield Change(at * MS, STATES[initial.upper()], data["incidents"][index] if index is not None else "")
