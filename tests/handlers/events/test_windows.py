"""Windows of agents: what they count, whom they tell, and that neither order nor repetition matters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from handlers.common.deadline import Deadline
from handlers.events import states, windows
from handlers.events.actions import change_error, merge_errors
from handlers.events.messages import AgentWindow
from handlers.events.outbox import NotSent
from handlers.events.reading import read
from handlers.events.records import Count, EventType, Source, State, Status
from handlers.events.states import MOST_MERGED
from tests.handlers.events.events_world import (
    CHECKOUT,
    DAY,
    EVERY,
    HOUR,
    LEDGER,
    MINUTE,
    REGION,
    T0,
    Hub,
    Killed,
    error,
    fingerprint,
    happening,
    settings,
    window,
)

ONE = fingerprint(1)
HERE = Source(CHECKOUT, REGION)
A, OK = "ALARM", "OK"


@pytest.fixture
def hub() -> Hub:
    return Hub()


# New, known, back


def test_a_new_error_is_told_once_with_all_that_is_known(hub: Hub) -> None:
    hub.take(happening("deployment", "shop/ledger", T0 - 3 * MINUTE, state=""))
    hub.take(window(T0, [error(request="r-1", service="pay")]))
    hub.take(window(T0 + EVERY, [error(start=T0 + EVERY)]))
    hub.take(window(T0, [error()], LEDGER))
    (finding,) = hub.sent
    assert finding.detail["title"] == "New error in pay: ERROR cannot book order <number> (1)"
    assert finding.detail["at"] == T0 + EVERY
    assert (finding.detail["account"], finding.detail["region"]) == (CHECKOUT, REGION)
    facts = dict(finding.detail["facts"])
    assert facts["Since"] == "the deployment of ledger at 2026-11-23T09:57:00Z, 3 minutes before"
    assert facts["Occurrences"] == "3 in 5 minutes"
    assert facts["Owned by"] == "payments"
    assert facts["How to handle"] == "https://runbooks.example.com/pay"
    assert finding.detail["link"].startswith(f"https://{REGION}.console.aws.amazon.com/cloudwatch/home")
    assert "r-1" in finding.detail["link"]
    head = hub.store.errors[ONE]
    assert head.sources == (Source(CHECKOUT, REGION), Source(LEDGER, REGION))
    assert (head.owed, head.notified.at if head.notified else 0) == (None, T0 + EVERY)
    assert head.last_seen == T0 + EVERY + 2_000
    (event,) = [one for one in hub.store.event_items.values() if one.type is EventType.ERROR]
    assert (event.severity, event.subject, event.body["account_name"]) == ("medium", ONE, "checkout")


def test_the_link_asks_for_the_text_that_all_lines_have(hub: Hub) -> None:
    hub.take(window(T0, [error(1, literal="cannot book order"), error(2)]))
    first, second = (one.detail["link"] for one in hub.sent)
    assert "cannot*20book*20order*22*20*7C*20sort" in first
    # What people read of an error is not what stands in its lines.
    assert "filter" not in second
    assert hub.store.errors[ONE].literal == "cannot book order"


def test_usual_owners_are_named_by_the_incident_function_alone() -> None:
    hub = Hub(settings(owners=[], runbook="https://runbooks.example.com/all"))
    hub.take(window(T0, [error()]))
    hub.take(happening("task-failure", "shop/ledger"))
    names = {name for one in hub.sent for name, _ in one.detail["facts"]}
    assert not names & {"Owned by", "How to handle"}
    assert hub.store.errors[ONE].owner == "everybody"


def test_a_failed_invocation_is_a_check_of_its_own(hub: Hub) -> None:
    hub.take(window(T0, [error(kind="lambda", groups={"/aws/lambda/x": 1}, service="x")]))
    assert hub.findings() == [("lambda-error", ONE, A)]
    assert hub.sent[0].detail["title"].startswith("New failure in x")


def test_a_resolved_error_that_occurs_again_is_back(hub: Hub) -> None:
    hub.take(window(T0, [error()]))
    change_error(ONE, lambda one: states.resolve(one, "ann", T0 + 10 * MINUTE), hub.outputs, T0 + 10 * MINUTE)
    # What occurred before that comes late, and is no regression.
    hub.take(window(T0 + EVERY, [error(start=T0 + EVERY)]))
    assert hub.findings() == [("log-error", ONE, A), ("log-error", ONE, OK)]
    hub.take(window(T0 + 3 * EVERY, [error(start=T0 + 3 * EVERY)]))
    assert hub.findings()[2:] == [("log-error", ONE, A)]
    assert hub.sent[2].detail["title"].startswith("Back: error in ledger")
    assert [one.at for one in hub.sent] == sorted({one.at for one in hub.sent})
    assert hub.store.errors[ONE].state is State.NEW


def test_an_error_that_was_silent_for_a_week_is_over_and_then_back(hub: Hub) -> None:
    hub.take(window(T0, [error()]))
    later = T0 + 8 * DAY
    for with_tick in (False, True):
        copy = Hub()
        copy.take(window(T0, [error()]))
        if with_tick:
            copy.tick(T0 + 7 * DAY)
            assert copy.store.errors[ONE].state is State.NEW
            copy.tick(T0 + 7 * DAY + HOUR)
            assert copy.store.errors[ONE].state is State.RESOLVED
            assert copy.findings()[1:] == [("log-error", ONE, OK)]
        copy.take(window(later, [error(start=later)]))
        assert copy.findings()[-1] == ("log-error", ONE, A)
        assert copy.sent[-1].at == later + EVERY


def test_severity_none_is_recorded_and_nobody_hears_of_it() -> None:
    hub = Hub(settings(severity={"log": "none"}))
    hub.take(window(T0, [error()]))
    assert (hub.findings(), len(hub.store.errors)) == ([], 1)


# Counts


def test_the_final_count_replaces_the_first_and_is_never_replaced_by_it(hub: Hub) -> None:
    final = window(T0, [error(count=5)], **{"pass": "final"})
    for message in (window(T0, [error(count=3)]), final, final, window(T0, [error(count=3)])):
        hub.take(message)
    assert hub.counts() == {(ONE, T0, HERE): 5}


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0), (1, 0, 2)])
def test_what_only_the_first_pass_has_found_is_none(hub: Hub, order: tuple[int, ...]) -> None:
    """A trace whose end came late has another fingerprint in the final pass, whose two parts come in any order."""
    messages = [
        window(T0, [error(1), error(2)]),
        window(T0, [error(2)], parts=2, **{"pass": "final"}),
        window(T0, [error(3)], part=2, parts=2, **{"pass": "final"}),
    ]
    for index in order:
        hub.take(messages[index])
    # The parts of a final pass that is not complete say nothing of what is missing in them.
    hub.take(messages[0])
    assert hub.counts() == {(fingerprint(2), T0, HERE): 3, (fingerprint(3), T0, HERE): 3}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_a_final_pass_could_not_read_stays_counted(hub: Hub, order: tuple[int, ...]) -> None:
    """A log group whose permission or life ends in between takes no counts with it."""
    messages = [window(T0, [error(1), error(2)]), window(T0, [error(2)], partial=True, **{"pass": "final"})]
    for index in order:
        hub.take(messages[index])
    assert hub.counts() == {(ONE, T0, HERE): 3, (fingerprint(2), T0, HERE): 3}


# Many at once


def test_more_than_ten_new_errors_are_one_summary(hub: Hub) -> None:
    hub.take(window(T0, [error(number) for number in range(11)]))
    assert hub.findings() == [("log-error", "summary", A)]
    assert hub.sent[0].detail["title"] == "11 new errors in one window in checkout (eu-west-1)"
    hub.take(window(T0 + EVERY, [error(number, T0 + EVERY) for number in range(11)]))
    assert len(hub.findings()) == 1
    assert {one.state for one in hub.store.errors.values()} == {State.NEW}
    hub.tick(T0 + EVERY + HOUR)
    assert hub.findings()[1:] == [("log-error", "summary", OK)]


def test_ten_new_errors_are_ten(hub: Hub) -> None:
    hub.take(window(T0, [error(number) for number in range(10)]))
    assert len(hub.findings()) == 10


def test_a_summary_of_a_late_window_is_told_though_a_later_one_is_over(hub: Hub) -> None:
    """Windows that come from the dead letters hours later have errors that nobody has heard of."""
    late, later = T0, T0 + 12 * EVERY
    hub.take(window(later, [error(number, later) for number in range(11)]))
    hub.tick(later + EVERY + HOUR + MINUTE)
    assert [state for *_, state in hub.findings()] == [A, OK]
    for _ in range(2):
        hub.take(window(late, [error(number, late) for number in range(20, 31)]))
    assert [(subject, state) for _, subject, state in hub.findings()[2:]] == [("summary", A)]


def test_what_was_told_before_its_severity_was_none_is_over_all_the_same(hub: Hub) -> None:
    hub.take(window(T0, [error(1)]))
    hub.take(happening("task-failure", "shop/ledger"))
    none = settings(severity={"log": "none", "task": "none"})
    quiet = Hub(rules=none, store=hub.store, bus=hub.bus)
    quiet.tick(T0 + 10 * DAY)
    assert [state for *_, state in quiet.findings()] == [A, A, OK, OK]


def test_parts_of_a_window_are_added_up(hub: Hub) -> None:
    """At most ten are told one by one, however many parts there are."""
    for part in range(3):
        errors = [error(10 * part + number) for number in range(6)]
        hub.take(window(T0, errors, part=part + 1, parts=3))
    subjects = [subject for _, subject, _ in hub.findings()]
    assert (subjects.count("summary"), len(subjects)) == (2, 8)
    assert hub.sent[-1].detail["title"] == "18 new errors in one window in checkout (eu-west-1)"


# Learning


def test_the_first_day_is_quiet_and_ends_with_one_summary() -> None:
    hub = Hub(settings(learn=86_400))
    hub.take(window(T0, [error(number) for number in range(3)]))
    hub.take(window(T0 + DAY - 2 * EVERY, [error(4, T0 + DAY - 2 * EVERY)]))
    hub.tick(T0 + DAY - EVERY)
    assert hub.findings() == []
    assert hub.store.event_items == {}
    hub.take(window(T0 + DAY, [error(1, T0 + DAY), error(5, T0 + DAY)]))
    hub.tick(T0 + DAY + EVERY)
    hub.tick(T0 + DAY + 2 * EVERY)
    assert hub.findings() == [("log-error", fingerprint(5), A), ("log-error", "summary", A)]
    assert hub.sent[1].detail["title"].startswith("4 errors are known in checkout")
    assert hub.store.agent_items[Source(CHECKOUT, REGION)].learned == T0 + DAY + EVERY


@pytest.mark.parametrize("learned_first", [True, False])
def test_an_error_that_one_account_has_learned_is_new_in_another(learned_first: bool) -> None:
    hub = Hub(settings(learn=86_400))
    hub.take(window(T0 - 3 * DAY, [], LEDGER))
    messages = [window(T0, [error()]), window(T0, [error()], LEDGER)]
    for message in messages if learned_first else reversed(messages):
        hub.take(message)
    hub.take(window(T0 + 2 * DAY, [error(start=T0 + 2 * DAY)]))
    assert hub.findings() == [("log-error", ONE, A)]


# Ignored, merged


def test_an_error_that_is_ignored_until_a_date_is_back_after_it(hub: Hub) -> None:
    hub.take(window(T0, [error()]))
    until = T0 + DAY
    change_error(ONE, lambda one: states.ignore(one, "ann", T0 + EVERY, until=until), hub.outputs, T0 + EVERY)
    hub.take(window(T0 + HOUR, [error(start=T0 + HOUR)]))
    assert hub.findings() == [("log-error", ONE, A), ("log-error", ONE, OK)]
    hub.tick(until + EVERY)
    assert hub.store.errors[ONE].state is State.RESOLVED
    assert len(hub.findings()) == 2
    hub.take(window(until + EVERY, [error(start=until + EVERY)]))
    assert hub.findings()[2:] == [("log-error", ONE, A)]


def test_an_error_that_is_ignored_until_a_count_is_told_once_when_it_is_reached(hub: Hub) -> None:
    hub.take(window(T0, [error(count=500)]))
    change_error(ONE, lambda one: states.ignore(one, "ann", T0 + EVERY, count=10, within=HOUR), hub.outputs, T0 + EVERY)
    for number in range(1, 4):
        hub.take(window(T0 + number * EVERY, [error(start=T0 + number * EVERY)]))
    assert len(hub.findings()) == 2
    last = window(T0 + 4 * EVERY, [error(start=T0 + 4 * EVERY)])
    hub.take(last)
    hub.take(last)
    assert hub.findings()[2:] == [("log-error", ONE, A)]
    assert hub.sent[2].detail["title"].startswith("No longer ignored: error")
    assert hub.store.errors[ONE].state is State.NEW


def test_counts_before_that_time_do_not_reach_it(hub: Hub) -> None:
    hub.take(window(T0, [error(count=8)]))
    change_error(ONE, lambda one: states.ignore(one, "ann", T0 + EVERY, count=10, within=HOUR), hub.outputs, T0 + EVERY)
    hub.take(window(T0 + 30 * EVERY, [error(start=T0 + 30 * EVERY, count=9)]))
    hub.take(window(T0 + 45 * EVERY, [error(start=T0 + 45 * EVERY, count=9)]))
    assert len(hub.findings()) == 2


def test_no_more_counts_are_read_than_it_takes_to_reach_it(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that occurs in every window of a month, in twenty places, has more than a function has time for."""
    hub.take(window(T0, [error()]))
    change_error(ONE, lambda one: states.ignore(one, "ann", T0 + EVERY, count=9, within=30 * DAY), hub.outputs, T0)
    start = T0 + 25 * DAY
    for number in range(1, 2000):
        hub.store.put_count(Count(ONE, start - number * EVERY, Source(LEDGER, REGION), 5, True, True))
    read: list[Count] = []
    each_count = hub.store.each_count

    def noted(*asked: Any) -> Iterator[Count]:
        for one in each_count(*asked):
            read.append(one)
            yield one

    monkeypatch.setattr(hub.store, "each_count", noted)
    hub.take(window(start, [error(start=start)]))
    assert hub.store.errors[ONE].state is State.NEW
    assert 0 < len(read) < 5


