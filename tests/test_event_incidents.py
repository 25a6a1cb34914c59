"""Event rules in `obsgen explain incident` and `obsgen drill --local`: it is what the function does."""

from __future__ import annotations

import json

import pytest

from generator.build import Built
from generator.cli.drill.event_rules import estate_with, example, is_requested
from generator.cli.drill.subject import find
from generator.cli.exit import UsageError
from generator.cli.explain_incident import explained
from generator.drill.drill_result import DrillEvent
from generator.render.routing import routing_json
from handlers.incident.event_rules import change_of
from handlers.incident.events import Change, RuleEvent, read
from handlers.incident.routing import Routing
from tests.support import built, spec

RULES = """
channels:
  night: {type: email, addresses: [night@example.com]}
  pager: {type: pagerduty, secret: s/pager}
routes: {high: [night, pager], medium: [night]}
event_rules:
  failover:
    in: members
    pattern: {source: [aws.rds], detail-type: [RDS], detail: {EventID: [RDS-EVENT-0073]}}
    severity: high
    subject: $.detail.SourceIdentifier
    title: "Failover of {$.detail.SourceIdentifier}"
    ends: {pattern: {source: [aws.rds], detail-type: [RDS], detail: {EventID: [RDS-EVENT-0071]}}, after: 2h}
    examples:
      match: [{source: aws.rds, detail-type: RDS, detail: {EventID: RDS-EVENT-0073, SourceIdentifier: orders}}]
      end: [{source: aws.rds, detail-type: RDS, detail: {EventID: RDS-EVENT-0071, SourceIdentifier: orders}}]
  spot:
    in: hub
    pattern: {source: [aws.ec2], detail-type: [EC2 Spot Instance Interruption Warning]}
    severity: medium
    summary: EC2 takes an instance back
    subject: $.detail.instance-id
    examples:
      match: [{source: aws.ec2, detail-type: EC2 Spot Instance Interruption Warning, detail: {instance-id: i-1}}]
"""


@pytest.fixture(scope="module")
def estates() -> Built:
    made = built(spec(RULES))
    assert made.artifacts, made.findings
    return made


def meaning(made: Built, event: DrillEvent) -> Change:
    """What the function of the build takes the event of a drill for."""
    message = read(json.dumps(event.body()))
    assert isinstance(message, RuleEvent), message
    return change_of(message, Routing(json.loads(routing_json(made.estates["prod"]))))


def test_a_drill_plays_the_examples_of_a_rule(estates: Built) -> None:
    assert is_requested(estates, "failover")
    assert not is_requested(estates, "errors")
    estate, rule = estate_with(estates, "failover")
    plan = example(estate, rule, "beta", None)
    begin, again, end = (meaning(estates, event) for event in plan["events"])
    assert (begin.state, again, end.state) == ("ALARM", begin, "OK")
    assert begin.key == end.key
    assert (begin.key.account, begin.key.alarm) == ("333333333333", "event/failover/orders")
    assert begin.at < end.at
    subject = plan["subject"]
    assert (subject.account_name, subject.severity, set(subject.listeners)) == ("beta", "high", {"night", "pager"})
    assert (plan["ends"], plan["outcome"]) == (True, "received the event and its end; the duplicate was ignored")


def test_a_drill_of_what_has_no_end_leaves_it_open(estates: Built) -> None:
    estate, rule = estate_with(estates, "spot")
    plan = example(estate, rule, None, None)
    assert [event.title for event in plan["events"]] == ["the event", "the same event again"]
    assert (plan["subject"].account_name, plan["subject"].listeners, plan["ends"]) == ("hub", ("night",), False)


def test_what_a_drill_refuses(estates: Built) -> None:
    estate, rule = estate_with(estates, "failover")
    for account, region, words in (
        ("hub", None, "the event rule `failover` does not exist in hub"),
        ("beta", "eu-west-1", "the event rule `failover` has no events of beta in eu-west-1"),
    ):
        with pytest.raises(UsageError) as refused:
            example(estate, rule, account, region)
        assert words in str(refused.value)
    with pytest.raises(UsageError) as refused:
        find(estates, "failover")
    assert "`failover` is an event rule, and no alarm" in str(refused.value)


def test_an_incident_of_a_rule_is_explained(estates: Built) -> None:
    said = explained(estates, "failover", all_alarms=False).splitlines()
    assert said[0] == "failover in prod"
    assert "    high in every account: night (email) and pager (pagerduty), at once" in said
    assert "    the events of one $.detail.SourceIdentifier, in one account and Region" in said
    assert "    it ends with an event, or 2 hours after its last event" in said
    said = explained(estates, "event_rules.spot", all_alarms=False).splitlines()
    assert said[0] == "spot in prod: EC2 takes an instance back"
    assert "    it ends 1 hour after its last event; only tickets and pages close" in said


def test_the_wake_up_page_has_the_rules(estates: Built) -> None:
    page = explained(estates, None, all_alarms=True)
    assert "| `failover` | high | every account | pages |" in page
    assert "| EC2 takes an instance back (`spot`) | medium | the hub | only sends a message |" in page
