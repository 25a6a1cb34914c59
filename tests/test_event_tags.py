"""Tags in the events of alarms: which alarms have them, and that CloudFormation takes the property."""

from __future__ import annotations

import json
from typing import Any

from generator.render.deployer_policy import actions_of
from generator.render.section_words import changes_of
from tests.support import built, spec

EVERYTHING = """
defaults:
  alarms: {owner: shop-team, event_tags: [owner, severity]}
  composites: {event_tags: [severity]}
services: {jobs: {type: sqs, queue: jobs}}
canaries: {shop: {url: "https://shop.example.com/"}}
slos:
  answers:
    bad: {filter: errors}
    total: {namespace: Shop, name: Requests}
    objective: 99.9
alarms:
  lines: {logs: {log_groups: [application]}, threshold: "> 3", period: 5m}
  quiet: {metric: {filter: errors}, statistic: Sum, threshold: "> 9", event_tags: []}
  latency: {promql: {query: "absent(up)"}}
composites: {down: {rule: errors and lines}}
"""
TYPES = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::LogAlarm")


def event_tags(templates: dict[str, Any]) -> dict[str, list[str] | None]:
    """By logical ID of each alarm, the keys of the tags in its events."""
    return {
        logical_id: resource["Properties"]
        .get("ActionConfiguration", {})
        .get("AlarmTagsPropagation", {})
        .get("IncludedTagKeys")
        for template in templates.values()
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] in TYPES
    }


def test_alarms_of_every_section_have_the_default_and_their_own_wins() -> None:
    made = built(spec(EVERYTHING), lint=True)
    assert made.artifacts, made.findings
    found = event_tags(made.templates["prod"])
    assert found["AlarmQuiet"] is None
    assert found["CompositeDown"] == found["CompositeAnswersFast"] == ["severity"]
    of_file = {alarm.logical_id for alarm in made.estates["prod"].alarms if alarm.key != "quiet"}
    assert {"AlarmErrors", "AlarmLines", "AlarmLatency"} < of_file
    assert {json.dumps(found[logical_id]) for logical_id in of_file} == {'["owner", "severity"]'}


def test_without_the_key_no_event_has_tags() -> None:
    assert set(event_tags(built(spec()).templates["prod"]).values()) == {None}


def test_who_deploys_may_list_the_tags_of_alarms() -> None:
    """API_AlarmTagsPropagation.html: required on the alarm to create or update it."""
    actions = {kind: set(actions_of(kind, "us-east-1")) for kind in TYPES}
    assert all("cloudwatch:ListTagsForResource" in of_kind for of_kind in actions.values()), actions


def test_a_diff_says_which_tags_events_carry() -> None:
    texts = ("alarms: {errors: {event_tags: [severity, Name]}}", "alarms: {errors: {event_tags: [severity]}}", "")
    both, one, none = (json.loads(built(spec(text)).artifacts["prod/estate.json"]) for text in texts)
    assert [change.sentence for change in changes_of(none, one)] == [
        "its events carry the tag severity instead of no tags"
    ]
    assert [change.sentence for change in changes_of(one, both)] == [
        "its events carry the tags severity and Name instead of the tag severity"
    ]
