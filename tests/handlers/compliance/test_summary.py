"""The summary of an account and Region: when people hear of it, and what it says."""

from __future__ import annotations

from handlers.compliance import summary
from handlers.compliance.ledger import SUMMARY, Conflict, StoredResource
from tests.handlers.compliance.scan_world import DAY, GOOD, START, Estate, ScanWorld, mixed, rules


def world(wrong: int = 30) -> ScanWorld:
    """45 instances, of which so many lack all tags."""
    return ScanWorld(Estate(mixed(45, wrong), page_size=10))


def title(one: ScanWorld) -> str:
    return str(one.people.received[-1]["title"])


def test_300_untagged_instances_are_one_finding() -> None:
    one = ScanWorld(Estate(mixed(1200, wrong=300)))
    one.scan()
    assert one.people.heard() == {"summary": ["ALARM"]}
    detail = one.people.received[0]
    assert detail["title"] == "300 resources in checkout, us-east-1 have missing or wrong tags"
    facts = dict(detail["facts"])
    assert facts["Missing or invalid"] == "Application 300, Environment 300, Owner 300"
    assert facts["By owner"] == "none 300"
    assert "900 compliant, 300 not compliant" in facts["Latest scan"]


def test_it_shrinks_at_the_next_tick_and_nobody_hears_of_the_single_resource() -> None:
    one = world()
    one.scan()
    one.retag(0, GOOD)
    one.look(0)
    assert one.people.heard() == {"summary": ["ALARM"]}
    one.tick()
    assert one.people.heard() == {"summary": ["ALARM", "ALARM"]}
    assert title(one).startswith("29 resources")
    one.tick()
    assert len(one.people.received) == 2


def test_it_shrinks_by_what_was_terminated() -> None:
    one = world()
    one.scan()
    del one.estate.resources[sorted(one.estate.resources)[0]]
    one.scan(START + DAY)
    assert one.people.heard() == {"summary": ["ALARM", "ALARM"]}
    assert title(one).startswith("29 resources")


def test_it_closes_with_the_last() -> None:
    one = world(wrong=11)
    one.scan()
    for number in range(11):
        one.retag(number, GOOD)
    one.scan(START + DAY)
    assert one.people.heard() == {"summary": ["ALARM", "OK"]}
    assert one.ledger.rows[SUMMARY].body["count"] == 0
    one.scan(START + 2 * DAY)
    assert one.people.heard() == {"summary": ["ALARM", "OK"]}


def test_it_opens_again() -> None:
    one = world(wrong=11)
    one.scan()
    for tags in (GOOD, {}):
        for number in range(11):
            one.retag(number, tags)
        one.scan(one.clock.at + DAY)
    assert one.people.heard() == {"summary": ["ALARM", "OK", "ALARM"]}


def test_people_hear_of_new_ones_even_where_as_many_were_fixed() -> None:
    one = world(wrong=20)
    one.scan()
    for number in range(11):
        one.retag(number, GOOD)
        one.retag(20 + number, {})
    one.scan(START + DAY)
    assert one.people.heard() == {"summary": ["ALARM", "ALARM"]}
    assert title(one).startswith("20 resources")


def test_few_new_ones_have_a_finding_each_beside_it() -> None:
    one = world(wrong=20)
    one.scan()
    one.retag(30, {})
    one.scan(START + DAY)
    assert list(one.people.heard().values()) == [["ALARM"], ["ALARM"]]
    assert one.ledger.count_in_summary() == 20


def test_what_the_summary_tells_and_a_change_worsens_has_no_finding_of_its_own() -> None:
    one = world()
    one.scan()
    one.retag(0, {"Owner": "ann"})
    one.look(0)
    one.tick()
    assert one.people.heard() == {"summary": ["ALARM"]}


def test_it_is_written_again_where_somebody_else_wrote_it_meanwhile() -> None:
    one = world()
    one.scan()
    one.retag(0, GOOD)
    one.look(0)
    save, conflicts = one.ledger.save, [1, 1]

    def contended(row: StoredResource, now: int) -> StoredResource:
        if row.key == SUMMARY and conflicts:
            conflicts.pop()
            raise Conflict
        return save(row, now)

    one.ledger.save = contended  # type: ignore[method-assign]
    assert summary.is_stale(one.world)
    row = summary.refresh(one.world)
    assert row is not None
    assert row.body["count"] == 29
    assert not summary.is_stale(one.world)


def test_there_is_none_where_each_has_its_own_or_nobody_wants_to_hear() -> None:
    for scans in ("each", "none"):
        notify = {"changes": "each", "scans": scans, "summary_above": 100}
        one = ScanWorld(Estate(mixed(45, 30)), rules(notify=notify))
        one.scan()
        one.tick()
        assert SUMMARY not in one.ledger.rows


def test_a_scan_that_notifies_nobody_sends_no_summary_of_changes_again() -> None:
    one = world()
    one.scan()
    one.rules = rules(notify={"changes": "summary", "scans": "none", "summary_above": 3})
    for number in range(30, 40):
        one.retag(number, {})
    for day in (1, 2, 3):
        one.scan(START + day * DAY)
    assert one.people.heard() == {"summary": ["ALARM"]}
