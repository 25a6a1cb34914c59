"""What the table remembers of incidents of several alarms: DynamoDB of moto and of the simulation, and in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from generator.drill.memory_table import MemoryTable
from handlers.incident.events import Key
from handlers.incident.state import group_items, items
from handlers.incident.state.dynamo import DynamoTable
from handlers.incident.state.records import (
    MOST_LISTED,
    MOST_REPEATS,
    Acknowledgement,
    Alarm,
    Incident,
    Kind,
    Member,
    Rank,
    Status,
    Summary,
)
from handlers.incident.state.table import Conflict, DueDelivery, MembershipChanges, OpenGroup, OutstandingDelivery
from tests.handlers.dynamo_world import dynamo, dynamo_client, rows, size
from tests.handlers.table_world import TABLE
from tests.simulation.table import Schema, Table
from tests.simulation.world import SECOND, World

NOW = 1_795_168_800_000
MINUTE = 60_000
HOUR = 60 * MINUTE
ROOT = "f" * 16
GROUP_KEY = "composite/payments-critical-alarm-prod/222222222222/us-east-1"
SERVICE_KEY = "group/service=checkout/account=222222222222"


def key(number: int = 1) -> Key:
    return Key("222222222222", "us-east-1", f"checkout-errors-{number}-alarm-prod")


def own(number: int = 1, parent: str = ROOT) -> Incident:
    """The incident of one alarm."""
    id_ = f"{number:016x}"
    return Incident(id_, key(number), Kind.ALONE, "high", NOW, "ALARM", NOW, NOW, parent=parent, repeats=(NOW,))


def member(number: int = 1) -> Member:
    measured = "ApplicationErrors Sum 12 > 5"
    times = {"changed_at": NOW, "opened": NOW, "alarm_at": NOW, "alarm_count": 1, "joined_at": NOW + 5}
    about = (f"{number:016x}", key(number), Kind.ALONE, "critical", "ALARM")
    return Member(*about, **times, measured=measured, recipients=("jira", "slack", "pager"))


def root(**changed: Any) -> Incident:
    """The incident that they are part of."""
    made = Incident(ROOT, key(), Kind.GROUP, "high", NOW, "ALARM", NOW, NOW, keys=(GROUP_KEY, SERVICE_KEY), members=1)
    return replace(made, **changed)


def opened(version: int = 0, incident: str = ROOT) -> OpenGroup:
    return OpenGroup(GROUP_KEY, incident, NOW + HOUR, version)


def committed(
    table: Any, number: int = 1, *, joining: MembershipChanges | None = None, new: Incident | None = None
) -> None:
    """An alarm with its own incident, and what it joins; new: a root that it makes."""
    read = table.load(key(number))
    writes = [(own(number), read.incident_version, ())]
    if new:
        writes.append((new, 0, (OutstandingDelivery("jira", Rank.HIGH, NOW),)))
    alarm = Alarm(key(number), incident=own(number).id)
    table.commit(read, alarm, writes, NOW, joining or MembershipChanges([(ROOT, member(number))]))


def first(table: Any) -> None:
    """The first alarm, with the group that it makes."""
    made = MembershipChanges([(ROOT, member())], [opened()], [(ROOT, NOW + HOUR)])
    committed(table, joining=made, new=root())


def due(rank: Rank = Rank.HIGH, at: int = NOW) -> DueDelivery:
    return DueDelivery(ROOT, "jira", rank, at)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with dynamo_client() as client:
        yield client


class _Simulated:
    """The simulation's DynamoDB behind a client's methods; its index has caught up after each call."""

    def __init__(self) -> None:
        self._world = World(1)
        self._table = Table(self._world, Schema(TABLE, indexes={"due": ("due_pk", "due_sk")}))

    def __getattr__(self, operation: str) -> Any:
        def call(**given: Any) -> Any:
            given.pop("TableName", None)
            answer = self._table.call(operation, given)
            self._world.run(self._world.now + SECOND)
            return answer

        return call


@pytest.fixture(params=["dynamo", "memory", "simulated"])
def table(request: pytest.FixtureRequest, client: Any) -> Any:
    match request.param:
        case "memory":
            return MemoryTable()
        case "simulated":
            return DynamoTable(_Simulated(), TABLE)
    return dynamo(client)


def test_an_alarm_and_the_group_that_it_makes_are_one_transaction(table: Any) -> None:
    first(table)
    assert table.load(key()).incident == own()
    assert table.load_incident(ROOT) == (root(), 1)
    assert table.members(ROOT) == [member()]
    assert table.open_groups([GROUP_KEY, SERVICE_KEY], NOW) == {GROUP_KEY: opened(1)}
    assert table.reviews(NOW + HOUR, 10) == [ROOT]
    assert table.due("jira", Rank.HIGH, NOW, 10) == [due()]


def test_of_two_alarms_that_make_the_same_group_one_joins_the_other(table: Any) -> None:
    other = "e" * 16
    first(table)
    made = MembershipChanges([(other, member(2))], [opened(incident=other)], [(other, NOW)])
    with pytest.raises(Conflict):
        committed(table, 2, joining=made, new=root(id=other))
    # All or nothing.
    assert table.load(key(2)).alarm_version == 0
    assert (table.load_incident(other), table.members(other)) == ((None, 0), [])
    assert table.reviews(NOW, 10) == []
    committed(table, 2)
    assert table.members(ROOT) == [member(1), member(2)]


def test_a_group_whose_time_is_over_gives_way_to_the_next_one_once(table: Any) -> None:
    first(table)
    later = NOW + 2 * HOUR
    (over,) = table.open_groups([GROUP_KEY], later).values()
    assert over.until < later
    following = replace(over, incident="e" * 16, until=later + HOUR)
    committed(table, 2, joining=MembershipChanges(opened=[following]))
    assert table.open_groups([GROUP_KEY], later) == {GROUP_KEY: replace(following, version=2)}
    with pytest.raises(Conflict):
        committed(table, 3, joining=MembershipChanges(opened=[replace(over, incident="d" * 16)]))


def test_no_keys_and_the_same_key_twice(table: Any) -> None:
    first(table)
    assert table.open_groups([], NOW) == {}
    assert table.open_groups([GROUP_KEY, GROUP_KEY], NOW) == {GROUP_KEY: opened(1)}


def test_only_its_own_group_is_closed(table: Any) -> None:
    first(table)
    table.close_groups([GROUP_KEY, SERVICE_KEY], "e" * 16)
    assert table.open_groups([GROUP_KEY], NOW) == {GROUP_KEY: opened(1)}
    table.close_groups([GROUP_KEY, SERVICE_KEY], ROOT)
    assert table.open_groups([GROUP_KEY], NOW) == {}


def test_a_count_slides_over_the_minute(table: Any) -> None:
    """Of the minute before counts what is less than a minute ago, as if it had come evenly."""
    start = NOW - NOW % MINUTE
    assert [table.count("environment", start + at) for at in (0, 100, 59_999)] == [1, 2, 3]
    assert table.count("environment", start + MINUTE) == 1 + 3
    assert table.count("environment", start + MINUTE + 20_000) == 2 + 2
    assert table.count("environment", start + MINUTE + 40_000) == 3 + 1
    assert table.count("account/222222222222", start + MINUTE) == 1
    assert table.count("environment", start + 3 * MINUTE) == 1


def test_a_member_is_written_again_with_its_alarm(table: Any) -> None:
    first(table)
    better = replace(member(), state="OK", ended=NOW + 9, alarm_count=2, recipients=())
    committed(table, joining=MembershipChanges([(ROOT, better)]))
    assert table.members(ROOT) == [better]
    assert table.members("e" * 16) == []


def test_a_review_writes_incident_summary_and_what_is_owed(table: Any) -> None:
    first(table)
    summary = Summary((member(),), {"severity:critical": 1, "service:checkout": 1})
    changed = root(severity="critical", revision=2, updated_at=NOW + 1)
    owed = (OutstandingDelivery("jira", Rank.CRITICAL, NOW + 1),)
    table.commit_review(changed, 1, owed, NOW + 1, summary=summary, review_at=NOW + 2 * HOUR)
    assert table.load_incident(ROOT) == (changed, 2)
    incident, delivery, _ = table.load_delivery(due(Rank.CRITICAL, NOW + 1))
    assert (incident, delivery.desired) == (replace(changed, summary=summary), 2)
    assert table.due("jira", Rank.CRITICAL, NOW + 1, 10) == [due(Rank.CRITICAL, NOW + 1)]
    assert (table.reviews(NOW + HOUR, 10), table.reviews(NOW + 2 * HOUR, 10)) == ([], [ROOT])
    # What is read with it is not written with it: the summary stays as it is where none is given.
    stale = replace(changed, revision=3, summary=Summary(), acknowledgement=Acknowledgement("me", NOW, "high"))
    table.commit_review(stale, 2, (), NOW + 2)
    incident, _, _ = table.load_delivery(due())
    assert (incident.revision, incident.summary, incident.acknowledgement) == (3, summary, None)
    assert table.reviews(NOW + 9 * HOUR, 10) == []


def test_a_review_of_what_has_changed_meanwhile_is_a_conflict(table: Any) -> None:
    first(table)
    table.commit_review(root(revision=2), 1, (), NOW, review_at=NOW + HOUR)
    with pytest.raises(Conflict):
        table.commit_review(
            root(revision=3), 1, (OutstandingDelivery("slack", Rank.HIGH, NOW),), NOW, summary=Summary((member(),))
        )
    assert table.next_due("slack") is None
    assert table.reviews(NOW + HOUR, 10) == [ROOT]
    assert table.load_delivery(due())[0].summary is None


def test_reviews_come_by_time(table: Any) -> None:
    times = {"a" * 16: 50, "b" * 16: 20, "c" * 16: 90}
    for number, (incident, at) in enumerate(times.items()):
        committed(table, number, joining=MembershipChanges(reviews=[(incident, at)]))
    assert table.reviews(60, 10) == ["b" * 16, "a" * 16]
    assert table.reviews(60, 1) == ["b" * 16]
    committed(table, 1, joining=MembershipChanges(reviews=[("b" * 16, 95)]))
    assert table.reviews(60, 10) == ["a" * 16]


def update(table: Any, version: int, *, at: int = NOW + 9, yields: bool = True) -> None:
    """A decision that only the members have changed."""
    table.commit_review(
        root(revision=version + 1), version, (OutstandingDelivery("jira", Rank.UPDATE, at, yields=yields),), NOW
    )


def test_an_update_leaves_a_pending_opening_in_its_place(table: Any) -> None:
    first(table)
    update(table, 1)
    assert table.due("jira", Rank.HIGH, NOW, 10) == [due()]
    assert table.due("jira", Rank.UPDATE, NOW + 9, 10) == []
    assert table.load_delivery(due())[1].desired == 2
    update(table, 2, yields=False)
    assert (table.due("jira", Rank.HIGH, NOW, 10), table.next_due("jira")) == ([], NOW + 9)


@pytest.mark.parametrize("status", [Status.SETTLED, Status.GIVEN_UP, Status.REFUSED])
def test_an_update_yields_to_nothing_where_nothing_is_owed(table: Any, status: Status) -> None:
    first(table)
    _, delivery, version = table.load_delivery(due())
    table.save_delivery(replace(delivery, delivered=1, status=status), version, None, root(), NOW)
    update(table, 1)
    assert table.due("jira", Rank.UPDATE, NOW + 9, 10) == [due(Rank.UPDATE, NOW + 9)]
    assert table.load_delivery(due())[1].status is Status.OWED
    # It is owed now, so the next one does not postpone it.
    update(table, 2, at=NOW + 99)
    assert table.next_due("jira") == NOW + 9


def test_an_update_to_a_channel_that_is_owed_nothing_yet(table: Any) -> None:
    first(table)
    table.commit_review(root(revision=2), 1, (OutstandingDelivery("slack", Rank.UPDATE, NOW + 9, yields=True),), NOW)
    assert table.due("slack", Rank.UPDATE, NOW + 9, 10) == [replace(due(Rank.UPDATE, NOW + 9), channel="slack")]


def test_an_update_during_an_attempt_is_still_owed_after_it(table: Any) -> None:
    first(table)
    _, delivery, version = table.load_delivery(due())
    update(table, 1)
    settled = replace(delivery, delivered=1, status=Status.SETTLED)
    saved = table.save_delivery(settled, version, None, root(), NOW)
    _, delivery, version = table.load_delivery(due())
    assert (delivery.status, delivery.desired, version) == (Status.OWED, 2, saved)
    assert table.due("jira", Rank.HIGH, NOW, 10) == [due()]
    # The worker has put it off; a further update leaves it there.
    table.save_delivery(replace(delivery, not_before=NOW + 300), version, Rank.UPDATE, root(), NOW)
    update(table, 2, at=NOW + 5)
    assert table.next_due("jira") == NOW + 300


def test_the_latest_acknowledgement_is_read_with_the_incident(table: Any) -> None:
    first(table)
    assert table.acknowledgement(ROOT) is None
    assert table.load_delivery(due())[0].acknowledgement is None
    table.acknowledge(ROOT, Acknowledgement("OPS-12 is In Progress", NOW, "high"), NOW)
    again = Acknowledgement("ann", NOW + 5, "critical", NOW + HOUR)
    table.acknowledge(ROOT, again, NOW + 5)
    assert table.acknowledgement(ROOT) == again
    assert table.load_delivery(due())[0].acknowledgement == again
    # A decision does not need to know.
    assert table.load_incident(ROOT) == (root(), 1)


class _Between:
    """A client that lets somebody else write between the reads of the incident and of its summary."""

    def __init__(self, client: Any, write: Any) -> None:
        self._client, self._write = client, write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, **asked: Any) -> Any:
        answer = self._client.batch_get_item(**asked)
        self._write()
        return answer


def test_a_summary_is_never_older_than_its_incident(client: Any) -> None:
    table = dynamo(client)
    first(table)
    newer = Summary((member(), member(2)))

    def review() -> None:
        table.commit_review(root(revision=2, members=2), 1, (), NOW, summary=newer)

    incident, _, _ = DynamoTable(_Between(client, review), TABLE).load_delivery(due())
    assert incident is not None
    assert (incident.revision, incident.summary) == (1, newer)


class _Throttled:
    """A client whose batches answer one key at a time, and whose pages have two rows."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def query(self, **asked: Any) -> Any:
        return self._client.query(**asked, Limit=2)

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803
        ((name, asked),) = RequestItems.items()
        one, *rest = asked["Keys"]
        answer = self._client.batch_get_item(RequestItems={name: {**asked, "Keys": [one]}})
        return {**answer, "UnprocessedKeys": {name: {**asked, "Keys": rest}} if rest else {}}


