"""More alarms than anybody could read: few incidents, the worst pages by themselves, and an end."""

from __future__ import annotations

import random
from typing import Any

import pytest

from handlers.incident.events import Key
from handlers.incident.state.records import Incident, Kind
from tests.handlers import finding_world
from tests.handlers.alarm_world import NO_DATA, OK, A
from tests.handlers.group_world import ALPHA, BETA, HOUR, MINUTE, T0, Crash, Estate, alarm, assert_whole, routing

ACCOUNTS = (ALPHA, BETA, "444444444444", "555555555555")
SERVICES = [f"service-{number:02}" for number in range(23)]


def alarms(number: int, *, services: bool = True) -> tuple[dict[str, dict[str, Any]], list[Key]]:
    """1 % critical, 9 % high, the others low; each is of one service and stands in one account."""
    about: dict[str, dict[str, Any]] = {}
    keys: list[Key] = []
    for index in range(number):
        name, account = divmod(index, len(ACCOUNTS))
        severity = "critical" if name % 100 == 50 else "high" if name % 100 < 9 else "low"
        keys.append(alarm(f"alarm-{name}-alarm-prod", ACCOUNTS[account]))
        about[keys[-1].alarm] = {"severity": severity, **({"service": SERVICES[name % 23]} if services else {})}
    return about, keys


def storm(number: int, *, services: bool = True) -> tuple[Estate, list[Key]]:
    """So many alarms within a minute."""
    about, keys = alarms(number, services=services)
    random.Random(4).shuffle(keys)  # noqa: S311
    estate = Estate(routing(about))
    for index, key in enumerate(keys):
        estate.now = T0 + index * MINUTE // number
        estate.state(key, A)
    return estate, keys


def kinds(roots: list[Incident]) -> dict[str, int]:
    return {kind: sum(root.kind == kind for root in roots) for kind in {str(root.kind) for root in roots}}


@pytest.mark.parametrize(("number", "services"), [(2_500, True), (1_000, False)])
def test_thousands_of_alarms_are_at_most_fifty_incidents(number: int, services: bool) -> None:
    estate, keys = storm(number, services=services)
    assert len(estate.roots) <= 50
    assert kinds(estate.roots)["storm"] <= 4
    estate.pass_minutes(1)
    big = max(estate.roots, key=lambda root: root.members)
    assert (big.kind, big.severity, big.state) == (Kind.STORM, "critical", A)
    assert big.members > number / 3
    assert sum(max(1, root.members) for root in estate.roots) == len(keys)
    assert_whole(estate)


def test_a_storm_ends_with_its_alarms_and_leaves_nothing_behind() -> None:
    estate, keys = storm(300)
    estate.pass_minutes(9)
    for key in keys:
        estate.state(key, OK, before=A, since=T0)
    estate.pass_minutes(2)
    assert not any(root.is_open for root in estate.roots)
    estate.pass_minutes(12)
    # The reminders that were appointed find nothing to remind of.
    estate.now += 4 * HOUR
    estate.tick()
    assert estate.table.next_review() is None
    assert not any(root.keys for root in estate.roots)
    keys_of_storms = ["storm/environment", *(f"storm/{account}" for account in ACCOUNTS)]
    assert not estate.table.open_groups(keys_of_storms, estate.now)
    assert_whole(estate)


def test_an_alarm_that_joins_a_storm_costs_few_calls() -> None:
    estate, keys = storm(200, services=False)
    joining = alarm(next(key.alarm for key in keys if estate.routing.severity(key) == "low"), "666666666666")
    estate.table.armed = True
    estate.state(joining, A)
    assert estate.table.calls == ["load", "open_groups", "commit", "load_incident"]


def test_missing_data_of_five_hundred_alarms_is_one_notice() -> None:
    about, keys = alarms(500, services=False)
    estate = Estate(routing(about))
    for index, key in enumerate(keys):
        estate.now = T0 + index * 20
        estate.state(key, NO_DATA)
    estate.pass_minutes(1)
    (root,) = [root for root in estate.roots if root.kind is Kind.STORM and root.members > 100]
    # What is merely unknown is as severe as its alarms, and pages nobody.
    assert (root.state, root.alarm_at, root.severity) == (NO_DATA, 0, "high")
    # No ticket and no page for that; those before it was a storm had their own notices.
    assert set(root.recipients) == {"bot", "mail"}
    assert {rank for rank, _ in estate.owed(root.id).values()} == {"4"}
    assert len(estate.roots) <= 40
    # An alarm that goes to ALARM is an incident of its own: what is not known says nothing of how bad that is.
    estate.sent(root.id)
    firing = alarm(keys[0].alarm, "666666666666")
    estate.state(firing, A)
    after = next(one for one in estate.roots if one.id == root.id)
    assert (after.recipients, after.alarm_at) == (root.recipients, 0)
    (own,) = [one for one in estate.roots if one.key == firing]
    assert (own.kind, own.severity) == (Kind.ALONE, estate.routing.severity(firing))


