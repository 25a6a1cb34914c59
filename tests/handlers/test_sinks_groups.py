"""Each vendor is sent incidents of several alarms in a form that it takes, whatever the alarms are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from generator.drill.vendors.kit import adf
from generator.drill.vendors.kit.wire import Reply
from generator.drill.vendors.pagerduty import ROUTING_KEY, event_problems
from generator.drill.vendors.slack import message_problem
from handlers.incident.message.report import MemberLine, Report, Step
from handlers.incident.sinks import email, opsitem, pagerduty, webhook
from handlers.incident.sinks.sink import Advance, Attempt, Blame, SinkFailed, plain_report
from handlers.incident.vendors import jira_text, slack_text
from tests.handlers.sink_world import MEAN, OPEN, deadline, nasty, once, send, sending, sink_to
from tests.vendors import Vendors

CLOUDS = ("jira-cloud", "jira-data-center")
EVERY = frozenset({"ticket", "reaction", "command"})
MEMBERS = tuple(
    MemberLine("ALARM", "high", f"errors-{number}-alarm-prod", "alpha", "us-east-1", "2026-11-20T10:00:00Z", number + 1)
    for number in range(3)
)
GROUP = replace(OPEN, kind_of_incident="group", total=3, open_total=3, members=MEMBERS)
STORM = replace(
    GROUP,
    kind_of_incident="storm",
    severity="critical",
    total=412,
    open_total=400,
    links=(),
    size="412 alarms of 23 services in 4 accounts",
    counts=(("critical", 5), ("service checkout", 40)),
)
# As many as a summary holds, each as long as AWS lets it be, and full of what means something to a vendor.
LONG = tuple(
    MemberLine(
        "INSUFFICIENT_DATA",
        "critical",
        (MEAN * 20)[:255],
        (MEAN * 5)[:50],
        "ap-southeast-2",
        "2026-11-20T10:00:00Z",
        9,
        (MEAN * 5)[:60],
    )
    for _ in range(50)
)


def huge(step: Step, kind: str = "group") -> Report:
    return replace(
        nasty(step),
        kind_of_incident=kind,
        members=LONG,
        total=550,
        open_total=500,
        size=f"550 alarms of {MEAN * 10}",
        counts=tuple((f"service {MEAN * 5}", 40) for _ in range(5)),
        acknowledged=MEAN * 5,
        flapping=9,
        note=MEAN * 9,
    )


HUGE = [huge(step, kind) for step in Step for kind in ("group", "storm") if step is not Step.EVIDENCE]


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as made:
        yield made
        assert made.violations == []


def of(report: Report, step: Step, **more: Any) -> Report:
    return replace(report, step=step, **more)


# -- limits


@pytest.mark.parametrize("report", HUGE, ids=lambda report: f"{report.kind_of_incident}-{report.step}")
def test_every_vendor_takes_the_largest(report: Report) -> None:
    for shown in (report, plain_report(report)):
        document = jira_text.description(shown, cloud=True)
        assert adf.problem(document) is None
        # https://jira.atlassian.com/browse/JRACLOUD-68949 says 32,767 characters, and not whether of text or of JSON.
        compact = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        assert len(compact.encode("utf-16-le")) // 2 <= 32_767
        wiki = jira_text.description(shown, cloud=False)
        assert len(wiki.encode("utf-16-le")) // 2 <= 32_767
        assert len(jira_text.summary(shown)) <= 255
        assert message_problem(slack_text.message(shown)) is None
        event = {"routing_key": ROUTING_KEY, **pagerduty.trigger(shown)}
        assert event_problems(event, len(json.dumps(event).encode())) == []
        assert len(opsitem.title(shown)) <= opsitem.TITLE_LIMIT
        assert len(opsitem.description(shown)) <= opsitem.DESCRIPTION_LIMIT
        assert len(email.subject(shown.title_within(email.SUBJECT_LIMIT))) <= email.SUBJECT_LIMIT
        assert json.loads(json.dumps(webhook.content(shown)))["total"] == 550


def test_adf_is_what_atlassian_s_schema_says() -> None:
    from tests.handlers.test_sinks_jira import ADF

    for report in (replace(GROUP, members=LONG[:1]), replace(STORM, members=())):
        assert list(ADF.iter_errors(jira_text.description(report, cloud=True))) == []


def test_how_many_more_is_never_cut() -> None:
    long = huge(Step.OPEN)
    for text in (
        jira_text.summary(long),
        slack_text.message(long)["blocks"][0]["text"]["text"],
        email.subject(long.title_within(email.SUBJECT_LIMIT)),
        opsitem.title(long),
    ):
        assert text.endswith(" and 549 more alarms")
    assert " and 549 more alarms: " in pagerduty.trigger(long)["payload"]["summary"]


def test_no_member_forges_markup() -> None:
    report = replace(
        GROUP, members=(replace(MEMBERS[0], alarm="<!channel> [x|y] {color:red} | *b* https://evil.example"),)
    )
    wiki = jira_text.description(report, cloud=False)
    row = next(line for line in wiki.split("\n") if "evil" in line)
    assert r"\[x\|y\] \{color:red\} \| \*b\*" in row
    blocks = slack_text.message(report)["attachments"][0]["blocks"]
    marked = [block for block in blocks if block.get("text", {}).get("type") != "plain_text"]
    assert "<!channel>" not in json.dumps(marked)
    cells = json.dumps(jira_text.description(report, cloud=True))
    assert '"href": "https://evil.example"' not in cells


def test_a_group_of_one_looks_like_an_alarm_alone() -> None:
    assert jira_text.description(OPEN, cloud=True) == jira_text.adf(OPEN)
    assert jira_text.description(OPEN, cloud=False) == jira_text.wiki(OPEN)
    assert "Members" not in pagerduty.trigger(OPEN)["payload"]["custom_details"]
    assert webhook.content(OPEN)["kind"] == "alarm"


# -- Jira


def cells(issue: dict[str, Any]) -> list[list[str]]:
    """The table in an issue's description, row by row."""
    description = issue["fields"]["description"]
    if isinstance(description, str):
        rows = [line for line in description.split("\n") if line.startswith("|")]
        return [[cell.replace("\\", "") for cell in row.strip("|").split("|") if cell] for row in rows]
    table = next(node for node in description["content"] if node["type"] == "table")
    return [[adf.plain(cell) for cell in row["content"]] for row in table["content"]]


