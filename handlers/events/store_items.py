"""Records to items of the table and back, in DynamoDB's attribute values; pure.

| item | pk / sk | in an index | kept for days |
| --- | --- | --- | --- |
| error | `ERROR#<fingerprint>` / `HEAD` | `recent`: `ERRORS` / `<hour of last_seen>#<fingerprint>` | 400 |
| | | `due`: `DUE` / `<due>#<fingerprint>` while the tick has to look at it | after its last; merged ones stay |
| count | `ERROR#<fingerprint>` / `COUNT#<start>#<account>#<region>` | | keep_days |
| event | `EVENT#<id>` / `EVENT` | `day`: `DAY#<yyyy-mm-dd>` / `<at>#<id>` | keep_days |
| agent | `AGENT#<account>#<region>` / `HEAD` | `recent`: `AGENTS` / `<account>#<region>` | |
| window | `AGENT#<account>#<region>` / `WINDOW#<start>` | | 30 |
| deployment | `AGENT#<account>#<region>` / `DEPLOYMENT#<at>#<subject>` | | keep_days |
| condition | `CONDITION#<account>#<region>` / `<check>/<subject>` | `due`, as an error | 400 after its last moment |
| pulse | `PULSE` / `HEAD` | | |

Indexes have keys only. Agents, windows, deployments and conditions are in `agent_items.py`. Times are milliseconds, in
13 digits where they are part of a key; `expires` is in seconds.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from handlers.events.records import Count, Error, Event, EventType, Source, State
from handlers.events.store_values import (
    DAYS_HEAD,
    Item,
    Row,
    digits,
    due_index,
    dumped,
    expiry,
    hour,
    notified_item,
    notified_of,
    number,
    number_of,
    numbers_of,
    owed_item,
    owed_of,
    text,
    text_of,
    texts_of,
)

HEAD, EVENT, COUNT = "HEAD", "EVENT", "COUNT#"
ERROR_PK, EVENT_PK, DAY_PK = "ERROR#", "EVENT#", "DAY#"
RECENT_INDEX, DAY_INDEX, DUE_INDEX = "recent", "day", "due"
# A partition of the index `recent`.
ERRORS = "ERRORS"


def error_pk(fingerprint: str) -> str:
    """The partition of an error and its counts."""
    return f"{ERROR_PK}{fingerprint}"


def error_key(fingerprint: str) -> Item:
    """The key of an error's head."""
    return {"pk": text(error_pk(fingerprint)), "sk": text(HEAD)}


def fingerprint_of(row: Row) -> str:
    """The reverse."""
    return str(row["pk"]["S"]).removeprefix(ERROR_PK)


_ERROR_BODY = ("shape", "sample", "stream", "request", "literal", "service", "source_path", "owner", "runbook")
_ERROR_TEXTS = ("kind", "title", "state_by", "alias")
_ERROR_NUMBERS = ("first_seen", "last_seen", "state_at", "ignore_until", "ignore_count", "ignore_window", "learned")


def error_item(error: Error) -> Item:
    """The head, at most some ten KB."""
    body = {name: getattr(error, name) for name in _ERROR_BODY}
    body |= {"groups": error.groups, "sources": error.sources, "home": error.home, "merged": error.merged}
    return {
        **error_key(error.fingerprint),
        "version": number(error.version),
        "state": text(error.state),
        **{name: text(getattr(error, name)) for name in _ERROR_TEXTS if getattr(error, name)},
        **{name: number(getattr(error, name)) for name in _ERROR_NUMBERS if getattr(error, name)},
        "body": text(dumped({name: value for name, value in body.items() if value})),
        "recent_pk": text(ERRORS),
        "recent_sk": text(f"{hour(error.last_seen)}#{error.fingerprint}"),
        **_expires(error),
        **notified_item(error.notified),
        **owed_item(error.owed),
        **due_index(error.due, error.fingerprint),
    }


