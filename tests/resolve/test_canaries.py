"""Canaries: the alarm that each brings, and where its values come from."""

from __future__ import annotations

from typing import Any

import pytest

from generator.model.estate import Estate
from tests.support import built, spec


def estate(change: str) -> Estate:
    made = built(spec(change))
    assert made.artifacts, made.findings
    return made.estates["prod"]


def alarm(change: str) -> Any:
    return next(a for a in estate(change).alarms if a.key == "shop-canary")


URL = "url: https://shop.example.com/health"


def test_defaults_reach_the_alarm_but_not_what_follows_from_the_schedule() -> None:
    defaults = (
        'defaults: {alarms: {threshold: "> 5", period: 1m, datapoints: 1 of 1, missing_data: not-breaching,'
        " statistic: Sum, severity: low, owner: team-a, enabled: false}}\n"
        "waivers: [{rule: alarms-treat-missing-data-as-breaching, for: defaults.alarms, reason: tried here}]\n"
    )
    made = alarm(f"{defaults}canaries: {{shop: {{{URL}, every: 10m}}}}")
    tuning = made.tuning
    assert (tuning.comparison, tuning.threshold, tuning.period, tuning.missing_data) == ("<", 100, 600, "breaching")
    assert (tuning.datapoints, tuning.evaluation_periods, made.statistic) == (2, 3, "Average")
    assert (tuning.severity, made.owner, tuning.enabled) == ("low", "team-a", True)


@pytest.mark.parametrize(
    ("field", "layer", "path"),
    [
        ("severity", "entry", ("canaries", "shop", "severity")),
        ("period", "entry", ("canaries", "shop", "every")),
        ("threshold", "canary", ("canaries", "shop")),
        ("datapoints", "canary", ("canaries", "shop")),
        ("runbook", "default", ("defaults", "alarms", "runbook")),
    ],
)
def test_a_value_says_where_it_comes_from(field: str, layer: str, path: tuple[str, ...]) -> None:
    defaults = "defaults: {alarms: {runbook: https://runbooks.example.com/all}}\n"
    made = alarm(f"{defaults}canaries: {{shop: {{{URL}, severity: high, every: 2m}}}}")
    (origin,) = [o for o in made.origins if o.field == field]
    assert (origin.layer, origin.path) == (layer, path)


TWO = "environments: [dev, prod]\naccess: {owned_by: prod}\n"
OFF = "overrides: [{where: {environment: dev}, enabled: false}, {where: {environment: prod}, severity: critical}]"


def test_an_environment_can_do_without_it() -> None:
    made = built(spec(f"{TWO}canaries: {{shop: {{{URL}, {OFF}}}, other: {{{URL}}}}}"))
    found = {
        name: sorted(
            r["Properties"]["Name"]
            for r in template["hub.template.yaml"]["Resources"].values()
            if r["Type"] == "AWS::Synthetics::Canary"
        )
        for name, template in made.templates.items()
    }
    assert found == {"dev": ["other-canary-dev"], "prod": ["other-canary-prod", "shop-canary-prod"]}
    assert "AlarmShopCanary" not in made.templates["dev"]["hub.template.yaml"]["Resources"]
    assert "- shop-canary\n" in made.artifacts["dev/catalogue.md"].decode()


def test_an_override_says_where_it_stands() -> None:
    made = built(spec(f"{TWO}canaries: {{shop: {{{URL}, {OFF}}}}}"))
    (alarm,) = [a for a in made.estates["prod"].alarms if a.key == "shop-canary"]
    (origin,) = [o for o in alarm.origins if o.field == "severity"]
    assert (origin.value, origin.path) == ("critical", ("canaries", "shop", "overrides", 1, "severity"))


def test_without_any_canary_left_nothing_of_them_is_made() -> None:
    made = built(spec(f"canaries: {{shop: {{{URL}, enabled: false}}}}"))
    assert not [name for name in made.templates["prod"]["hub.template.yaml"]["Resources"] if "Canar" in name]


def test_its_graph_shows_the_hub_and_no_member() -> None:
    (overview,) = estate(f"canaries: {{shop: {{{URL}}}}}\ndashboards: {{overview: auto}}").dashboards
    (graph,) = [w for w in overview.widgets if getattr(w, "title", "") == "shop-canary"]
    assert [(line.account, line.metric.name) for line in graph.series] == [(None, "SuccessPercent")]  # type: ignore[union-attr]


@pytest.mark.parametrize("key", ["log-group", "role", "bucket", "ies-bucket", "ies-role"])
def test_no_key_of_a_canary_is_one_of_ours(key: str) -> None:
    canaries = f"{{shop: {{{URL}}}, shop-{key}: {{{URL}}}, {key}: {{{URL}}}}}"
    assert len(estate(f"canaries: {canaries}").canaries) == 3


def test_the_log_group_is_that_of_the_function_and_the_role_writes_there() -> None:
    long = "a-shop-with-a-very-long-name"
    made = built(spec(f"canaries: {{{long}: {{{URL}}}, b: {{{URL}}}}}")).templates["prod"]["hub.template.yaml"]
    group = made["Resources"]["CanariesLogGroupAShopWithAVeryLongName"]["Properties"]["LogGroupName"]["Fn::Sub"]
    assert group == "/aws/lambda/cwsyn-a-shop-with-a-very-lo-${CanaryAShopWithAVeryLongName.Id}"
    function = group.removeprefix("/aws/lambda/").replace("${CanaryAShopWithAVeryLongName.Id}", "0" * 36)
    assert len(function) == 64
    statements = made["Resources"]["CanariesRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    (writes,) = [s["Resource"] for s in statements if s["Sid"] == "WritesItsLog"]
    ends = [one["Fn::Sub"].rpartition("log-group:")[2] for one in writes]
    assert ends == ["/aws/lambda/cwsyn-a-shop-with-a-very-lo-*:*", "/aws/lambda/cwsyn-b-canary-prod-*:*"]


def test_the_policy_of_many_canaries_fits_into_a_role() -> None:
    many = ", ".join(f"c-{number}: {{{URL}}}" for number in range(100))
    made = built(spec(f"canaries: {{{many}}}")).templates["prod"]["hub.template.yaml"]
    assert len(str(made["Resources"]["CanariesRole"]["Properties"]["Policies"])) < 10_240


def test_a_canary_alarm_is_routed_and_catalogued() -> None:
    made = built(spec(f"canaries: {{shop: {{{URL}, severity: critical, summary: The shop is down}}}}"))
    routing = next(iter(made.packages["prod"].values()))
    assert b'"shop-canary-alarm-prod"' in routing
    catalogue = made.artifacts["prod/catalogue.md"].decode()
    assert "### shop-canary-alarm-prod\n\nThe shop is down.\n" in catalogue
    assert "CloudWatchSynthetics SuccessPercent (CanaryName = shop-canary-prod), in its own account" in catalogue