@pytest.mark.parametrize("name", CLOUDS)
def test_the_issue_shows_its_members(vendors: Vendors, name: str) -> None:
    jira = sink_to(vendors, name)
    key = send(jira, GROUP)
    issue = vendors.issues[str(key)]
    assert issue["fields"]["summary"] == (
        "CloudWatch Alarm: errors-alarm-prod, high in alpha (us-east-1) and 2 more alarms"
    )
    assert cells(issue)[0] == ["State", "Alarm", "Location", "Started", "Value"]
    assert cells(issue)[2][:4] == [
        "ALARM high",
        "errors-1-alarm-prod",
        "alpha (us-east-1)",
        "2026-11-20T10:00:00Z, 2 times",
    ]
    more = of(GROUP, Step.UPDATED, total=4, members=(*MEMBERS, replace(MEMBERS[0], alarm="late")))
    step = sending(jira, more, key)
    step.run()
    assert step.calls == 1
    assert [row[1] for row in cells(issue)[1:]][-1] == "late"
    assert issue["fields"]["summary"].endswith(" and 3 more alarms")
    assert issue["comments"] == []


@pytest.mark.parametrize("name", CLOUDS)
def test_a_repeat_and_an_end_edit_comment_and_move(vendors: Vendors, name: str) -> None:
    jira = sink_to(vendors, name)
    key = send(jira, GROUP)
    issue = vendors.issues[str(key)]
    send(jira, of(GROUP, Step.RESOLVE, state="OK", at="2026-11-20T10:20:00Z", open_total=0), key)
    assert (issue["edits"], len(issue["comments"]), issue["status"]) == (1, 1, "Done")
    assert issue["history"] == ["To Do", "Done"]
    send(jira, of(GROUP, Step.REPEAT, count=2, at="2026-11-20T10:30:00Z"), key)
    assert (issue["edits"], len(issue["comments"]), issue["status"]) == (2, 2, "To Do")


