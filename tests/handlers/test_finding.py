"""Findings: what is read of an event, which are taken, and what they make of an incident."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.drill.memory_table import MemoryTable
from handlers.common.deadline import Deadline
from handlers.incident.decision.admission import KnownAlarm, MisdirectedFinding, RejectedEvent, UnknownAlarm, classify
from handlers.incident.decision.state_changes import MOST_CHANGES
from handlers.incident.events import Change, Key, Unreadable, read
from handlers.incident.finding import STORED, STORED_CLOSING, Finding, closing_content, finding_json
from handlers.incident.meter import Meter
from handlers.incident.routing import Routing
from handlers.incident.service import PoisonMessage, Service
from handlers.incident.state import items
from handlers.incident.state.records import NOBODY, Alarm, Incident, Kind
from handlers.incident.state.table import ParkedEvent
from tests.handlers.alarm_world import Life
from tests.handlers.finding_world import CONTENT, FIXED, KEY, LINK, MEMBER, OTHER, REGION, T0, TABLE, change, event
from tests.handlers.test_service import event as alarm_event

A, OK = "ALARM", "OK"
ROUTING = Routing(TABLE)


# Reading


def test_an_event_is_read_with_its_region_and_the_account_of_the_envelope() -> None:
    meaning = read(event(A, account="999999999999"))
    assert isinstance(meaning, Change)
    assert (meaning.key, meaning.state, meaning.at, meaning.environment) == (KEY, A, T0, "prod")
    assert meaning.finding
    assert meaning.finding.title == CONTENT["title"]
    assert [list(fact) for fact in meaning.finding.facts] == CONTENT["facts"]
    assert (meaning.finding.action, meaning.finding.link) == (CONTENT["action"], LINK)
    # An envelope alone says where the event was put.
    bare = json.loads(event(A))
    del bare["detail"]["region"]
    there = read(json.dumps(bare))
    assert isinstance(there, Change)
    assert there.key.region == "eu-central-1"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 2}, "version is 2, not 1"),
        ({"version": True}, "version is true, not 1"),
        ({"check": "cost"}, 'check is "cost", not "tag-compliance"'),
        ({"state": "INSUFFICIENT_DATA"}, 'state is "INSUFFICIENT_DATA", not one of ALARM, OK'),
        ({"subject": "-i"}, 'subject is "-i", not up to 200 letters, digits and :/._+=@-'),
        ({"subject": "i" * 201}, "not up to 200 letters"),
        ({"subject": "i-1\n"}, "not up to 200 letters"),
        ({"subject": "<x>"}, "not up to 200 letters"),
        ({"at": "1795168800000"}, "not a time in milliseconds"),
        ({"at": 0}, "at is 0, not a time"),
        ({"at": True}, "at is true, not a time"),
        ({"at": 1e12}, "not a time in milliseconds"),
        ({"at": 10**13}, "not a time in milliseconds"),
        ({"title": " "}, "title is missing or not a string"),
        ({"title": "ä" * 101}, "title has 202 bytes; the limit is 200"),
        ({"facts": [["n", "v"]] * 13}, "facts is not a list of at most 12"),
        ({"facts": {"Missing": "Owner"}}, "facts is not a list"),
        ({"facts": [["Missing"]]}, 'a fact is ["Missing"], not a name and a value'),
        ({"facts": [["Missing", 3]]}, "not a name and a value"),
        ({"facts": [["Why", "x"]]}, 'the fact name "Why" is reserved'),
        ({"facts": [[" Owner\n", "x"]]}, 'the fact name "Owner" is reserved'),
        ({"facts": [["", "x"]]}, 'the fact name "" is reserved, empty'),
        ({"facts": [["Missing", "a"], ["Missing", "b"]]}, 'two facts have the name "Missing"'),
        ({"facts": [["Missing", "x" * 401]]}, 'the fact "Missing" has 401 bytes; the limit is 400'),
        ({"facts": [[f"n{i}", "x" * 399] for i in range(4)]}, "have 1858 bytes together; the limit is 1500"),
        ({"action": "x" * 401}, "action has 401 bytes; the limit is 400"),
        ({"action": None}, "action is null, not a string"),
        ({"link": 7}, "link is 7, not a string"),
        ({"region": "evil.example/x-1"}, "not a Region"),
        ({"environment": ""}, "environment is missing or not a string"),
        ({"envelope": {"account": "22"}}, 'account is "22", not an account ID'),
        ({"envelope": {"detail-type": ["Tag Compliance Finding"]}}, "no handler for events of source"),
        ({"envelope": {"detail-type": "Other"}}, "no handler for events of source"),
    ],
)
def test_what_breaks_the_contract_is_unreadable(changed: dict[str, Any], reason: str) -> None:
    meaning = read(event(A, **changed))
    assert isinstance(meaning, Unreadable)
    assert reason in meaning.reason


def test_a_finding_comes_from_the_bus_alone() -> None:
    for state in (A, OK):
        through = json.dumps({"Type": "Notification", "Message": event(state)})
        assert read(through) == Unreadable("findings are accepted from the event bus only, not from SNS")


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/",
        f"https://{REGION}.console.aws.amazon.com@evil.example/",
        f"https://{REGION}.console.aws.amazon.com.evil.example/",
        f"https://{REGION}.console.aws.amazon.com\\@evil.example/",
        "https://eu-west-1.console.aws.amazon.com/ec2",
        f"https://{REGION}.console.amazonaws.cn/ec2",
        f"http://{REGION}.console.aws.amazon.com/ec2",
        "",
    ],
)
def test_a_link_that_does_not_lead_into_the_regions_console_is_left_out(link: str) -> None:
    meaning = read(event(A, link=link))
    assert isinstance(meaning, Change)
    assert meaning.finding
    assert meaning.finding.link == ""


def test_a_partition_has_its_own_console() -> None:
    link = "https://cn-north-1.console.amazonaws.cn/ec2/home"
    there = read(event(A, link=link, region="cn-north-1"))
    assert isinstance(there, Change)
    assert there.finding
    assert there.finding.link == link


def test_a_text_is_one_line_and_printable() -> None:
    meaning = read(event(A, title="a\nState: closed\x1b[0m", facts=[["Missing", "x\r\nOwner: me\ud800"]]))
    assert isinstance(meaning, Change)
    assert meaning.finding == Finding(
        "a State: closed[0m", (("Missing", "x Owner: me\ufffd"),), str(CONTENT["action"]), LINK
    )


@settings(deadline=None)
@given(st.lists(st.sampled_from(['"', "\\", "ä", "x", "\U0001f6a8"]), min_size=90, max_size=95).map("".join))
def test_what_is_kept_has_a_limit_whatever_is_in_it(text: str) -> None:
    facts = [[f"Fact {n}", text[:90]] for n in range(12)]
    found = read(event(A, title="x", facts=facts, action="", link=LINK))
    if isinstance(found, Unreadable):
        assert "bytes together" in found.reason
        return
    assert isinstance(found, Change)
    assert found.finding
    assert len(finding_json(found.finding).encode()) <= STORED
    assert len(finding_json(closing_content(found.finding)).encode()) <= STORED_CLOSING


# Which are taken


def test_a_finding_of_a_check_that_the_build_knows_is_taken() -> None:
    assert classify(change(A, T0), ROUTING, T0) == KnownAlarm()
    assert ROUTING.severity(KEY) == "low"
    assert ROUTING.severity(replace(KEY, account="333333333333")) == "high"
    assert ROUTING.definition(KEY)["owner"] == "cloud-team"


def test_without_the_check_it_is_parked_as_an_unknown_alarm_is() -> None:
    without = Routing({**TABLE, "findings": {}})
    unknown = "check tag-compliance is not in this build's routing table"
    assert classify(change(A, T0), without, T0) == UnknownAlarm(unknown, parked=True)
    assert classify(change(A, T0), Routing({k: v for k, v in TABLE.items() if k != "findings"}), T0) == UnknownAlarm(
        unknown, parked=True
    )
    stranger = replace(change(A, T0), key=replace(KEY, account="999999999999"))
    assert classify(stranger, without, T0) == UnknownAlarm(unknown, parked=False)
    assert classify(stranger, ROUTING, T0) == UnknownAlarm("account 999999999999 is not a member", parked=False)


def test_its_time_is_checked_as_an_alarms_is() -> None:
    assert isinstance(classify(change(A, T0), ROUTING, T0 - 300_001), RejectedEvent)
    assert isinstance(classify(change(A, T0), ROUTING, T0 + 32 * 86_400_000), RejectedEvent)


def test_one_of_another_environment_is_a_mistake() -> None:
    other = replace(change(A, T0), environment="dev")
    reason = 'the finding is of environment "dev", this hub is of prod'
    assert classify(other, ROUTING, T0) == MisdirectedFinding(reason)
    with pytest.raises(PoisonMessage, match="the finding is of environment"):
        service().handle(event(A, environment="dev"), Deadline.after(3))


def test_an_alarm_cannot_speak_for_a_check() -> None:
    alarm = Change(KEY, OK, T0)
    for routing in (ROUTING, Routing({**TABLE, "findings": {}})):
        why = classify(alarm, routing, T0)
        assert isinstance(why, UnknownAlarm)
        assert not why.parked


# What they make of an incident


def life() -> Life:
    made = Life(alarm=Alarm(KEY), severity="low")
    made.listeners = {"low": ("jira", "slack")}
    return made


def test_one_incident_for_a_subject_updated_and_closed() -> None:
    world = life().deliver([change(A, 1_000), change(A, 2_000, OTHER), change(OK, 3_000, FIXED)])
    (incident,) = world.incidents.values()
    assert [changed.incident.revision for changed in world.log] == [1, 2, 3]
    assert (incident.opened, incident.alarm_at, incident.ended, incident.alarm_count) == (1_000, 2_000, 3_000, 1)
    assert incident.finding
    assert incident.closing
    assert (incident.finding.title, incident.closing.title) == (OTHER["title"], FIXED["title"])
    assert incident.closing.action == ""


def test_the_same_again_tells_nobody() -> None:
    world = life().deliver([change(A, 1_000), change(A, 1_000), change(A, 2_000), change(A, 3_000)])
    (incident,) = world.incidents.values()
    assert (incident.revision, incident.alarm_at) == (1, 1_000)
    assert [bool(changed.owed) for changed in world.log] == [True] + [False] * (len(world.log) - 1)
    world.decide(change(A, 4_000, OTHER))
    (incident,) = world.incidents.values()
    assert (incident.revision, incident.alarm_at) == (2, 4_000)


def test_it_is_reopened_within_the_window_and_another_after_it() -> None:
    # The world's window is 60 ms.
    world = life().deliver([change(A, 1_000), change(OK, 2_000, FIXED), change(A, 2_060)])
    (incident,) = world.incidents.values()
    assert incident.is_open
    assert (incident.alarm_count, incident.again_at, incident.alarm_at) == (2, 2_060, 2_060)
    assert incident.closing is None
    world.deliver([change(OK, 2_100, FIXED), change(A, 9_000)])
    assert len(world.incidents) == 2


def test_an_ok_first_is_remembered_for_its_alarm() -> None:
    world = life()
    assert world.decide(change(OK, 2_000, FIXED)) == ()
    world.decide(change(A, 1_000))
    (incident,) = world.incidents.values()
    assert incident.ended == 2_000
    assert incident.closing
    assert incident.closing.title == FIXED["title"]


HISTORY = [
    change(A, 1_000),
    change(A, 1_020, OTHER),
    change(A, 1_040, OTHER),
    change(OK, 1_050, FIXED),
    change(A, 1_060),
]


@pytest.mark.parametrize("order", list(permutations(range(5))))
def test_order_and_doubles_do_not_matter(order: tuple[int, ...]) -> None:
    world = life()
    for index in order:
        for _ in range(2):
            world.decide(HISTORY[index])
    (incident,) = world.open
    assert incident.finding
    assert (incident.finding.title, incident.alarm_at, incident.again_at) == (CONTENT["title"], 1_060, 1_060)
    kept = [one.finding is not None for one in world.alarm.changes]
    assert kept == [False] * (len(kept) - 1) + [True]


def test_what_is_said_all_the_time_is_no_change_when_its_beginning_is_forgotten() -> None:
    world = life()
    for number in range(3 * MOST_CHANGES):
        world.decide(change(A, 1_000 + number))
    (incident,) = world.incidents.values()
    assert (incident.revision, incident.alarm_at) == (1, 1_000)


def test_nobody_hears_where_nobody_listens() -> None:
    world = life()
    world.listeners = {}
    world.deliver([change(A, 1_000), change(A, 2_000, OTHER)])
    assert world.incidents == {}
    assert {one.incident for one in world.alarm.changes} == {NOBODY}


def test_the_same_under_a_severity_that_somebody_hears_of_is_heard() -> None:
    world = life()
    world.listeners = {}
    world.decide(change(A, 1_000))
    world.listeners = {"low": ("jira",)}
    world.decide(change(A, 2_000))
    (incident,) = world.incidents.values()
    assert incident.opened == 2_000


# In the table


def full(text: str) -> Finding:
    """As large as the contract allows."""
    facts = [[f"Fact {n:02}", text * 85] for n in range(12)]
    found = read(event(A, title=text * 150, facts=facts, action=text * 100, link=LINK))
    assert isinstance(found, Change), found
    assert found.finding
    return found.finding


@pytest.mark.parametrize("text", ["x", '"'])
def test_items_have_a_limit(text: str) -> None:
    found = full(text)
    world = life()
    for number in range(2 * MOST_CHANGES):
        at = 1_000 + number * 100
        content = replace(found, title=f"{text * 90}{number}") if number % 2 else found
        world.decide(Change(KEY, A if number % 4 else OK, at, finding=content, environment="prod"), at)
    assert size(items.alarm_item(world.alarm, 99, T0)) <= 8_000
    assert max(size(items.incident_item(one, 99, T0)) for one in world.incidents.values()) <= 4_096


def size(item: items.Item) -> int:
    return sum(len(name) + len(next(iter(value.values())).encode()) for name, value in item.items())


def test_items_are_read_as_they_were_written() -> None:
    world = life().deliver([*HISTORY, change(OK, 1_070, FIXED)])
    assert items.alarm_of(KEY, items.alarm_item(world.alarm, 1, T0)) == world.alarm
    for incident in world.incidents.values():
        assert items.incident_of(items.incident_item(incident, 1, T0)) == incident


def test_items_of_the_version_before_are_read() -> None:
    """As the version before wrote them, which knew no findings: literally."""
    changes = (
        '{"changes":[[1000,"A","O",500,0],[2000,"O","A",1000]],"incidents":["0123456789abcdef"],"by":[],'
        '"reasons":{"1":["back",""]}}'
    )
    incident = (
        '{"id":"0123456789abcdef","key":{"account":"222222222222","region":"us-east-1","alarm":"errors-alarm-prod"},'
        '"kind":"alone","severity":"high","opened":1000,"state":"OK","changed_at":2000,"alarm_at":1000,"ended":2000,'
        '"revision":2,"recipients":["jira"],"reason":"back","alarm_reason":"bad"}'
    )
    key = Key(MEMBER, REGION, "errors-alarm-prod")
    alarm = items.alarm_of(key, {"changes": {"S": changes}, "horizon": {"N": "0"}})
    assert [one.state for one in alarm.changes] == [A, OK]
    assert {one.content for one in alarm.changes} == {""}
    read_back = items.incident_of({"incident": {"S": incident}})
    assert (read_back.finding, read_back.content, read_back.again_at) == (None, "", 0)
    # And what is written of an alarm is what the version before reads.
    assert items.incident_item(read_back, 1, T0)["incident"] == {"S": incident}
    assert items.alarm_item(alarm, 1, T0)["changes"] == {"S": changes}


# Through the service


def service(table: MemoryTable | None = None, routing: Routing = ROUTING) -> Service:
    return Service(
        *(routing, table or MemoryTable(), lambda: T0 + 1_000, lambda _names: None, lambda _s: None, lambda: 0.5),
        Meter("prod", lambda: T0, lambda _line: None),
    )


def test_a_finding_is_decided_as_an_alarm_is() -> None:
    table = MemoryTable()
    decided = service(table).handle(event(A), Deadline.after(3))
    assert {one.channel for one in decided.owed} == {"jira", "slack"}
    (first,) = {one.incident for one in decided.owed}
    assert service(table).handle(event(A), Deadline.after(3)).owed == ()
    assert service(table).handle(event(A, T0 + 10), Deadline.after(3)).owed == ()
    changed = service(table).handle(event(A, T0 + 20, OTHER), Deadline.after(3))
    closed = service(table).handle(event(OK, T0 + 30, FIXED), Deadline.after(3))
    assert {one.incident for one in (*changed.owed, *closed.owed)} == {first}
    incident, _ = table.load_incident(first)
    assert isinstance(incident, Incident)
    assert incident.kind is Kind.ALONE


def test_what_was_parked_is_decided_once_the_check_is_known() -> None:
    table = MemoryTable()
    before = service(table, Routing({**TABLE, "findings": {}}))
    assert before.handle(event(A), Deadline.after(3)).owed == ()
    assert service(table).process_parked(10, Deadline.after(3)) == 1
    assert table.load(KEY).incident
    assert service(table).process_parked(10, Deadline.after(3)) == 0


def test_an_alarm_that_was_parked_under_a_findings_name_is_none() -> None:
    """As the version before parked it, which knew no findings."""
    table = MemoryTable()
    table.park(ParkedEvent(KEY, alarm_event(A, T0, key=KEY), T0), T0)
    assert service(table).process_parked(10, Deadline.after(3)) == 0
    assert table.load(KEY).alarm.changes == ()
    assert table.parked(ROUTING.knows, 10) == []
