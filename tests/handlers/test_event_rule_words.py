"""How each channel tells of an event of AWS, and that what is in the event is text to all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace

import pytest

from generator.drill.vendors.kit import adf
from generator.drill.vendors.pagerduty import ROUTING_KEY
from generator.drill.vendors.slack import message_problem
from handlers.api.views import incident_data
from handlers.incident.delivery import digest
from handlers.incident.delivery.digest import Entry
from handlers.incident.delivery.spacing import Spacing
from handlers.incident.delivery.step import next_step
from handlers.incident.grouping.grouping_policy import GroupingPolicy
from handlers.incident.message.compose import report
from handlers.incident.message.report import Report, Step
from handlers.incident.routing import POLICIES
from handlers.incident.sinks import email, opsitem, pagerduty, webhook
from handlers.incident.sinks.sink import plain_report
from handlers.incident.state.records import Delivery, Incident, Kind
from handlers.incident.vendors import jira_text, slack_text
from tests.handlers.event_rule_world import INSTANCE, REGION, ROUTING, SPOT, T0, change, message
from tests.handlers.sink_world import MEAN, send, sink_to
from tests.handlers.test_sinks_events import EVENT
from tests.handlers.test_sinks_jira import ADF, KINDS
from tests.handlers.test_sinks_slack import MESSAGE
from tests.vendors import Vendors

EVIL = "https://evil.example/x <!channel> <https://evil.example|x> [here|https://evil.example] {color:red} [~admin]"


def incident(instance: str = INSTANCE, action: str = "terminate", **more: int) -> Incident:
    """Of two events; the second ten minutes later."""
    event = {**SPOT, "detail": {"instance-id": instance, "instance-action": action}}
    made = change(message("spot-interruption", event))
    assert made.finding
    opened = Incident("0123456789abcdef", made.key, Kind.ALONE, "high", T0, "ALARM", T0, T0 + 600_000)
    return replace(
        opened, **{"finding": made.finding, "content": made.finding.content, "again_at": T0, "events": 2, **more}
    )


def told(step: Step, instance: str = INSTANCE, action: str = "terminate") -> Report:
    over = {"ended": T0 + 4_200_000} if step is Step.RESOLVE else {}
    return report(incident(instance, action, **over), step, ROUTING)


OPEN, ADDED, RESOLVE = STEPS = tuple(told(step) for step in (Step.OPEN, Step.ADDED, Step.RESOLVE))
FORGED = tuple(told(step, EVIL, MEAN * 5) for step in (Step.OPEN, Step.ADDED, Step.RESOLVE))


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


def test_what_is_said() -> None:
    place = f"Spot interruption of {INSTANCE} in checkout (eu-west-1)"
    assert [one.title for one in STEPS] == [f"{word} high: {place}" for word in ("OPEN", "UPDATED", "CLOSED")]
    assert ADDED.kind == "AWS event"
    assert [name for name, _ in ADDED.facts] == [
        *("Instance", "Happens", "Meaning", "AWS event", "Events", "State", "Location", "Severity", "Episode"),
        *("Owner", "Runbook"),
    ]
    assert dict(ADDED.facts)["Events"] == "2, the latest at 2026-11-20T10:10:00Z"
    assert dict(RESOLVE.facts)["Note"] == "no further event for 60 minutes"
    assert ADDED.links[0][1].startswith(f"https://{REGION}.console.aws.amazon.com/ec2/home?")


def test_the_api_names_its_subject_as_people_do() -> None:
    data = asdict(incident())
    assert incident_data(data, {})["subject"] == f"spot-interruption: {INSTANCE}"
    assert incident_data(data, {})["title"] == f"Spot interruption of {INSTANCE}"


def test_a_list_has_its_title() -> None:
    assert digest.line(Entry(incident(), Step.OPEN), ROUTING).startswith(f"OPEN high: Spot interruption of {INSTANCE} ")
    forgotten = replace(incident(), finding=None)
    assert digest.line(Entry(forgotten, Step.OPEN), ROUTING).startswith(
        f"OPEN high: AWS event spot-interruption: {INSTANCE} in checkout"
    )


def test_a_ticket_has_a_comment_for_more_events_and_stays_as_it_is(vendors: Vendors) -> None:
    way = sink_to(vendors, KINDS[0])
    ref = send(way, OPEN)
    (issue,) = vendors.issues.values()
    issue["status"] = "Done"
    assert send(way, ADDED, ref) == ref
    assert (issue["status"], len(issue["comments"])) == ("Done", 1)
    assert "Events: 2" in str(issue["comments"]) or "2, the latest at" in str(issue["comments"])
    assert vendors.violations == []


def test_more_events_page_nobody_and_are_data_for_a_webhook(vendors: Vendors) -> None:
    for name in ("pagerduty", "webhook"):
        way = sink_to(vendors, name)
        ref = send(way, OPEN)
        send(way, ADDED, ref)
    (alert,) = vendors.alerts.values()
    assert len(alert["events"]) == 1
    opened, added = (post["body"] for post in vendors.posts)
    assert (opened["kind"], opened["step"], added["step"]) == ("finding", "open", "added")
    assert opened["alarm"] == f"event/spot-interruption/{INSTANCE}"
    assert set(opened["finding"]) == {"title", "facts", "action", "link"}
    assert vendors.violations == []


def test_a_further_event_waits_for_its_time_and_no_flood_follows() -> None:
    sent = Delivery("0123456789abcdef", "jira", desired=2, state="ALARM", alarm_at=T0, sent_at=T0)
    assert next_step(incident(), sent, tickets=True, policy=POLICIES["jira"]) is Step.ADDED
    spacing = Spacing(GroupingPolicy(update_every_ms=300_000))
    assert spacing.earliest(incident(), sent, Step.ADDED) == T0 + 300_000
    # What a check adds to its finding has always been told at once.
    check = replace(incident(), key=replace(incident().key, alarm="tag-compliance/i-1"))
    assert spacing.earliest(check, sent, Step.ADDED) == 0


def test_what_is_said_is_what_each_takes() -> None:
    for one in (*STEPS, *FORGED, *map(plain_report, (*STEPS, *FORGED))):
        assert list(ADF.iter_errors(jira_text.adf(one))) == []
        assert adf.problem(jira_text.adf(one)) is None
        assert list(MESSAGE.iter_errors(slack_text.message(one))) == []
        assert message_problem(slack_text.message(one)) is None
        assert list(EVENT.iter_errors({"routing_key": ROUTING_KEY, **pagerduty.trigger(one)})) == []
        assert len(opsitem.description(one)) <= 2048


@pytest.mark.parametrize("forged", FORGED, ids=lambda one: str(one.step))
def test_an_event_forges_no_link_no_mention_and_no_markup(forged: Report) -> None:
    document = json.dumps(jira_text.adf(forged))
    assert '"href": "https://evil' not in document
    wiki = jira_text.wiki(forged)
    assert "https://evil" not in wiki
    assert not re.search(r"(?<!\\)(?:\[here|\[~|\{color|\|x)", wiki)
    message_ = slack_text.message(forged)
    assert "https://evil" not in json.dumps(message_, ensure_ascii=False)
    blocks = message_["attachments"][0]["blocks"]
    marked = json.dumps([block for block in blocks if block.get("text", {}).get("type") != "plain_text"])
    assert "evil" not in marked
    assert "<!channel>" not in message_["text"]
    for text in (email.text(forged), opsitem.description(forged), json.dumps(pagerduty.trigger(forged))):
        assert "https://evil" not in text
    # No link is the event's: an instance of that name has no page.
    assert [label for label, _ in forged.links] == []
    assert webhook.content(forged)["links"] == []