@pytest.mark.parametrize("name", CLOUDS)
def test_who_may_not_edit_may_still_comment(vendors: Vendors, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Permissions that were enough until now stay enough."""
    jira = sink_to(vendors, name)
    key = send(jira, GROUP)
    vendors.jira.editable = False
    assert send(jira, of(GROUP, Step.UPDATED), key) == key
    assert send(jira, of(GROUP, Step.REPEAT, count=2), key) == key
    assert len(vendors.issues[str(key)]["comments"]) == 1
    assert "the issue cannot be edited" in caplog.text


def test_a_conflict_over_one_issue_is_not_the_channel_s(vendors: Vendors) -> None:
    """https://developer.atlassian.com/cloud/jira/platform/change-notice-update-in-simultaneous-transitions-issue-api/"""
    jira = sink_to(vendors, "jira-cloud")
    key = send(jira, GROUP)
    usual = vendors.jira.handle
    vendors.jira.handle = lambda request: Reply(409, {}) if request.method == "PUT" else usual(request)  # type: ignore[method-assign]
    with pytest.raises(SinkFailed, match=r"Jira refused \(409\)") as conflict:
        send(jira, of(GROUP, Step.UPDATED), key)
    assert (conflict.value.blame, conflict.value.unsure) == (Blame.DELIVERY, False)


@pytest.mark.parametrize("name", CLOUDS)
def test_an_issue_that_is_gone_is_left_alone(vendors: Vendors, name: str) -> None:
    jira = sink_to(vendors, name)
    for step in (Step.UPDATED, Step.REMINDER):
        assert jira.advance(of(GROUP, step), Attempt("OPS-99", acknowledge=tuple(EVERY)), deadline()).finished
    assert vendors.issues == {}


def remind(sink: Any, report: Report, reference: str | None, acknowledge: tuple[str, ...] = tuple(EVERY)) -> Advance:
    """A reminder, to its end."""
    attempt = Attempt(reference, acknowledge=acknowledge)
    while not (done := sink.advance(report, attempt, deadline())).finished:
        attempt = replace(attempt, reference=done.reference, progress=done.progress)
    return done


@pytest.mark.parametrize("name", CLOUDS)
def test_an_issue_that_was_moved_on_is_acknowledged(vendors: Vendors, name: str) -> None:
    jira = sink_to(vendors, name)
    key = send(jira, GROUP)
    issue = vendors.issues[str(key)]
    reminder = of(GROUP, Step.REMINDER, reminded="2026-11-20T10:30:00Z")
    assert remind(jira, reminder, key).acknowledged_by == ""
    assert len(issue["comments"]) == 1
    issue["status"] = "In Progress"
    assert remind(jira, reminder, key).acknowledged_by == "OPS-1 is In Progress"
    assert len(issue["comments"]) == 1
    assert remind(jira, reminder, key, ("command",)).acknowledged_by == ""
    assert len(issue["comments"]) == 2


def test_a_reminder_is_not_posted_twice(vendors: Vendors) -> None:
    """The second of two reminders says another time, so the first is not taken for it."""
    jira = sink_to(vendors, "jira-cloud")
    key = send(jira, GROUP)
    first = of(GROUP, Step.REMINDER, reminded="2026-11-20T10:30:00Z")
    vendors.fault = once("drop-after", path="/comment")
    step = sending(jira, first, key)
    with pytest.raises(SinkFailed):
        step.run()
    step.run()
    assert len(vendors.issues[str(key)]["comments"]) == 1
    send(jira, of(first, Step.REMINDER, reminded="2026-11-20T11:00:00Z"), key, unsure=True)
    assert len(vendors.issues[str(key)]["comments"]) == 2


def test_a_reopened_issue_goes_where_nobody_has_taken_it_on(vendors: Vendors) -> None:
    """Otherwise the next reminder would take our own move for somebody's."""
    vendors.jira.workflow["Done"] = ["In Progress", "To Do"]
    jira = sink_to(vendors, "jira-cloud")
    key = send(jira, GROUP)
    send(jira, of(GROUP, Step.RESOLVE, state="OK"), key)
    send(jira, of(GROUP, Step.REPEAT, count=2), key)
    assert vendors.issues[str(key)]["status"] == "To Do"


# -- Slack


def test_slack_edits_its_message(vendors: Vendors) -> None:
    slack = sink_to(vendors, "slack")
    reference = send(slack, GROUP)
    step = sending(slack, of(GROUP, Step.UPDATED, total=5), reference)
    assert step.run() == reference
    assert step.calls == 1
    (message,) = vendors.messages
    assert message["edits"] == 1
    assert "and 4 more alarms" in message["text"]
    assert "and 2 more" in json.dumps(message["attachments"]), "of those that are not listed"


def test_a_message_that_is_gone_is_posted_anew(vendors: Vendors) -> None:
    slack = sink_to(vendors, "slack")
    reference = send(slack, GROUP)
    vendors.slack.delete(vendors.messages[0]["ts"])
    again = send(slack, of(GROUP, Step.UPDATED), reference)
    assert again
    assert again != reference
    assert len(vendors.messages) == 1
    send(slack, of(GROUP, Step.UPDATED), again)
    assert vendors.messages[0]["edits"] == 1


@pytest.mark.parametrize("step", [Step.REPEAT, Step.RESOLVE])
def test_a_reply_is_followed_by_an_edit(vendors: Vendors, step: Step) -> None:
    slack = sink_to(vendors, "slack")
    reference = send(slack, GROUP)
    vendors.fault = once("500", path="chat.update")
    way = sending(
        slack, of(GROUP, step, state="OK" if step is Step.RESOLVE else "ALARM", severity="critical"), reference
    )
    with pytest.raises(SinkFailed):
        way.run()
    assert way.run() == reference
    first, reply = vendors.messages
    assert first["edits"] == 1
    assert (reply["thread_ts"], reply["reply_broadcast"]) == (first["ts"], True)
    assert first["text"] == reply["text"]


@pytest.mark.parametrize("code", ["update_failed", "edit_window_closed", "something_new"])
def test_a_message_that_slack_does_not_edit_is_not_the_channel_s(vendors: Vendors, code: str) -> None:
    slack = sink_to(vendors, "slack")
    reference = send(slack, GROUP)
    usual = vendors.slack.handle
    refused = Reply(200, {"ok": False, "error": code})
    vendors.slack.handle = lambda request: refused if "update" in request.path else usual(request)  # type: ignore[method-assign]
    assert send(slack, of(GROUP, Step.REPEAT, count=2), reference) == reference
    assert len(vendors.messages) == 2
    assert send(slack, of(GROUP, Step.UPDATED), reference) != reference
    assert len(vendors.messages) == 3


def test_a_list_is_not_overwritten(vendors: Vendors) -> None:
    """Where a digest named the incident its thread is the list's, which is not the incident's to edit."""
    slack = sink_to(vendors, "slack")
    listed = f"{vendors.slack.channels['#ops']}:1763632800.000001:list"
    send(slack, replace(OPEN, alarm="the list"))
    for step in (Step.REPEAT, Step.RESOLVE):
        assert send(slack, of(GROUP, step), listed) == listed
    assert "edits" not in vendors.messages[0]
    own = send(slack, of(GROUP, Step.UPDATED), listed)
    assert own
    assert own != listed
    assert "edits" not in vendors.messages[0]


def test_eyes_on_the_message_acknowledge(vendors: Vendors) -> None:
    slack = sink_to(vendors, "slack")
    reference = send(slack, GROUP)
    reminder = of(GROUP, Step.REMINDER)
    assert remind(slack, reminder, reference).acknowledged_by == ""
    assert vendors.messages[1]["reply_broadcast"] is True
    first = vendors.messages[0]["ts"]
    vendors.slack.react(first, "thumbsup", "U1")
    assert remind(slack, reminder, reference).acknowledged_by == ""
    vendors.slack.react(first, "eyes", "U2")
    assert remind(slack, reminder, reference).acknowledged_by == "U2 reacted with 👀 in Slack"
    assert len(vendors.messages) == 3
    assert remind(slack, reminder, reference, ("ticket",)).acknowledged_by == ""
    assert len(vendors.messages) == 4


def test_without_the_scope_the_reminder_is_sent(vendors: Vendors, caplog: pytest.LogCaptureFixture) -> None:
    slack = sink_to(vendors, "slack")
    reference = send(slack, GROUP)
    vendors.slack.scopes.remove("reactions:read")
    assert remind(slack, of(GROUP, Step.REMINDER), reference).acknowledged_by == ""
    assert len(vendors.messages) == 2
    assert "reactions not readable" in caplog.text


def test_a_webhook_of_slack_s_shows_no_updates(vendors: Vendors) -> None:
    slack = sink_to(vendors, "slack-webhook")
    send(slack, GROUP)
    send(slack, of(GROUP, Step.UPDATED))
    assert len(vendors.messages) == 1
    remind(slack, of(GROUP, Step.REMINDER), None)
    assert len(vendors.messages) == 2


# -- PagerDuty


def page(sink: Any, report: Report, reference: str | None, begun_for: int, *, faults: int = 0) -> str:
    """A step of the pager, to its end, over calls that fail."""
    attempt = Attempt(reference, is_open=True, begun_for=begun_for)
    while True:
        try:
            done = sink.advance(report, attempt, deadline())
        except SinkFailed:
            faults -= 1
            assert faults >= 0
            attempt = replace(attempt, unsure_since=1, unsure_ms=60_000)
            continue
        if done.finished:
            return str(done.reference)
        attempt = replace(attempt, reference=done.reference, progress=done.progress)


@pytest.mark.parametrize("fault", [None, "drop", "drop-after", "500", "500-after"])
def test_what_is_worse_pages_again(vendors: Vendors, fault: str | None) -> None:
    """A trigger joins the alert that is open and pages nobody, so another alert is opened, and the old one ends.

    https://developer.pagerduty.com/docs/events-api-v2-overview#deduplication
    """
    pager = sink_to(vendors, "pagerduty")
    reference = send(pager, GROUP)
    if fault:
        vendors.fault = once(fault)
    worse = of(GROUP, Step.REPEAT, severity="critical")
    reference = page(pager, worse, reference, 1_763_632_860_000, faults=1)
    assert reference == f"{GROUP.label}-1763632860"
    alerts = {key: alert["status"] for key, alert in vendors.alerts.items()}
    assert alerts == {GROUP.label: "resolved", reference: "triggered"}
    assert vendors.alerts[reference]["opened"] == 1
    send(pager, of(GROUP, Step.RESOLVE, state="OK"), reference)
    assert {alert["status"] for alert in vendors.alerts.values()} == {"resolved"}


def test_no_alert_outlives_its_incident(vendors: Vendors) -> None:
    """The incident ends while nobody knows whether the second alert was opened: both are resolved."""
    pager = sink_to(vendors, "pagerduty")
    attempt = Attempt(send(pager, GROUP), is_open=True, begun_for=1_763_632_860_000)
    worse = of(GROUP, Step.REPEAT, severity="critical")
    planned = pager.advance(worse, attempt, deadline())
    vendors.fault = once("drop-after")
    with pytest.raises(SinkFailed):
        pager.advance(worse, replace(attempt, reference=planned.reference, progress=planned.progress), deadline())
    assert send(pager, of(GROUP, Step.RESOLVE, state="OK"), planned.reference)
    assert {alert["status"] for alert in vendors.alerts.values()} == {"resolved"}
    assert len(vendors.alerts) == 2


def test_of_one_alarm_a_repeat_joins_its_alert(vendors: Vendors) -> None:
    pager = sink_to(vendors, "pagerduty")
    reference = send(pager, OPEN)
    assert page(pager, of(OPEN, Step.REPEAT), reference, 1_763_632_860_000) == OPEN.label
    assert list(vendors.alerts) == [OPEN.label]


def test_a_page_lists_the_members() -> None:
    details = pagerduty.trigger(GROUP)["payload"]["custom_details"]
    assert details["Members"][1].startswith("ALARM high: errors-1-alarm-prod in alpha (us-east-1), started ")
    assert pagerduty.Sink.omits == {Step.UPDATED, Step.REMINDER}
    assert pagerduty.trigger(STORM)["payload"]["source"] == "shop prod"


# -- the others


def test_fifty_alarms_do_not_push_the_links_away() -> None:
    """A message is read from above, often on a telephone; what is cut is cut below."""
    many = replace(GROUP, members=MEMBERS * 16, total=48)
    href = OPEN.links[0][1]
    for text in (
        email.text(many),
        jira_text.description(many, cloud=False),
        json.dumps(jira_text.description(many, cloud=True)),
        json.dumps(slack_text.message(many)["attachments"]),
        opsitem.description(many),
    ):
        assert 0 < text.index(href) < text.index("errors-1-alarm-prod")


def test_a_mail_lists_the_members() -> None:
    body = email.text(replace(STORM, members=MEMBERS))
    assert body.startswith("ALARM critical: 412 alarms of 23 services in 4 accounts\n")
    assert "ALARM high: errors-2-alarm-prod in alpha (us-east-1), started 2026-11-20T10:00:00Z, 3 times" in body
    assert "and 409 more" in body
    assert email.subject(of(GROUP, Step.REMINDER).title).startswith("Reminder: ALARM high: ")


def test_an_opsitem_describes_what_fits() -> None:
    text = opsitem.description(replace(GROUP, members=LONG, total=550))
    assert len(text) <= 2048
    listed = sum(line.startswith("INSUFFICIENT_DATA") for line in text.split("\n"))
    assert listed >= 1
    assert text.endswith(f"and {550 - listed} more")
    assert opsitem.description(GROUP).endswith(
        "errors-2-alarm-prod in alpha (us-east-1), started 2026-11-20T10:00:00Z, 3 times"
    )


def test_a_webhook_gets_everything(vendors: Vendors) -> None:
    hook = sink_to(vendors, "webhook")
    for step in (Step.OPEN, Step.UPDATED, Step.REMINDER):
        send(hook, of(STORM, step))
    bodies = [post["body"] for post in vendors.posts]
    assert [body["step"] for body in bodies] == ["open", "updated", "reminder"]
    assert {body["kind"] for body in bodies} == {"storm"}
    assert bodies[0]["members"][0] == {
        "state": "ALARM",
        "severity": "high",
        "alarm": "errors-0-alarm-prod",
        "account_name": "alpha",
        "region": "us-east-1",
        "since": "2026-11-20T10:00:00Z",
        "count": 1,
        "measured": "",
    }
    assert bodies[0]["counts"] == {"critical": 5, "service checkout": 40}
    assert (bodies[0]["incident"], bodies[0]["total"], bodies[0]["open_total"]) == (STORM.episode, 412, 400)
    assert not any(post["duplicate"] for post in vendors.posts)
