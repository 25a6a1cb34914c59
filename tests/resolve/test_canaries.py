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


def test_its_graph_shows_the_hub_and_no_member() -> None:
    (overview,) = estate(f"canaries: {{shop: {{{URL}}}}}\ndashboards: {{overview: auto}}").dashboards
    (graph,) = [w for w in overview.widgets if getattr(w, "title", "").startswith("https://shop")]
    assert [(line.account, line.metric.name) for line in graph.series] == [(None, "SuccessPercent")]  # type: ignore[union-attr]


@pytest.mark.parametrize("key", ["log-group", "role", "bucket", "ies-bucket", "ies-role"])
def test_no_key_of_a_canary_is_one_of_ours(key: str) -> None:
    canaries = f"{{shop: {{{URL}}}, shop-{key}: {{{URL}}}, {key}: {{{URL}}}}}"
    assert len(estate(f"canaries: {canaries}").canaries) == 3


def test_a_canary_alarm_is_routed_and_catalogued() -> None:
    made = built(spec(f"canaries: {{shop: {{{URL}, severity: critical, summary: The shop is down}}}}"))
    routing = next(iter(made.packages["prod"].values()))
    assert b'"shop-canary-alarm-prod"' in routing
    catalogue = made.artifacts["prod/catalogue.md"].decode()
    assert "### shop-canary-alarm-prod\n\nThe shop is down.\n" in catalogue
    assert "CloudWatchSynthetics SuccessPercent (CanaryName = shop-canary-prod), in its own account" in catalogue
