"""What incidents of several alarms are made of, to items of the table and back; pure. See items.py.

| item | pk / sk | in the index `due` (due_pk / due_sk) | kept |
| --- | --- | --- | --- |
| member | `INC#<id of the group or storm>` / `MEMBER#<id of its own incident>` | | as an incident |
| summary | `INC#<id>` / `SUMMARY` | | as the incident |
| acknowledgement | `INC#<id>` / `ACK` | | 400 days |
| review | `INC#<id>` / `REVIEW` | `REVIEW` / when to look at the incident again | 400 days |
| open group | `GROUP#<key>` / `OPEN` | | a day after `until` |
| count | `COUNT#<counter>` / start of the minute | | 2 hours |
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, fields
from typing import Any

from handlers.incident.events import Key
from handlers.incident.state import items
from handlers.incident.state.items import Item, number, text
from handlers.incident.state.records import Acknowledgement, Incident, Kind, Member, Summary
from handlers.incident.state.table import OpenGroup

MEMBER, SUMMARY, ACK, REVIEW = "MEMBER#", "SUMMARY", "ACK", "REVIEW"
MINUTE_MS = 60_000
HOURS_COUNT = 2

Row = Mapping[str, Mapping[str, str]]


def of_incident(id_: str, sort: str) -> Item:
    """The key of an item that belongs to an incident. sort: SUMMARY, ACK or REVIEW."""
    return {"pk": text(f"INC#{id_}"), "sk": text(sort)}


def member_item(parent: str, member: Member, now: int) -> Item:
    """At most 950 bytes with a name of usual length."""
    return {
        **of_incident(parent, f"{MEMBER}{member.incident}"),
        "member": text(items.compact(items.lean(member))),
        "expires": items.expiry(now, items.DAYS_OPEN if member.ended is None else items.DAYS_INCIDENT),
    }


def member_of(item: Row) -> Member:
    """The reverse."""
    return _member(json.loads(item["member"]["S"]))


def summary_item(incident: Incident, summary: Summary, now: int) -> Item:
    """At most 12 KB with names of usual length. A member is a list of its values in the order of its fields, without
    those at the end that are empty.
    """
    content: dict[str, Any] = {
        "members": [_row(member) for member in summary.members],
        "counts": dict(summary.counts),
        "pagers": summary.pagers,
    }
    return {
        **of_incident(incident.id, SUMMARY),
        "summary": text(items.compact(content)),
        "expires": items.incident_expiry(incident, now),
    }


def summary_of(item: Row) -> Summary:
    """The reverse."""
    content = json.loads(item["summary"]["S"])
    names = [field.name for field in fields(Member)]
    members = (_member(dict(zip(names, row, strict=False))) for row in content["members"])
    pagers = content.get("pagers")
    return Summary(tuple(members), content["counts"], None if pagers is None else tuple(pagers))


def _row(member: Member) -> list[Any]:
    values = list(astuple(member))
    while not values[-1]:
        values.pop()
    return values


def acknowledgement_item(incident: str, acknowledgement: Acknowledgement, now: int) -> Item:
    """Who has taken the incident on."""
    return {
        **of_incident(incident, ACK),
        "acknowledgement": text(items.compact(items.lean(acknowledgement))),
        "expires": items.expiry(now, items.DAYS_OPEN),
    }


def acknowledgement_of(item: Row) -> Acknowledgement:
    """The reverse."""
    return Acknowledgement(**json.loads(item["acknowledgement"]["S"]))


def review_item(incident: str, at: int, now: int) -> Item:
    """That the incident is to be looked at."""
    return {
        **of_incident(incident, REVIEW),
        "expires": items.expiry(now, items.DAYS_OPEN),
        "due_pk": text(REVIEW),
        "due_sk": text(items.digits(at)),
    }


def group_key(key: str) -> Item:
    """The key of the open group that alarms with this group key join."""
    return {"pk": text(f"GROUP#{key}"), "sk": text(items.OPEN)}


def group_item(group: OpenGroup, version: int) -> Item:
    """The open group, under its new version."""
    return {
        **group_key(group.key),
        "incident": text(group.incident),
        "until": number(group.until),
        "version": number(version),
        "expires": items.expiry(group.until, 1),
    }


def group_of(item: Row) -> OpenGroup:
    """The reverse."""
    key = item["pk"]["S"].removeprefix("GROUP#")
    return OpenGroup(key, item["incident"]["S"], int(item["until"]["N"]), int(item["version"]["N"]))


def count_key(counter: str, minute: int) -> Item:
    """The key of what a counter counted in a minute. minute: since 1970."""
    return {"pk": text(f"COUNT#{counter}"), "sk": text(items.digits(minute * MINUTE_MS))}


def count_expiry(now: int) -> dict[str, str]:
    """The attribute `expires` of a count."""
    return number(now // 1000 + 3_600 * HOURS_COUNT)


def _member(data: dict[str, Any]) -> Member:
    key = data["key"]
    data["key"] = Key(**key) if isinstance(key, dict) else Key(*key)
    data["kind"] = Kind(data["kind"])
    data["recipients"] = tuple(data.get("recipients", ()))
    return Member(**data)
