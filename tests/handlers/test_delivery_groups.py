"""Incidents of several alarms on their way: updates, reminders, acknowledgements, and messages that are spaced out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handlers.common.deadline import Deadline
from handlers.incident.delivery import digest, outcome
from handlers.incident.delivery.digest import Entry
from handlers.incident.delivery.spacing import Spacing
from handlers.incident.delivery.step import next_step, rank_of
from handlers.incident.events import Key
from handlers.incident.grouping.grouping_policy import grouping_policy
from handlers.incident.message.compose import report
from handlers.incident.message.evidence import around, query_of
from handlers.incident.message.report import Report, Step
from handlers.incident.routing import POLICIES, Routing
from handlers.incident.sinks.pagerduty import trigger
from handlers.incident.sinks.sink import Advance, Attempt
from handlers.incident.state.records import Acknowledgement, Delivery, Incident, Kind, Member, Rank, Status, Summary
from handlers.incident.vendors import jira_text
from tests.handlers.delivery_world import START, FakeSink, Place

MINUTE = 60_000
AT = int(START)
POLICY: dict[str, Any] = {
    "group": {
        "by": ["service", "account"],
        "wait_seconds": {"critical": 0, "high": 30, "medium": 30, "low": 60},
        "update_every_seconds": 300,
        "collect_seconds": 3600,
    },
    "storm": None,
    "flapping": {"repeats": 4, "within_seconds": 3600, "every_seconds": 900, "page_every_seconds": 1800},
    "remind_seconds": {"critical": 1800, "high": 14400},
    "escalate": {},
    "acknowledge": ["ticket", "reaction", "command"],
}
CHAT = {"type": "slack", "secret": "shop/slack", "channel": "#ops"}
PAGER = {"type": "pagerduty", "secret": "shop/pager"}
ROUTING = Routing(
    {
        "project": "shop",
        "environment": "prod",
        "hub": {"account": "1" * 12, "region": "us-east-1"},
        "accounts": {"2" * 12: "checkout"},
        "alarms": {"errors": {"summary": "Orders fail", "severity": "high"}},
        "incidents": POLICY,
    }
)
ROOT = Incident(
    "a" * 16,
    Key("2" * 12, "us-east-1", "errors"),
    Kind.GROUP,
    "high",
    AT,
    "ALARM",
    AT,
    AT,
    members=3,
    open_members=3,
    updated_at=AT,
    repeats=(AT,),
    recipients=("chat",),
)
SENT = Delivery(ROOT.id, "chat", state="ALARM", alarm_at=AT, updated_at=AT, sent_at=AT, severity="high", reference="r")
SPACING = Spacing(grouping_policy(ROUTING.data))


def step(incident: Incident, delivery: Delivery = SENT, *, now: int = AT, **more: Any) -> Any:
    asked: dict[str, Any] = {"tickets": False, "policy": POLICIES["slack"], "spacing": SPACING, "now": now, **more}
    return next_step(incident, delivery, **asked)


def place_with(*channels: dict[str, Any], **sinks: Any) -> Place:
    made = Place({("chat", "pager")[channel is PAGER]: channel for channel in channels})
    made.data["incidents"] = POLICY
    made.sinks |= sinks
    return made


def opened(place: Place, *channels: str, **more: Any) -> Incident:
    now = place.clock.now()
    fields: dict[str, Any] = {"opened": now, "changed_at": now, "alarm_at": now, "updated_at": now, "repeats": (now,)}
    incident = replace(ROOT, **{**fields, "recipients": channels, **more})
    place.table.commit(incident, channels)
    return incident


def joins(place: Place) -> Incident:
    known = place.table.incidents[ROOT.id]
    return place.change(ROOT.id, updated_at=place.clock.now(), members=known.members + 1)


# -- what is sent next


def test_members_that_changed_are_shown() -> None:
    changed = replace(ROOT, revision=2, updated_at=AT + 1)
    assert step(ROOT) is None
    assert step(changed) is Step.UPDATED
    assert step(changed, omits={Step.UPDATED}) is None
    assert rank_of(changed, Step.UPDATED) is Rank.UPDATE


def test_a_mail_is_sent_of_an_alarm_that_joined_and_of_no_other_change() -> None:
    """It cannot be edited, so what it lists stays as it was; but whoever reads only mail has to hear of each alarm."""
    mail = replace(SPACING, edits=False)
    changed = replace(ROOT, revision=2, updated_at=AT + 1, joined_at=AT)
    assert step(changed, spacing=mail) is None
    joined = replace(changed, joined_at=AT + 1)
    assert step(joined, spacing=mail) is Step.UPDATED
    assert step(joined, replace(SENT, updated_at=AT + 1), spacing=mail) is None


@pytest.mark.parametrize(
    ("incident", "delivery"),
    [
        (replace(ROOT, kind=Kind.ALONE), SENT),
        (replace(ROOT, members=1), SENT),
        (replace(ROOT, ended=AT + 2), replace(SENT, state="OK")),
        (ROOT, replace(SENT, digested=True)),
        (replace(ROOT, parent="b" * 16), SENT),
    ],
    ids=["alone", "group-of-one", "ended", "only-listed", "part-of-another"],
)
def test_nothing_is_shown_where_nothing_can_be(incident: Incident, delivery: Delivery) -> None:
    assert step(replace(incident, revision=2, updated_at=AT + 1), delivery) is None


def test_of_what_is_part_of_another_incident_people_hear_nothing() -> None:
    part = replace(ROOT, parent="b" * 16)
    assert step(part, Delivery(ROOT.id, "chat")) is None
    assert step(replace(part, parent=""), Delivery(ROOT.id, "chat")) is Step.OPEN


def test_without_an_alarm_it_is_a_notice() -> None:
    """A storm of alarms that have no data: no ticket, no page."""
    none = replace(ROOT, kind=Kind.STORM, state="INSUFFICIENT_DATA", alarm_at=0, no_data_at=AT, repeats=())
    fresh = Delivery(ROOT.id, "chat")
    assert step(none, fresh) is Step.NOTICE
    assert next_step(none, fresh, tickets=True, policy=POLICIES["jira"]) is None
    assert step(replace(none, state="ALARM", alarm_at=AT + 1), replace(fresh, no_data_at=AT)) is Step.OPEN


def test_a_reminder_is_due_until_somebody_acknowledges() -> None:
    due = replace(ROOT, reminded_at=AT + 30 * MINUTE)
    now = AT + 31 * MINUTE
    taken_on = Acknowledgement("OPS-1 is In Progress", AT, "high", until=now + 1)
    assert step(due, now=now) is Step.REMINDER
    assert step(replace(due, acknowledgement=taken_on), now=now) is None
    assert step(replace(due, acknowledgement=taken_on), now=now + 1) is Step.REMINDER
    assert step(replace(due, acknowledgement=taken_on, severity="critical"), now=now) is Step.REMINDER
    assert step(replace(due, ended=AT + MINUTE), replace(SENT, state="OK")) is None
    assert step(due, Delivery(ROOT.id, "chat"), now=now) is Step.OPEN
    assert step(due, omits={Step.REMINDER}) is None
    assert rank_of(replace(due, severity="critical"), Step.REMINDER) is Rank.UPDATE


def test_what_is_sent_settles_what_it_says() -> None:
    """Whatever says how it stands is as good as an update and a reminder."""
    now = replace(ROOT, updated_at=AT + 1, reminded_at=AT + 2, alarm_at=AT + 3, repeats=(AT + 3,), revision=4)
    for sent in (Step.OPEN, Step.REPEAT):
        begun = outcome.begin(SENT, now, sent, 1)
        after = outcome.step_done(begun, sent, "r", sent_at=AT + 9)
        assert (after.updated_at, after.reminded_at, after.sent_at, after.severity) == (AT + 1, AT + 2, AT + 9, "high")
        assert step(now, after) is None
    reminded = outcome.step_done(outcome.begin(SENT, now, Step.REMINDER, 1), Step.REMINDER, "r", sent_at=AT + 9)
    assert (reminded.updated_at, reminded.reminded_at) == (AT, AT + 2)
    lines = outcome.step_done(outcome.begin(SENT, now, Step.EVIDENCE, 1), Step.EVIDENCE, "r", sent_at=AT + 9)
    assert lines.sent_at == AT


# -- how far apart


def test_updates_are_apart_and_nothing_else_waits() -> None:
    assert SPACING.earliest(ROOT, SENT, Step.UPDATED) == AT + 5 * MINUTE
    for other in set(Step) - {Step.UPDATED}:
        assert SPACING.earliest(ROOT, SENT, other) == 0


def flapping(times: int, *, every: int = 10 * MINUTE, **more: Any) -> Incident:
    repeats = tuple(AT + number * every for number in range(times))
    return replace(ROOT, repeats=repeats, alarm_at=repeats[-1], alarm_count=times, **more)


def test_flapping_is_more_than_so_many_within_the_time() -> None:
    assert SPACING.earliest(flapping(4), SENT, Step.REPEAT) == 0
    assert SPACING.earliest(flapping(5), SENT, Step.REPEAT) == AT + 15 * MINUTE
    assert SPACING.earliest(flapping(5), SENT, Step.RESOLVE) == AT + 15 * MINUTE
    assert SPACING.earliest(flapping(5, every=16 * MINUTE), SENT, Step.REPEAT) == 0
    pager = replace(SPACING, is_pager=True)
    assert pager.earliest(flapping(5), SENT, Step.REPEAT) == AT + 30 * MINUTE


def test_what_is_worse_does_not_wait() -> None:
    worse = flapping(5, severity="critical")
    assert SPACING.earliest(worse, SENT, Step.REPEAT) == 0
    assert SPACING.earliest(worse, replace(SENT, severity="critical"), Step.REPEAT) == AT + 15 * MINUTE
    another = replace(flapping(5, severity="critical"), alarm_at=AT + 55 * MINUTE)
    assert SPACING.earliest(another, replace(SENT, severity="critical"), Step.REPEAT) == 0
    assert SPACING.earliest(flapping(5), Delivery(ROOT.id, "chat"), Step.OPEN) == 0


def test_an_alarm_says_how_far_apart_its_pages_are() -> None:
    routing = Routing({**ROUTING.data, "alarms": {"errors": {"severity": "high", "page_again_seconds": 1200}}})
    pager = Spacing(grouping_policy(routing.data), True, routing)
    assert pager.earliest(ROOT, SENT, Step.REPEAT) == AT + 20 * MINUTE
    assert pager.earliest(ROOT, SENT, Step.RESOLVE) == 0
    assert replace(pager, is_pager=False).earliest(ROOT, SENT, Step.REPEAT) == 0
    assert pager.earliest(replace(ROOT, severity="critical"), SENT, Step.REPEAT) == 0


def test_what_began_and_ended_in_between_is_not_missed() -> None:
    over = replace(flapping(5), ended=AT + 41 * MINUTE, state="OK")
    told = replace(SENT, state="OK")
    assert step(over, told) is None
    assert step(replace(over, repeats=over.repeats[-1:]), told) == "missed"
    assert step(over, replace(told, unsure_since=1)) is not None


# -- the worker


def test_updates_come_every_five_minutes() -> None:
    place = place_with(CHAT)
    opened(place, "chat")
    place.run("chat", 60)
    for _ in range(10):
        joins(place)
        place.run("chat", 60)
    chat = place.sinks["chat"]
    assert chat.steps() == ["open", "updated", "updated"]
    first, second, third = (at for at, _, _ in chat.sent)
    assert 300_000 <= second - first <= 301_000
    assert 300_000 <= third - second <= 301_000
    assert chat.reports[-1].total == 13
    looks = place.table.saves
    place.run("chat", 600)
    assert place.table.saves - looks <= 3, "what waits is written once, and not looked at again and again"
    assert not place.table.owed()


def test_what_is_worse_goes_out_while_an_update_waits() -> None:
    place = place_with(CHAT)
    opened(place, "chat")
    place.run("chat", 60)
    joins(place)
    place.run("chat", 10)
    assert place.table.of(ROOT.id, "chat").not_before > place.clock.now()
    now = place.clock.now()
    place.change(ROOT.id, severity="critical", alarm_at=now, updated_at=now, members=5)
    place.run("chat", 4)
    chat = place.sinks["chat"]
    assert chat.steps() == ["open", "repeat"]
    assert chat.reports[-1].is_worse
    place.run("chat", 600)
    assert chat.steps() == ["open", "repeat"], "it has said what changed, too"


def test_a_flapping_incident_is_sent_every_so_often() -> None:
    place = place_with(CHAT, PAGER)
    opened(place, "chat", "pager", kind=Kind.ALONE, members=0, updated_at=0)
    for _ in range(30):
        for name in ("chat", "pager"):
            place.run(name, 30)
        place.end(ROOT.id)
        for name in ("chat", "pager"):
            place.run(name, 30)
        now = place.clock.now()
        known = place.table.incidents[ROOT.id]
        place.change(
            ROOT.id,
            state="ALARM",
            ended=None,
            alarm_at=now,
            alarm_count=known.alarm_count + 1,
            repeats=(*known.repeats, now)[-12:],
        )
    calm = place.clock.ms
    place.end(ROOT.id)
    for _ in range(30):
        place.run("chat", 60)
        place.run("pager", 60)
    for name, every in (("chat", 15), ("pager", 30)):
        sent = [at for at, _, _ in place.sinks[name].sent if at > AT + 10 * MINUTE]
        assert all(later - at >= every * MINUTE for at, later in zip(sent, sent[1:], strict=False)), name
        assert place.sinks[name].steps()[-1] == "resolve"
        assert place.sinks[name].sent[-1][0] <= calm + every * MINUTE + 2 * MINUTE
    assert place.sinks["chat"].reports[-2].flapping == 12
    assert not place.table.owed()


class Acknowledging(FakeSink):
    """Finds at a reminder that somebody has taken it on."""

    by = ""

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        if report.step is Step.REMINDER and self.by and "ticket" in attempt.acknowledge:
            self.calls.append(self.clock.ms)
            return Advance(attempt.reference, acknowledged_by=self.by)
        return super().advance(report, attempt, deadline)


def test_a_reminder_that_finds_an_acknowledgement_is_not_sent() -> None:
    place = place_with(CHAT)
    sink = place.sinks["chat"] = Acknowledging(place.clock)
    opened(place, "chat")
    place.run("chat", 60)
    place.change(ROOT.id, reminded_at=place.clock.now())
    place.run("chat", 60)
    assert sink.steps() == ["open", "reminder"]
    sink.by = "OPS-1 is In Progress"
    sent_at = place.table.of(ROOT.id, "chat").sent_at
    place.change(ROOT.id, reminded_at=place.clock.now())
    place.run("chat", 60)
    assert sink.steps() == ["open", "reminder"]
    taken_on = place.table.incidents[ROOT.id].acknowledgement
    assert taken_on
    assert (taken_on.by, taken_on.severity) == ("OPS-1 is In Progress", "high")
    after = place.table.of(ROOT.id, "chat")
    assert (after.status, after.sent_at) == (Status.SETTLED, sent_at)
    calls = len(sink.calls)
    place.change(ROOT.id, reminded_at=place.clock.now())
    place.run("chat", 60)
    assert len(sink.calls) == calls, "acknowledged: not even looked at"


def test_an_acknowledgement_that_cannot_be_written_is_found_again() -> None:
    place = place_with(CHAT)
    sink = place.sinks["chat"] = Acknowledging(place.clock)
    sink.by = "OPS-1 is In Progress"
    opened(place, "chat")
    place.run("chat", 60)

    def broken(name: str) -> None:
        if name == "acknowledge":
            place.table.fault = lambda _name: None
            raise OSError("throttled")

    place.table.fault = broken
    place.change(ROOT.id, reminded_at=place.clock.now())
    place.run("chat", 600)
    assert place.table.incidents[ROOT.id].acknowledgement
    assert sink.steps() == ["open"]
    assert not place.table.owed()


def test_a_pass_comes_back_for_the_first_message_of_a_group() -> None:
    """Its wait is shorter than the time to the next tick may be."""
    place = place_with(CHAT)
    opened(place, "chat")
    delivery, version, _ = place.table.rows[ROOT.id, "chat"]
    place.table._put(replace(delivery, not_before=place.clock.now() + 30_000), version, Rank.OTHER, 0)
    outcome_ = place.work("chat", 10)
    assert outcome_.more_due
    assert 15 <= outcome_.wait_s <= 30
    assert not place.sinks["chat"].sent


# -- the words


def member(number: int, severity: str = "high", state: str = "ALARM", **more: Any) -> Member:
    key = Key("2" * 12, "us-east-1", f"alarm-{number}")
    fields: dict[str, Any] = {"changed_at": AT, "opened": AT + number, "alarm_at": AT, "alarm_count": 1}
    return Member(f"{number:016x}", key, Kind.ALONE, severity, state, joined_at=AT, **{**fields, **more})


def test_a_group_is_named_after_its_lead() -> None:
    several = report(ROOT, Step.OPEN, ROUTING)
    assert several.title == "ALARM high: errors in checkout (us-east-1) and 2 more alarms"
    two = report(replace(ROOT, members=2), Step.OPEN, ROUTING)
    assert two.title.endswith("(us-east-1) and 1 more alarm")
    assert dict(several.facts)["Alarms"] == "3, 3 not OK"


def test_a_group_of_one_reads_as_its_alarm_alone() -> None:
    alone = replace(ROOT, kind=Kind.ALONE, members=0, open_members=0)
    for sent in (Step.OPEN, Step.REPEAT, Step.RESOLVE, Step.REMINDER):
        assert report(replace(ROOT, members=1, open_members=1), sent, ROUTING) == report(alone, sent, ROUTING)


def test_a_storm_says_how_large_it_is() -> None:
    counts = {f"service:s{number}": 9 for number in range(7)} | {"account:checkout": 60, "account:ledger": 1}
    summary = Summary((member(1), member(2)), {**counts, "severity:critical": 2, "severity:high": 60})
    storm = replace(
        ROOT,
        kind=Kind.STORM,
        severity="critical",
        members=62,
        open_members=50,
        summary=summary,
        note="12 alarms go on as incidents of their own.",
    )
    made = report(storm, Step.OPEN, ROUTING)
    assert made.title == "ALARM critical: 62 alarms of 7 services in 2 accounts"
    facts = dict(made.facts)
    assert facts["Alarms"] == "62, 50 not OK"
    assert facts["Note"] == storm.note
    assert facts["Counts"].startswith("critical: 2, high: 60, service s0: 9")
    assert "Owner" not in facts
    assert made.lead == ""
    unknown = report(replace(storm, summary=None), Step.OPEN, ROUTING)
    assert unknown.title == "ALARM critical: 62 alarms"
    many = replace(storm, summary=Summary((), {f"service:s{number}": 1 for number in range(20)}))
    assert "of 20 or more services" in report(many, Step.OPEN, ROUTING).title


def test_a_retry_is_about_the_same_although_an_alarm_has_joined_meanwhile() -> None:
    """What a receiver has taken already it knows by the key of the request, which has this time in it."""

    def about(delivery: Delivery, incident: Incident, step: Step) -> tuple[Delivery, int]:
        begun = outcome.begin(delivery, incident, step, 1)
        return replace(begun, claim=0, unsure_since=AT), outcome.attempt(begun, AT).begun_for

    fresh = Delivery(ROOT.id, "hook")
    unsure, first = about(fresh, ROOT, Step.OPEN)
    joined = replace(ROOT, revision=ROOT.revision + 1, members=4, updated_at=AT + MINUTE, reminded_at=AT + MINUTE)
    assert about(unsure, joined, Step.OPEN)[1] == first == AT
    sent = outcome.step_done(unsure, Step.OPEN, None, sent_at=AT)
    assert about(sent, joined, Step.UPDATED)[1] != about(sent, replace(joined, updated_at=AT + 9), Step.UPDATED)[1]
    unsure, first = about(sent, joined, Step.REMINDER)
    again = replace(joined, reminded_at=AT + 9 * MINUTE)
    assert about(unsure, again, Step.REMINDER)[1] == first
    assert about(sent, again, Step.REMINDER)[1] != first


def test_what_is_worse_names_the_alarm_that_is_new() -> None:
    """The title names the lead, which may be an older one; on a telephone nothing else says why there is a page."""
    later = member(7, "critical", opened=AT + 9 * MINUTE, alarm_at=AT + 9 * MINUTE)
    over = member(8, "critical", alarm_at=AT + 20 * MINUTE, ended=AT + 21 * MINUTE)
    summary = Summary((member(1, "critical"), later, member(2, alarm_at=AT + 20 * MINUTE), over))
    worse = replace(ROOT, severity="critical", alarm_at=AT + 9 * MINUTE, repeats=(AT,), members=4, summary=summary)
    sent = report(worse, Step.REPEAT, ROUTING)
    assert sent.newest == "alarm-7 in checkout (us-east-1)"
    assert sent.lead == "New: alarm-7 in checkout (us-east-1). Orders fail"
    assert trigger(sent)["payload"]["summary"].endswith(f"and 3 more alarms: {sent.lead}")
    assert sent.lead in jira_text.wiki(sent)
    assert sent.lead in str(jira_text.adf(sent))
    storm = report(replace(worse, kind=Kind.STORM), Step.REPEAT, ROUTING)
    assert storm.lead == "New: alarm-7 in checkout (us-east-1)."
    again = report(replace(worse, repeats=(AT, AT + 9 * MINUTE)), Step.REPEAT, ROUTING)
    assert again.lead == "Orders fail"


def test_how_many_are_not_ok() -> None:
    ended = replace(ROOT, ended=AT + MINUTE, open_members=0)
    assert dict(report(ended, Step.RESOLVE, ROUTING).facts)["Alarms"] == "3, all OK"
    split = replace(ended, kind=Kind.STORM, note="2 alarms have their own incidents.")
    assert dict(report(split, Step.RESOLVE, ROUTING).facts)["Alarms"] == "3"


def test_members_are_told_as_they_stand() -> None:
    summary = Summary(
        (
            member(1, "critical", measured="Errors Sum 12"),
            member(2, state="INSUFFICIENT_DATA", alarm_count=3),
            member(3, state="OK", ended=AT + 9),
            member(4, ended=AT + 9),
        )
    )
    lines = [one.text for one in report(replace(ROOT, members=4, summary=summary), Step.UPDATED, ROUTING).members]
    since = "2026-11-20T10:00:00Z"
    assert lines == [
        f"ALARM critical: alarm-1 in checkout (us-east-1), started {since}, Errors Sum 12",
        f"INSUFFICIENT_DATA high: alarm-2 in checkout (us-east-1), started {since}, 3 times",
        f"OK high: alarm-3 in checkout (us-east-1), started {since}",
        f"has its own incident high: alarm-4 in checkout (us-east-1), started {since}",
    ]


def test_flapping_and_acknowledgement_are_told() -> None:
    taken_on = Acknowledgement("OPS-12 is In Progress", AT, "high", until=AT + 60 * MINUTE)
    facts = dict(report(flapping(7, acknowledgement=taken_on), Step.REPEAT, ROUTING, now=AT).facts)
    assert facts["Flapping"] == "6 times in ALARM in the last hour; messages are sent less often"
    assert facts["Acknowledged"].startswith("OPS-12 is In Progress, at 2026-11-20T10:00:00Z until ")
    later = dict(report(flapping(2, acknowledgement=taken_on), Step.REPEAT, ROUTING, now=AT + 60 * MINUTE).facts)
    assert "Flapping" not in later
    assert "Acknowledged" not in later


def test_a_reminder_and_what_is_worse_say_so() -> None:
    reminder = report(replace(ROOT, reminded_at=AT + 30 * MINUTE), Step.REMINDER, ROUTING)
    assert reminder.title.startswith("Reminder: ALARM high: ")
    assert dict(reminder.facts)["Reminder"] == "not acknowledged by 2026-11-20T10:30:00Z"
    assert report(replace(ROOT, alarm_at=AT + 1), Step.REPEAT, ROUTING).title.startswith("Worse: ALARM high: ")
    assert not report(ROOT, Step.REPEAT, ROUTING).title.startswith("Worse")


def test_lists_name_groups_and_storms() -> None:
    assert digest.line(Entry(ROOT, Step.OPEN), ROUTING) == (
        "ALARM high: errors in checkout (us-east-1) and 2 more alarms since 2026-11-20T10:00:00Z"
    )
    storm = replace(ROOT, kind=Kind.STORM, members=62)
    assert digest.line(Entry(storm, Step.REMINDER), ROUTING).startswith("still ALARM high: 62 alarms since ")
    assert not digest.belongs(ROOT, Step.UPDATED)
    assert digest.belongs(ROOT, Step.REMINDER)
    assert not digest.belongs(replace(ROOT, severity="critical"), Step.REMINDER)


def test_log_lines_of_a_group_are_its_lead_s() -> None:
    query = {"log_group": "/app", "pattern": "ERROR", "query": "fields @message", "readable": True}
    routing = Routing({**ROUTING.data, "alarms": {"errors": {"severity": "high", "logs": query}}})
    assert query_of(ROOT, routing)
    assert query_of(replace(ROOT, kind=Kind.STORM), routing) is None
    lead = replace(member(1), key=ROOT.key, opened=AT + 7)
    assert around(replace(ROOT, summary=Summary((member(2), lead)))) == AT + 7
    assert around(ROOT) == AT
