"""Incidents of what the deployed file has no more: they end, once it is certain that nothing else will end them.

CloudWatch has no state change for the end of an alarm that is deleted:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from handlers.common.deadline import Deadline
from handlers.incident.decision.removals import fingerprint, why_removed
from handlers.incident.events import Key
from handlers.incident.message.compose import report
from handlers.incident.message.report import Step
from handlers.incident.routing import Routing
from handlers.incident.state.records import Kind
from tests.handlers import event_rule_world, finding_world
from tests.handlers.alarm_world import OK, A
from tests.handlers.group_world import ALPHA, BETA, HOUR, MINUTE, Crash, Estate, alarm, assert_whole, routing
from tests.handlers.test_contributors import contributor, own

QUEUE, CPU, DISK = alarm("queue-alarm-prod"), alarm("cpu-alarm-prod"), alarm("disk-alarm-prod")
EACH = {"errors-alarm-prod": {"contributors": 3}}


def table(*keys: Key, **more: Any) -> Routing:
    return routing({key.alarm: {} for key in keys} | more.pop("alarms", {}), **more)


def minutes(estate: Estate, number: int) -> int:
    """A tick in each minute; how many incidents were ended."""
    ended = 0
    for _ in range(number):
        estate.pass_minutes(1)
        ended += estate.service.end_removed(Deadline.after(600))
    return ended


def test_an_alarm_that_leaves_the_file_ends_its_incident_an_hour_later_with_the_reason() -> None:
    estate = Estate(table(QUEUE, CPU))
    estate.state(QUEUE, A)
    estate.state(CPU, A)
    estate.sent(estate.of(QUEUE)[0].id)
    assert minutes(estate, 90) == 0
    estate.deployed(table(CPU))
    assert minutes(estate, 60) == 0
    assert minutes(estate, 2) == 1
    (incident,) = estate.of(QUEUE)
    assert not incident.is_open
    assert incident.state == OK
    assert set(estate.owed(incident.id)) == {"jira", "bot"}
    words = report(incident, Step.RESOLVE, estate.routing)
    assert words.reason == "The alarm is not in the deployed file any more, so it reports no end."
    assert estate.of(CPU)[0].is_open
    assert minutes(estate, 200) == 0


def test_a_deployment_that_is_taken_back_ends_nothing() -> None:
    estate = Estate(table(QUEUE))
    estate.state(QUEUE, A)
    minutes(estate, 90)
    estate.deployed(table())
    assert minutes(estate, 59) == 0
    estate.deployed(table(QUEUE))
    assert minutes(estate, 200) == 0
    assert estate.of(QUEUE)[0].is_open


def test_a_function_of_the_build_before_that_still_runs_ends_nothing() -> None:
    estate = Estate(table(QUEUE))
    minutes(estate, 90)
    before, after = estate.service, estate.deployed(table(QUEUE, CPU))
    estate.state(CPU, A)
    for _ in range(180):
        estate.now += MINUTE
        assert after.end_removed(Deadline.after(600)) == 0
        assert before.end_removed(Deadline.after(600)) == 0
    assert estate.of(CPU)[0].is_open


def test_a_build_that_is_older_than_the_alarm_waits_for_what_the_alarm_reports() -> None:
    """The notifier may be updated later than the function that decides."""
    estate = Estate(table(QUEUE))
    minutes(estate, 119)
    before, _ = estate.service, estate.deployed(table(QUEUE, CPU))
    estate.state(CPU, A)
    estate.now += 2 * MINUTE
    assert before.end_removed(Deadline.after(600)) == 0
    assert estate.of(CPU)[0].is_open


def test_an_alarm_that_members_still_have_and_that_reports_is_not_ended() -> None:
    """The hub is updated first; and of a rollout that fails in a Region, its members keep the alarm."""
    estate = Estate(table(QUEUE))
    estate.state(QUEUE, A)
    estate.deployed(table())
    for _ in range(6):
        assert minutes(estate, 20) == 0
        estate.state(QUEUE, OK, before=A, since=estate.now - MINUTE)
        estate.now += 1_000
        estate.state(QUEUE, A, before=OK, since=estate.now - 1_000)
    assert minutes(estate, 55) == 0
    assert estate.of(QUEUE)[0].is_open
    assert minutes(estate, 62) == 1


def test_what_an_alarm_reported_while_it_was_not_in_the_file_counts_when_it_comes_back() -> None:
    estate = Estate(table(QUEUE))
    estate.state(QUEUE, A)
    estate.deployed(table())
    estate.pass_minutes(10)
    estate.state(QUEUE, A, before=OK, since=estate.now - MINUTE)
    reported_at = estate.now
    assert minutes(estate, 130) == 1
    (incident,) = estate.of(QUEUE)
    assert incident.ended == reported_at - 1
    estate.deployed(table(QUEUE))
    assert estate.service.process_parked(100, Deadline.after(600)) == 1
    (incident,) = estate.of(QUEUE)
    assert incident.is_open
    assert (incident.alarm_at, incident.alarm_count) == (reported_at, 2)


def test_an_ok_that_was_reported_meanwhile_keeps_nothing_open() -> None:
    estate = Estate(table(QUEUE))
    estate.state(QUEUE, A)
    estate.deployed(table())
    minutes(estate, 50)
    estate.state(QUEUE, OK, before=A, since=estate.now - MINUTE)
    assert minutes(estate, 12) == 1
    assert not estate.of(QUEUE)[0].is_open


def test_each_alarm_of_a_group_ends_by_itself_and_the_group_with_the_last() -> None:
    shop = {"service": "shop"}
    both = {QUEUE.alarm: shop, CPU.alarm: shop}
    estate = Estate(routing(both))
    estate.state(QUEUE, A)
    estate.state(CPU, A)
    assert estate.root.kind is Kind.GROUP
    minutes(estate, 90)
    estate.deployed(routing({CPU.alarm: shop}))
    assert minutes(estate, 62) == 1
    assert estate.root.is_open
    assert estate.root.open_members == 1
    estate.deployed(routing({}))
    assert minutes(estate, 62) == 1
    assert not estate.root.is_open


@pytest.mark.parametrize("after", range(1, 12))
def test_a_function_that_dies_leaves_no_group_open(after: int) -> None:
    """No message brings the end of an alarm that was removed a second time."""
    shop = {"service": "shop"}
    estate = Estate(routing({QUEUE.alarm: shop, CPU.alarm: shop}))
    estate.state(QUEUE, A)
    estate.state(CPU, A)
    estate.deployed(routing({}))
    assert minutes(estate, 60) == 0
    estate.now += 2 * MINUTE
    estate.table.calls, estate.table.crashes, estate.table.armed = [], {after: "after"}, True
    with suppress(Crash):
        estate.service.end_removed(Deadline.after(600))
    estate.table.armed, estate.table.crashes = False, {}
    estate.deployed(routing({}))
    minutes(estate, 2)
    assert not estate.root.is_open
    assert_whole(estate)


def test_contributors_end_and_leave_the_register_and_the_alarm_may_come_back() -> None:
    estate = Estate(table(alarms=EACH))
    estate.handle(contributor(A, estate.now, "pay"))
    estate.handle(contributor(A, estate.now, "bill"))
    estate.handle(own(A, estate.now))
    estate.pass_minutes(90)
    assert len([one for one in estate.roots if one.is_open]) == 2
    estate.deployed(table())
    assert minutes(estate, 62) == 2
    assert not [one for one in estate.incidents if one.is_open]
    assert estate.table.register(alarm("errors-alarm-prod")).in_alarm == ()
    estate.deployed(table(alarms=EACH))
    estate.now += HOUR
    estate.handle(contributor(A, estate.now, "pay"))
    assert len([one for one in estate.roots if one.is_open]) == 1


def test_a_finding_of_a_check_that_left_the_file_is_not_said_to_be_corrected() -> None:
    estate = Estate(table(CPU, findings={"tag-compliance": {"severity": "low"}}))
    estate.handle(finding_world.event("ALARM", estate.now))
    estate.deployed(table(CPU))
    assert minutes(estate, 62) == 1
    (incident,) = estate.of(finding_world.KEY)
    words = report(incident, Step.RESOLVE, estate.routing)
    assert words.reason == "The check is not in the deployed file any more, so it reports no end."
    assert ("Note", words.reason) in words.facts


def test_an_incident_of_an_event_rule_that_left_the_file_does_not_wait_for_its_end() -> None:
    """docs/language/moved.md says that it is over after an hour; its own end may be a week later."""
    rules = {"deployment": event_rule_world.RULES["deployment"]}
    estate = Estate(table(CPU, event_rules=rules, accounts={event_rule_world.MEMBER: "checkout"}))
    estate.handle(event_rule_world.message("deployment", event_rule_world.DEPLOYMENT, estate.now))
    minutes(estate, 90)
    estate.deployed(table(CPU, accounts={event_rule_world.MEMBER: "checkout"}))
    assert minutes(estate, 59) == 0
    assert estate.root.is_open
    assert minutes(estate, 3) == 1
    assert not estate.root.is_open
    assert report(estate.root, Step.RESOLVE, estate.routing).reason == "no further event for 60 minutes"


def test_an_alarm_that_comes_back_soon_reopens_its_incident() -> None:
    estate = Estate(table(QUEUE))
    estate.state(QUEUE, A)
    estate.deployed(table())
    assert minutes(estate, 62) == 1
    estate.deployed(table(QUEUE))
    estate.pass_minutes(5)
    estate.state(QUEUE, A)
    (incident,) = estate.of(QUEUE)
    assert incident.is_open
    assert incident.alarm_count == 2


def test_alarms_of_an_account_that_left_a_closed_file_end() -> None:
    theirs = replace(QUEUE, account=BETA)
    estate = Estate(table(QUEUE, accounts_closed=True))
    estate.state(QUEUE, A)
    estate.state(theirs, A)
    estate.deployed(table(QUEUE, accounts_closed=True, accounts={ALPHA: "alpha"}))
    assert minutes(estate, 62) == 1
    assert estate.of(QUEUE)[0].is_open
    (incident,) = estate.of(theirs)
    assert not incident.is_open
    assert incident.reason.startswith(f"Account {BETA} is not in the deployed file")


@pytest.mark.parametrize(
    ("key", "gone"),
    [
        (QUEUE, False),
        (alarm("queue-alarm-prod of QueueName=a"), False),
        (CPU, True),
        (alarm("cpu-alarm-prod of QueueName=a"), True),
        (alarm("tag-compliance/i-1"), True),
        (alarm("event/failover/db-1"), True),
        (alarm("event/guardduty/db-1"), False),
        (alarm("queue-alarm-prod", "999999999999"), False),  # An account of a unit is not named.
    ],
)
def test_what_is_removed(key: Key, gone: bool) -> None:
    rules = {"guardduty": event_rule_world.RULES["guardduty"]}
    assert bool(why_removed(key, table(QUEUE, event_rules=rules))) is gone


def test_one_that_fails_keeps_no_other_and_is_tried_again() -> None:
    estate = Estate(table(QUEUE, CPU, DISK))
    for key in (QUEUE, CPU, DISK):
        estate.state(key, A)
        estate.now += 1
    estate.deployed(table())
    assert minutes(estate, 60) == 0
    fine = estate.table.load

    def broken(key: Key) -> Any:
        if key == QUEUE:
            raise RuntimeError("no table")
        return fine(key)

    estate.table.load = broken  # type: ignore[method-assign]
    estate.now += 2 * MINUTE
    with pytest.raises(RuntimeError, match="no table"):
        estate.service.end_removed(Deadline.after(600))
    assert [one.key for one in estate.incidents if one.is_open] == [QUEUE]
    estate.table.load = fine  # type: ignore[method-assign]
    assert minutes(estate, 9) == 0
    assert minutes(estate, 1) == 1


def test_an_incident_that_cannot_be_read_keeps_no_other() -> None:
    estate = Estate(table(QUEUE, CPU))
    estate.state(QUEUE, A)
    estate.now += 1
    estate.state(CPU, A)
    estate.deployed(table())
    minutes(estate, 60)
    first, fine = estate.of(QUEUE)[0].id, estate.table.load_incident

    def broken(id_: str) -> Any:
        if id_ == first:
            raise RuntimeError("no table")
        return fine(id_)

    estate.table.load_incident = broken  # type: ignore[method-assign]
    estate.now += 2 * MINUTE
    with pytest.raises(RuntimeError, match="no table"):
        estate.service.end_removed(Deadline.after(600))
    assert [one.key for one in estate.incidents if one.is_open] == [QUEUE]


def test_without_time_it_goes_on_with_the_next_tick() -> None:
    estate = Estate(table(QUEUE, CPU))
    estate.state(QUEUE, A)
    estate.deployed(table(CPU))
    assert minutes(estate, 60) == 0
    estate.now += 2 * MINUTE
    assert estate.service.end_removed(Deadline.after(1)) == 0
    assert estate.service.end_removed(Deadline.after(600)) == 1


def test_thousands_of_open_incidents_are_read_in_several_ticks_and_each_but_once() -> None:
    keys = [alarm(f"a{number:03}-alarm-prod") for number in range(120)]
    estate = Estate(table(*keys, incidents={"storm": None}))
    for key in keys:
        estate.state(key, A)
    estate.deployed(table(*keys[:-1], incidents={"storm": None}))
    assert minutes(estate, 60) == 0
    reads, seconds, real = list[str](), [0.0], estate.table.load_incident

    def slow(id_: str) -> Any:
        reads.append(id_)
        seconds[0] += 0.5
        return real(id_)

    estate.table.load_incident = slow  # type: ignore[method-assign]
    ended = 0
    for _ in range(10):
        estate.now += MINUTE
        begun = seconds[0]
        ended += estate.service.end_removed(Deadline(begun + 55, lambda: seconds[0]))
        assert seconds[0] - begun <= 15
    assert ended == 1
    assert len([id_ for id_ in reads if id_ != estate.of(keys[-1])[0].id]) <= len(keys) + 5


def test_the_fingerprint_is_of_the_names_alone() -> None:
    same = [table(QUEUE, CPU), table(CPU, QUEUE), table(QUEUE, CPU, alarms={CPU.alarm: {"severity": "low"}})]
    assert len({fingerprint(one) for one in same}) == 1
    others = [
        table(QUEUE),
        table(QUEUE, CPU, accounts={ALPHA: "a"}),
        table(QUEUE, CPU, accounts_closed=True),
        table(QUEUE, CPU, event_rules={"x": {}}),
    ]
    assert len({fingerprint(one) for one in [same[0], *others]}) == 5