def test_nothing_is_left_out_of_many(client: Any) -> None:
    """A batch may leave keys unprocessed, and a query has 1 MB a page."""
    first(dynamo(client))
    committed(DynamoTable(client, TABLE), joining=MembershipChanges([(ROOT, member(one)) for one in range(1, 6)]))
    table = DynamoTable(_Throttled(client), TABLE)
    assert table.open_groups([SERVICE_KEY, "group/x", GROUP_KEY], NOW) == {GROUP_KEY: opened(1)}
    assert table.members(ROOT) == [member(one) for one in range(1, 6)]


# -- items


def test_only_roots_are_listed_as_open_or_ended(client: Any) -> None:
    table = dynamo(client)
    first(table)
    assert listed(client) == {(f"INC#{ROOT}", "OPEN"), (f"INC#{ROOT}", "DUE#jira"), (f"INC#{ROOT}", "REVIEW")}
    # By itself again, when a storm is over.
    read = table.load(key())
    table.commit(read, read.alarm, [(own(parent=""), 1, ())], NOW)
    assert (f"INC#{own().id}", "OPEN") in listed(client)


def listed(client: Any) -> set[tuple[str, str]]:
    """What is in the index, and where."""
    return {(row["pk"]["S"], row["due_pk"]["S"]) for row in rows(client) if "due_pk" in row}