def _expires(error: Error) -> Item:
    """None where errors were merged: an alias has no occurrences of its own; without it the next one would be new."""
    if error.alias or error.merged:
        return {}
    return {"expires": expiry(max(error.last_seen, error.ignore_until), DAYS_HEAD)}


def error_of(row: Row) -> Error:
    """The reverse."""
    body = json.loads(row["body"]["S"])
    return Error(
        fingerprint=fingerprint_of(row),
        version=number_of(row, "version"),
        state=State(row["state"]["S"]),
        **texts_of(row, _ERROR_TEXTS),
        **numbers_of(row, _ERROR_NUMBERS),
        **{name: body.get(name, "") for name in _ERROR_BODY},
        groups=tuple(body.get("groups", ())),
        sources=tuple(Source(*source) for source in body.get("sources", ())),
        merged=tuple(body.get("merged", ())),
        home=Source(*body["home"]),
        notified=notified_of(row),
        owed=owed_of(row),
        due=number_of(row, "due"),
    )


def pass_of(count: Count) -> int:
    """1 for the first count of a window, 2 for the final one."""
    return 2 if count.final else 1


def count_item(count: Count, days: int) -> Item:
    """The count of one window and place."""
    account, region = count.source
    return {
        "pk": text(error_pk(count.fingerprint)),
        "sk": text(f"{COUNT}{digits(count.start)}#{account}#{region}"),
        "count": number(count.count),
        "exact": number(int(count.exact)),
        "pass": number(pass_of(count)),
        "expires": expiry(count.start, days),
    }


def count_of(row: Row) -> Count:
    """The reverse."""
    _, start, account, region = str(row["sk"]["S"]).split("#")
    return Count(
        fingerprint_of(row),
        int(start),
        Source(account, region),
        number_of(row, "count"),
        number_of(row, "exact") == 1,
        number_of(row, "pass") == 2,
    )


# -- events


def event_key(id_: str) -> Item:
    """The key of an event."""
    return {"pk": text(f"{EVENT_PK}{id_}"), "sk": text(EVENT)}


def event_id_of(row: Row) -> str:
    """The reverse."""
    return str(row["pk"]["S"]).removeprefix(EVENT_PK)


def day_pk(day: str) -> str:
    """The partition of the index `day` with the events of a day."""
    return f"{DAY_PK}{day}"


def event_item(event: Event, days: int) -> Item:
    """An event, at most some KB."""
    day = datetime.fromtimestamp(event.at / 1000, UTC).strftime("%Y-%m-%d")
    return {
        **event_key(event.id),
        "version": number(event.version),
        "type": text(event.type),
        "account": text(event.source.account),
        "region": text(event.source.region),
        "at": number(event.at),
        **{name: text(getattr(event, name)) for name in ("severity", "title", "subject", "state")},
        "body": text(dumped(event.body)),
        "state_at": number(event.state_at),
        "state_by": text(event.state_by),
        "ignore_until": number(event.ignore_until),
        "day_pk": text(day_pk(day)),
        "day_sk": text(f"{digits(event.at)}#{event.id}"),
        "expires": expiry(event.at, days),
    }


def event_of(row: Row) -> Event:
    """The reverse."""
    return Event(
        id=event_id_of(row),
        type=EventType(row["type"]["S"]),
        source=Source(text_of(row, "account"), text_of(row, "region")),
        at=number_of(row, "at"),
        severity=text_of(row, "severity"),
        title=text_of(row, "title"),
        subject=text_of(row, "subject"),
        body=json.loads(row["body"]["S"]),
        state=State(row["state"]["S"]),
        state_at=number_of(row, "state_at"),
        state_by=text_of(row, "state_by"),
        ignore_until=number_of(row, "ignore_until"),
        version=number_of(row, "version"),
    )


def position(record: Error | Event) -> str:
    """Where a record stands in the lists of the store, as their `start_after` takes it."""
    if isinstance(record, Error):
        return f"{hour(record.last_seen)}#{record.fingerprint}"
    return f"{digits(record.at)}#{record.id}"
