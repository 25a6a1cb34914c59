"""What becomes of a change: state changes, tag changes, and what goes wrong on the way."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from handlers.compliance.ledger import Status
from handlers.compliance.messages import Ignored, StartScan, Unreadable, read
from handlers.compliance.outputs import COMPLIANT, NON_COMPLIANT
from tests.handlers.compliance.scan_world import GOOD
from tests.handlers.compliance.world import ComplianceWorld, Killed, Throttled, moment, state_change, tag_change

NO_OWNER = {key: value for key, value in GOOD.items() if key != "Owner"}


@pytest.fixture
def place() -> ComplianceWorld:
    return ComplianceWorld()


def logged(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.getMessage() == message]


def test_an_instance_without_its_tags_is_told_two_minutes_after_it_runs(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1, NO_OWNER)
    place.wait(119)
    assert place.heard(id_) == []
    place.wait(2)
    assert place.heard(id_) == ["ALARM"]
    (record,) = place.records(id_)
    assert (record["isCompliant"], record["missingTags"], record["state"]) == (False, ["Owner"], "running")
    assert record["source"] == "change"
    assert place.points.of_changes(COMPLIANT) == [0]
    assert place.points.of_changes(NON_COMPLIANT) == [1]
    (detail,) = place.people.received
    assert detail["subject"] == id_ and "1 tag is missing or wrong" in detail["title"]
    assert ["Missing", "Owner"] in detail["facts"]


def test_an_instance_with_its_tags_is_recorded_and_counted_and_nobody_hears(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1, GOOD)
    place.run()
    assert place.people.received == []
    assert [record["isCompliant"] for record in place.records(id_)] == [True]
    assert (place.points.of_changes(COMPLIANT), place.points.of_changes(NON_COMPLIANT)) == ([1], [0])


def test_an_exempt_instance_is_neither(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1, {"Temporary": "yes"})
    place.run()
    assert place.row(id_).status is Status.EXEMPT
    assert (place.points.of_changes(COMPLIANT), place.points.of_changes(NON_COMPLIANT)) == ([0], [0])
    assert place.people.received == []


def test_tags_that_come_late_are_no_fault(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1)
    place.wait(40)
    place.account.tag(id_, NO_OWNER)
    place.wait(40)
    place.account.tag(id_, GOOD)
    place.run()
    assert place.people.received == []
    assert place.row(id_).status is Status.COMPLIANT


@pytest.mark.parametrize("launcher", ["auto-scaling", "eks", "emr", "spot"])
def test_what_others_launch_has_ten_minutes(place: ComplianceWorld, launcher: str) -> None:
    id_ = place.account.launch(1, launched_by=(launcher,))
    place.wait(595)
    assert place.heard(id_) == [] and place.points.points == []
    place.wait(10)
    assert place.heard(id_) == ["ALARM"]
    assert place.points.of_changes(NON_COMPLIANT) == [1]


def test_a_longer_wait_than_a_message_can_be_delayed_takes_several(place: ComplianceWorld) -> None:
    object.__setattr__(place.rules.on_change, "slow_wait", 2_000)
    id_ = place.account.launch(1, launched_by=("emr",))
    place.wait(1_990)
    assert place.heard(id_) == []
    place.wait(20)
    assert place.heard(id_) == ["ALARM"]


def test_fixed_tags_close_at_once_and_other_faults_are_an_update(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1, NO_OWNER)
    place.run()
    place.account.tag(id_, {"Environment": "prod"})
    place.wait(1)
    place.account.tag(id_, GOOD)
    place.wait(1)
    place.account.tag(id_, {**GOOD, "Environment": "production"})
    place.wait(1)
    assert place.heard(id_) == ["ALARM", "ALARM", "OK", "ALARM"]
    titles = [detail["title"] for detail in place.people.received]
    assert titles[1].startswith("2 tags are missing") and titles[2].startswith("All required tags are set")
    assert place.points.of_changes(NON_COMPLIANT) == [1, 1, 0, 1]


def test_tags_that_nobody_asks_for_are_not_looked_at(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1, GOOD)
    place.run()
    before = len(place.faults.calls)
    place.account.tag(id_, {**GOOD, "Colour": "blue"})
    place.run()
    assert place.faults.calls[before:] == []
    # A key that would count if it were written otherwise, and one that an exemption asks for.
    for key in ("owner", "Temporary"):
        place.account.tag(id_, {**GOOD, key: "x"})
        place.run()
        assert "resources.find" in place.faults.calls[before:]
        before = len(place.faults.calls)


def test_the_same_event_again_changes_nothing(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1, NO_OWNER)
    place.account.tag(id_, {"Environment": "prod"})
    events = [message.body for message in place.queue.waiting]
    place.run()
    for event in events + events[::-1]:
        place.handle(event)
    assert place.heard(id_) == ["ALARM"]
    # The tag event came too early to say that something is missing; it is counted when it comes again.
    assert sum(place.points.of_changes(NON_COMPLIANT)) == 2


def test_a_terminated_instance_is_closed_whoever_tells_of_it(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1, NO_OWNER)
    place.run()
    place.account.turn(id_, "terminated")
    place.handle(state_change(id_, "terminated", place.clock.at))
    assert place.heard(id_) == ["ALARM", "OK"]
    assert place.row(id_).status is Status.GONE
    assert place.people.received[-1]["title"].endswith("was terminated")
    assert len(place.points.of_changes(NON_COMPLIANT)) == 1


def test_what_is_not_found_is_a_result_and_no_failure(place: ComplianceWorld, caplog: Any) -> None:
    caplog.set_level(logging.INFO, "handlers")
    place.handle(state_change("i-0123456789abcdef0", "running", place.clock.at))
    (line,) = logged(caplog, "not found")
    assert (line["code"], line["known"]) == (404, False)
    assert (place.ledger.rows, place.points.points, place.bucket.objects) == ({}, [], {})
    id_ = place.account.launch(1, NO_OWNER)
    place.run()
    place.account.forget(id_)
    place.handle(state_change(id_, "running", place.clock.at))
    assert place.heard(id_) == ["ALARM", "OK"]


def test_a_state_that_is_not_asked_for_is_not_looked_at(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1, NO_OWNER)
    place.queue.waiting.clear()
    place.handle(state_change(id_, "stopping", place.clock.at))
    assert place.faults.calls == []


def test_an_event_without_an_id_scans_everything(place: ComplianceWorld) -> None:
    id_ = place.account.launch(1, NO_OWNER)
    place.queue.waiting.clear()
    place.wait(130)
    event = state_change(id_, "running", place.clock.at)
    del event["detail"]["instance-id"]
    place.handle(event)
    (message,) = place.queue.waiting
    assert json.loads(message.body) == {"scan": {"at": moment(place.clock.at), "by": "no-id"}}
    place.run()
    assert place.heard(id_) == ["ALARM"]
    assert place.points.of_scans(NON_COMPLIANT) == [1]


@pytest.mark.parametrize("name", ["resources.find", "ledger.load", "ledger.save", "findings.send"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_fails_is_done_again_and_told_once(place: ComplianceWorld, name: str, when: str) -> None:
    failures = [Throttled(), Killed()]

    def fail(called: str) -> None:
        if called == name and failures:
            raise failures.pop()

    setattr(place.faults, when, fail)
    id_ = place.account.launch(1, NO_OWNER)
    place.run()
    assert place.queue.dead == []
    assert place.heard(id_) == ["ALARM"]
    assert place.row(id_).sent.state == "ALARM" and place.row(id_).owed is None
    assert len(place.points.of_changes(NON_COMPLIANT)) <= 1


def test_what_could_not_be_sent_is_sent_by_the_tick(place: ComplianceWorld) -> None:
    place.people.refused.add(place.account.launch(1, NO_OWNER))
    (id_,) = place.people.refused
    place.run()
    assert len(place.queue.dead) == 1 and place.row(id_).owed
    place.people.refused.clear()
    place.tick()
    assert place.heard(id_) == ["ALARM"] and place.row(id_).owed is None


def test_a_record_that_cannot_be_written_keeps_no_verdict_from_people(place: ComplianceWorld, caplog: Any) -> None:
    place.bucket.failing = True
    id_ = place.account.launch(1, NO_OWNER)
    place.run()
    assert place.heard(id_) == ["ALARM"]
    (line,) = logged(caplog, "records not written")
    assert (line["missing_records"], line["resource"]) == (1, id_)


def test_points_that_cannot_be_put_keep_no_verdict_from_people(place: ComplianceWorld, caplog: Any) -> None:
    def fail(called: str) -> None:
        if called == "metrics.put":
            raise Throttled

    place.faults.before = fail
    id_ = place.account.launch(1, NO_OWNER)
    place.run()
    assert place.heard(id_) == ["ALARM"]
    assert logged(caplog, "change not counted")


def test_two_at_once_tell_once_and_count_each_change_once(place: ComplianceWorld) -> None:
    """The same event is handled by another invocation in the middle of this one, at each call once."""
    id_ = place.account.launch(1, NO_OWNER)
    (message,) = place.queue.waiting
    place.clock.at += 130_000
    place.handle(message.body)
    calls = len(place.faults.calls)
    for at in range(calls):
        other = ComplianceWorld()
        other.account.launch(1, NO_OWNER)
        other.clock.at += 130_000
        interrupt(other, at, message.body)
        other.handle(message.body)
        assert other.heard(id_) == ["ALARM"], at
        assert other.points.of_changes(NON_COMPLIANT) == [1], at
        assert other.row(id_).owed is None


def interrupt(place: ComplianceWorld, at: int, body: str) -> None:
    """Handle the message before the call of that number."""

    def before(_name: str) -> None:
        if len(place.faults.calls) == at + 1:
            place.faults.before = lambda _name: None
            place.handle(body)

    place.faults.before = before


@pytest.mark.parametrize("changes", ["summary", "none"])
def test_changes_may_be_left_to_the_summary_or_to_scans(changes: str) -> None:
    place = ComplianceWorld(notify={"changes": changes, "scans": "each", "summary_above": 10})
    id_ = place.account.launch(1, NO_OWNER)
    place.run()
    assert place.people.received == []
    if changes == "summary":
        place.tick()
        assert (place.heard(id_), place.heard("summary")) == ([], ["ALARM"])
        place.account.tag(id_, GOOD)
        place.tick()
        assert place.heard("summary") == ["ALARM", "OK"]
    else:
        place.scan()
        assert place.heard(id_) == ["ALARM"]


def test_the_log_has_a_line_for_each_missing_tag(place: ComplianceWorld, caplog: Any) -> None:
    caplog.set_level(logging.INFO, "handlers")
    id_ = place.account.launch(1, {"Owner": "ann"})
    place.run()
    lines = logged(caplog, "missing tag")
    assert [(line["missing_tag"], line["resource"], line["type"], line["owner"]) for line in lines] == [
        ("Environment", id_, "ec2:instance", "ann"),
        ("Application", id_, "ec2:instance", "ann"),
    ]
    (verdict,) = logged(caplog, "verdict")
    assert (verdict["result"], verdict["source"]) == ("non-compliant", "change")


# -- messages


def test_tags_of_something_else_are_for_scans() -> None:
    event = tag_change("i-0123456789abcdef0", ["Owner"], {}, 1, 1)
    event["detail"]["resource-type"] = "volume"
    assert isinstance(read(json.dumps(event)), Ignored)


def test_a_scan_by_schedule_and_by_hand() -> None:
    at = 1_795_932_000_000
    assert read('{"scan": {"at": "2026-11-29T06:00:00Z", "by": "hand"}}') == StartScan(at, "hand")
    assert read('{"scan": {"at": "2026-11-29T06:00:00.000Z"}}') == StartScan(at, "schedule")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '"look"',
        '{"scan": {}}',
        '{"scan": {"at": "soon"}}',
        '{"scan": {"at": "0001-01-01T00:00:00Z"}}',
        '{"step": 3}',
        '{"look": {"type": "ec2:instance"}}',
        '{"look": {"type": "ec2:instance", "id": "i-1", "event_at": "x"}}',
        '{"detail-type": "Tag Change on Resource", "source": "aws.tag"}',
        '{"detail-type": "Tag Change on Resource", "source": "mine", "detail": {}}',
        json.dumps(state_change("i-0123456789abcdef0; rm", "running", 1)),
        "[" * 100_000,
    ],
)
def test_what_nobody_can_read_is_said(body: str) -> None:
    with pytest.raises(Unreadable):
        read(body)


def test_a_step_that_is_none_is_unreadable(place: ComplianceWorld) -> None:
    with pytest.raises(Unreadable):
        place.handle({"step": {"phase": "list"}})
