"""Scans of 1,200 instances and fewer: what they find, who hears of it, and that kills and doubles change nothing."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from handlers.compliance.ledger import Key, Status, StoredResource
from handlers.compliance.outbox import NotSent
from handlers.compliance.outputs import COMPLIANT, NON_COMPLIANT
from handlers.compliance.resource import EC2_INSTANCE
from handlers.compliance.scan import LONGEST_SCAN_MS
from handlers.compliance.scan_pages import ListingFailed
from handlers.compliance.steps import INDEX_LAG_S, step_of
from tests.handlers.compliance.memory_ledger import MemoryLedger
from tests.handlers.compliance.scan_world import (
    DAY,
    GOOD,
    START,
    Estate,
    Killed,
    ScanWorld,
    instance,
    mixed,
    rules,
)

# With so little time each step is an invocation of its own.
HURRIED = 10.0


def small(wrong: int | None = None, **more: Any) -> ScanWorld:
    """45 instances in pages of ten."""
    return ScanWorld(Estate(mixed(45, wrong), page_size=10), **more)


def test_a_scan_of_1200_instances_counts_each_once() -> None:
    world = ScanWorld(Estate(mixed(1200)))
    scan = world.scan(START)
    assert world.estate.listed == 6
    assert world.ledger.totals(1) == [
        {
            "at": scan,
            "account": "222222222222",
            "region": "us-east-1",
            "compliant": 240,
            "non_compliant": 720,
            "exempt": 240,
            "by_type": {EC2_INSTANCE: {"compliant": 240, "non_compliant": 720, "exempt": 240}},
            "missing": {"Environment": 480, "Owner": 480, "Application": 240},
            "owners": {"": 480, "bob": 240},
            "complete": True,
        }
    ]
    assert world.points.maxima() == {COMPLIANT: 240, NON_COMPLIANT: 720}
    assert world.people.heard() == {"summary": ["ALARM"]}
    assert "720" in world.people.received[0]["title"]
    assert world.ledger.running_scan() is None


def test_what_is_fine_and_exempt_is_not_remembered() -> None:
    world = ScanWorld(Estate(mixed(1200)))
    world.scan()
    assert {row.status for row in world.ledger.rows.values()} == {Status.NON_COMPLIANT}
    assert len(world.ledger.rows) == 720 + 1


def test_up_to_summary_above_each_has_a_finding_of_its_own() -> None:
    world = small(wrong=10)
    world.scan()
    assert list(world.people.heard().values()) == [["ALARM"]] * 10
    assert "summary" not in world.people.heard()


@pytest.mark.parametrize(("mode", "heard"), [("summary", ["summary"]), ("none", [])])
def test_people_may_want_a_summary_of_few_or_nothing(mode: str, heard: list[str]) -> None:
    notify = {"changes": "each", "scans": mode, "summary_above": 10}
    world = small(wrong=2, rules=rules(notify=notify))
    world.scan()
    assert list(world.people.heard()) == heard
    assert world.ledger.totals(1)[0]["non_compliant"] == 2


@pytest.mark.parametrize("wrong", [3, 30])
def test_a_second_scan_with_nothing_changed_notifies_nobody(wrong: int) -> None:
    world = small(wrong)
    world.scan()
    heard = world.people.heard()
    world.scan(START + DAY)
    world.tick()
    assert world.people.heard() == heard
    assert len(world.ledger.totals(9)) == 2


def test_what_is_fixed_or_terminated_closes() -> None:
    world = small(wrong=4)
    world.scan()
    world.retag(0, GOOD)
    del world.estate.resources[sorted(world.estate.resources)[1]]
    world.scan(START + DAY)
    assert list(world.people.heard().values()) == [["ALARM", "OK"], ["ALARM", "OK"], ["ALARM"], ["ALARM"]]
    rows = world.ledger.rows
    assert [rows[key].status for key in sorted(rows)[:3]] == [Status.COMPLIANT, Status.GONE, Status.NON_COMPLIANT]


def test_an_update_is_sent_where_other_tags_are_missing_now() -> None:
    world = small(wrong=2)
    world.scan()
    world.retag(0, {"Owner": "ann"})
    world.scan(START + DAY)
    assert list(world.people.heard().values()) == [["ALARM", "ALARM"], ["ALARM"]]


def test_what_moved_from_page_to_page_while_it_was_listed_is_not_gone() -> None:
    world = small(wrong=4)
    world.scan()
    key = sorted(world.estate.resources)[2]
    listed, page = world.estate.page, Estate.page
    world.estate.page = lambda type_, token: _without(page(world.estate, type_, token), key)  # type: ignore[method-assign]
    world.scan(START + DAY)
    assert list(world.people.heard().values()) == [["ALARM"]] * 4
    assert world.ledger.rows[key].is_open
    assert callable(listed)


def _without(page: Any, key: Key) -> Any:
    return type(page)([one for one in page.resources if one.id != key.id], page.next)


def test_several_types_are_listed_in_turn_and_instances_alone_are_in_the_metrics() -> None:
    resources = mixed(25, wrong=3)
    for number in range(12):
        one = instance(number, {} if number < 2 else GOOD, "lambda:function")
        resources[Key(one.type, one.id)] = one
    types = [EC2_INSTANCE, "lambda:function", "rds:db"]
    world = ScanWorld(Estate(resources, page_size=10), rules(resources=types))
    world.scan()
    total = world.ledger.totals(1)[0]
    assert [total["by_type"][type_]["non_compliant"] for type_ in types] == [3, 2, 0]
    assert total["non_compliant"] == 5
    assert world.points.maxima()[NON_COMPLIANT] == 3
    assert "lambda:function/resource-00001" in world.people.heard()
    del world.estate.resources[Key("lambda:function", "resource-00001")]
    world.scan(START + DAY)
    assert world.people.heard()["lambda:function/resource-00001"] == ["ALARM", "OK"]


def test_records_of_a_small_scan_are_objects_and_of_a_larger_one_lines() -> None:
    world = ScanWorld(Estate(mixed(7), page_size=10))
    scan = world.scan()
    assert f"scans/2026-09-21/i-{3:017x}-{scan}.json" in world.bucket.objects
    assert len(world.bucket.objects) == 7
    world = small()
    scan = world.scan()
    keys = [f"scans/2026-09-21/scan-{scan}-ec2-instance-{page:05}.jsonl" for page in range(5)]
    assert sorted(world.bucket.objects) == keys
    lines = [json.loads(line) for body in world.bucket.objects.values() for line in body.splitlines()]
    assert len({line["instanceId"] for line in lines}) == len(lines) == 45
    assert {line["source"] for line in lines} == {"scan"}


def test_records_that_cannot_be_written_are_counted_and_the_scan_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    world = small()
    world.bucket.failing = True
    world.scan()
    assert world.ledger.totals(1)[0]["non_compliant"] == 27
    missing = [entry.missing_records for entry in caplog.records if entry.message == "records not written"]
    assert missing == [10, 10, 10, 10, 5]


# -- kills, doubles, several at once


def _runs(wrong: int | None, seconds: float) -> tuple[dict[str, Any], int]:
    """The end state without trouble, and how many calls it took."""
    world = small(wrong, seconds=seconds)
    world.scan(START)
    return world.end_state(), world.calls.count


@pytest.mark.parametrize("seconds", [HURRIED, 60.0], ids=["a step each", "all at once"])
@pytest.mark.parametrize("wrong", [4, 30], ids=["each", "summary"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_call_changes_nothing(wrong: int, seconds: float, when: str) -> None:
    expected, calls = _runs(wrong, seconds)

    def kill() -> None:
        raise Killed

    for at in range(1, calls + 1):
        world = small(wrong, seconds=seconds)
        world.calls.at = at
        setattr(world.calls, when, kill)
        world.scan(START)
        _after_the_trouble(world)
        assert world.end_state() == expected, f"killed {when} call {at}"


@pytest.mark.parametrize("wrong", [4, 30], ids=["each", "summary"])
def test_two_chains_of_one_scan_at_once_change_nothing(wrong: int) -> None:
    """The message was handed out twice: at any call of one invocation the other one does all that it can."""
    expected, calls = _runs(wrong, 60.0)
    for at in range(1, calls + 1):
        world = small(wrong)
        world.calls.at = at
        world.calls.before = lambda world=world: world.deliver({"scan": START})  # type: ignore[misc]
        world.scan(START)
        _after_the_trouble(world)
        assert world.end_state() == expected, f"doubled at call {at}"


def test_every_message_twice_and_in_any_order_changes_nothing() -> None:
    expected, _ = _runs(30, HURRIED)
    for shuffle in _shuffles():
        world = small(30, seconds=HURRIED)
        world.queue.waiting = [{"scan": START}, {"scan": START}]
        while world.queue.waiting:
            message = world.queue.waiting.pop(shuffle(len(world.queue.waiting)))
            world.deliver(message)
            if shuffle(3) == 0 and world.estate.listed < 60:
                world.queue.waiting.append(message)
        _after_the_trouble(world)
        assert world.end_state() == expected


def _shuffles() -> list[Callable[[int], int]]:
    return [random.Random(seed).randrange for seed in range(40)]


def _after_the_trouble(world: ScanWorld) -> None:
    """What a kill left unsent is sent by the next tick."""
    world.calls.at = 0
    world.tick()
    world.ledger.end_scan(START)


def test_a_doubled_chain_ends_where_it_meets_the_other() -> None:
    world = small(seconds=HURRIED)
    world.queue.waiting = [{"scan": START}, {"scan": START}]
    for _ in range(2):
        world.deliver(world.queue.waiting.pop(0))
    # The second has leapt over the page of the first.
    assert [message["step"].get("page") for message in world.queue.waiting] == [1, 1]
    world.calls.at = world.calls.count + 4
    world.calls.before = lambda: world.deliver(world.queue.waiting.pop(0))
    world.deliver(world.queue.waiting.pop(0))
    assert [message["step"].get("page") for message in world.queue.waiting] == [2]


def test_throttles_are_raised_and_the_scan_goes_on_where_it_was() -> None:
    world = small()
    world.calls.at = 40

    def throttle() -> None:
        raise Killed("Throttling")

    world.calls.before = throttle
    world.scan(START)
    assert world.failed == 1
    assert world.estate.listed <= 6
    assert world.ledger.totals(1)[0]["non_compliant"] == 27


# -- tokens that expire


def test_a_token_that_is_no_longer_taken_begins_the_listing_again() -> None:
    world = small(30, seconds=HURRIED)
    expected, _ = _runs(30, HURRIED)
    token = sorted(key.id for key in world.estate.resources)[19]
    world.estate.expired = {token}
    world.queue.waiting = [{"scan": START}]
    for _ in range(3):
        world.deliver(world.queue.waiting.pop(0))
    assert world.queue.waiting == [
        {"step": {"scan": START, "phase": "list", "type": EC2_INSTANCE, "attempt": 1}},
    ]
    world.estate.expired.clear()
    world.run()
    assert world.ledger.totals(1)[0] == expected["totals"][START]
    assert world.people.heard() == expected["heard"]


def test_a_message_of_the_attempt_before_leads_to_the_new_one() -> None:
    world = small(30, seconds=HURRIED)
    world.estate.expired = {sorted(key.id for key in world.estate.resources)[19]}
    world.queue.waiting = [{"scan": START}]
    for _ in range(3):
        world.deliver(world.queue.waiting.pop(0))
    late = {"scan": START}
    world.estate.expired.clear()
    world.run()
    listed = world.estate.listed
    world.queue.waiting.append(late)
    world.run()
    assert world.estate.listed == listed
    assert world.ledger.totals(1)[0]["non_compliant"] == 30


def test_the_third_listing_that_fails_is_said_and_there_are_no_totals() -> None:
    world = small(30)
    world.estate.expired = {sorted(key.id for key in world.estate.resources)[19]}
    with pytest.raises(ListingFailed, match="expired 3 times; the scan has no totals"):
        world.scan(START)
    assert not world.ledger.totals(1)
    assert not world.points.points
    assert not world.people.received


# -- several scans


def test_a_scan_that_starts_while_another_runs_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = small(seconds=HURRIED)
    world.deliver({"scan": START})
    world.deliver({"scan": START + 1_000})
    assert "another scan is running" in caplog.messages
    world.run()
    assert [total["at"] for total in world.ledger.totals(9)] == [START]


def test_a_scan_that_does_not_end_is_superseded_after_an_hour_and_has_no_totals(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    world = small(seconds=HURRIED)
    world.deliver({"scan": START})
    world.clock.at += LONGEST_SCAN_MS + 1_000
    world.queue.waiting.append({"scan": START + LONGEST_SCAN_MS})
    world.run()
    assert [total["at"] for total in world.ledger.totals(9)] == [START + LONGEST_SCAN_MS]
    assert "this scan has ended" in caplog.messages
    assert len(world.points.points) == 2


def test_a_scan_that_comes_after_a_later_one_is_dropped() -> None:
    world = small()
    world.scan(START + 1_000)
    listed = world.estate.listed
    world.scan(START)
    world.scan(START + 1_000)
    assert world.estate.listed == listed


def test_a_scan_whose_pages_are_not_whole_has_no_totals(caplog: pytest.LogCaptureFixture) -> None:
    world = small(seconds=HURRIED)
    world.deliver({"scan": START})
    world.deliver({"step": {"scan": START, "phase": "finish"}})
    assert not world.ledger.totals(1)
    assert not world.points.points
    assert "no totals: the scan is incomplete" in caplog.messages
    assert world.ledger.running_scan() is None


def test_a_scan_ends_where_its_type_is_no_longer_among_the_rules(caplog: pytest.LogCaptureFixture) -> None:
    world = small(seconds=HURRIED)
    world.deliver({"scan": START})
    world.rules = rules(resources=["rds:db"])
    world.run()
    assert "the rules have changed; the scan is stopped" in caplog.messages
    assert not world.ledger.totals(1)
    assert world.scan(START + DAY) == world.ledger.totals(1)[0]["at"]


FUNCTION = "lambda:function"


def functions(wrong: int, **more: Any) -> ScanWorld:
    """25 instances that are fine, and functions of which so many are not; after a scan."""
    resources = mixed(25, wrong=0)
    for number in range(12):
        one = instance(number, {} if number < wrong else GOOD, FUNCTION)
        resources[Key(one.type, one.id)] = one
    world = ScanWorld(Estate(resources, page_size=10), rules(resources=[EC2_INSTANCE, FUNCTION]), **more)
    world.scan()
    return world


@pytest.mark.parametrize("wrong", [2, 11])
def test_what_was_open_of_a_type_is_closed_where_the_rules_have_it_no_longer(wrong: int) -> None:
    world = functions(wrong)
    assert list(world.people.heard().values()) == [["ALARM"]] * (wrong if wrong == 2 else 1)
    world.rules = rules()
    world.scan(START + DAY)
    assert {tuple(states) for states in world.people.heard().values()} == {("ALARM", "OK")}
    if wrong == 2:
        title = world.people.received[-1]["title"]
        assert title == "resource-00001 is no longer checked: lambda:function is not a checked resource type"
    world.rules = rules(resources=[EC2_INSTANCE, FUNCTION])
    world.scan(START + 2 * DAY)
    assert {tuple(states) for states in world.people.heard().values()} == {("ALARM", "OK", "ALARM")}


def test_nothing_is_closed_of_a_type_that_was_not_listed_because_the_rules_changed_their_order() -> None:
    world = functions(2, seconds=HURRIED)
    world.deliver({"scan": START + DAY})
    world.rules = rules(resources=[FUNCTION, EC2_INSTANCE])
    world.run()
    world.tick()
    assert list(world.people.heard().values()) == [["ALARM"]] * 2
    assert [total["at"] for total in world.ledger.totals(9)] == [START]


# -- what was launched just now


def test_an_instance_that_was_launched_just_now_is_left_out_until_its_tags_may_be_there() -> None:
    world = small(wrong=0)
    young = replace(instance(99, {}), launched_at=START - 60_000)
    slow = replace(instance(98, {}), launched_at=START - 300_000, launched_by=("auto-scaling",))
    fine = replace(instance(97, GOOD), launched_at=START - 60_000)
    world.estate.resources |= {Key(one.type, one.id): one for one in (young, slow, fine)}
    world.scan(START)
    assert world.ledger.totals(1)[0] == {
        **world.ledger.totals(1)[0],
        "compliant": 46,
        "non_compliant": 0,
    }
    world.scan(START + DAY)
    assert set(world.people.heard()) == {young.id, slow.id}


# -- indexes that lag, and metrics that nobody takes


@dataclass
class LaggingLedger(MemoryLedger):
    """Indexes show what was written before that many writes."""

    lag: int = 0
    older: list[dict[Key, StoredResource]] = field(default_factory=list)

    def save(self, remembered: StoredResource, now: int) -> StoredResource:
        self.older.append(dict(self.rows))
        return super().save(remembered, now)

    def due(self, before: int, limit: int) -> list[Key]:
        shown = self.older[-self.lag] if 0 < self.lag <= len(self.older) else self.rows
        return MemoryLedger(shown).due(before, limit)


def test_what_an_index_does_not_show_yet_is_sent_within_the_minute() -> None:
    ledger = LaggingLedger(lag=10)
    world = small(wrong=10, ledger=ledger)
    world.deliver({"scan": START})
    (message,) = world.queue.waiting
    assert step_of(message).delay_s == INDEX_LAG_S
    ledger.lag = 0
    world.run()
    assert list(world.people.heard().values()) == [["ALARM"]] * 10


def test_what_an_index_shows_though_it_was_sent_does_not_end_the_sending() -> None:
    ledger = LaggingLedger()
    world = small(
        wrong=40, ledger=ledger, rules=rules(notify={"changes": "each", "scans": "each", "summary_above": 40})
    )
    world.people.refused = {key.id for key in world.estate.resources}
    world.queue.waiting.append({"scan": START})
    with pytest.raises(NotSent):
        world.deliver(world.queue.waiting.pop())
    world.people.refused.clear()
    ledger.lag = 35
    world.clock.at += 15 * 60_000
    world.deliver({"tick": {}})
    assert len(world.people.received) == 40


def test_people_hear_though_cloudwatch_takes_no_metrics() -> None:
    world = small(wrong=5)
    put, world.points.put = world.points.put, fails  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        world.deliver({"scan": START})
    world.tick()
    assert list(world.people.heard().values()) == [["ALARM"]] * 5
    world.points.put = put  # type: ignore[method-assign]
    world.deliver({"step": {"scan": START, "phase": "finish"}})
    assert world.points.maxima()[NON_COMPLIANT] == 5


def test_metrics_of_a_scan_that_took_long_are_of_now_where_the_alarm_looks() -> None:
    world = small(wrong=5)
    world.clock.at += 900_000
    world.deliver({"scan": START})
    assert {point.at - START >= 900_000 for point in world.points.points} == {True}


def fails(*_arguments: Any) -> None:
    raise ConnectionError("CloudWatch is out of reach")
