"""Metrics that AWS publishes in one Region: alarms stand there or are refused, graphs name it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.findings import Severity, dotted
from tests.support import built, spec

CLOUD_FRONT = "{namespace: AWS/CloudFront, name: 5xxErrorRate, dimensions: {DistributionId: E1, Region: Global}}"
ACCELERATOR = "{namespace: AWS/GlobalAccelerator, name: NewFlowCount, dimensions: {Accelerator: a}}"
ACL = "{namespace: AWS/WAFV2, name: BlockedRequests, dimensions: {Rule: ALL, WebACL: shop}}"
ACL_OF_A_REGION = (
    "{namespace: AWS/WAFV2, name: BlockedRequests, dimensions: {Region: eu-west-1, Rule: ALL, WebACL: shop}}"
)
VIRGINIA_TOO = "regions: [us-east-1, eu-west-1]"


def told(change: str, code: str = "R07") -> list[str]:
    return [f"{dotted(f.path)}: {f.message}" for f in built(spec(change)).findings if f.code == code]


def alarm(metric: str, more: str = "") -> str:
    return f"alarms: {{far: {{metric: {metric}, statistic: Sum, threshold: '> 5', period: 5m{more}}}}}"


def resource(change: str, logical_id: str) -> dict[str, Any]:
    found = built(spec(change))
    assert found.artifacts, found.findings
    return dict(found.templates["prod"]["member.template.yaml"]["Resources"][logical_id])


@pytest.mark.parametrize("metric", [CLOUD_FRONT, ACL])
def test_an_alarm_in_other_regions_only_is_refused(metric: str) -> None:
    (message,) = told(f"regions: [eu-west-1]\n{alarm(metric)}")
    assert message.startswith("alarms.far.metric: AWS/")
    assert message.endswith(" is only in us-east-1, but members are monitored in eu-west-1")


@pytest.mark.parametrize("metric", [CLOUD_FRONT, ACL])
def test_an_alarm_is_made_only_where_its_metric_is(metric: str) -> None:
    made = resource(f"{VIRGINIA_TOO}\n{alarm(metric)}", "AlarmFar")
    assert made["Condition"] == "IsInUsEast1"


def test_an_alarm_with_a_metric_of_each_region_is_made_in_all() -> None:
    assert "Condition" not in resource(f"{VIRGINIA_TOO}\n{alarm(ACL_OF_A_REGION)}", "AlarmFar")


@pytest.mark.parametrize(
    "entry",
    [
        alarm(CLOUD_FRONT, ", accounts: [alpha]"),
        alarm(CLOUD_FRONT, ", overrides: [{where: {environment: staging}, enabled: false}]"),
        "services: {far: {type: cloudfront, distribution: E1A2B3C4D5E6F7, accounts: [alpha]}}",
        "services: {far: {type: cloudfront, distribution: E1A2B3C4D5E6F7,"
        " overrides: [{where: {environment: staging}, enabled: false}]}}",
    ],
)
def test_an_environment_that_does_not_have_it_needs_no_such_region(entry: str) -> None:
    environments = (
        "regions: [us-east-1, eu-west-1]\n"
        "access: {owned_by: prod}\n"
        "environments: {prod: {accounts: [alpha, beta]}, staging: {accounts: [gamma], regions: [eu-west-1]}}\n"
        "metric_filters: {errors: {metric: {name: 'Errors-{environment}'}}}\n"
    )
    made = built(spec(environments + entry))
    assert [one for one in made.findings if one.severity is Severity.ERROR] == []
    members = {name: json.dumps(files["member.template.yaml"]) for name, files in made.templates.items()}
    assert "AWS/CloudFront" in members["prod"]
    assert "AWS/CloudFront" not in members["staging"]


def test_an_accelerator_is_seen_from_oregon() -> None:
    (message,) = told(alarm(ACCELERATOR))
    assert "AWS/GlobalAccelerator NewFlowCount is only in us-west-2" in message


def test_the_hub_watches_its_own_region() -> None:
    hub = "hub: {region: eu-west-1}\nregions: [us-east-1, eu-west-1]"
    (message, *_) = told(f"{hub}\n{alarm(CLOUD_FRONT, ', in: hub, over: all-accounts')}")
    assert message.endswith("but the hub monitors eu-west-1")


def test_an_expression_over_two_such_regions_is_refused() -> None:
    operands = f"a: {{{CLOUD_FRONT[1:-1]}, statistic: Sum}}, b: {{{ACCELERATOR[1:-1]}, statistic: Sum}}"
    change = f"alarms: {{far: {{expression: a + b, metrics: {{{operands}}}, threshold: '> 5', period: 5m}}}}"
    assert any("an alarm monitors one Region" in one for one in told(change))


def test_a_query_is_held_to_the_region_of_its_namespace() -> None:
    query = 'SELECT SUM(Requests) FROM "AWS/CloudFront"'
    change = f"regions: [eu-west-1]\nalarms: {{far: {{query: '{query}', threshold: '> 5', period: 5m}}}}"
    assert told(change) == [
        "alarms.far.query: AWS/CloudFront is only in us-east-1, but members are monitored in eu-west-1"
    ]


def test_an_objective_is_held_to_it_too_and_said_once() -> None:
    good = f"bad: {CLOUD_FRONT}, total: {CLOUD_FRONT.replace('5xxErrorRate', 'Requests')}"
    change = f"regions: [eu-west-1]\nslos: {{edge: {{objective: 99.9, {good}}}}}"
    assert len(told(change)) == len(set(told(change))) >= 1


@pytest.mark.parametrize("by", ["account", "null"])
def test_a_graph_names_the_region_and_a_warning_says_what_is_linked(by: str) -> None:
    widget = f"{{type: metric, title: Edge, by: {by}, metric: {CLOUD_FRONT}}}"
    change = f"hub: {{region: eu-central-1}}\ndashboards: {{edge: {{widgets: [{widget}]}}}}"
    found = built(spec(change))
    (warning,) = [f for f in found.findings if f.code == "T17"]
    assert warning.severity is Severity.WARNING
    assert warning.message.startswith("only us-east-1 has AWS/CloudFront")
    body = found.templates["prod"]["hub.template.yaml"]["Resources"]["DashboardEdge"]["Properties"]["DashboardBody"]
    (graph,) = json.loads(body)["widgets"]
    assert graph["properties"]["region"] == "eu-central-1"
    assert {row[-1]["region"] for row in graph["properties"]["metrics"]} == {"us-east-1"}


def test_a_graph_beside_its_metrics_names_no_region() -> None:
    widget = f"{{type: metric, title: Edge, metric: {CLOUD_FRONT}}}"
    assert not told(f"dashboards: {{edge: {{widgets: [{widget}]}}}}", "T17")