def test_a_window_from_before_it_was_ignored_does_not_reach_it(hub: Hub) -> None:
    hub.take(window(T0, [error()]))
    later = T0 + 3 * DAY
    change_error(ONE, lambda one: states.ignore(one, "ann", later, count=1, within=HOUR), hub.outputs, later)
    hub.take(window(T0 + EVERY, [error(start=T0 + EVERY, count=9)]))
    assert hub.store.errors[ONE].state is State.IGNORED


def test_what_is_merged_counts_as_the_other_from_then_on(hub: Hub) -> None:
    hub.take(window(T0, [error(1), error(2)]))
    merge_errors(fingerprint(2), ONE, "ann", hub.outputs, T0 + EVERY)
    assert hub.findings()[2:] == [("log-error", fingerprint(2), OK)]
    hub.take(window(T0 + EVERY, [error(2, T0 + EVERY, count=7)], LEDGER))
    assert len(hub.findings()) == 3
    one = hub.store.errors[ONE]
    assert (one.last_seen, one.merged) == (T0 + EVERY + 2_000, (fingerprint(2),))
    assert Source(LEDGER, REGION) in one.sources
    assert sum(count.count for count in hub.store.counts(one, T0, T0 + HOUR)) == 13


def test_another_version_of_the_rules_makes_nothing_new(hub: Hub) -> None:
    hub.take(window(T0, [error(1)]))
    new = "2-00000000000000aa"
    for start in (T0 + EVERY, T0 + 2 * EVERY):
        hub.take(window(start, [error(1, start, fingerprint=new, also=[ONE])]))
    assert hub.findings() == [("log-error", ONE, A)]
    assert hub.store.errors[new].alias == ONE
    # The old rules are gone some day.
    hub.take(window(T0 + 3 * EVERY, [error(1, T0 + 3 * EVERY, fingerprint=new)]))
    assert len(hub.findings()) == 1
    assert hub.store.errors[ONE].last_seen == T0 + 3 * EVERY + 2_000


