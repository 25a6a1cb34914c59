"""Names that entries choose themselves: everything that goes by a name. And alarms whose actions are disabled."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
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
    """The rules that take an event of an alarm of this name; without the digits of those for names of their own."""
    taking = {title for title, pattern in rules(text, file).items() if pattern.matches(change(name))}
    return {re.sub(r"(?<=Named)[0-9a-f]{8}$", "", title) for title in taking}


@pytest.mark.parametrize("audited", [False, True])
def test_an_alarm_with_a_name_of_its_own_takes_the_whole_way(audited: bool) -> None:
    audit = f"audit: {{alarm_changes: {str(audited).lower()}}}"
    text = f"{audit}\nalarms: {{errors: {{name: '{NAME}'}}}}\nevents: {{keep: 30d}}"
    forwarding = "ForwardingRule" if audited else "ForwardingRuleNamed"
    assert takers(text, MEMBER_TEMPLATE, NAME) == {forwarding}
    expected = {"IncidentRuleNamed", "MonitoringEventsAlarmRuleNamed", f"Hub{forwarding}"}
    assert takers(text, HUB_TEMPLATE, NAME) == expected | ({"AuditRule"} if audited else set())
    others = takers(text, HUB_TEMPLATE, f"{NAME} "), takers(text, HUB_TEMPLATE, "errors-alarm-prod")
    assert "IncidentRuleNamed" not in others[0] | others[1]
    build = made(text)
    resources = build.templates["prod"][HUB_TEMPLATE]["Resources"]
    watched = {r["Properties"]["AlarmName"] for r in resources.values() if r["Type"] == "AWS::CloudWatch::Alarm"}
    ((id_, _),) = named_rules(build.estates["prod"])
    assert f"path-watch-incident-named-{id_}-rule-lost-prod" in watched


def permitted(resource: dict[str, Any], resources: dict[str, Any]) -> list[str]:
    """The names of rules that a policy lets write or assume, with `*`."""
    properties = resource["Properties"]
    document = properties.get("PolicyDocument") or properties["AssumeRolePolicyDocument"]
    (statement,) = document["Statement"]
    sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    arns = [
        source["Fn::Sub"] if "Fn::Sub" in source else f"rule/{resources[source['Fn::GetAtt'][0]]['Properties']['Name']}"
        for source in (sources if isinstance(sources, list) else [sources])
    ]
    return [arn.rpartition("/")[2] for arn in arns]


def test_each_rule_may_do_what_it_has_to_and_no_other() -> None:
    text = f"audit: {{alarm_changes: false}}\nalarms: {{errors: {{name: '{NAME}'}}}}\nevents: {{keep: 30d}}"
    build = made(text)
    ((id_, _),) = named_rules(build.estates["prod"])
    for file, title, kind in (
        (HUB_TEMPLATE, "IncidentQueuePolicy", "incident"),
        (HUB_TEMPLATE, "EventDeadLettersPolicy", "incident"),
        (HUB_TEMPLATE, "EventDeadLettersPolicy", "hub-forwarding"),
        (HUB_TEMPLATE, "EventDeadLettersPolicy", "monitoring-alarms"),
        (HUB_TEMPLATE, "MonitoringEventsQueuePolicy", "monitoring-alarms"),
        (HUB_TEMPLATE, "HubForwardingRole", "hub-forwarding"),
        (MEMBER_TEMPLATE, "ForwardingRole", "alarm-forwarding"),
        (MEMBER_TEMPLATE, "ForwardingDeadLettersPolicy", "alarm-forwarding"),
    ):
        resources = build.templates["prod"][file]["Resources"]
        names = permitted(resources[title], resources)
        assert any(fnmatchcase(f"{kind}-named-{id_}-rule-prod", name) for name in names), (title, names)
        assert not any(fnmatchcase(f"theirs-named-{id_}-rule-prod", name) for name in names)
    # A file without such names permits no such rules.
    plain = made("audit: {alarm_changes: false}").templates["prod"]
    assert "-named-" not in json.dumps(plain)


def test_a_rule_is_never_changed_so_that_no_event_is_lost_between_two() -> None:
    """CloudFormation creates before it deletes; two rules that are updated would be without some names for a while.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    """
    head = "audit: {alarm_changes: false}\ndefaults: {alarms: {statistic: Sum, threshold: '> 5'}}\nalarms: {"
    alarms = [f"k{n}: {{name: 'alarm {n} {'x' * 90}', metric: {{namespace: Shop, name: N{n}}}}}" for n in range(40)]
    before = made(f"{head}{', '.join(alarms[1:])}}}").templates["prod"]
    after = made(f"{head}{', '.join(alarms)}}}").templates["prod"]
    for file in (HUB_TEMPLATE, MEMBER_TEMPLATE):
        was, now = before[file]["Resources"], after[file]["Resources"]
        named = [title for title in was if "RuleNamed" in title]
        assert len(named) > 2 and {*named} != {title for title in now if "RuleNamed" in title}
        assert all(was[title] == now[title] for title in named if title in now)


def test_hundreds_of_names_fit_into_the_policies_of_roles_and_queues() -> None:
    """A trust policy has 2,048 characters, and a queue's policy 8,192 bytes (docs/limits.md)."""
    alarms = ", ".join(
        f"k{n}: {{name: 'alarm {n} {'x' * 110}', metric: {{namespace: Shop, name: N{n}}}}}" for n in range(300)
    )
    text = f"defaults: {{alarms: {{statistic: Sum, threshold: '> 5'}}}}\nalarms: {{{alarms}}}\nevents: {{keep: 30d}}"
    build = built(spec(f"audit: {{alarm_changes: false}}\n{text}"))
    estate = build.estates["prod"]
    assert len([*named_rules(estate)]) > 20
    assert not [finding.message for finding in build.findings if "trust policy" in finding.message]


def test_a_pattern_has_room_for_some_names_and_there_are_as_many_rules_as_it_takes() -> None:
    names = {f"k{n}": f"alarm {n} of{'ä' * (n % 200)}" for n in range(120)}
    alarms = {key: f"{{name: '{name}', metric: {{namespace: Shop, name: N{key}}}}}" for key, name in names.items()}
    text = "alarms: {" + ", ".join(f"{key}: {alarm}" for key, alarm in alarms.items()) + "}\n"
    text += "defaults: {alarms: {statistic: Sum, threshold: '> 5'}}\naudit: {alarm_changes: false}"
    build = made(text)
    estate = build.estates["prod"]
    chunks = dict(named_rules(estate))
    assert sorted(name for chunk in chunks.values() for name in chunk) == sorted(names.values()) == named_alarms(estate)
    assert all(re.fullmatch("[0-9a-f]{8}", id_) for id_ in chunks) and len(chunks) > 5
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

    assert letter("incident-named-1f8a0c2e-rule-prod", NAME) == ""
    assert letter("hub-forwarding-rule-prod", NAME) == ""
    assert letter("hub-forwarding-rule-prod", "theirs").startswith("theirs is not an alarm of prod")
    assert letter("named-1f8a0c2e-rule-prod", NAME).startswith("it does not belong in the incident queue")


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