def test_how_long_they_are_kept(client: Any) -> None:
    table = dynamo(client)
    first(table)
    table.commit_review(root(), 1, (), NOW, summary=Summary((member(),)), review_at=NOW)
    table.acknowledge(ROOT, Acknowledgement("ann", NOW, "high"), NOW)
    table.count("environment", NOW)
    kept = {item["pk"]["S"].split("#")[0] + item["sk"]["S"]: expires_after(item) for item in rows(client)}
    day, minute = 86_400, str(NOW - NOW % MINUTE)
    assert kept.pop(f"INCMEMBER#{member().incident}") == 400 * day
    assert (kept.pop("GROUPOPEN"), kept.pop(f"COUNT{minute}")) == (3_600 + day, 7_200)
    assert {kept[name] for name in ("INCSUMMARY", "INCACK", "INCREVIEW")} == {400 * day}
    over = root(ended=NOW, state="OK", revision=2)
    table.commit_review(over, 2, (), NOW, summary=Summary((member(),)))
    committed(table, joining=MembershipChanges([(ROOT, replace(member(), ended=NOW))]))
    kept = {item["sk"]["S"]: expires_after(item) for item in rows(client)}
    assert (kept["SUMMARY"], kept[f"MEMBER#{member().incident}"]) == (75 * day, 75 * day)


