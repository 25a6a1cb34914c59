"""Which incident an alarm's own incident is part of, what its members make of that, and what is owed of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.common.deadline import Deadline
from handlers.incident.grouping import Subject, group_keys, placement
from handlers.incident.records import Incident, Kind
from handlers.incident.table import OpenGroup
from tests.handlers.alarm_world import NO_DATA, OK, A
from tests.handlers.group_world import (
    ALPHA,
    BETA,
    HOUR,
    MINUTE,
    REGION,
    SECOND,
    T0,
    Crash,
    Estate,
    alarm,
    assert_whole,
    routing,
)
from tests.handlers.test_service import event

DOWN = "down-alarm-prod"
ALARMS: dict[str, dict[str, Any]] = {
    DOWN: {"severity": "critical", "parts_of": [DOWN]},
    "part-alarm-prod": {"parts_of": [DOWN], "service": "shop"},
    "burn-alarm-prod": {"parts_of": ["near-alarm-prod", DOWN], "objective": "checkout", "service": "shop"},
    "errors-alarm-prod": {"service": "shop"},
    "low-alarm-prod": {"service": "shop", "severity": "low"},
    "fatal-alarm-prod": {"service": "shop", "severity": "critical"},
    "worse-alarm-prod": {"service": "shop", "severity": "critical"},
    "hub-alarm-prod": {"service": "shop", "account": "beta"},
    "loner-alarm-prod": {"service": "shop", "parts_of": [DOWN], "alone": True},
    "plain-alarm-prod": {},
}
ERRORS, LOW, FATAL, WORSE, PART = (alarm(f"{name}-alarm-prod") for name in ("errors", "low", "fatal", "worse", "part"))
QUIET = routing(ALARMS, incidents={"storm": None})
SHOP = f"group/service=shop/account={ALPHA}"


def estate(**more: Any) -> Estate:
    return Estate(routing(ALARMS, incidents={"storm": None, **more}))


# -- keys


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        (DOWN, [f"composite/{DOWN}/{ALPHA}/{REGION}"]),
        ("part-alarm-prod", [f"composite/{DOWN}/{ALPHA}/{REGION}", SHOP]),
        (
            "burn-alarm-prod",
            [
                f"composite/near-alarm-prod/{ALPHA}/{REGION}",
                f"composite/{DOWN}/{ALPHA}/{REGION}",
                f"objective/checkout/{ALPHA}/{REGION}",
                SHOP,
            ],
        ),
        ("hub-alarm-prod", [f"group/service=shop/account={BETA}"]),
        ("loner-alarm-prod", []),
        ("plain-alarm-prod", []),
        ("unknown-alarm-prod", []),
        ("log-error/abc", []),
    ],
)
def test_the_keys_of_an_alarm(name: str, keys: list[str]) -> None:
    assert group_keys(alarm(name), QUIET) == tuple(keys)


def test_the_values_that_a_group_has_in_common_are_the_files() -> None:
    group = {**QUIET.data["incidents"]["group"], "by": ["region", "alarm"]}
    assert group_keys(ERRORS, routing(ALARMS, incidents={"group": group})) == (
        "group/region=us-east-1/alarm=errors-alarm-prod",
    )
    group["by"] = []
    assert group_keys(ERRORS, routing(ALARMS, incidents={"group": group})) == ()


def test_the_table_of_an_earlier_build_groups_nothing() -> None:
    table = routing({"errors-alarm-prod": {}})
    del table.data["incidents"]
    place = Estate(table)
    place.table.armed = True
    place.state(ERRORS, A)
    assert place.root.kind is Kind.ALONE
    assert place.table.calls == ["load", "commit"]


# -- placement


def new(kind: Kind = Kind.ALONE, severity: str = "high", ended: int | None = None, opened: int = T0) -> Incident:
    state = NO_DATA if kind is Kind.NO_DATA else A
    return Incident("a" * 16, ERRORS, kind, severity, opened, state, opened, opened, ended=ended)


KEYS = ("composite/x", "group/y")
LIVE, OVER = T0 + HOUR, T0


def place(
    incident: Incident,
    *groups: OpenGroup,
    counts: dict[str, int] | None = None,
    is_open: bool = True,
    storms: bool = True,
) -> tuple[str, str, list[str]]:
    """The parent, its kind where it is new, and the keys that are opened; a new parent is `new`."""
    policy = routing({}, incidents={} if storms else {"storm": None}).grouping
    put = placement(
        Subject(incident, KEYS, ALPHA),
        {group.key: group for group in groups},
        policy,
        T0,
        count=lambda counter, _now: counts[counter],
        is_open=lambda _: is_open,
    )
    return ("new" if put.kind else put.parent), str(put.kind or ""), [group.key for group in put.opened]


FEW = {f"storm/account/{ALPHA}": 10, "storm/environment": 30, "own/s": 11}
FEW |= {f"no-data/account/{ALPHA}": 10, "no-data/environment": 30}
ACCOUNT, ENVIRONMENT = f"storm/{ALPHA}", "storm/environment"


@pytest.mark.parametrize(
    ("incident", "groups", "counts", "expected"),
    [
        # nothing is open
        (new(), [], FEW, ("new", "group", ["composite/x", "group/y"])),
        # the first key that is open wins, and the others lead there, too
        (new(), [("group/y", "g", LIVE)], FEW, ("g", "", ["composite/x"])),
        (new(), [("composite/x", "c", LIVE), ("group/y", "g", LIVE)], FEW, ("c", "", [])),
        # one whose time is over is none
        (new(), [("group/y", "g", OVER)], FEW, ("new", "group", ["composite/x", "group/y"])),
        # without data it opens no group, but is part of one
        (new(Kind.NO_DATA), [], FEW, ("", "", [])),
        (new(Kind.NO_DATA), [("group/y", "g", LIVE)], FEW, ("g", "", ["composite/x"])),
        # too many
        (new(), [], FEW | {f"storm/account/{ALPHA}": 11}, ("new", "storm", [ACCOUNT])),
        (new(), [], FEW | {"storm/environment": 31}, ("new", "storm", [ENVIRONMENT])),
        (new(), [], FEW | {f"storm/account/{ALPHA}": 11, "storm/environment": 31}, ("new", "storm", [ENVIRONMENT])),
        # What is without data makes storms of its own, and joins either kind.
        (new(Kind.NO_DATA), [], FEW | {"no-data/environment": 31}, ("new", "storm", ["no-data/environment"])),
        (new(Kind.NO_DATA), [(ENVIRONMENT, "t", LIVE)], {}, ("t", "", [])),
        (new(Kind.NO_DATA), [("no-data/environment", "t", LIVE)], {}, ("t", "", [])),
        (new(), [("no-data/environment", "t", LIVE)], FEW, ("new", "group", ["composite/x", "group/y"])),
        # a storm that there is, after the groups that there are
        (new(), [(ACCOUNT, "s", LIVE), (ENVIRONMENT, "t", LIVE)], {}, ("s", "", [])),
        (new(), [(ENVIRONMENT, "t", LIVE)], {}, ("t", "", [])),
        (new(), [("group/y", "g", LIVE), (ENVIRONMENT, "t", LIVE)], {}, ("g", "", ["composite/x"])),
        (new(), [(ENVIRONMENT, "t", OVER)], FEW, ("new", "group", ["composite/x", "group/y"])),
        # the first critical ones page by themselves
        (new(severity="critical"), [(ACCOUNT, "s", LIVE)], {"own/s": 10}, ("new", "group", ["composite/x", "group/y"])),
        (new(severity="critical"), [(ACCOUNT, "s", LIVE)], {"own/s": 11}, ("s", "", [])),
        (new(Kind.NO_DATA, "critical"), [(ACCOUNT, "s", LIVE)], {}, ("s", "", [])),
        # what was over long ago is not part of what is open now
        (new(ended=T0 - MINUTE), [("group/y", "g", LIVE)], FEW, ("g", "", ["composite/x"])),
        (
            new(opened=T0 - 9 * HOUR, ended=T0 - 8 * HOUR),
            [("group/y", "g", LIVE)],
            FEW,
            ("new", "group", ["composite/x"]),
        ),
        # but of what was open then
        (new(opened=T0 - 9 * HOUR, ended=T0 - 8 * HOUR), [("group/y", "g", T0 - 8 * HOUR)], FEW, ("g", "", [])),
        (
            new(opened=T0 - 9 * HOUR, ended=T0 - 8 * HOUR),
            [("group/y", "g", T0 - 9 * HOUR)],
            FEW,
            ("new", "group", ["composite/x", "group/y"]),
        ),
    ],
)
def test_the_place_of_a_new_incident(
    incident: Incident,
    groups: list[tuple[str, str, int]],
    counts: dict[str, int],
    expected: tuple[str, str, list[str]],
) -> None:
    assert place(incident, *(OpenGroup(*group, version=3) for group in groups), counts=counts) == expected


def test_missing_data_opens_nothing_that_is_over() -> None:
    assert place(new(Kind.NO_DATA), OpenGroup("group/y", "g", LIVE), counts=FEW, is_open=False) == ("", "", [])


def test_without_storms_nothing_is_counted() -> None:
    assert place(new(), OpenGroup(ENVIRONMENT, "s", LIVE), counts={}, storms=False)[1] == "group"


# -- one alarm in its group is as it would be alone


def test_a_group_of_one_is_like_the_alarm() -> None:
    place, alone = estate(), Estate(routing({"errors-alarm-prod": {}}, incidents={"storm": None}))
    for minutes, state, before in [(0, A, OK), (1, NO_DATA, A), (2, A, NO_DATA), (3, OK, A), (9, A, OK), (10, OK, A)]:
        for one in (place, alone):
            one.now = T0 + minutes * MINUTE
            one.state(ERRORS, state, before=before, since=one.now - MINUTE)
        root, own, expected = place.root, place.of(ERRORS)[0], alone.root
        assert own.parent == root.id
        same = ("state", "alarm_at", "alarm_count", "ended", "repeats", "no_data_at", "measured", "reason", "note")
        for name in (*same, "recipients", "severity", "alarm_reason", "opened", "key"):
            assert getattr(root, name) == getattr(expected, name), name
        # Missing data waits behind what is owed already; else the ranks are the same.
        if state != NO_DATA:
            ranks = {channel: owed[0] for channel, owed in place.owed(root.id).items()}
            assert ranks == {channel: owed[0] for channel, owed in alone.owed(expected.id).items()}
        assert not place.owed(own.id)
        assert_whole(place)


def test_what_is_grouped_costs_one_more_read_and_what_is_not_two_numbers() -> None:
    place = Estate(routing(ALARMS))
    place.table.armed = True
    place.state(alarm("plain-alarm-prod"), A)
    assert place.table.calls == ["load", "open_groups", "count", "count", "commit"]
    place.table.calls.clear()
    place.state(ERRORS, A)
    assert place.table.calls == ["load", "open_groups", "count", "count", "commit"]
    place.table.calls.clear()
    place.state(LOW, A)
    refresh = ["load_incident", "members", "load_incident", "commit_review"]
    assert place.table.calls == ["load", "open_groups", "commit", *refresh]


def test_one_incident_is_measured_as_one() -> None:
    place = estate()
    for key in (ERRORS, LOW, FATAL):
        place.state(key, A)
    assert sum("IncidentsOpened" in line for line in place.metrics) == 1


# -- the first message


def waits(place: Estate) -> dict[str, float]:
    """Channel to seconds until it is sent something."""
    return {channel: (at - T0) / SECOND for channel, (_, at) in place.owed(place.root.id).items()}


def test_the_first_message_waits_and_nobody_who_joins_makes_it_wait_longer() -> None:
    place = estate()
    place.state(LOW, A)
    assert waits(place) == {"mail": 60}
    place.now += 20 * SECOND
    place.state(alarm("burn-alarm-prod"), A)
    assert waits(place) == {"mail": 30, "jira": 30, "bot": 30}
    place.now += 5 * SECOND
    place.state(PART, A)
    assert waits(place) == {"mail": 30, "jira": 30, "bot": 30}


def test_a_critical_one_brings_it_forward() -> None:
    place = estate()
    place.state(ERRORS, A)
    place.now += 3 * SECOND
    place.state(FATAL, A)
    assert waits(place) == {"pager": 3, "jira": 3, "bot": 3}
    assert {rank for rank, _ in place.owed(place.root.id).values()} == {"0"}


def test_what_is_over_before_it_was_sent_is_owed_as_over() -> None:
    place = estate()
    place.state(ERRORS, A)
    place.now += 9 * SECOND
    place.state(ERRORS, OK, before=A, since=T0)
    assert place.owed(place.root.id) == {"jira": ("2", place.now), "bot": ("2", place.now)}


def test_old_events_settle_and_do_not_hold_up_what_is_new() -> None:
    place = estate()
    place.state(ERRORS, A, at=T0 - HOUR)
    assert waits(place) == {"jira": 300, "bot": 300}
    place.now += SECOND
    place.state(FATAL, A, at=T0 - HOUR)
    assert waits(place) == {"pager": 61, "jira": 61, "bot": 61}
    fresh = estate()
    fresh.state(ERRORS, A)
    fresh.now += SECOND
    fresh.state(FATAL, A, at=T0 - HOUR)
    assert waits(fresh) == {"pager": 30, "jira": 30, "bot": 30}


# -- what is worth another page


def pages(place: Estate) -> bool:
    """Whether everybody is owed a page; what was owed has been sent then."""
    owed = place.owed(place.root.id)
    place.sent(place.root.id)
    return bool(owed) and all(rank in ("0", "1", "3") for rank, _ in owed.values())


def test_a_worse_one_pages_again_and_another_one_is_shown() -> None:
    place = estate()
    place.state(LOW, A)
    assert pages(place)
    for later, key, paged, severity in [
        (1, ERRORS, True, "high"),
        (2, PART, False, "high"),
        (3, FATAL, True, "critical"),
        (4, WORSE, False, "critical"),
    ]:
        place.now = T0 + later * MINUTE
        before = place.root
        place.state(key, A)
        assert pages(place) == paged, key.alarm
        root = place.root
        assert (root.severity, root.alarm_at > before.alarm_at) == (severity, paged)
        assert root.updated_at > before.updated_at
        assert root.revision > before.revision
    assert root.recipients == ("mail", "jira", "bot", "pager")
    assert_whole(place)


def test_a_critical_one_long_after_the_last_page_is_a_page_of_its_own() -> None:
    place = estate()
    place.state(FATAL, A)
    assert pages(place)
    place.now += 5 * MINUTE + 1
    place.state(WORSE, A)
    assert pages(place)
    assert place.root.alarm_at == place.now


def test_the_incident_ends_with_its_last_alarm_and_pages_when_it_comes_back() -> None:
    place = estate()
    place.state(ERRORS, A)
    place.state(LOW, A)
    place.sent(place.root.id)
    place.now += MINUTE
    place.state(ERRORS, OK, before=A, since=T0)
    assert (place.root.is_open, place.root.open_members, place.root.key) == (True, 1, LOW)
    assert not pages(place)
    place.now += MINUTE
    place.state(LOW, OK, before=A, since=T0)
    assert (place.root.ended, place.root.state) == (place.now, OK)
    assert {rank for rank, _ in place.owed(place.root.id).values()} == {"2"}
    place.now += MINUTE
    place.state(LOW, A, before=OK, since=place.now - MINUTE)
    assert (place.root.is_open, place.root.alarm_count, len(place.root.repeats)) == (True, 2, 2)
    assert place.root.alarm_at == place.now
    assert_whole(place)


def test_one_that_goes_up_and_down_beneath_others_pages_nobody() -> None:
    place = estate()
    place.state(FATAL, A)
    place.state(ERRORS, A)
    place.sent(place.root.id)
    for _ in range(4):
        since, place.now = place.now, place.now + MINUTE
        place.state(ERRORS, OK, before=A, since=since)
        assert not pages(place)
        since, place.now = place.now, place.now + MINUTE
        place.state(ERRORS, A, before=OK, since=since)
        assert not pages(place)
    assert place.root.alarm_count == 1


def test_an_alarm_that_comes_back_keeps_its_incident_however_old() -> None:
    place = estate()
    place.state(ERRORS, A)
    place.now += 3 * HOUR
    place.state(ERRORS, OK, before=A, since=T0)
    place.now += MINUTE
    place.state(ERRORS, A, before=OK, since=place.now - MINUTE)
    assert place.root.is_open
    place.state(LOW, A)
    assert len(place.roots) == 2


def test_a_group_ended_is_joined_and_opens_again() -> None:
    place = estate()
    place.state(ERRORS, A)
    place.now += MINUTE
    place.state(ERRORS, OK, before=A, since=T0)
    place.now += MINUTE
    place.state(LOW, A)
    assert (place.root.is_open, place.root.members, place.root.alarm_count) == (True, 2, 2)
    assert_whole(place)


def test_missing_data_is_said_once_and_holds_the_incident_open() -> None:
    place = estate()
    place.state(ERRORS, A)
    place.sent(place.root.id)
    place.now += MINUTE
    place.state(LOW, NO_DATA)
    assert (place.root.members, place.root.state, place.root.severity) == (2, A, "high")
    place.now += MINUTE
    place.state(ERRORS, OK, before=A, since=T0)
    assert (place.root.state, place.root.no_data_at) == (NO_DATA, T0 + MINUTE)
    assert not pages(place)
    place.now += MINUTE
    place.state(LOW, OK, before=NO_DATA, since=T0 + MINUTE)
    assert not place.root.is_open


# -- order, crashes, deployments


def test_a_part_in_another_group_brings_its_composite_there() -> None:
    place = estate()
    place.state(ERRORS, A)
    place.now += MINUTE
    place.state(PART, A)
    place.now += MINUTE
    place.state(alarm(DOWN), A)
    assert place.root.members == 3


BODIES = [
    event(A, T0 + SECOND, OK, T0 - HOUR, key=PART),
    event(A, T0 + 2 * SECOND, OK, T0 - HOUR, key=FATAL),
    event(OK, T0 + 9 * SECOND, A, T0 + SECOND, key=PART),
    event(OK, T0 + 9 * SECOND, A, T0 + 2 * SECOND, key=FATAL),
]


@pytest.mark.parametrize("after", range(len(BODIES)))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_anywhere_is_healed_by_the_same_message(after: int, moment: str) -> None:
    call = 0
    while True:
        call += 1
        place = estate()
        place.now = T0 + 10 * SECOND
        for body in BODIES[:after]:
            place.handle(body)
        place.table.crashes = {call: moment}
        place.receive(BODIES[after])
        assert_whole(place)
        expected = estate()
        expected.now = place.now
        for body in BODIES[: after + 1]:
            expected.handle(body)
        assert place.root == expected.root
        assert place.owed(place.root.id) == expected.owed(expected.root.id)
        if place.table.crashes:
            break
    assert call > (6 if after else 3)


def test_the_end_that_arrives_first_is_part_of_it_all_the_same() -> None:
    place = estate()
    place.state(LOW, A)
    place.now += MINUTE
    place.state(ERRORS, OK, before=A, since=T0)
    assert (place.root.members, place.root.open_members) == (2, 1)
    place.state(ERRORS, A, at=T0, before=OK, since=T0 - HOUR)
    assert (place.root.members, place.root.open_members) == (2, 1)
    assert_whole(place)


def muted(place: Estate, end: int) -> None:
    """The alarm goes to ALARM in a mute window that ends then."""
    window = {"mutedByArn": "arn:rule", "muteWindowEnd": datetime.fromtimestamp(end / 1000, UTC).isoformat()}
    place.handle(event(A, place.now, OK, T0 - HOUR, key=ERRORS, muteDetail=window))


def test_what_was_muted_joins_when_people_hear_of_it() -> None:
    place = estate()
    place.state(LOW, A)
    muted(place, T0 + 10 * MINUTE)
    assert place.root.members == 1
    place.pass_minutes(11)
    assert place.root.members == 2
    assert_whole(place)


def test_a_look_that_dies_is_made_up_for_by_a_review() -> None:
    place = estate()
    place.state(LOW, A)
    muted(place, T0 + MINUTE)
    place.now += 2 * MINUTE
    place.table.armed = True
    # load, open_groups, commit: then the function dies, and no message comes again.
    place.table.crashes = {3: "after"}
    with pytest.raises(Crash):
        place.service.look(ERRORS, Deadline.after(600))
    place.table.armed = False
    assert place.root.members == 1
    place.pass_minutes(1)
    assert place.root.members == 2
    assert_whole(place)


def test_a_channel_that_was_removed_is_owed_nothing_of_a_group() -> None:
    place = estate()
    place.state(ERRORS, A)
    table = routing(ALARMS, incidents={"storm": None})
    del table.data["channels"]["bot"]
    place.deployed(table)
    place.now += MINUTE
    place.woken.clear()
    place.state(FATAL, A)
    assert {channel: at for channel, (_, at) in place.owed(place.root.id).items()} == {
        "jira": place.now,
        "pager": place.now,
        "bot": T0 + 30 * SECOND,  # as it was before; its worker drops it
    }
    assert place.woken == [("jira", "pager")]


def test_a_route_changed_between_two_alarms_adds_whoever_hears_of_the_second() -> None:
    place = estate()
    place.state(ERRORS, A)
    place.sent(place.root.id)
    table = routing(ALARMS, incidents={"storm": None})
    table.data["routes"]["high"] = ["jira", "mail"]
    place.deployed(table)
    place.now += MINUTE
    place.state(PART, A)
    assert place.root.recipients == ("jira", "bot", "mail")
    # The one that is new has to hear that there is an alarm, the others only who has joined.
    assert {channel: rank for channel, (rank, _) in place.owed(place.root.id).items()} == {
        "jira": "4",
        "bot": "4",
        "mail": "1",
    }


def test_the_end_of_a_member_that_a_build_does_not_know_waits_for_one_that_does() -> None:
    place = estate()
    place.state(ERRORS, A)
    rest = {name: about for name, about in ALARMS.items() if name != ERRORS.alarm}
    place.deployed(routing(rest, incidents={"storm": None}))
    place.now += MINUTE
    body = event(OK, place.now, A, T0, key=ERRORS)
    place.handle(body)
    # Its name is unknown, so the event waits for a build that knows it; the incident stays as it is.
    assert place.root.is_open
    place.deployed(QUIET)
    assert place.service.process_parked(9, Deadline.after(600)) == 1
    assert not place.root.is_open
    assert_whole(place)


def test_an_incident_of_the_version_before_lives_on_alone() -> None:
    place = Estate(routing({"errors-alarm-prod": {}, "low-alarm-prod": {}}, incidents={"storm": None}))
    place.state(ERRORS, A)
    place.deployed(QUIET)
    place.now += MINUTE
    place.state(ERRORS, OK, before=A, since=T0)
    place.now += MINUTE
    place.state(ERRORS, A, before=OK, since=place.now - MINUTE)
    assert (place.root.kind, place.root.is_open) == (Kind.ALONE, True)


def test_a_parent_whose_row_has_run_out_is_made_anew_of_its_members() -> None:
    place = estate()
    place.state(ERRORS, A)
    lost = place.root.id
    del place.table.incidents[lost]
    place.now += MINUTE
    place.state(LOW, A)
    assert (place.root.id, place.root.members, place.root.severity) == (lost, 2, "high")
    assert set(place.owed(lost)) == {"jira", "bot", "mail"}
    assert_whole(place)


def test_a_large_one_is_left_to_the_review_and_ends_with_it() -> None:
    names = {f"a{number}-alarm-prod": {"parts_of": [DOWN]} for number in range(60)}
    place = Estate(routing({DOWN: ALARMS[DOWN], **names}, incidents={"storm": None}))
    for name in names:
        place.state(alarm(name), A)
    assert place.root.members == 51
    place.pass_minutes(1)
    assert place.root.members == 60
    assert_whole(place)
    for name in names:
        place.state(alarm(name), OK, before=A, since=T0)
    assert place.root.is_open
    place.pass_minutes(1)
    assert not place.root.is_open
    place.pass_minutes(1)
    assert place.table.next_review() is None
    # What is worth a page is not left to it.
    place.now += MINUTE
    place.state(alarm(DOWN), A)
    assert (place.root.severity, place.root.alarm_count) == ("critical", 2)
    assert_whole(place)


def test_a_member_that_comes_in_between_two_reads_of_another_is_not_lost() -> None:
    place = estate()
    place.state(ERRORS, A)
    root, waiting = place.root.id, [LOW]
    load, members = place.table.load_incident, place.table.members

    def read(call: Any, id_: str) -> Any:
        result = call(id_)
        if id_ == root and waiting:
            place.state(waiting.pop(), A)
        return result

    place.table.load_incident = lambda id_: read(load, id_)  # type: ignore[method-assign]
    place.table.members = lambda id_: read(members, id_)  # type: ignore[method-assign]
    place.state(PART, A)
    assert (waiting, place.root.members) == ([], 3)
    assert_whole(place)


def test_an_alarm_that_comes_back_while_a_large_one_is_found_to_be_over_is_seen_by_the_next_look() -> None:
    names = [f"a{number}-alarm-prod" for number in range(60)]
    place = Estate(routing({name: {"parts_of": [DOWN]} for name in names}, incidents={"storm": None}))
    for name in names:
        place.state(alarm(name), A)
    place.pass_minutes(1)
    for name in names:
        place.state(alarm(name), OK, before=A, since=T0)
    members, waiting = place.table.members, [alarm(names[0])]

    def read(id_: str) -> Any:
        result = members(id_)
        if waiting:
            # It finds the incident open, and leaves it to the look that is under way.
            place.state(waiting.pop(), A, at=place.now + 1)
        return result

    place.table.members = read  # type: ignore[method-assign]
    place.pass_minutes(1)
    assert not place.root.is_open
    place.pass_minutes(1)
    assert (place.root.is_open, place.root.alarm_count) == (True, 2)
    assert_whole(place)


OWNED = {
    "cart-alarm-prod": {"service": "shop", "owner": "carts"},
    "ledger-alarm-prod": {"service": "shop", "owner": "ledger"},
}
RULES = [
    {"when": {"owner": ["carts"]}, "to": ["mail"]},
    {"when": {"account": [BETA]}, "to": ["lead"]},
    {"when": {"tier": ["sandbox"], "severity": ["critical"]}, "to": []},
]


def test_the_recipients_of_a_group_are_those_of_all_its_alarms() -> None:
    place = Estate(routing(OWNED, rules=RULES, incidents={"storm": None}))
    place.state(alarm("cart-alarm-prod"), A)
    assert place.root.recipients == ("mail",)
    # A rule that changes later holds for what opens later.
    place.deployed(routing(OWNED, rules=[], incidents={"storm": None}))
    place.state(alarm("ledger-alarm-prod"), A)
    assert place.root.recipients == ("mail", "jira", "bot")
    assert place.of(alarm("cart-alarm-prod"))[0].recipients == ("mail",)


def test_a_storm_in_an_account_is_routed_as_that_account_is() -> None:
    alarms = {f"plain-{number}-alarm-prod": {"owner": "ledger"} for number in range(12)}
    place = Estate(routing(alarms, rules=RULES, labels={ALPHA: {"tier": "sandbox"}}))
    for name in alarms:
        place.state(alarm(name, BETA), A)
    (storm,) = [root for root in place.roots if root.kind is Kind.STORM]
    assert storm.recipients == ("lead",)
    assert place.routing.storm_listeners(ALPHA, "critical") == ()