def test_an_error_takes_only_so_many_others_that_an_agent_calls_the_same(hub: Hub) -> None:
    """One member could otherwise make the item of an error that all accounts have larger than DynamoDB's 400 kB."""
    hub.take(window(T0, [error(1)]))
    many = [error(1, T0 + EVERY, fingerprint=f"2-{number:016x}", also=[ONE]) for number in range(MOST_MERGED + 20)]
    hub.take(window(T0 + EVERY, many, account=LEDGER))
    assert len(hub.store.errors[ONE].merged) == MOST_MERGED
    assert sum(one.alias == ONE for one in hub.store.errors.values()) == MOST_MERGED
    # The others are errors of their own, and one window after the other is taken.
    hub.take(window(T0 + 2 * EVERY, many, account=LEDGER))
    hub.take(window(T0 + 2 * EVERY, [error(1, T0 + 2 * EVERY)]))
    assert hub.store.errors[ONE].last_seen == T0 + 2 * EVERY + 2_000


def test_an_error_of_the_same_rules_is_no_other_name(hub: Hub) -> None:
    hub.take(window(T0, [error(1)]))
    hub.take(window(T0 + EVERY, [error(2, T0 + EVERY, also=[ONE])], account=LEDGER))
    assert hub.store.errors[fingerprint(2)].alias == ""