def expires_after(item: dict[str, Any]) -> int:
    return int(item["expires"]["N"]) - NOW // 1000


def test_records_survive_being_written_down() -> None:
    incident = root(
        parent="e" * 16,
        repeats=(NOW, NOW + 1),
        open_members=1,
        updated_at=1,
        reminded_at=2,
        escalated_at=3,
    )
    assert items.incident_of(items.incident_item(incident, 1, NOW)) == incident
    ended = replace(member(), ended=NOW, measured="ü", recipients=(), alarm_count=7)
    assert group_items.member_of(group_items.member_item(ROOT, ended, NOW)) == ended
    summary = Summary((member(), ended), {"account:ledger": 2}, ("pager",))
    assert group_items.summary_of(group_items.summary_item(incident, summary, NOW)) == summary


def test_an_incident_of_the_version_before_is_read() -> None:
    """As it wrote them: without what is only known since."""
    said = {
        "id": ROOT,
        "key": {"account": "222222222222", "region": "us-east-1", "alarm": "a"},
        "kind": "alone",
        "severity": "high",
        "opened": NOW,
        "state": "ALARM",
        "changed_at": NOW,
        "alarm_at": NOW,
        "recipients": ["jira"],
    }
    read = items.incident_of({"incident": {"S": json.dumps(said)}})
    assert read == Incident(
        *(ROOT, Key("222222222222", "us-east-1", "a"), Kind.ALONE, "high", NOW, "ALARM", NOW, NOW),
        recipients=("jira",),
    )