def test_the_first_critical_alarms_page_by_themselves_however_long_it_lasts() -> None:
    about = {f"a{number}-alarm-prod": {"severity": "low"} for number in range(40)}
    about |= {f"c{number}-alarm-prod": {"severity": "critical"} for number in range(30)}
    estate = Estate(routing(about))
    for name in about:
        if name.startswith("c"):
            estate.now += MINUTE // 2
        estate.state(alarm(name), A)
    own = [root for root in estate.roots if root.severity == "critical" and root.kind is Kind.ALONE]
    assert len(own) == 10


def test_whoever_begins_a_storm_at_the_same_time_begins_one() -> None:
    about, keys = alarms(60, services=False)
    estate = Estate(routing(about))
    chance, waiting = random.Random(1), [*keys]  # noqa: S311
    commit = estate.table.commit

    def contended(*args: Any, **more: Any) -> None:
        if waiting and chance.random() < 0.5:
            estate.state(waiting.pop(), A)
        commit(*args, **more)

    estate.table.commit = contended  # type: ignore[method-assign]
    while waiting:
        estate.state(waiting.pop(), A)
    assert kinds(estate.roots)["storm"] <= 4
    estate.pass_minutes(1)
    assert sum(max(1, root.members) for root in estate.roots) == 60
    assert_whole(estate)


# -- calm


def calm_storm(left: int) -> tuple[Estate, Incident, list[Key]]:
    """A storm that nothing joins any more, in which so many are still in ALARM."""
    names = [f"alarm-{number}-alarm-prod" for number in range(60)]
    about = {name: {"severity": "high", "service": f"service-{index}"} for index, name in enumerate(names)}
    estate = Estate(routing(about, incidents={"remind_seconds": {}, "escalate": {}}))
    for index, name in enumerate(names):
        estate.now = T0 + index * 100
        estate.state(alarm(name), A)
    estate.now = T0 + MINUTE
    (root,) = [root for root in estate.roots if root.kind is Kind.STORM]
    members = [member.key for member in estate.table.members(root.id)]
    estate.pass_minutes(1)
    for key in members[left:]:
        estate.state(key, OK, before=A, since=T0)
    estate.pass_minutes(7)
    return estate, root, members[:left]


def current(estate: Estate, root: Incident) -> Incident:
    return next(one for one in estate.roots if one.id == root.id)


def test_a_calm_storm_is_split() -> None:
    estate, root, left = calm_storm(3)
    assert current(estate, root).open_members == 3
    before = len(estate.roots)
    estate.pass_minutes(3)
    after = current(estate, root)
    assert not after.is_open
    assert after.note == "3 alarms have their own incidents."
    assert len(estate.roots) == before + 3
    for key in left:
        (own,) = estate.of(key)
        (group,) = [one for one in estate.roots if one.id == own.parent]
        assert (group.kind, group.is_open, group.recipients) == (Kind.GROUP, True, ("jira", "bot"))
        assert {rank for rank, _ in estate.owed(group.id).values()} == {"1"}
        estate.state(key, OK, before=A, since=T0)
    assert not any(one.is_open for one in estate.roots if one.key in left)
    assert_whole(estate)
    # What comes now is another cause.
    estate.state(alarm("alarm-40-alarm-prod", region="eu-west-1"), A)
    assert current(estate, root) == after


def test_one_with_too_many_in_alarm_stays_one_and_ends_with_the_last() -> None:
    estate, root, left = calm_storm(21)
    estate.pass_minutes(5)
    after = current(estate, root)
    assert (after.is_open, after.open_members, after.keys) == (True, 21, ())
    for key in left[2:]:
        estate.state(key, OK, before=A, since=T0)
    estate.pass_minutes(20)
    assert current(estate, root).open_members == 2
    for key in left[:2]:
        estate.state(key, OK, before=A, since=T0)
    estate.pass_minutes(2)
    assert not current(estate, root).is_open
    assert_whole(estate)


def test_one_that_all_have_left_is_joined_again_until_it_is_calm() -> None:
    estate, root, _ = calm_storm(0)
    ended = current(estate, root)
    assert not ended.is_open
    estate.state(alarm("alarm-40-alarm-prod", region="eu-west-1"), A)
    again = current(estate, root)
    assert (again.is_open, again.alarm_count) == (True, 2)
    assert again.alarm_at > ended.alarm_at
    assert_whole(estate)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_split_that_dies_goes_on_with_the_next_look(moment: str) -> None:
    call = 0
    while True:
        call += 5
        estate, root, left = calm_storm(3)
        estate.pass_minutes(1)
        estate.now += 2 * MINUTE
        estate.table.armed, estate.table.crashes = True, {call: moment}
        try:
            estate.tick()
        except Crash:
            pass
        finally:
            estate.table.armed = False
        died = not estate.table.crashes
        estate.table.crashes = {}
        estate.pass_minutes(2)
        after = current(estate, root)
        assert (after.is_open, after.note) == (False, "3 alarms have their own incidents.")
        owns = [estate.of(key)[0] for key in left]
        assert len({own.parent for own in owns} - {root.id, ""}) == 3
        assert_whole(estate)
        if not died:
            return


def test_a_storm_of_findings_is_one_too() -> None:
    estate = Estate(routing({}, findings={"tag-compliance": {"severity": "high"}}))
    for number in range(40):
        estate.handle(finding_world.event(A, subject=f"i-{number:04}"))
    assert kinds(estate.roots) == {"alone": 10, "storm": 1}
