"""Three accounts, two Regions, a hundred instances: what a change, a tag event and a scan lead to, from call to call.

The events of EC2 and of tags are AWS's documented ones, sent by the tests: moto emits none. See `estate.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from handlers.compliance.outputs import COMPLIANT, NON_COMPLIANT
from tests.compliance.estate import HOUR, Hub, Member, estate, ids_of
from tests.handlers.compliance.scan_world import GOOD, TAGS

# Instances of each place; the tests of the scan have several pages.
SIZES = (20, 30, 20, 20, 20, 20)
# Tenths of them for each kind of TAGS; seven tenths are wrong, which is enough for a summary.
TENTHS = (2, 1, 3, 2, 2)
DAY = 24 * HOUR
Place = tuple[list[Member], Hub]


@pytest.fixture
def places() -> Iterator[Place]:
    with estate() as made:
        yield made


def fill(member: Member, size: int) -> list[list[str]]:
    """Ids by kind: fine, exempt, without an owner, without any tag, with a wrong value."""
    return [member.launch(size * tenths // 10, tags) for tenths, tags in zip(TENTHS, TAGS, strict=True)]


def test_every_account_and_region_is_scanned_and_told_once(places: Place) -> None:
    members, hub = places
    kinds = [fill(member, size) for member, size in zip(members, SIZES, strict=True)]

    scans = [member.scan() for member in members]
    for member, ids, scan, size in zip(members, kinds, scans, SIZES, strict=True):
        total = member.world.ledger.totals(1)[0]
        tenth = size // 10
        assert (total["at"], total["account"], total["region"]) == (scan, member.account, member.region)
        assert (total["compliant"], total["exempt"], total["non_compliant"]) == (2 * tenth, tenth, 7 * tenth)
        assert total["missing"] == {"Environment": 4 * tenth, "Owner": 5 * tenth, "Application": 2 * tenth}
        assert member.metric(NON_COMPLIANT, "Maximum", "Scan") == [7 * tenth]
        assert member.metric(COMPLIANT, "Maximum", "Scan") == [2 * tenth]
        records = member.records()
        assert ids_of(records) == {id_: 1 for kind in ids for id_ in kind}
        assert {record["source"] for record in records} == {"scan"}
        wrong = {record["instanceId"] for record in records if not record["isCompliant"]}
        assert wrong == {id_ for kind in ids[2:] for id_ in kind}
    # One summary for each account and Region, and nothing else.
    assert hub.hears() == {(member.account, member.region, "summary"): ["ALARM"] for member in members}
    assert f"{7 * SIZES[0] // 10} resources in alpha, us-east-1 have missing or wrong tags" in hub.titles

    members[0].clock.at += DAY
    for member in members:
        member.scan()
        member.tick()
    assert hub.hears() == {}

    # Everything is fixed in one place, and a part of it in another.
    first, second = members[0], members[1]
    first.tag([id_ for kind in kinds[0][2:] for id_ in kind], GOOD)
    second.tag(kinds[1][3][:5], GOOD)
    second.terminate(kinds[1][3][5])
    members[0].clock.at += DAY
    for member in (first, second):
        member.scan()
    assert hub.hears() == {
        (first.account, first.region, "summary"): ["OK"],
        (second.account, second.region, "summary"): ["ALARM"],
    }
    assert f"{7 * SIZES[1] // 10 - 6} resources in alpha, eu-west-1 have missing or wrong tags" in hub.titles
    assert first.metric(NON_COMPLIANT, "Maximum", "Scan")[-1] == 0


def test_a_change_and_its_tags_are_told_at_once_and_only_there(places: Place) -> None:
    members, hub = places
    member = members[3]
    [wrong], [fine] = member.launch(1, {"Owner": "ann"}), member.launch(1, GOOD)
    for id_ in (wrong, fine):
        member.launched(id_)
    assert hub.hears() == {(member.account, member.region, wrong): ["ALARM"]}
    assert hub.titles[-1] == f"2 tags are missing or wrong on {wrong}"
    assert (sum(member.metric(NON_COMPLIANT, "Sum")), sum(member.metric(COMPLIANT, "Sum"))) == (1, 1)
    [record] = [record for record in member.records() if record["instanceId"] == wrong]
    assert (record["missingTags"], record["isCompliant"]) == (["Environment", "Application"], False)
    assert (record["account"], record["region"], record["source"]) == (member.account, member.region, "change")

    # Other tags are missing now, which is an update; then none.
    member.tag([wrong], {"Environment": "prod"})
    member.tagged(wrong, {"Environment": "prod"}, 1)
    assert hub.hears() == {(member.account, member.region, wrong): ["ALARM"]}
    member.tag([wrong], GOOD)
    member.tagged(wrong, GOOD, 2)
    member.tagged(wrong, GOOD, 2)
    assert hub.hears() == {(member.account, member.region, wrong): ["OK"]}
    assert [other.records() for other in members if other is not member] == [[]] * 5

    member.clock.at += DAY
    member.scan()
    assert hub.hears() == {}
    assert member.world.ledger.totals(1)[0]["compliant"] == 2


def test_what_no_event_told_the_scan_tells_and_what_is_terminated_closes(places: Place) -> None:
    members, hub = places
    member = members[4]
    lost, by_event = member.launch(2, {})
    member.launched(by_event)
    assert hub.hears() == {(member.account, member.region, by_event): ["ALARM"]}
    member.scan()
    assert hub.hears() == {(member.account, member.region, lost): ["ALARM"]}
    member.terminate(by_event)
    member.tag([lost], GOOD)
    member.clock.at += DAY
    member.scan()
    assert hub.hears() == {(member.account, member.region, id_): ["OK"] for id_ in (lost, by_event)}
    member.clock.at += DAY
    member.scan()
    member.tick()
    assert hub.hears() == {}