def test_a_delivery_of_the_version_before_gets_its_place_from_the_decision(client: Any) -> None:
    """It had none of its own, only the index's; nothing of it was ever owed with `yields`."""
    table = dynamo(client)
    first(table)
    client.update_item(TableName=TABLE, Key=items.delivery_key(ROOT, "jira"), UpdateExpression="REMOVE owed_sk")
    _, delivery, version = table.load_delivery(due())
    update(table, 1)
    assert table.next_due("jira") == NOW + 9
    client.update_item(TableName=TABLE, Key=items.delivery_key(ROOT, "jira"), UpdateExpression="REMOVE owed_sk")
    assert table.save_delivery(delivery, version, Rank.HIGH, root(), NOW) == version + 1
    assert table.next_due("jira") == NOW + 9


def test_how_large_they_get() -> None:
    """With names, numbers and channels of usual length."""
    assert size(group_items.member_item(ROOT, replace(member(), ended=NOW), NOW)) <= 700
    listed = tuple(replace(member(number), alarm_count=12, ended=NOW) for number in range(MOST_LISTED))
    counts = {f"account:{number:012d}": 10 for number in range(20)}
    pagers = tuple(f"channel-{number}" for number in range(3))
    assert size(group_items.summary_item(root(), Summary(listed, counts, pagers), NOW)) <= 12_600
    full = root(
        keys=tuple(f"composite/{'x' * 80}-{number}/222222222222/us-east-1" for number in range(8)),
        recipients=tuple(f"channel-{number}" for number in range(20)),
        repeats=tuple(NOW + number for number in range(MOST_REPEATS)),
        reason="r" * 600,
        measured="m" * 120,
        note="n" * 300,
    )
    assert size(items.incident_item(full, 10**6, NOW)) <= 4_000
