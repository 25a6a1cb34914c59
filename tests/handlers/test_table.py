"""The table, in DynamoDB as moto's server has it and in memory: the same promises of both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.drill.memory_table import MemoryTable
from handlers.incident.decision.state_changes import MOST_CHANGES, absorb, pruned
from handlers.incident.events import Change, Key, Suppression
from handlers.incident.state import items
from handlers.incident.state.channel_state import ChannelState, DigestMessage
from handlers.incident.state.dynamo import DynamoTable
from handlers.incident.state.records import Alarm, Delivery, Incident, Kind, Rank, StateChange, Status
from handlers.incident.state.register import Register
from handlers.incident.state.register_items import register_item
from handlers.incident.state.table import Conflict, DueDelivery, OutstandingDelivery, ParkedEvent
from tests.handlers.alarm_world import KEY, NO_DATA, OK, Life, changes
from tests.handlers.dynamo_world import dynamo, dynamo_client, rows, size
from tests.handlers.table_world import TABLE

NOW = 1_795_168_800_000
INCIDENT = Incident("0123456789abcdef", KEY, Kind.ALONE, "high", NOW, "ALARM", NOW, NOW, recipients=("jira", "slack"))
ALARM = Alarm(KEY, (StateChange(NOW, "ALARM", "why", incident=INCIDENT.id),), incident=INCIDENT.id)
DUE = DueDelivery(INCIDENT.id, "jira", Rank.HIGH, NOW)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with dynamo_client() as client:
        yield client


@pytest.fixture(params=["dynamo", "memory"])
def table(request: pytest.FixtureRequest, client: Any) -> Any:
    if request.param == "memory":
        return MemoryTable()
    return dynamo(client)


def owed(*channels: str, rank: Rank = Rank.HIGH, not_before: int = NOW) -> tuple[OutstandingDelivery, ...]:
    return tuple(OutstandingDelivery(name, rank, not_before) for name in channels)


def committed(table: Any, incident: Incident = INCIDENT, *channels: str) -> None:
    read = table.load(KEY)
    version = table.load_incident(incident.id)[1]
    table.commit(read, replace(ALARM, recheck_at=None), [(incident, version, owed(*(channels or ("jira",))))], NOW)


# -- decisions


def test_nothing_is_remembered_at_first(table: Any) -> None:
    read = table.load(KEY)
    assert (read.alarm, read.alarm_version, read.incident, read.previous) == (Alarm(KEY), 0, None, None)


def test_a_decision_is_remembered(table: Any) -> None:
    committed(table, INCIDENT, "jira", "slack")
    read = table.load(KEY)
    assert (read.alarm, read.alarm_version) == (ALARM, 1)
    assert (read.incident, read.incident_version) == (INCIDENT, 1)
    incident, delivery, version = table.load_delivery(DUE)
    assert (incident, version) == (INCIDENT, 1)
    assert delivery == Delivery(INCIDENT.id, "jira", desired=1)
    assert table.due("jira", Rank.HIGH, NOW, 10) == [DUE]
    assert table.due("slack", Rank.HIGH, NOW, 10) == [replace(DUE, channel="slack")]


def test_what_was_written_meanwhile_is_not_overwritten(table: Any) -> None:
    nothing = table.load(KEY)
    committed(table)
    with pytest.raises(Conflict):
        table.commit(nothing, ALARM, [], NOW)
    # All or nothing: the incident's version is what does not fit here, and the alarm stays as it was, too.
    with pytest.raises(Conflict):
        changed = replace(ALARM, recheck_at=5)
        table.commit(table.load(KEY), changed, [(replace(INCIDENT, revision=2), 0, owed("slack"))], NOW)
    assert table.load(KEY).alarm == ALARM
    assert table.load_delivery(replace(DUE, channel="slack"))[2] == 0


def test_the_worker_and_a_decision_do_not_wait_for_each_other(table: Any) -> None:
    committed(table)
    _, delivery, version = table.load_delivery(DUE)
    committed(table, replace(INCIDENT, revision=2))
    settled = replace(delivery, delivered=1, state="ALARM", reference="OPS-1", status=Status.SETTLED)
    saved = table.save_delivery(settled, version, None, INCIDENT, NOW)
    assert saved == version + 1
    incident, delivery, version = table.load_delivery(DUE)
    # What the worker did is remembered, and the rest is still owed, where the decision put it.
    assert (delivery.desired, delivery.delivered, delivery.reference) == (2, 1, "OPS-1")
    assert (delivery.status, version) == (Status.OWED, saved)
    assert table.due("jira", Rank.HIGH, NOW, 10) == [DUE]
    assert table.save_delivery(replace(settled, desired=2, delivered=2), version, None, incident, NOW) == version + 1
    assert table.due("jira", Rank.HIGH, NOW, 10) == []


class _Between:
    """A client during whose first batch somebody else writes, after one key was read and before the other."""

    def __init__(self, client: Any, write: Any) -> None:
        self._client, self._write, self.batches = client, write, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803
        self.batches += 1
        if self.batches > 1:
            return self._client.batch_get_item(RequestItems=RequestItems)
        ((name, asked),) = RequestItems.items()
        first, *rest = asked["Keys"]
        answer = self._client.batch_get_item(RequestItems={name: {**asked, "Keys": [first]}})
        self._write()
        return {**answer, "UnprocessedKeys": {name: {**asked, "Keys": rest}}}


def test_a_decision_between_two_reads_of_one_batch_stays_owed(client: Any) -> None:
    """BatchGetItem reads each item by itself: the incident of before, and what is owed since."""
    table = dynamo(client)
    table.commit(table.load(KEY), ALARM, [(INCIDENT, 0, (OutstandingDelivery("jira", Rank.HIGH, NOW),))], NOW)
    ended = replace(INCIDENT, state="OK", ended=NOW + 1, revision=2)

    def decide() -> None:
        table.commit(table.load(KEY), ALARM, [(ended, 1, (OutstandingDelivery("jira", Rank.ENDED, NOW),))], NOW)

    between = DynamoTable(_Between(client, decide), TABLE)
    incident, delivery, _ = between.load_delivery(DUE)
    assert incident is not None
    assert (incident.revision, delivery.desired) == (2, 2)


def test_two_workers_do_not_overwrite_each_other(table: Any) -> None:
    committed(table)
    _, delivery, version = table.load_delivery(DUE)
    assert table.save_delivery(replace(delivery, claim=1), version, Rank.HIGH, INCIDENT, NOW) == version + 1
    assert table.save_delivery(replace(delivery, claim=2), version, Rank.HIGH, INCIDENT, NOW) is None
    assert table.load_delivery(DUE)[1].claim == 1
    assert table.save_delivery(Delivery("f" * 16, "jira", desired=1), 3, Rank.HIGH, INCIDENT, NOW) is None


def test_a_new_revision_is_owed_even_of_what_was_given_up(table: Any) -> None:
    committed(table)
    _, delivery, version = table.load_delivery(DUE)
    gone = replace(delivery, status=Status.GIVEN_UP, reason="no answer for three days")
    assert table.save_delivery(gone, version, None, INCIDENT, NOW)
    assert table.next_due("jira") is None
    committed(table, replace(INCIDENT, revision=2))
    assert table.load_delivery(DUE)[1].status is Status.OWED
    assert table.next_due("jira") == NOW


def test_what_is_due_comes_by_rank_and_time(table: Any) -> None:
    for number, (rank, at) in enumerate([(Rank.OTHER, 5), (Rank.CRITICAL, 90), (Rank.OTHER, 3), (Rank.OTHER, 70)]):
        incident = replace(INCIDENT, id=f"{number:016x}")
        table.commit(table.load(KEY), ALARM, [(incident, 0, owed("jira", rank=rank, not_before=at))], NOW)
    assert [one.not_before for one in table.due("jira", Rank.OTHER, 50, 10)] == [3, 5]
    assert [one.not_before for one in table.due("jira", Rank.OTHER, 70, 2)] == [3, 5]
    assert table.due("jira", Rank.CRITICAL, 89, 10) == []
    assert table.due("slack", Rank.OTHER, 99, 10) == []
    assert [table.anything_due("jira", now) for now in (2, 3)] == [False, True]
    assert (table.next_due("jira"), table.next_due("slack")) == (3, None)


def test_alarms_to_look_at_come_by_time(table: Any) -> None:
    for name, at in (("a#b", 50), ("c", 20), ("d", 90), ("e", None)):
        key = replace(KEY, alarm=name)
        table.commit(table.load(key), Alarm(key, recheck_at=at), [], NOW)
    assert [key.alarm for key in table.due_alarms(60, 10)] == ["c", "a#b"]
    assert [key.alarm for key in table.due_alarms(60, 1)] == ["c"]
    read = table.load(replace(KEY, alarm="c"))
    table.commit(read, replace(read.alarm, recheck_at=None), [], NOW)
    assert [key.alarm for key in table.due_alarms(60, 10)] == ["a#b"]


def test_since_when_the_names_are_the_same_is_remembered(table: Any) -> None:
    assert table.names_since("a", NOW) == NOW
    assert table.names_since("a", NOW + 5) == NOW
    assert table.names_since("b", NOW + 9) == NOW + 9
    assert table.names_since("a", NOW + 12) == NOW + 12


def test_the_latest_event_of_an_unknown_alarm_is_parked(table: Any) -> None:
    def parked(limit: int = 10, *names: str) -> list[ParkedEvent]:
        found: list[ParkedEvent] = table.parked(lambda name: name in (names or (KEY.alarm, "oth#er")), limit)
        return found

    first, second, theirs = (
        ParkedEvent(KEY, "first", 10),
        ParkedEvent(KEY, "second", 20),
        ParkedEvent(replace(KEY, alarm="oth#er"), "theirs", 5),
    )
    for one in (second, first, theirs):
        table.park(one, NOW)
    assert parked() == [theirs, second]
    assert (parked(1), parked(1, KEY.alarm)) == ([theirs], [second])
    assert (table.parked_of(KEY), table.parked_of(replace(KEY, alarm="none"))) == (second, None)
    table.unpark(first)
    assert parked() == [theirs, second]
    table.unpark(second)
    assert parked() == [theirs]


# -- channels


def test_one_worker_at_a_time_has_the_lease(table: Any) -> None:
    first = table.take_lease("jira", 100, 200)
    assert (first.fence, first.lease_until) == (1, 200)
    assert table.take_lease("jira", 150, 250) is None
    # Somebody was woken for nothing: the holder is told when it goes.
    assert table.save_channel(replace(first, tokens=3.5), 160, release=True) is False
    second = table.take_lease("jira", 170, 270)
    assert (second.fence, second.tokens, second.missed_wake_up) == (2, 3.5, 0)
    with pytest.raises(Conflict):
        table.save_channel(first, 180, release=False)
    assert table.save_channel(second, 190, release=False) is True
    assert table.take_lease("jira", 269, 300) is None
    third = table.take_lease("jira", 270, 300)
    assert third.fence == 3
    assert table.save_channel(third, 280, release=True) is True


def test_a_channels_state_is_remembered(table: Any) -> None:
    digest = DigestMessage(5, 6, reference="ts", total=3, lines=("a", "b"), counts={"high": 2})
    state = replace(
        table.take_lease("slack", 1, 9), rate=25.0, recent=(1, 2), failures=3, down_since=4, reason="ü", digest=digest
    )
    table.save_channel(state, 2, release=True)
    assert table.take_lease("slack", 10, 20) == replace(state, fence=2, lease_until=20)


def test_channels_are_listed_until_they_are_forgotten(table: Any) -> None:
    for name in ("jira", "slack"):
        table.take_lease(name, 1, 2)
    assert table.channels() == {"jira", "slack"}
    table.forget_channel("jira")
    assert table.channels() == {"slack"}
    assert isinstance(table.take_lease("jira", 1, 2), ChannelState)


# -- items


def test_how_long_items_are_kept(client: Any) -> None:
    table = dynamo(client)
    committed(table, INCIDENT, "jira")
    kept = {item["sk"]["S"]: int(item["expires"]["N"]) - NOW // 1000 for item in rows(client)}
    assert kept == {"HEAD": 400 * 86_400, "DELIVERY#jira": 400 * 86_400}
    over = replace(INCIDENT, ended=NOW, state=OK, revision=2)
    recovered = replace(ALARM, changes=(*ALARM.changes, StateChange(NOW + 1, OK)))
    table.commit(table.load(KEY), recovered, [(over, 1, owed("jira"))], NOW)
    _, delivery, version = table.load_delivery(DUE)
    table.save_delivery(replace(delivery, status=Status.SETTLED, delivered=2), version, None, over, NOW)
    table.park(ParkedEvent(KEY, "x", 1), NOW)
    days = {
        item["pk"]["S"].split("#")[0] + item["sk"]["S"]: int(item["expires"]["N"]) - NOW // 1000
        for item in rows(client)
    }
    assert {name: seconds // 86_400 for name, seconds in days.items()} == {
        "ALARMHEAD": 60,
        "INCHEAD": 75,
        "INCDELIVERY#jira": 45,
        "PARKEDLAST": 14,
    }


def test_open_and_given_up_ones_are_in_the_index(client: Any) -> None:
    table = dynamo(client)
    committed(table, INCIDENT, "jira", "slack")
    _, delivery, version = table.load_delivery(DUE)
    table.save_delivery(replace(delivery, status=Status.REFUSED), version, None, INCIDENT, NOW)
    places = {(row["due_pk"]["S"], row["due_sk"]["S"]) for row in rows(client) if "due_pk" in row}
    assert places == {("OPEN", str(NOW)), ("refused", f"jira#{NOW}"), ("DUE#slack", f"1#{NOW}")}


text = st.text(st.characters(codec=None), max_size=1_200)
times = st.integers(NOW, NOW + 10**10)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_alarms_item_stays_below_8_kb(data: st.DataObject) -> None:
    """Whatever happens to it: 255 characters of name, reasons of any kind, every change held in every way."""
    alarm = Alarm(Key("2" * 12, "ap-southeast-1", "\U0001f4a5" * 255), recheck_at=NOW)
    at = NOW
    filler = data.draw(text)
    for number in range(MOST_CHANGES + 10):
        at += 10**8
        held = Suppression(at + 10**9, f"{number % 7}" * 40, at + 10**7)
        change = Change(alarm.key, "ALARM", at, filler, "OK", at - 5 * 10**7, "x" * 40, held, filler)
        alarm = absorb(alarm, change)
        alarm = replace(alarm, changes=tuple(replace(c, incident=c.incident or f"{c.at:016x}") for c in alarm.changes))
        alarm = pruned(alarm, at)
    item = items.alarm_item(alarm, 10**6, NOW)
    assert size(item) <= 8_000
    assert items.alarm_of(alarm.key, item) == alarm


@settings(max_examples=60, deadline=None)
@given(text, text)
def test_an_incidents_item_stays_below_4_kb(reason: str, measured: str) -> None:
    key = Key("2" * 12, "ap-southeast-1", "\U0001f4a5" * 255)
    life = Life(alarm=Alarm(key), severity="critical")
    life.listeners["critical"] = tuple(f"channel-{number}-{'x' * 20}" for number in range(20))
    for change in changes(("ALARM", NOW), (NO_DATA, NOW + 5), before=(OK, NOW - 10**6)):
        life.decide(replace(change, key=key, reason=reason, measured=measured), NOW + 10)
    (incident,) = life.alone
    item = items.incident_item(replace(incident, note="\U0001f4a5" * 75), 10**6, NOW)
    assert size(item) <= 4_500
    assert items.incident_of(item).reason == incident.reason


states = st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA"])


@settings(max_examples=100)
@given(
    st.lists(
        st.builds(
            StateChange,
            times,
            states,
            st.text(max_size=5),
            st.text(max_size=5),
            st.sampled_from(["", "ALARM", "OK", "INSUFFICIENT_DATA"]),
            st.none() | times,
            st.booleans(),
            st.none() | times,
            st.none() | st.sampled_from(["Alarm", "WaitPeriod"]),
            st.none() | times,
            st.sampled_from(["", "-", "0123456789abcdef"]),
        ),
        max_size=6,
    )
)
def test_an_alarm_survives_being_written_down(history: list[StateChange]) -> None:
    alarm = Alarm(KEY, tuple(history), 5, "0123456789abcdef", None)
    assert items.alarm_of(KEY, items.alarm_item(alarm, 1, NOW)) == alarm


def test_records_survive_being_written_down() -> None:
    incident = replace(INCIDENT, ended=NOW, note="ü", measured="m", alarm_reason="r")
    assert items.incident_of(items.incident_item(incident, 1, NOW)) == incident
    delivery = Delivery(
        "i",
        "c",
        3,
        2,
        Status.REFUSED,
        "ALARM",
        5,
        6,
        "ref",
        True,
        True,
        "open",
        {"create": "OPS-1"},
        4,
        7,
        8,
        9,
        10,
        True,
        "no",
    )
    assert items.delivery_of(items.delivery_item(delivery, 1, None, None, NOW)) == delivery
    assert "reference" not in json.loads(items.delivery_json(Delivery("i", "c")))


# -- registers of contributors


def test_whether_an_alarm_has_a_register_is_read_with_it(table: Any) -> None:
    other = replace(KEY, alarm="other-alarm-prod")
    table.save_register(Register(KEY).admitted("a", NOW, 3, 60), NOW)
    assert [table.load(key).has_register for key in (KEY, other)] == [True, False]
    table.commit(table.load(other), Alarm(other), [], NOW)
    assert table.load(other).has_register is False


def test_a_register_is_remembered(table: Any) -> None:
    empty = table.register(KEY)
    assert empty == Register(KEY)
    full = empty.admitted(f"{KEY.alarm} of F=a", NOW, 1, 0).admitted(f"{KEY.alarm} of F=b", NOW + 1, 1, 0)
    table.save_register(full, NOW)
    read = table.register(KEY)
    assert read == replace(full, version=1)
    assert [read.stands_alone(name) for name in read.in_alarm] == [True, False]
    ended = read.released(f"{KEY.alarm} of F=a", NOW + 2)
    table.save_register(ended, NOW)
    assert table.register(KEY).in_alarm == (f"{KEY.alarm} of F=b",)
    with pytest.raises(Conflict):
        table.save_register(ended, NOW)
    # The alarm's own item is another.
    assert table.load(KEY).alarm == Alarm(KEY)


def test_a_register_of_all_series_fits_into_an_item() -> None:
    """CloudWatch has 500 series in an alarm at most, DynamoDB 400 KB in an item."""
    register = Register(KEY)
    for number in range(600):
        register = register.admitted(f"{KEY.alarm} of {'x' * 117}{number:03}", NOW, 100, 0)
    assert len(register.contributors) == 500
    assert size(register_item(register, NOW)) < 120_000
