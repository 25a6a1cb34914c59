"""Mutes through the whole decision, in virtual time: what is withheld, what is sent, and when."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers.common.deadline import Deadline
from handlers.incident.compose import report
from handlers.incident.events import Key
from handlers.incident.mutes import READ_EVERY, SETTLES, Mute, covering
from handlers.incident.records import Incident, Kind
from handlers.incident.report import Step
from tests.handlers.group_world import BETA, HOUR, MINUTE, SECOND, T0, Estate, alarm, routing

ALARMS = {
    "errors": {"service": "checkout"},
    "latency": {"service": "checkout"},
    "lone": {"alone": True, "severity": "critical"},
    "about-beta": {"account": "beta", "alone": True},
}
LONE, ERRORS, LATENCY = alarm("lone"), alarm("errors"), alarm("latency")


def estate() -> Estate:
    return Estate(routing(ALARMS))


def mute(
    place: Estate,
    *alarms: str,
    minutes: int = 60,
    accounts: tuple[str, ...] = (),
    id_: str = "m1",
    reason: str = "load test",
) -> Mute:
    """One that is set now."""
    made = Mute(
        id_,
        "ana",
        place.now,
        place.now + minutes * MINUTE,
        reason,
        frozenset(alarms),
        frozenset(accounts),
    )
    place.table.all_mutes[id_] = made
    place.now += READ_EVERY
    return made


def unmute(place: Estate, id_: str = "m1") -> None:
    place.table.all_mutes[id_] = replace(place.table.all_mutes[id_], ended_at=place.now, ended_by="bob")
    place.now += READ_EVERY


def tick(place: Estate) -> None:
    """All that the notifier does each minute to decide."""
    place.tick()
    far = place.now + 100 * HOUR
    place.service.release(lambda: place.table.due_alarms(far, 100), Deadline.after(600))


def pass_minutes(place: Estate, minutes: int) -> None:
    for _ in range(minutes):
        place.now += MINUTE
        tick(place)


def own(place: Estate, key: Key) -> Incident:
    (found,) = place.of(key)
    return found


def test_what_fires_while_muted_is_a_record_and_is_sent_at_the_end_of_the_mute() -> None:
    place = estate()
    held = mute(place, "lone")
    decided = place.state(LONE, "ALARM")
    assert decided.owed == ()
    opened = own(place, LONE)
    assert (opened.is_open, opened.is_withheld, opened.muted_until) == (True, True, held.until)
    assert place.owed(opened.id) == {}
    pass_minutes(place, 58)
    assert place.owed(opened.id) == {}
    pass_minutes(place, 3)
    after = own(place, LONE)
    assert not after.is_withheld
    assert after.opened == opened.opened
    assert after.note == f"Muted by ana until {at(held.until)}: load test."
    assert set(place.owed(opened.id)) == {"pager", "jira", "bot"}
    place.sent(opened.id)
    pass_minutes(place, 10)
    assert place.owed(opened.id) == {}


def at(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%a %d %b %Y %H:%M UTC")


def test_what_is_over_before_the_mute_is_stays_a_record() -> None:
    place = estate()
    mute(place, "lone")
    place.state(LONE, "ALARM")
    place.now += MINUTE
    place.state(LONE, "OK")
    pass_minutes(place, 70)
    over = own(place, LONE)
    assert (over.is_open, over.is_withheld) == (False, True)
    assert place.table.deliveries == {}


def test_what_outlasts_a_mute_is_sent_although_the_tick_came_too_late() -> None:
    """The notifier was down when the mute ended, and the alarm was OK before it came back."""
    place = estate()
    mute(place, "lone")
    place.state(LONE, "ALARM")
    place.now = T0 + HOUR + 10 * MINUTE
    place.state(LONE, "OK")
    over = own(place, LONE)
    assert (over.is_open, over.is_withheld) == (False, False)
    assert set(place.owed(over.id)) == {"pager", "jira", "bot"}


def test_what_is_still_in_alarm_long_after_the_mute_is_sent_once_the_function_is_back() -> None:
    place = estate()
    mute(place, "lone")
    place.state(LONE, "ALARM")
    place.now += 40 * HOUR
    tick(place)
    assert set(place.owed(own(place, LONE).id)) == {"pager", "jira", "bot"}


def test_of_two_mutes_the_later_end_counts() -> None:
    place = estate()
    mute(place, "lone", minutes=30)
    place.state(LONE, "ALARM")
    longer = mute(place, "lone", "errors", minutes=90, id_="m2")
    pass_minutes(place, 60)
    opened = own(place, LONE)
    assert (opened.is_withheld, opened.muted_until) == (True, longer.until)
    assert place.table.deliveries == {}
    pass_minutes(place, 32)
    assert not own(place, LONE).is_withheld


def test_ending_one_of_two_mutes_releases_nothing_that_the_other_holds() -> None:
    place = estate()
    mute(place, "lone", minutes=30)
    mute(place, "lone", minutes=90, id_="m2")
    place.state(LONE, "ALARM")
    unmute(place, "m2")
    pass_minutes(place, 5)
    assert own(place, LONE).is_withheld
    pass_minutes(place, 30)
    assert not own(place, LONE).is_withheld


def test_unmute_sends_within_two_minutes_and_says_who_ended_it() -> None:
    place = estate()
    mute(place, "lone", minutes=24 * 60)
    place.state(LONE, "ALARM")
    pass_minutes(place, 10)
    ended_at = place.now
    unmute(place)
    pass_minutes(place, 1)
    after = own(place, LONE)
    assert not after.is_withheld
    assert after.note.endswith(f"Ended by bob at {at(ended_at)}.")
    assert set(place.owed(after.id)) == {"pager", "jira", "bot"}


def test_a_function_that_read_the_list_before_the_unmute_does_not_strand_an_alarm() -> None:
    place = estate()
    mute(place, "lone", minutes=24 * 60)
    place.service.mutes.all()
    place.table.all_mutes["m1"] = replace(place.table.all_mutes["m1"], ended_at=place.now, ended_by="bob")
    other = Estate(place.routing, now=place.now, table=place.table)
    tick(other)  # the notifier's, which has read the list anew
    place.now += SECOND
    place.state(LONE, "ALARM")
    assert own(place, LONE).is_withheld
    pass_minutes(place, 2)
    assert not own(place, LONE).is_withheld
    assert not place.table.all_mutes["m1"].released_at
    pass_minutes(place, SETTLES // MINUTE)
    assert place.table.all_mutes["m1"].released_at


def test_a_mute_is_of_its_accounts_and_of_the_account_that_an_alarm_of_the_hub_is_about() -> None:
    place = estate()
    mute(place, "lone", "about-beta", accounts=(BETA,))
    place.state(LONE, "ALARM")
    place.state(alarm("lone", BETA), "ALARM")
    place.state(alarm("about-beta", "123456789012"), "ALARM")
    assert [own(place, key).is_withheld for key in (LONE, alarm("lone", BETA))] == [False, True]
    assert own(place, alarm("about-beta", "123456789012")).is_withheld


def test_an_alarm_that_is_muted_joins_no_group_and_is_placed_when_the_mute_ends() -> None:
    place = estate()
    mute(place, "errors")
    place.state(ERRORS, "ALARM")
    assert not own(place, ERRORS).parent
    place.state(LATENCY, "ALARM")
    group = own(place, LATENCY).parent
    assert place.table.load_incident(group)[0].members == 1
    pass_minutes(place, 55)
    assert place.table.load_incident(group)[0].members == 1
    pass_minutes(place, 7)
    assert not own(place, ERRORS).is_withheld
    assert own(place, ERRORS).parent
    root = place.table.load_incident(own(place, ERRORS).parent)[0]
    assert set(place.owed(root.id)) == {"jira", "bot"}
    assert place.owed(own(place, ERRORS).id) == {}


def test_a_storm_of_muted_alarms_makes_no_storm_for_the_others() -> None:
    names = {f"a{number}": {} for number in range(40)}
    place = Estate(routing(names))
    mute(place, *(f"a{number}" for number in range(39)))
    for number in range(40):
        place.state(alarm(f"a{number}"), "ALARM")
    kinds = {one.kind for one in place.incidents}
    assert kinds == {Kind.ALONE}
    assert own(place, alarm("a39")).parent == ""
    assert set(place.owed(own(place, alarm("a39")).id)) == {"jira", "bot"}


def test_all_that_a_mute_held_is_one_storm_when_it_ends_and_each_is_in_it_once() -> None:
    names = {f"a{number}": {} for number in range(40)}
    place = Estate(routing(names))
    mute(place, *names)
    for name in names:
        place.state(alarm(name), "ALARM")
    pass_minutes(place, 62)
    storms = [one for one in place.roots if one.kind is Kind.STORM]
    assert len(storms) == 1
    inside = [member.incident for member in place.table.members(storms[0].id)]
    assert len(inside) == len(set(inside)) >= 25
    assert all(not one.is_withheld for one in place.incidents)


def facts(place: Estate, root: Incident) -> dict[str, str]:
    """What a message about it says below its title."""
    return dict(report(root, Step.OPEN, place.routing, now=place.now).facts)


def test_a_message_of_several_alarms_names_the_mutes_that_withheld_some_of_them() -> None:
    place = estate()
    first = mute(place, "errors", minutes=60)
    second = mute(place, "latency", minutes=61, id_="m2")
    place.state(ERRORS, "ALARM")
    place.state(LATENCY, "ALARM")
    pass_minutes(place, 64)
    (root,) = [one for one in place.roots if one.kind is Kind.GROUP]
    said = facts(place, root)
    names = [f"by ana until {at(one.until)}: load test." for one in (first, second)]
    assert (said["Muted"], "Muted" in said["Reason"]) == (" ".join(names), False)
    for key in (ERRORS, LATENCY):
        place.state(key, "OK")
    assert facts(place, place.table.load_incident(root.id)[0])["Muted"] == " ".join(names)


def test_a_group_that_had_one_muted_alarm_and_gets_another_says_it_once() -> None:
    place = estate()
    mute(place, "errors", minutes=30)
    place.state(ERRORS, "ALARM")
    pass_minutes(place, 32)
    (root,) = place.roots
    alone = facts(place, root)
    assert ("(Muted by ana until " in alone["Reason"], "Muted" in alone) == (True, False)
    place.state(LATENCY, "ALARM")
    several = facts(place, place.table.load_incident(root.id)[0])
    assert ("Muted" in several["Reason"], several["Muted"].startswith("by ana until ")) == (False, True)


def test_a_storm_names_two_mutes_and_counts_the_others() -> None:
    names = {f"a{number}": {} for number in range(40)}
    place = Estate(routing(names))
    begun = place.now
    for part in range(4):
        mute(place, *list(names)[part::4], id_=f"m{part}", reason=f"part {part}")
        place.now = begun
    place.now += READ_EVERY
    for name in names:
        place.state(alarm(name), "ALARM")
    pass_minutes(place, 62)
    (storm,) = [one for one in place.roots if one.kind is Kind.STORM]
    said = facts(place, storm)["Muted"]
    assert (said.count("by ana until "), said.endswith(" 2 more mutes.")) == (2, True)


def test_a_mute_in_the_middle_of_a_storm_leaves_the_storm_to_those_that_are_not_muted() -> None:
    names = {f"a{number:02}": {} for number in range(40)}
    place = Estate(routing(names))
    for name in list(names)[:20]:
        place.state(alarm(name), "ALARM")
    (storm,) = [one for one in place.roots if one.kind is Kind.STORM]
    before = len(place.table.members(storm.id))
    mute(place, *list(names)[20:])
    for name in list(names)[20:]:
        place.state(alarm(name), "ALARM")
    assert len(place.table.members(storm.id)) == before
    assert sum(one.is_withheld for one in place.incidents) == 20


def test_an_incident_that_is_open_ends_as_usual_and_what_comes_again_is_withheld() -> None:
    place = estate()
    place.state(LONE, "ALARM")
    opened = own(place, LONE)
    place.sent(opened.id)
    mute(place, "lone")
    place.now += MINUTE
    place.state(LONE, "OK")
    assert set(place.owed(opened.id)) == {"pager", "jira", "bot"}
    place.sent(opened.id)
    place.now += MINUTE
    place.state(LONE, "ALARM")
    again = own(place, LONE)
    assert (again.id, again.is_open, again.is_withheld, again.is_unannounced) == (opened.id, True, True, False)
    assert place.owed(opened.id) == {}
    pass_minutes(place, 65)
    after = own(place, LONE)
    assert (after.is_withheld, after.parent) == (False, "")
    assert set(place.owed(opened.id)) >= {"pager", "jira", "bot"}


def test_what_a_channel_still_owed_of_before_does_not_tell_what_is_withheld() -> None:
    """The channel did not answer when the alarm was OK; by the time it does, a muted ALARM has come and gone."""
    place = estate()
    place.state(LONE, "ALARM")
    opened = own(place, LONE)
    place.sent(opened.id)
    mute(place, "lone")
    place.now += MINUTE
    place.state(LONE, "OK")
    ended = own(place, LONE).ended
    place.now += MINUTE
    place.state(LONE, "ALARM")
    for _ in range(2):
        known = own(place, LONE).as_known
        assert (known.is_open, known.ended, known.alarm_at, known.state) == (False, ended, opened.alarm_at, "OK")
        place.now += MINUTE
        place.state(LONE, "OK")


def test_a_member_of_a_group_that_comes_again_while_muted_is_closed_for_its_group_until_the_end() -> None:
    place = estate()
    place.state(ERRORS, "ALARM")
    root = place.table.load_incident(own(place, ERRORS).parent)[0]
    place.sent(root.id)
    mute(place, "errors")
    place.state(ERRORS, "OK")
    place.sent(root.id)
    place.now += MINUTE
    place.state(ERRORS, "ALARM")
    assert own(place, ERRORS).is_withheld
    assert not place.table.load_incident(root.id)[0].is_open
    assert place.owed(root.id) == {}
    pass_minutes(place, 65)
    assert place.table.load_incident(root.id)[0].is_open
    assert set(place.owed(root.id)) == {"jira", "bot"}


def test_no_data_is_withheld_too() -> None:
    place = estate()
    mute(place, "lone")
    place.state(LONE, "INSUFFICIENT_DATA")
    opened = own(place, LONE)
    assert (opened.kind, opened.is_withheld) == (Kind.NO_DATA, True)
    pass_minutes(place, 62)
    after = own(place, LONE)
    assert (after.is_withheld, set(place.owed(after.id))) == (False, {"pager", "bot"} & set(after.recipients))
    assert place.owed(after.id)


@pytest.mark.parametrize("late", [0, 5 * MINUTE])
def test_the_order_in_which_events_arrive_makes_no_difference(late: int) -> None:
    """The OK before its ALARM: it was over while muted, so nobody hears of it."""
    place = estate()
    mute(place, "lone")
    fired, over = place.now, place.now + 30 * SECOND
    place.now += MINUTE + late
    place.state(LONE, "OK", over, "ALARM", fired)
    place.state(LONE, "ALARM", fired)
    pass_minutes(place, 70)
    assert place.table.deliveries == {}


def test_what_was_over_before_the_mute_began_is_sent_although_it_is_heard_of_while_muted() -> None:
    place = estate()
    fired, over = place.now, place.now + 30 * SECOND
    place.now += MINUTE
    mute(place, "lone")
    place.state(LONE, "OK", over, "ALARM", fired)
    assert set(place.owed(own(place, LONE).id)) == {"pager", "jira", "bot"}


def test_the_list_is_read_once_for_a_storm_and_what_cannot_be_read_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = estate()
    mute(place, "lone")
    reads = 0
    real = place.table.mutes

    def counted(since: int) -> list[Mute]:
        nonlocal reads
        reads += 1
        if reads > 1:
            raise OSError("throttled")
        return real(since)

    place.table.mutes = counted  # type: ignore[method-assign]
    for number in range(20):
        place.state(LONE, "ALARM" if number % 2 == 0 else "OK", place.now + number)
    assert reads == 1
    place.now += MINUTE
    with caplog.at_level(logging.ERROR):
        place.state(LONE, "ALARM")
    assert own(place, LONE).is_withheld
    assert "mutes not read" in caplog.text


def test_the_mute_that_lasts_longest_covers() -> None:
    one = Mute("a", "x", 10, 50, "", frozenset({"n"}))
    two = replace(one, id="b", until=90, ended_at=40)
    assert [covering([one, two], moment) for moment in (9, 10, 45, 50)] == [None, one, one, None]


def comes_again(place: Estate, key: Key, minutes: int) -> Mute:
    """An alarm that people know of ends, and is in ALARM again, while it is muted for so long."""
    heard = own(place, key).parent or own(place, key).id
    place.sent(heard)
    held = mute(place, key.alarm, minutes=minutes)
    place.now += MINUTE
    place.state(key, "OK")
    place.sent(heard)
    place.now += MINUTE
    place.state(key, "ALARM")
    assert own(place, key).is_withheld
    return held


def until_released(place: Estate, key: Key) -> None:
    while own(place, key).is_withheld:
        pass_minutes(place, 1)


def test_what_comes_again_while_muted_is_neither_reminded_of_nor_escalated_meanwhile() -> None:
    place = estate()
    place.state(LONE, "ALARM")
    comes_again(place, LONE, minutes=120)
    for _ in range(110):
        pass_minutes(place, 1)
        assert place.owed(own(place, LONE).id) == {}
    assert (own(place, LONE).escalated_at, own(place, LONE).reminded_at) == (0, 0)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("name", ["lone", "critical"])
def test_reminders_and_escalation_count_from_the_end_of_the_mute(name: str, again: bool) -> None:
    place = Estate(routing({**ALARMS, "critical": {"service": "checkout", "severity": "critical"}}))
    key = alarm(name)
    if again:
        place.state(key, "ALARM")
        comes_again(place, key, minutes=90)
    else:
        mute(place, name, minutes=90)
        place.state(key, "ALARM")
    until_released(place, key)
    heard = own(place, key).parent or own(place, key).id
    released = place.now
    place.sent(heard)
    pass_minutes(place, 19)
    root = place.table.load_incident(heard)[0]
    assert (root.is_open, root.escalated_at, root.reminded_at) == (True, 0, 0)
    pass_minutes(place, 12)
    root = place.table.load_incident(heard)[0]
    assert 0 <= root.escalated_at - released - 20 * MINUTE <= MINUTE
    assert 0 <= root.reminded_at - released - 30 * MINUTE <= MINUTE


def test_a_critical_alarm_of_an_open_group_that_came_again_while_muted_pages_when_the_mute_ends() -> None:
    """Meanwhile the group had another page: the alarm is in ALARM since before that, and nobody knows."""
    names = ("first", "second")
    place = Estate(routing({name: {"service": "checkout", "severity": "critical"} for name in names}))
    first, second = map(alarm, names)
    place.state(second, "ALARM")
    place.state(first, "ALARM")
    group = own(place, first).parent
    comes_again(place, first, minutes=20)
    place.now += 8 * MINUTE
    place.state(second, "OK")
    place.now += SECOND
    place.state(second, "ALARM")
    place.sent(group)
    before = place.table.load_incident(group)[0].alarm_at
    until_released(place, first)
    assert place.table.load_incident(group)[0].alarm_at > before
    assert set(place.owed(group)) == {"pager", "jira", "bot"}
    place.sent(group)
    pass_minutes(place, 5)
    assert place.owed(group) == {}
