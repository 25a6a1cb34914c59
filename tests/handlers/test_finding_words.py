"""How each channel tells of a finding, over HTTP against the stand-ins where there are such."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import ANY

from generator.drill.vendors.kit import adf
from generator.drill.vendors.pagerduty import ROUTING_KEY
from generator.drill.vendors.slack import message_problem
from handlers.incident.delivery import digest
from handlers.incident.delivery.digest import Entry
from handlers.incident.delivery.step import MISSED, next_step
from handlers.incident.events import Key
from handlers.incident.finding import Finding
from handlers.incident.message.compose import report
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.routing import POLICIES, Routing
from handlers.incident.sinks import email, opsitem, pagerduty, webhook
from handlers.incident.sinks.sink import plain_report
from handlers.incident.state.records import Delivery, Incident, Kind
from handlers.incident.vendors import jira_text, slack_text
from tests.handlers.finding_world import CONTENT, KEY, LINK, MEMBER, T0, TABLE, change, finding_report
from tests.handlers.sink_world import MEAN, send, sending, sink_to
from tests.handlers.test_sinks_aws import ITEM, Opscenter
from tests.handlers.test_sinks_events import EVENT
from tests.handlers.test_sinks_jira import ADF, KINDS
from tests.handlers.test_sinks_slack import MESSAGE
from tests.vendors import Vendors

OPEN, CHANGED, REPEAT, RESOLVE = STEPS = tuple(
    finding_report(step) for step in (Step.OPEN, Step.CHANGED, Step.REPEAT, Step.RESOLVE)
)
LABEL = "obsgen-0123456789abcdef"
# A tag that tries everything: addresses, mentions, markup of each vendor.
EVIL = "https://evil.example/x <!channel> <https://evil.example|x> [here|https://evil.example] {color:red} [~admin]"
FORGED = replace(
    OPEN,
    summary=EVIL.replace("://", ":\u200b//"),
    finding=Finding(EVIL, (("Missing", EVIL), ("Tags", MEAN * 5)), EVIL, LINK),
)


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


def test_titles_say_how_it_stands() -> None:
    place = "in checkout (us-east-1)"
    assert [one.title for one in STEPS] == [
        f"OPEN low: 2 tags are missing or wrong on i-0abc12345def67890 (web-1) {place}",
        f"CHANGED low: 2 tags are missing or wrong on i-0abc12345def67890 (web-1) {place}",
        f"OPEN low: 2 tags are missing or wrong on i-0abc12345def67890 (web-1) {place}",
        f"CLOSED low: All required tags are set on i-0abc12345def67890 (web-1) {place}",
    ]
    assert [dict(one.facts)["State"] for one in STEPS] == [
        "open since 2026-11-20T10:00:00Z",
        "open, changed at 2026-11-20T10:01:00Z",
        "open again, for the 2nd time, since 2026-11-20T10:01:00Z",
        "closed at 2026-11-20T10:02:00Z",
    ]


def test_the_facts_come_in_their_order_and_then_what_to_do() -> None:
    names = [name for name, _ in OPEN.facts]
    assert names == [
        "Instance",
        "Missing",
        "Invalid",
        "Tags",
        "To do",
        "State",
        "Location",
        "Severity",
        "Episode",
        "Owner",
        "Runbook",
    ]
    facts = dict(OPEN.facts)
    assert facts["Location"] == "checkout (us-east-1), account 222222222222"
    assert (facts["Owner"], facts["Runbook"]) == ("cloud-team", "https://runbooks.example.com/tags")
    assert "To do" not in dict(RESOLVE.facts)


def test_links_are_the_findings_own_and_the_dashboard() -> None:
    for one in STEPS:
        assert one.links[0] == ("Console", LINK)
        assert [label for label, _ in one.links] == ["Console", "Dashboard"]


def test_the_dashboard_is_that_of_the_check_where_it_has_one() -> None:
    findings = {"tag-compliance": {**TABLE["findings"]["tag-compliance"], "dashboard": "tags-prod"}}
    routing = Routing({**TABLE, "findings": findings})
    incident = Incident("0123456789abcdef", KEY, Kind.ALONE, "low", T0, "ALARM", T0, T0)
    assert dict(report(incident, Step.OPEN, routing).links)["Dashboard"].endswith("#dashboards/dashboard/tags-prod")
    alarm = replace(incident, key=Key(MEMBER, KEY.region, "errors-alarm-prod"))
    assert dict(report(alarm, Step.OPEN, routing).links)["Dashboard"].endswith("#dashboards/dashboard/overview-prod")


def test_what_is_not_remembered_is_said_by_its_name() -> None:
    incident = Incident("0123456789abcdef", KEY, Kind.ALONE, "low", T0, "ALARM", T0, T0)
    said = report(incident, Step.OPEN, Routing(TABLE))
    assert said.title == "OPEN low: Tag compliance of i-0abc12345def67890 in checkout (us-east-1)"


def test_a_mail() -> None:
    assert email.subject(OPEN.title) == (
        "OPEN low: 2 tags are missing or wrong on i-0abc12345def67890 (web-1) in checkout (us-east-1)"
    )
    lines = email.text(OPEN).splitlines()
    assert lines[:4] == [OPEN.title, "", "Instance: i-0abc12345def67890 (web-1)", "Missing: Owner"]
    assert f"Console: {LINK}" in lines


@pytest.mark.parametrize("kind", KINDS)
def test_an_issue_is_opened_told_of_changes_resolved_and_reopened(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    (issue,) = vendors.issues.values()
    assert issue["fields"]["summary"] == (
        "Tag compliance: 2 tags are missing or wrong on i-0abc12345def67890 (web-1), low in checkout (us-east-1)"
    )
    assert send(way, CHANGED, ref) == ref
    assert issue["status"] == "To Do"
    assert send(way, RESOLVE, ref) == ref
    assert issue["status"] == "Done"
    assert send(way, REPEAT, ref) == ref
    assert issue["status"] == "To Do"
    said = [str(comment) for comment in issue["comments"]]
    for comment, words in zip(
        said, ("Changed: 2 tags", "Closed: All required tags", "Open again: 2 tags"), strict=True
    ):
        assert words in comment
        assert "ALARM" not in comment
        assert "Recovered" not in comment
    assert vendors.violations == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_whose_comment_may_be_there_is_not_said_twice(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    send(way, CHANGED, ref)
    again = sending(way, CHANGED, ref, unsure=True)
    assert again.run() == ref
    (issue,) = vendors.issues.values()
    assert len(issue["comments"]) == 1


def test_a_thread_in_slack(vendors: Vendors) -> None:
    way = sink_to(vendors, "slack")
    ref = send(way, OPEN)
    for one in (CHANGED, RESOLVE, REPEAT):
        assert send(way, one, ref) == ref
    first, *others = vendors.messages
    assert {message["thread_ts"] for message in others} == {first["ts"]}
    # A change is for those who follow the thread.
    assert [message["reply_broadcast"] for message in others] == [False, True, True]
    text = first["attachments"][0]["blocks"][0]["text"]
    assert text["type"] == "plain_text"
    assert text["text"].splitlines()[:2] == ["Instance: i-0abc12345def67890 (web-1)", "Missing: Owner"]
    assert vendors.violations == []


def test_an_alert_in_pagerduty(vendors: Vendors) -> None:
    way = sink_to(vendors, "pagerduty")
    assert send(way, OPEN) == LABEL
    assert send(way, CHANGED, LABEL) == LABEL
    (alert,) = vendors.alerts.values()
    assert [event["dedup_key"] for event in alert["events"]] == [LABEL, LABEL]
    assert alert["opened"] == 1
    payload = alert["events"][1]["payload"]
    assert payload["summary"] == CHANGED.title
    assert (payload["class"], payload["custom_details"]["Missing"]) == ("Tag compliance", "Owner")
    assert send(way, RESOLVE, LABEL) == LABEL
    assert alert["status"] == "resolved"
    assert vendors.violations == []


def test_an_opsitem_says_what_is_now() -> None:
    center = Opscenter()
    seen: list[dict[str, Any]] = []
    for operation in ("CreateOpsItem", "UpdateOpsItem"):
        center.client.meta.events.register(
            f"provide-client-params.ssm.{operation}", lambda params, **_: seen.append(params)
        )
    center.stub.add_response(
        "create_ops_item",
        {"OpsItemId": ITEM},
        dict.fromkeys(("Title", "Description", "Severity", "OperationalData"), ANY)
        | {"Source": "obsgen", "Category": "Security"},
    )
    for status in ("Open", "Resolved"):
        wanted = {"OpsItemId": ITEM, "Status": status, "OperationalData": ANY, "Title": ANY, "Description": ANY}
        center.stub.add_response("update_ops_item", {}, wanted)
    assert send(center.sink, OPEN) == ITEM
    assert send(center.sink, CHANGED, ITEM) == ITEM
    assert send(center.sink, RESOLVE, ITEM) == ITEM
    assert [one["Title"] for one in seen] == [f"Tag compliance: {one.title}" for one in (OPEN, CHANGED, RESOLVE)]
    assert "Missing: Owner" in seen[1]["Description"]


def test_a_webhook_has_the_finding_as_data(vendors: Vendors) -> None:
    way = sink_to(vendors, "webhook")
    for one in STEPS:
        send(way, one)
    bodies = [post["body"] for post in vendors.posts]
    assert [body["step"] for body in bodies] == ["open", "changed", "repeat", "resolve"]
    assert [body["state"] for body in bodies] == ["ALARM", "ALARM", "ALARM", "OK"]
    assert {body["kind"] for body in bodies} == {"finding"}
    wanted = {name: CONTENT[name] for name in ("title", "facts", "action", "link")}
    assert bodies[0]["finding"] == wanted
    assert vendors.violations == []
    assert "finding" not in webhook.content(replace(OPEN, finding=None))
    assert webhook.content(replace(OPEN, finding=None))["kind"] == "alarm"


def test_what_is_said_is_what_each_takes() -> None:
    for one in (*STEPS, FORGED, replace(OPEN, finding=Finding("x")), *map(plain_report, (*STEPS, FORGED))):
        assert list(ADF.iter_errors(jira_text.adf(one))) == []
        assert adf.problem(jira_text.adf(one)) is None
        assert list(MESSAGE.iter_errors(slack_text.message(one))) == []
        assert message_problem(slack_text.message(one)) is None
        assert list(EVENT.iter_errors({"routing_key": ROUTING_KEY, **pagerduty.trigger(one)})) == []
        assert len(opsitem.description(one)) <= 2048


def test_a_tag_forges_no_link_no_mention_and_no_markup() -> None:
    document = json.dumps(jira_text.adf(FORGED))
    assert '"href": "https://evil' not in document
    wiki = jira_text.wiki(FORGED)
    assert "https://evil" not in wiki
    assert not re.search(r"(?<!\\)(?:\[here|\[~|\{color|\|x)", wiki)
    message = json.dumps(slack_text.message(FORGED), ensure_ascii=False)
    assert "https://evil" not in message
    blocks = slack_text.message(FORGED)["attachments"][0]["blocks"]
    marked = json.dumps([block for block in blocks if block.get("text", {}).get("type") != "plain_text"])
    assert "evil" not in marked
    assert "<!channel>" not in slack_text.message(FORGED)["text"]
    assert "https://evil" not in email.text(FORGED)
    assert "https://evil" not in json.dumps(pagerduty.trigger(FORGED), ensure_ascii=False)


def test_nor_does_it_in_a_list() -> None:
    line = of(replace(found(), finding=Finding(EVIL)), Step.OPEN)
    listed = Digest("1 incident", 1, (line,), (), "then", "now", "shop", "prod")
    blocks = slack_text.digest(listed)["attachments"][0]["blocks"]
    (said,) = [block["text"] for block in blocks if "evil" in json.dumps(block)]
    assert said["type"] == "plain_text"
    assert "https://evil" not in json.dumps(said, ensure_ascii=False)
    assert "https://evil" not in email.digest_text(listed)


# Lists, and what a channel is told next


def of(incident: Incident, step: Any) -> str:
    return digest.line(Entry(incident, step), Routing(TABLE))


def found(**changed: Any) -> Incident:
    finding = change("ALARM", T0).finding
    assert finding
    incident = Incident("0123456789abcdef", KEY, Kind.ALONE, "low", T0, "ALARM", T0, T0)
    return replace(incident, finding=finding, content=finding.content, **{"again_at": T0, **changed})


def more(adds_to: int, **changed: Any) -> Incident:
    """With a finding that adds to another one."""
    incident = found(**changed)
    assert incident.finding
    return replace(incident, finding=replace(incident.finding, adds_to=adds_to))


def test_a_line_of_a_list() -> None:
    what = "2 tags are missing or wrong on i-0abc12345def67890 (web-1) in checkout (us-east-1)"
    over = replace(found(), ended=T0 + 60_000, state="OK", changed_at=T0 + 60_000)
    assert of(found(), Step.OPEN) == f"OPEN low: {what} since 2026-11-20T10:00:00Z"
    assert of(found(), Step.CHANGED) == f"CHANGED low: {what} since 2026-11-20T10:00:00Z"
    assert of(over, Step.RESOLVE) == f"CLOSED low: {what} since 2026-11-20T10:01:00Z"
    assert of(over, MISSED) == f"CLOSED low: {what}, 2026-11-20T10:00:00Z to 2026-11-20T10:01:00Z"


@pytest.mark.parametrize(
    ("incident", "delivery", "step"),
    [
        (found(), {}, Step.OPEN),
        (found(alarm_at=T0 + 9), {"state": "ALARM", "alarm_at": T0}, Step.CHANGED),
        (found(alarm_at=T0 + 9, again_at=T0 + 9), {"state": "ALARM", "alarm_at": T0}, Step.REPEAT),
        (found(alarm_at=T0 + 9, again_at=T0 + 5), {"state": "OK", "alarm_at": T0}, Step.REPEAT),
        (found(alarm_at=T0 + 9, again_at=T0 + 5), {"state": "ALARM", "alarm_at": T0 + 5}, Step.CHANGED),
        (found(alarm_at=T0 + 9), {"state": "ALARM", "alarm_at": T0 + 9}, None),
        (more(T0, alarm_at=T0 + 9), {"state": "ALARM", "alarm_at": T0}, Step.ADDED),
        # The channel has an older one than it adds to, or none.
        (more(T0 + 5, alarm_at=T0 + 9), {"state": "ALARM", "alarm_at": T0}, Step.CHANGED),
        (more(T0, alarm_at=T0 + 9), {}, Step.OPEN),
        (more(T0, alarm_at=T0 + 9, again_at=T0 + 9), {"state": "ALARM", "alarm_at": T0}, Step.REPEAT),
        (found(alarm_at=T0 + 9, ended=T0 + 20), {"state": "ALARM", "alarm_at": T0}, Step.RESOLVE),
    ],
)
def test_what_a_channel_is_told_next(incident: Incident, delivery: dict[str, Any], step: Step | None) -> None:
    sent = Delivery(incident.id, "jira", desired=1, **delivery)
    assert next_step(incident, sent, tickets=True, policy=POLICIES["jira"]) == step


def test_reports_of_alarms_have_not_changed() -> None:
    alarm = Report(
        *(Step.OPEN, "0123456789abcdef", "errors-alarm-prod", "ALARM", "high", "2" * 12, "alpha", "us-east-1", "prod"),
        *("shop", "The shop logs errors", "bad", "then", "now"),
    )
    assert alarm.title == "ALARM high: errors-alarm-prod in alpha (us-east-1)"
    assert (alarm.kind, alarm.lead) == ("CloudWatch alarm", "The shop logs errors")


# -- what is only added


ADDED = finding_report(Step.ADDED)


@pytest.mark.parametrize("kind", KINDS)
def test_more_is_a_comment_and_reopens_no_issue(vendors: Vendors, kind: str) -> None:
    way = sink_to(vendors, kind)
    ref = send(way, OPEN)
    (issue,) = vendors.issues.values()
    # By hand.
    issue["status"] = "Done"
    assert send(way, ADDED, ref) == ref
    assert issue["status"] == "Done"
    assert "Updated: 2 tags" in str(issue["comments"]) and len(issue["comments"]) == 1
    assert vendors.violations == []


def test_more_pages_nobody(vendors: Vendors) -> None:
    way = sink_to(vendors, "pagerduty")
    send(way, OPEN)
    assert send(way, ADDED, LABEL) == LABEL
    (alert,) = vendors.alerts.values()
    assert len(alert["events"]) == 1


def test_more_leaves_the_status_of_an_opsitem_alone() -> None:
    center = Opscenter()
    wanted = {"OpsItemId": ITEM, "OperationalData": ANY, "Title": ANY, "Description": ANY}
    center.stub.add_response("update_ops_item", {}, wanted)
    assert send(center.sink, ADDED, ITEM) == ITEM
    center.stub.add_client_error("update_ops_item", "OpsItemNotFoundException")
    assert send(center.sink, ADDED, ITEM) is None
    assert send(center.sink, ADDED) is None


def test_more_is_for_those_who_follow_the_thread(vendors: Vendors) -> None:
    way = sink_to(vendors, "slack")
    ref = send(way, OPEN)
    assert send(way, ADDED, ref) == ref
    assert [message["reply_broadcast"] for message in vendors.messages[1:]] == [False]
    assert ADDED.title.startswith("UPDATED low: 2 tags")
    assert dict(ADDED.facts)["State"].startswith("open, updated at ")


def test_more_in_a_webhook_is_data_of_its_own_step(vendors: Vendors) -> None:
    send(sink_to(vendors, "webhook"), ADDED)
    ((body,),) = [[post["body"]] for post in vendors.posts]
    assert (body["step"], sorted(body["finding"])) == ("added", ["action", "facts", "link", "title"])


def test_a_fact_called_reason_stays_a_fact_of_the_finding_in_slack() -> None:
    finding = Finding("A task failed", (("Reason", "OutOfMemoryError"), ("Exit code", "137")))
    (body,) = slack_text.message(replace(OPEN, finding=finding))["attachments"]
    assert "Reason: OutOfMemoryError\nExit code: 137" in [
        block["text"]["text"] for block in body["blocks"] if block["type"] == "section" and "text" in block
    ]
