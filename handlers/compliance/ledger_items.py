"""What is remembered to items of the table and back, in DynamoDB's attribute values; pure.

| item | pk / sk | in an index | kept for days |
| --- | --- | --- | --- |
| resource | `RESOURCE#<type>#<id>` / `HEAD` | `open` while non-compliant: `OPEN#<type>` / id | 30, or 400 while open |
| | | `due` while a finding is owed: `DUE` / `<ms>#<id>` | 400 |
| | | `due` while the summary tells it, and nothing is owed: `SUMMARY` / `<type>#<id>` | |
| summary | `SUMMARY` / `HEAD`, otherwise as a resource | `due` | 400 |
| page of a scan | `SCAN#<ms>` / `PAGE#<type>#<number>` | | 7 |
| totals of a scan | `SCANS` / `<ms>` | | 400 |
| running scan | `SCANS` / `RUNNING` | | 7 |

Times are milliseconds, in 13 digits where they are part of a key; `expires` is in seconds.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from handlers.compliance.ledger import (
    SUMMARY,
    Key,
    Page,
    PendingFinding,
    RunningScan,
    SentFinding,
    State,
    Status,
    StoredResource,
)

Item = dict[str, dict[str, str]]
Row = Mapping[str, Mapping[str, str]]

HEAD, RUNNING, PAGE, RESOURCE = "HEAD", "RUNNING", "PAGE#", "RESOURCE#"
SCANS = "SCANS"
OPEN_INDEX, DUE_INDEX = "open", "due"
# Partitions of the index `due`.
DUE, IN_SUMMARY = "DUE", "SUMMARY"
DAY_S = 86_400
DAYS_OPEN, DAYS_CLOSED, DAYS_PAGE, DAYS_TOTAL = 400, 30, 7, 400
# Beyond every digit, and before the letters.
AFTER_DIGITS = ":"


def text(value: str) -> dict[str, str]:
    """An attribute value of type string."""
    return {"S": value}


def number(value: int) -> dict[str, str]:
    """An attribute value of type number."""
    return {"N": str(value)}


def digits(at: int) -> str:
    """A time as it is compared in a key."""
    return f"{max(0, at):013d}"


def expiry(now: int, days: int) -> dict[str, str]:
    """The attribute `expires`."""
    return number(now // 1000 + days * DAY_S)


# -- resources


def resource_key(key: Key) -> Item:
    """The key of a resource's item, or of the summary's."""
    return {"pk": text(SUMMARY.type.upper() if key == SUMMARY else f"{RESOURCE}{key.type}#{key.id}"), "sk": text(HEAD)}


def key_of(row: Row) -> Key:
    """The reverse."""
    pk = row["pk"]["S"]
    return Key(*pk.removeprefix(RESOURCE).split("#", 1)) if pk.startswith(RESOURCE) else SUMMARY


def open_pk(type_: str) -> str:
    """The partition of the index with the non-compliant resources of a type."""
    return f"OPEN#{type_}"


def resource_item(remembered: StoredResource, version: int, now: int) -> Item:
    """The whole item, at most 8 KB. version: that of the item, not of what was read."""
    item = {
        **resource_key(remembered.key),
        "version": number(version),
        "observed_at": number(remembered.observed_at),
        "status": text(remembered.status),
        "body": text(_json(remembered.body)),
        "event_at": number(remembered.event_at),
        "seen": number(remembered.last_scan),
        "expires": expiry(now, DAYS_OPEN if remembered.is_open or remembered.owed else DAYS_CLOSED),
    }
    if remembered.tag_version:
        item["tag_version"] = number(remembered.tag_version)
    if remembered.is_open:
        item |= {"fingerprint": text(remembered.fingerprint), "content": text(_json(remembered.content))}
        if remembered.key != SUMMARY:
            item |= {"open_pk": text(open_pk(remembered.type)), "open_sk": text(remembered.id)}
    if remembered.in_summary:
        in_index = {"due_pk": text(IN_SUMMARY), "due_sk": text(f"{remembered.type}#{remembered.id}")}
        item |= {"summary": number(1), **in_index}
    return item | _sent(remembered.sent) | _owed(remembered)


def _sent(sent: SentFinding | None) -> Item:
    if sent is None:
        return {}
    return {"told": text(_json({"at": sent.at, "state": sent.state, "fingerprint": sent.fingerprint}))}


def _owed(remembered: StoredResource) -> Item:
    owed = remembered.owed
    if owed is None:
        return {}
    data = {"at": owed.at, "state": owed.state, "fingerprint": owed.fingerprint, "detail": owed.detail}
    due = {"due_pk": text(DUE), "due_sk": text(f"{digits(owed.at)}#{remembered.id}")}
    return {"owed": text(_json(data)), **due}


def resource_of(row: Row) -> StoredResource:
    """The reverse."""
    sent, owed = (json.loads(row[name]["S"]) if name in row else None for name in ("told", "owed"))
    return StoredResource(
        *key_of(row),
        version=_number(row, "version"),
        observed_at=_number(row, "observed_at"),
        status=Status(row["status"]["S"]),
        fingerprint=row["fingerprint"]["S"] if "fingerprint" in row else "",
        body=json.loads(row["body"]["S"]),
        content=json.loads(row["content"]["S"]) if "content" in row else {},
        event_at=_number(row, "event_at"),
        tag_version=_number(row, "tag_version"),
        sent=SentFinding(sent["at"], State(sent["state"]), sent["fingerprint"]) if sent else None,
        owed=PendingFinding(owed["at"], State(owed["state"]), owed["fingerprint"], owed["detail"]) if owed else None,
        in_summary=_number(row, "summary") == 1,
        last_scan=_number(row, "seen"),
    )


def _number(row: Row, name: str) -> int:
    return int(row[name]["N"]) if name in row else 0


# -- scans


def scan_pk(scan: int) -> str:
    """The partition with the pages of a scan."""
    return f"SCAN#{digits(scan)}"


def page_key(scan: int, type_: str, page: int) -> Item:
    """The key of a page's item."""
    return {"pk": text(scan_pk(scan)), "sk": text(f"{PAGE}{type_}#{page:05d}")}


def page_item(scan: int, page: Page, now: int) -> Item:
    """At most a few KB."""
    return {
        **page_key(scan, page.type, page.number),
        "page": text(_json(page.numbers)),
        "next": text(page.next),
        "expires": expiry(now, DAYS_PAGE),
    }


def page_of(row: Row) -> Page:
    """The reverse."""
    type_, _, page = row["sk"]["S"].removeprefix(PAGE).rpartition("#")
    return Page(type_, int(page), json.loads(row["page"]["S"]), row["next"]["S"])


def total_item(at: int, total: Mapping[str, Any], now: int) -> Item:
    """The item with the totals of a scan."""
    return {
        "pk": text(SCANS),
        "sk": text(digits(at)),
        "total": text(_json(total)),
        "expires": expiry(now, DAYS_TOTAL),
    }


def total_of(row: Row) -> dict[str, Any]:
    """The reverse."""
    total: dict[str, Any] = json.loads(row["total"]["S"])
    return total


def running_key() -> Item:
    """The key of the item that says which scan runs."""
    return {"pk": text(SCANS), "sk": text(RUNNING)}


def running_item(scan: int, now: int) -> Item:
    """The item itself."""
    return {**running_key(), "scan": number(scan), "started": number(now), "expires": expiry(now, DAYS_PAGE)}


def running_of(row: Row) -> RunningScan:
    """The reverse."""
    return RunningScan(_number(row, "scan"), _number(row, "started"))


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