# Spikes


def test_a_spike_is_told_once_and_closes_by_itself(hub: Hub) -> None:
    for number in range(12):
        hub.take(window(T0 + number * EVERY, [error(start=T0 + number * EVERY, count=10)]))
    at = T0 + 12 * EVERY
    hub.take(window(at, [error(start=at, count=49)]))
    assert len(hub.findings()) == 1
    for number in range(2):
        hub.take(window(at + (1 + number) * EVERY, [error(start=at + (1 + number) * EVERY, count=60)]))
    assert hub.findings()[1:] == [("error-spike", ONE, A)]
    assert hub.sent[1].detail["title"].startswith("60 times in 5 minutes: ERROR cannot book")
    hub.tick(at + 4 * EVERY)
    assert len(hub.findings()) == 2
    hub.tick(at + 6 * EVERY)
    assert hub.findings()[2:] == [("error-spike", ONE, OK)]


def test_a_spike_may_be_spread_over_accounts(hub: Hub) -> None:
    hub.take(window(T0 - DAY, [error(start=T0 - DAY)]))
    hub.take(window(T0 - DAY, [error(start=T0 - DAY)], LEDGER))
    hub.take(window(T0, [error(count=30)]))
    hub.take(window(T0, [error(count=30)], LEDGER))
    assert hub.findings()[1:] == [("error-spike", ONE, A)]


