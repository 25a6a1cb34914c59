"""The event store's promises: the one in DynamoDB, on moto's server, and the one in memory that other tests use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import botocore.session
import pytest

from handlers.events.aliases import follow
from handlers.events.dynamo_store import DynamoStore
from handlers.events.records import (
    Agent,
    Condition,
    Conflict,
    Count,
    Deployment,
    Error,
    Event,
    EventType,
    FindingState,
    PendingFinding,
    Pulse,
    SentFinding,
    Source,
    State,
    Status,
    Window,
)
from handlers.events.store import Store
from handlers.events.store_items import error_item, position
from tests.handlers.events.events_table import TABLE, create_events_table
from tests.handlers.events.events_world import DAY, EVERY, HOUR, T0, fingerprint
from tests.handlers.events.memory_store import MemoryStore
from tests.handlers.world import moto

HERE, THERE = Source("222222222222", "eu-west-1"), Source("333333333333", "us-east-1")
OWED = PendingFinding(T0, FindingState.ALARM, "log-error", {"subject": "x", "facts": [["a", "b"]]}, "01234567")
ONE = Error(
    fingerprint=fingerprint(1),
    kind="lambda",
    title="boom \u00e4",
    first_seen=T0,
    last_seen=T0 + 5,
    home=HERE,
    shape="s",
    sample="l1\nl2",
    stream="st",
    request="r",
    literal="boom",
    groups=("a", "b"),
    sources=(HERE, THERE),
    service="x",
    source_path="p",
    owner="o",
    runbook="https://x",
    state=State.IGNORED,
    state_at=T0 + 1,
    state_by="ann",
    ignore_count=5,
    ignore_window=HOUR,
    learned=7,
    notified=SentFinding(T0, FindingState.OK, "abc"),
    owed=OWED,
    due=T0 + 9,
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture(params=["dynamo", "memory"])
def store(request: pytest.FixtureRequest, endpoint: str) -> Store:
    if request.param == "memory":
        return MemoryStore()
    session = botocore.session.get_session()
    session.set_credentials("nobody", "nothing")
    client = session.create_client("dynamodb", endpoint_url=endpoint, region_name="us-east-1")
    if TABLE in client.list_tables()["TableNames"]:
        client.delete_table(TableName=TABLE)
    create_events_table(client)
    return DynamoStore(client, TABLE)


def error(number: int, **changed: object) -> Error:
    plain = Error(fingerprint(number), "log", "t", T0, T0, HERE, sources=(HERE,))
    return replace(plain, **changed)  # type: ignore[arg-type]


def test_an_error_comes_back_as_it_was_written(store: Store) -> None:
    assert store.head(ONE.fingerprint) is None
    written = store.save(ONE, 0)
    assert written == replace(ONE, version=1)
    assert store.head(ONE.fingerprint) == written
    assert store.heads([ONE.fingerprint, fingerprint(9), ONE.fingerprint]) == {ONE.fingerprint: written}
    bare = store.save(error(2), 0)
    assert store.head(fingerprint(2)) == bare


def test_a_record_is_written_in_place_of_what_was_read_alone(store: Store) -> None:
    first = store.save(ONE, 0)
    for version in (0, 2):
        with pytest.raises(Conflict):
            store.save(ONE, version)
    assert store.save(first, 1).version == 2
    condition = store.save_condition(Condition("agent", "agent", HERE), 0)
    with pytest.raises(Conflict):
        store.save_condition(condition, 0)
    agent = store.save_agent(Agent(HERE, Status.FAILED, T0, T0), 0)
    with pytest.raises(Conflict):
        store.save_agent(agent, 7)


def test_two_errors_are_merged_both_or_neither(store: Store) -> None:
    one, two = store.save(error(1), 0), store.save(error(2), 0)
    store.save(two, 1)
    with pytest.raises(Conflict):
        store.save_merged(replace(one, alias=two.fingerprint), two)
    assert store.head(one.fingerprint) == one
    now = store.head(two.fingerprint)
    assert now
    alias, whole = store.save_merged(replace(one, alias=two.fingerprint), replace(now, merged=(one.fingerprint,)))
    assert (store.head(one.fingerprint), store.head(two.fingerprint)) == (alias, whole)
    assert follow(alias, store) == whole
    # A new one may be an alias from the beginning.
    store.save_merged(error(3, alias=two.fingerprint), whole)
    assert store.heads([fingerprint(3)])[fingerprint(3)].version == 1


def test_a_circle_of_aliases_ends_somewhere(store: Store) -> None:
    one = store.save(error(1, alias=fingerprint(2)), 0)
    store.save(error(2, alias=fingerprint(1)), 0)
    assert follow(one, store).fingerprint == fingerprint(2)
    lost = store.save(error(3, alias=fingerprint(9)), 0)
    assert follow(lost, store) == lost


def test_counts_are_replaced_by_pass_and_read_by_window(store: Store) -> None:
    def put(count: int, start: int = T0, final: bool = False, source: Source = HERE, number: int = 1) -> int | None:
        return store.put_count(Count(fingerprint(number), start, source, count, True, final))

    assert [put(3), put(3), put(4), put(9, final=True), put(9, final=True), put(1)] == [3, 0, 1, 5, 0, None]
    put(2, T0 + EVERY)
    put(7, T0, source=THERE)
    put(8, T0 + 2 * EVERY)
    put(5, T0, number=2)
    whole = error(1, merged=(fingerprint(2),))
    found = [
        (one.start, one.source, one.fingerprint, one.count, one.final)
        for one in store.counts(whole, T0, T0 + 2 * EVERY)
    ]
    assert found == [
        (T0, HERE, fingerprint(1), 9, True),
        (T0, HERE, fingerprint(2), 5, False),
        (T0, THERE, fingerprint(1), 7, False),
        (T0 + EVERY, HERE, fingerprint(1), 2, False),
    ]


def test_recent_errors_come_in_pages_the_latest_first(store: Store) -> None:
    for number in range(5):
        store.save(error(number, last_seen=T0 + number * HOUR), 0)
    store.save(error(9, last_seen=T0 - HOUR), 0)
    seen, start_after = [], ""
    while True:
        page = store.recent_errors(T0, start_after, 2)
        seen.append([one.fingerprint for one in page.items])
        start_after = page.next
        if not start_after:
            break
    assert seen == [[fingerprint(4), fingerprint(3)], [fingerprint(2), fingerprint(1)], [fingerprint(0)]]
    # One may stop inside a page, and ask for what is too old.
    rest = store.recent_errors(T0, position(error(3, last_seen=T0 + 3 * HOUR)), 10)
    assert [one.fingerprint for one in rest.items] == [fingerprint(2), fingerprint(1), fingerprint(0)]
    assert store.recent_errors(T0 + DAY, rest.next or position(error(0)), 10).items == ()


def test_events_are_kept_once_and_read_by_day(store: Store) -> None:
    def event(id_: str, at: int) -> Event:
        return Event(id_, EventType.ALARM, HERE, at, "high", "t \u00e4", "s", {"facts": [["a", "b"]]})

    assert [store.add_event(event("a", T0)), store.add_event(event("a", T0))] == [True, False]
    store.add_event(event("b", T0 + 1))
    store.add_event(event("c", T0 + DAY))
    page = store.events("2026-11-23", "", 1)
    assert ([one.id for one in page.items], bool(page.next)) == (["b"], True)
    rest = store.events("2026-11-23", page.next, 5)
    assert ([one.id for one in rest.items], rest.next) == (["a"], "")
    known = store.event("a")
    assert known == replace(event("a", T0), version=1)
    store.save_event(replace(known, state=State.RESOLVED), 1)
    with pytest.raises(Conflict):
        store.save_event(known, 1)
    assert store.event("x") is None


def test_agents_windows_and_deployments(store: Store) -> None:
    agent = Agent(THERE, Status.FAILED, T0, T0 + 1, "v", T0 + 2, T0 + 3, T0 + 4, T0 + 5, "why", {"rows": 3})
    store.save_agent(agent, 0)
    store.save_agent(Agent(HERE, Status.SILENT, T0, T0), 0)
    assert [one.source for one in store.agents()] == [HERE, THERE]
    assert store.agent(THERE) == replace(agent, version=1)
    assert store.agent(Source("444444444444", "x")) is None
    assert store.window(HERE, T0) == Window(HERE, T0)
    store.add_to_window(Window(HERE, T0, first=frozenset({1}), first_errors=frozenset({"a"}), new=frozenset({"a"})))
    store.add_to_window(Window(HERE, T0))
    came = store.add_to_window(Window(HERE, T0, frozenset({2}), frozenset({1}), frozenset({"b"}), frozenset({"a"})))
    assert came == store.window(HERE, T0)
    assert (came.first, came.final, came.first_errors, came.final_errors, came.new) == (
        {1, 2},
        {1},
        {"a", "b"},
        {"a"},
        {"a"},
    )
    markers = [Deployment(HERE, T0 + at, "shop/x#1", "t", "x") for at in (0, 5, 3)]
    for one in [*markers, Deployment(THERE, T0, "y", "t")]:
        store.add_deployment(one)
    assert store.deployments(HERE, T0 + 1) == [markers[1], markers[2]]


def test_conditions_are_kept_by_check_and_place(store: Store) -> None:
    one = Condition(
        "service-health", "shop/a", HERE, True, T0, T0, 5, {"title": "t"}, SentFinding(1, FindingState.ALARM), OWED, 8
    )
    store.save_condition(one, 0)
    store.save_condition(replace(one, subject="shop/b"), 0)
    store.save_condition(replace(one, check="task-failure"), 0)
    store.save_condition(replace(one, source=THERE), 0)
    assert store.condition("service-health", HERE, "shop/a") == replace(one, version=1)
    assert [found.subject for found in store.conditions("service-health", HERE)] == ["shop/a", "shop/b"]
    assert store.condition("service-health", HERE, "shop/c") is None


def test_what_is_due_comes_the_earliest_first(store: Store) -> None:
    store.save(error(1, due=T0 + 5), 0)
    store.save(error(2, due=T0 + 50), 0)
    store.save(error(3), 0)
    store.save_condition(Condition("agent", "agent", HERE, last_at=T0, due=T0 + 3), 0)
    due = store.due(T0 + 50, 10)
    assert [one.due - T0 for one in due] == [3, 5]
    assert isinstance(due[0], Condition)
    assert len(store.due(T0 + 51, 2)) == 2


def test_the_pulse_is_written_in_place_of_the_one_that_was_read(store: Store) -> None:
    assert store.pulse() is None
    first = store.save_pulse(Pulse(T0), 0)
    assert store.pulse() == first == Pulse(T0, 0, 1)
    store.save_pulse(Pulse(T0 + EVERY, T0), 1)
    assert store.pulse() == Pulse(T0 + EVERY, T0, 2)
    with pytest.raises(Conflict):
        store.save_pulse(Pulse(T0 + 2 * EVERY), 1)


def test_merged_errors_do_not_expire() -> None:
    """An alias has no occurrence of its own any more; without it the next one would be a new error."""
    assert "expires" in error_item(ONE)
    assert "expires" not in error_item(replace(ONE, alias=fingerprint(2), merged=()))
    assert "expires" not in error_item(replace(ONE, alias="", merged=(fingerprint(2),)))
