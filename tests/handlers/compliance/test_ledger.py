"""The checker's memory, in DynamoDB as moto's server has it and in this process: the same promises of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import botocore.session
import pytest

from handlers.common.table_rows import ATTEMPTS, Throttled
from handlers.compliance.dynamo_ledger import DynamoLedger
from handlers.compliance.ledger import (
    SUMMARY,
    Conflict,
    Key,
    Ledger,
    Page,
    PendingFinding,
    RunningScan,
    SentFinding,
    State,
    Status,
    StoredResource,
)
from tests.handlers.compliance.ledger_table import TABLE, create_ledger
from tests.handlers.compliance.memory_ledger import MemoryLedger
from tests.handlers.world import moto

NOW = 1_795_168_800_000
KEY = Key("ec2:instance", "i-0123456789abcdef0")
OPEN = StoredResource(
    *KEY,
    observed_at=NOW,
    status=Status.NON_COMPLIANT,
    fingerprint="0a1b",
    body={"name": "web-1", "missing": ["Owner"]},
    content={"title": "1 tag is missing", "facts": [["Missing", "Owner"]]},
    event_at=NOW - 5,
    tag_version=3,
    sent=SentFinding(7, State.OK),
    owed=PendingFinding(NOW, State.ALARM, "0a1b", {"subject": KEY.id, "title": "für alle"}),
    last_scan=NOW - 9,
)
FINE = StoredResource(*KEY, observed_at=NOW)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with moto() as endpoint:
        session = botocore.session.get_session()
        session.set_credentials("nobody", "nothing")
        yield session.create_client("dynamodb", endpoint_url=endpoint, region_name="us-east-1")


@pytest.fixture(params=["dynamo", "memory"])
def ledger(request: pytest.FixtureRequest, client: Any) -> Ledger:
    return MemoryLedger() if request.param == "memory" else dynamo(client)


def dynamo(client: Any) -> DynamoLedger:
    for name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
    create_ledger(client)
    return DynamoLedger(client, TABLE, pause=lambda _seconds: None)


def instance(number: int, **more: Any) -> StoredResource:
    return replace(OPEN, id=f"i-{number:017x}", **more)


def test_what_was_saved_is_remembered(ledger: Ledger) -> None:
    assert ledger.load([KEY]) == {}
    for row in (OPEN, replace(FINE, id="i-1"), replace(OPEN, id="i-2", sent=None, owed=None, in_summary=True)):
        saved = ledger.save(row, NOW)
        assert saved == replace(row, version=1)
        assert ledger.load([row.key, Key("s3:bucket", "x")]) == {row.key: saved}


def test_what_was_written_meanwhile_is_not_overwritten(ledger: Ledger) -> None:
    first = ledger.save(OPEN, NOW)
    with pytest.raises(Conflict):
        ledger.save(FINE, NOW)
    second = ledger.save(replace(first, status=Status.GONE), NOW)
    with pytest.raises(Conflict):
        ledger.save(first, NOW)
    with pytest.raises(Conflict):
        ledger.save(replace(first, id="i-new"), NOW)
    assert ledger.load([KEY]) == {KEY: second}


def test_many_are_loaded_at_once(ledger: Ledger) -> None:
    rows = [ledger.save(instance(number), NOW) for number in range(205)]
    keys = [row.key for row in rows]
    assert ledger.load(keys + keys[:3]) == {row.key: row for row in rows}


def test_open_resources_of_a_type_come_in_parts(ledger: Ledger) -> None:
    rows = [ledger.save(instance(number, owed=None), NOW) for number in range(5)]
    ledger.save(replace(OPEN, type="s3:bucket", id="orders"), NOW)
    ledger.save(replace(FINE, id="i-fine"), NOW)
    ledger.save(replace(OPEN, type=SUMMARY.type, id=SUMMARY.id), NOW)
    assert ledger.open_resources("ec2:instance", "", 3) == [row.id for row in rows[:3]]
    assert ledger.open_resources("ec2:instance", rows[2].id, 3) == [row.id for row in rows[3:]]
    ledger.save(replace(rows[4], status=Status.COMPLIANT), NOW)
    assert ledger.open_resources("ec2:instance", rows[2].id, 3) == [rows[3].id]
    assert ledger.open_resources("summary", "", 3) == []


def test_what_is_owed_is_found_by_when(ledger: Ledger) -> None:
    later = ledger.save(instance(1, owed=replace(OPEN.owed, at=NOW + 2)), NOW)  # type: ignore[arg-type,type-var]
    sooner = ledger.save(replace(later, type=SUMMARY.type, id=SUMMARY.id, version=0, owed=OPEN.owed), NOW)
    ledger.save(instance(2, owed=None), NOW)
    assert ledger.due(NOW + 9, 9) == [SUMMARY, later.key]
    assert ledger.due(NOW + 9, 1) == [SUMMARY]
    assert ledger.due(NOW + 2, 9) == [SUMMARY]
    assert ledger.due(NOW, 9) == []
    assert ledger.load([SUMMARY]) == {SUMMARY: sooner}
    ledger.save(replace(sooner, owed=None), NOW)
    assert ledger.due(NOW + 9, 9) == [later.key]


def test_what_the_summary_tells_is_counted(ledger: Ledger) -> None:
    rows = [ledger.save(instance(number, owed=None, in_summary=True), NOW) for number in range(3)]
    ledger.save(instance(7, owed=None), NOW)
    ledger.save(instance(8), NOW)
    assert ledger.count_in_summary() == 3
    assert ledger.due(NOW + 9, 9) == [instance(8).key]
    ledger.save(replace(rows[1], status=Status.COMPLIANT, in_summary=False), NOW)
    assert ledger.count_in_summary() == 2


def test_the_same_page_again_takes_its_place(ledger: Ledger) -> None:
    second, first = Page("ec2:instance", 2, {"compliant": 1}), Page("ec2:instance", 1, {"compliant": 200}, "token")
    bucket = Page("s3:bucket", 1, {})
    for page in (second, bucket, first, replace(second, numbers={"compliant": 2})):
        ledger.put_page(NOW, page, NOW)
    ledger.put_page(NOW + 1, first, NOW)
    assert ledger.pages(NOW) == [first, replace(second, numbers={"compliant": 2}), bucket]
    assert ledger.page_exists(NOW, "ec2:instance", 2)
    assert not ledger.page_exists(NOW, "ec2:instance", 3)
    assert ledger.pages(NOW - 1) == []


def test_totals_come_latest_first(ledger: Ledger) -> None:
    ledger.start_scan(NOW, NOW, 0)
    for at in (5, NOW, 7, 5):
        ledger.put_total(at, {"at": at, "complete": True}, NOW)
    assert [total["at"] for total in ledger.totals(9)] == [NOW, 7, 5]
    assert [total["at"] for total in ledger.totals(2)] == [NOW, 7]


def test_one_scan_runs_at_a_time(ledger: Ledger) -> None:
    assert ledger.running_scan() is None
    assert ledger.start_scan(100, NOW, NOW - 10)
    assert ledger.start_scan(100, NOW + 1, NOW - 9)
    assert ledger.running_scan() == RunningScan(100, NOW)
    assert not ledger.start_scan(200, NOW + 1, NOW - 9)
    ledger.end_scan(200)
    assert ledger.running_scan() == RunningScan(100, NOW)
    # One that never ended is in nobody's way for ever.
    assert ledger.start_scan(200, NOW + 20, NOW + 10)
    assert ledger.running_scan() == RunningScan(200, NOW + 20)
    ledger.end_scan(100)
    ledger.end_scan(200)
    ledger.end_scan(200)
    assert ledger.running_scan() is None
    assert ledger.start_scan(100, NOW, NOW - 10)


# -- DynamoDB's own


def test_how_long_things_are_kept(client: Any) -> None:
    table = dynamo(client)
    days = {}
    for name, row in {"open": OPEN, "closed": FINE, "owed": replace(FINE, owed=OPEN.owed)}.items():
        table.save(replace(row, id=name), NOW)
        item = client.scan(TableName=TABLE, FilterExpression="contains(pk, :id)", **values({":id": {"S": name}}))
        days[name] = (int(item["Items"][0]["expires"]["N"]) - NOW // 1000) / 86_400
    assert days == {"open": 400, "closed": 30, "owed": 400}


def values(of: dict[str, Any]) -> dict[str, Any]:
    return {"ExpressionAttributeValues": of}


class Unprocessed:
    """DynamoDB that leaves all but one key of a batch for the next time, so many times."""

    def __init__(self, client: Any, times: int) -> None:
        self.client, self.times, self.asked = client, times, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803  # as botocore has it
        self.asked += 1
        if self.asked > self.times:
            return self.client.batch_get_item(RequestItems=RequestItems)
        keys = RequestItems[TABLE]["Keys"]
        first = {TABLE: {**RequestItems[TABLE], "Keys": keys[:1]}}
        return self.client.batch_get_item(RequestItems=first) | {
            "UnprocessedKeys": {TABLE: {**RequestItems[TABLE], "Keys": keys[1:]}} if keys[1:] else {}
        }


def test_keys_that_were_left_unprocessed_are_asked_for_again(client: Any) -> None:
    rows = [dynamo(client).save(OPEN, NOW)]
    table = DynamoLedger(client, TABLE)
    rows += [table.save(instance(number), NOW) for number in range(9)]
    busy, pauses = Unprocessed(client, ATTEMPTS - 1), list[float]()
    loaded = DynamoLedger(busy, TABLE, pauses.append).load([row.key for row in rows])
    assert loaded == {row.key: row for row in rows}
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8]
    with pytest.raises(Throttled):
        DynamoLedger(Unprocessed(client, ATTEMPTS), TABLE, pauses.append).load([row.key for row in rows])
