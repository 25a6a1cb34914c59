"""Attribute values of DynamoDB, and the parts that several items of the event store have; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from handlers.events.records import FindingState, PendingFinding, SentFinding, Source

Item = dict[str, Any]
Row = Mapping[str, Mapping[str, Any]]

DUE = "DUE"
DAY_S, HOUR_MS = 86_400, 3_600_000
DAYS_HEAD = 400


def text(value: str) -> dict[str, str]:
    """An attribute value of type string."""
    return {"S": value}


def number(value: int) -> dict[str, str]:
    """An attribute value of type number."""
    return {"N": str(value)}


def digits(at: int) -> str:
    """A time as it is compared in a key."""
    return f"{max(0, at):013d}"


def hour(at: int) -> str:
    """The hour of a time, as it is compared in a key."""
    return digits(at - at % HOUR_MS)


def expiry(at: int, days: int) -> dict[str, str]:
    """The attribute `expires`, so many days after a time."""
    return number(at // 1000 + days * DAY_S)


def key_of(row: Row) -> Item:
    """The key of a row, whatever it is."""
    return {"pk": row["pk"], "sk": row["sk"]}


def due_index(due: int, name: str) -> Item:
    """The attributes of the index `due`; none for 0."""
    return {"due": number(due), "due_pk": text(DUE), "due_sk": text(f"{digits(due)}#{name}")} if due else {}


def notified_item(notified: SentFinding | None) -> Item:
    """The attribute `notified`; none for None."""
    if notified is None:
        return {}
    data = {"at": notified.at, "state": notified.state, "content": notified.content}
    return {"notified": text(dumped(data))}


def notified_of(row: Row) -> SentFinding | None:
    """The reverse."""
    data = json.loads(row["notified"]["S"]) if "notified" in row else None
    return SentFinding(data["at"], FindingState(data["state"]), data["content"]) if data else None


def owed_item(owed: PendingFinding | None) -> Item:
    """The attribute `owed`; none for None."""
    if owed is None:
        return {}
    data = {"at": owed.at, "state": owed.state, "check": owed.check, "content": owed.content, "detail": owed.detail}
    return {"owed": text(dumped(data))}


def owed_of(row: Row) -> PendingFinding | None:
    """The reverse."""
    data = json.loads(row["owed"]["S"]) if "owed" in row else None
    if data is None:
        return None
    return PendingFinding(data["at"], FindingState(data["state"]), data["check"], data["detail"], data["content"])


def source_of(row: Row, prefix: str) -> Source:
    """The account and Region in a partition key."""
    account, _, region = str(row["pk"]["S"]).removeprefix(prefix).partition("#")
    return Source(account, region)


def number_of(row: Row, name: str) -> int:
    """An attribute of type number, 0 where it is missing."""
    return int(row[name]["N"]) if name in row else 0


def text_of(row: Row, name: str) -> str:
    """An attribute of type string, empty where it is missing."""
    return str(row[name]["S"]) if name in row else ""


def dumped(data: Mapping[str, Any] | Iterable[Any]) -> str:
    """As compact JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def numbers_of(row: Row, names: Iterable[str]) -> dict[str, Any]:
    """Several attributes of type number, as arguments of a record."""
    return {name: number_of(row, name) for name in names}


def texts_of(row: Row, names: Iterable[str]) -> dict[str, Any]:
    """Several attributes of type string, as arguments of a record."""
    return {name: text_of(row, name) for name in names}
