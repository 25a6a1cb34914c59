"""Names that entries choose themselves: everything that goes by a name. And alarms whose actions are disabled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.evaluate.events.pattern import EventPattern, parse
from generator.manifest import HUB_TEMPLATE, MEMBER_TEMPLATE
from generator.model.named_alarms import named_alarms, named_rules
from generator.render.alarm_changes import alarm_differences
from generator.render.estate_json import estate_json
from generator.render.routing import routing_table
from generator.rollout.operate.dead_letters import queues_of, read
from generator.spec.own_names import OTHER_NAMES
from handlers.incident.finding import CHECKS
from tests.command import obsgen
from tests.support import built, spec

NAME = "Errors > 5 (größer), prod"
HUB, ALPHA = "111111111111", "222222222222"


def made(text: str) -> Any:
    """A build without errors."""
    build = built(spec(text))
    assert build.artifacts, build.findings
    return build


def rules(text: str, file: str) -> dict[str, EventPattern]:
    """The parsed patterns of the rules of a template, by logical ID."""
    resources = made(text).templates["prod"][file]["Resources"]
    patterns = {}
    for title, resource in resources.items():
        if resource["Type"] == "AWS::Events::Rule" and "EventPattern" in resource["Properties"]:
            pattern = parse(resource["Properties"]["EventPattern"])
            assert isinstance(pattern, EventPattern), pattern
            patterns[title] = pattern
    return patterns


def change(name: str) -> dict[str, Any]:
    """An event of an alarm of alpha."""
    detail = {"alarmName": name, "state": {"value": "ALARM"}}
    kind = "CloudWatch Alarm State Change"
    return {"source": "aws.cloudwatch", "detail-type": kind, "account": ALPHA, "detail": detail}


def takers(text: str, file: str, name: str) -> set[str]:
    """The rules that take an event of an alarm of this name."""
    return {title for title, pattern in rules(text, file).items() if pattern.matches(change(name))}


@pytest.mark.parametrize("audited", [False, True])
def test_an_alarm_with_a_name_of_its_own_takes_the_whole_way(audited: bool) -> None:
    audit = f"audit: {{alarm_changes: {str(audited).lower()}}}"
    text = f"{audit}\nalarms: {{errors: {{name: '{NAME}'}}}}\nevents: {{keep: 30d}}"
    forwarding = "ForwardingRule" if audited else "ForwardingRuleNamed1"
    assert takers(text, MEMBER_TEMPLATE, NAME) == {forwarding}
    expected = {"IncidentRuleNamed1", "MonitoringEventsAlarmRuleNamed1", f"Hub{forwarding}"}
    assert takers(text, HUB_TEMPLATE, NAME) == expected | ({"AuditRule"} if audited else set())
    others = takers(text, HUB_TEMPLATE, f"{NAME} "), takers(text, HUB_TEMPLATE, "errors-alarm-prod")
    assert "IncidentRuleNamed1" not in others[0] | others[1]
    # Each rule may write to its queue, and what it cannot deliver to the dead letters.
    resources = made(text).templates["prod"][HUB_TEMPLATE]["Resources"]
    for queue, rule in (("IncidentQueuePolicy", "IncidentRuleNamed1"), ("EventDeadLettersPolicy", f"Hub{forwarding}")):
        assert f'["{rule}", "Arn"]' in json.dumps(resources[queue])
    watched = {r["Properties"]["AlarmName"] for r in resources.values() if r["Type"] == "AWS::CloudWatch::Alarm"}
    assert "path-watch-incident-named-1-rule-lost-prod" in watched


def test_a_pattern_has_room_for_some_names_and_there_are_as_many_rules_as_it_takes() -> None:
    names = {f"k{n}": f"alarm {n} of{'ä' * (n % 200)}" for n in range(120)}
    alarms = {key: f"{{name: '{name}', metric: {{namespace: Shop, name: N{key}}}}}" for key, name in names.items()}
    text = "alarms: {" + ", ".join(f"{key}: {alarm}" for key, alarm in alarms.items()) + "}\n"
    text += "defaults: {alarms: {statistic: Sum, threshold: '> 5'}}\naudit: {alarm_changes: false}"
    build = made(text)
    estate = build.estates["prod"]
    chunks = dict(named_rules(estate))
    assert sorted(name for chunk in chunks.values() for name in chunk) == sorted(names.values()) == named_alarms(estate)
    assert [*chunks] == [*range(1, len(chunks) + 1)] and len(chunks) > 5
    for name in (names["k0"], names["k119"]):
        assert len(takers(text, MEMBER_TEMPLATE, name)) == 1
    for file in (HUB_TEMPLATE, MEMBER_TEMPLATE):
        for resource in build.templates["prod"][file]["Resources"].values():
            pattern = resource.get("Properties", {}).get("EventPattern", {})
            assert len(json.dumps(pattern, separators=(",", ":"))) <= 2048


def test_the_incident_function_knows_it_by_its_name_and_a_composite_its_children() -> None:
    text = (
        f"alarms: {{errors: {{name: '{NAME}'}}, works: {{name: Works, metric: {{filter: errors}},"
        " statistic: Sum, threshold: '> 1'}}\n"
        "composites: {down: {name: Shop is down, rule: errors, suppressed_by: works, wait: 1m, extend: 1m}}"
    )
    table = routing_table(made(text).estates["prod"])
    assert {NAME, "Shop is down", "Works"} == {*table["alarms"]}
    assert table["alarms"][NAME]["parts_of"] == ["Shop is down"]
    assert table["alarms"]["Shop is down"]["suppressor"]["alarm"] == "Works"


def test_no_name_can_be_taken_for_that_of_a_finding() -> None:
    assert {*OTHER_NAMES} == CHECKS


def test_what_the_hub_could_not_deliver_is_sent_again() -> None:
    build = made(f"alarms: {{errors: {{name: '{NAME}'}}}}")
    (path,) = [path for path in build.artifacts if str(path).endswith("prod/manifest.yaml")]
    manifest = yaml.safe_load(build.artifacts[path])
    queues = queues_of(manifest)
    assert queues.named_alarms == {NAME}
    (letters,) = [queue for queue in queues.dead_letters if queue.purpose == "event_dead_letters"]

    def letter(rule: str, name: str) -> str:
        attributes = {"RULE_ARN": f"arn:aws:events:us-east-1:{HUB}:rule/observability-bus-prod/{rule}"}
        message = {
            "MessageId": "1",
            "Body": json.dumps(change(name)),
            "MessageAttributes": {key: {"StringValue": value} for key, value in attributes.items()},
        }
        return read(message, letters, "prod", queues.named_alarms).hold_reason

    assert letter("incident-named-1-rule-prod", NAME) == ""
    assert letter("hub-forwarding-rule-prod", NAME) == ""
    assert letter("hub-forwarding-rule-prod", "theirs").startswith("theirs is not an alarm of prod")
    assert letter("named-1-rule-prod", NAME).startswith("it does not belong in the incident queue")


def test_disabled_actions_are_explained_and_differ(tmp_path: Path) -> None:
    before = spec("alarms: {errors: {severity: none}}")
    after = spec("alarms: {errors: {severity: none, actions_enabled: false}}")
    (tmp_path / "observability.yaml").write_text(after, encoding="utf-8")
    assert "    its actions are disabled" in obsgen(tmp_path, "explain", "alarms.errors").stdout
    was, now = (json.loads(estate_json(made(text).estates["prod"])) for text in (before, after))
    changed = [sentence for _, _, sentence in alarm_differences(was, now)]
    assert changed == ["CloudWatch invokes its actions no longer"]
    assert [sentence for _, _, sentence in alarm_differences(now, was)] == ["CloudWatch invokes its actions again"]


@pytest.mark.parametrize(("name", "is_second"), [(NAME, True), ("Other", False)])
def test_an_event_rule_that_takes_its_events_is_a_warning(name: str, is_second: bool) -> None:
    rule = (
        "event_rules: {theirs: {severity: low, pattern: {source: [aws.cloudwatch], detail-type:"
        " [CloudWatch Alarm State Change], detail: {alarmName: [{prefix: 'Errors'}, 'Nothing']}}, examples: {match:"
        " [{source: aws.cloudwatch, detail-type: CloudWatch Alarm State Change, detail: {alarmName: Nothing}}]}}}"
    )
    found = built(spec(f"alarms: {{errors: {{name: '{name}'}}}}\n{rule}")).findings
    messages = [finding.message for finding in found if finding.code == "T66"]
    assert messages == ([f"`{NAME}` is an incident already, and would be a second time"] if is_second else [])