def test_an_error_that_is_new_has_no_spike(hub: Hub) -> None:
    for number in range(11):
        hub.take(window(T0 + number * EVERY, [error(start=T0 + number * EVERY, count=10 ** (1 + number % 5))]))
    assert hub.findings() == [("log-error", ONE, A)]


# Whatever the order, however often, wherever it ends


def messages_of_a_day() -> list[dict[str, Any]]:
    """Three agents, four windows in two passes, some in two parts."""
    found = []
    places = ((CHECKOUT, REGION), (CHECKOUT, "us-east-1"), (LEDGER, REGION))
    for number in range(4):
        start = T0 + number * EVERY
        for index, (account, region) in enumerate(places):
            errors = [error(one, start, count=1 + number + index) for one in (number, number + 1, 9)]
            late = [error(one, start, count=2 + number + index) for one in (number, 9)]
            parts = [errors[:1], errors[1:]] if index == 0 else [errors]
            for part, some in enumerate(parts, 1):
                found.append(window(start, some, account, region=region, part=part, parts=len(parts)))
            found.append(window(start, late, account, region=region, **{"pass": "final"}))
    return found


DAY_OF_MESSAGES = messages_of_a_day()
EXPECTED = Hub()
for _message in DAY_OF_MESSAGES:
    EXPECTED.take(_message)


def same_as_expected(hub: Hub) -> None:
    assert hub.counts() == EXPECTED.counts()
    assert sorted(hub.findings()) == sorted(EXPECTED.findings())
    for key, one in EXPECTED.store.errors.items():
        known = hub.store.errors[key]
        assert (known.first_seen, known.last_seen, known.state) == (one.first_seen, one.last_seen, one.state)
        assert set(known.sources) == set(one.sources)
        assert (known.owed, known.is_open) == (None, True)
    assert set(hub.store.errors) == set(EXPECTED.store.errors)


@examples(max_examples=25, deadline=None)
@given(st.permutations(range(len(DAY_OF_MESSAGES))), st.lists(st.integers(0, len(DAY_OF_MESSAGES) - 1), max_size=8))
def test_neither_order_nor_repetition_matters(order: list[int], again: list[int]) -> None:
    hub = Hub()
    for index in [*order, *again]:
        hub.take(DAY_OF_MESSAGES[index])
    same_as_expected(hub)


@examples(max_examples=40, deadline=None)
@given(st.permutations(range(len(DAY_OF_MESSAGES))), st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_an_end_before_any_write_changes_nothing(order: list[int], ends: list[int]) -> None:
    """The function ends before its n-th write or call of the bus; the message comes again, later than others."""
    hub = Hub()
    left = list(ends)

    def count(_name: str) -> None:
        if left:
            left[0] -= 1
            if left[0] <= 0:
                left.pop(0)
                raise Killed

    hub.store.before_write = hub.bus.before = count
    waiting = list(order)
    while waiting:
        index = waiting.pop(0)
        try:
            hub.take(DAY_OF_MESSAGES[index])
        except Killed:
            waiting.append(index)
    left.clear()
    hub.tick(T0 + HOUR)
    same_as_expected(hub)


def test_what_the_bus_did_not_take_is_owed_and_sent_by_the_tick(hub: Hub) -> None:
    hub.bus.refuses = 1
    with pytest.raises(NotSent, match="1 of 2 findings were not accepted"):
        hub.take(window(T0, [error(1), error(2)]))
    assert [bool(one.owed) for one in hub.store.errors.values()] == [True, False]
    hub.tick(T0 + 2 * EVERY)
    assert hub.findings() == [("log-error", fingerprint(2), A), ("log-error", ONE, A)]
    hub.tick(T0 + 3 * EVERY)
    assert len(hub.sent) == 2


def test_a_window_that_takes_too_long_ends_before_the_function_and_goes_on_the_next_time(hub: Hub) -> None:
    """The end of the function would hand out again what the same batch has done before."""
    passed = iter(range(1_000))
    message = window(T0, [error(number) for number in range(1, 8)])
    meaning = read(json.dumps(message), hub.rules)
    assert isinstance(meaning, AgentWindow)
    with pytest.raises(windows.OutOfTime, match="the 7 errors of a window"):
        windows.handle(meaning, hub.outputs, T0, Deadline(10, lambda: next(passed)))
    assert len(hub.store.count_items) == 7
    assert 0 < len(hub.store.errors) < 7
    hub.take(message)
    assert len(hub.findings()) == 7


def test_a_heartbeat_is_written_once_a_window(hub: Hub) -> None:
    hub.take(window(T0))
    agent = hub.store.agent_items[Source(CHECKOUT, REGION)]
    assert (agent.status, agent.window_end, agent.registered_at) == (Status.REGISTERED, T0 + EVERY, T0)
    hub.take(window(T0, **{"pass": "final"}))
    hub.take(window(T0))
    assert hub.store.agent_items[Source(CHECKOUT, REGION)].version == 1
    hub.take(window(T0 + EVERY, agent={"version": "ba9876543210"}))
    agent = hub.store.agent_items[Source(CHECKOUT, REGION)]
    assert (agent.status, agent.agent_version) == (Status.UPDATED, "ba9876543210")
