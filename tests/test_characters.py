"""Names that AWS takes in ASCII only, characters that no tag has, and those that no text has at all."""

from __future__ import annotations

import pytest

from generator.findings import dotted
from tests.support import built, spec

METRIC = "statistic: Sum, threshold: '> 1'"


def told(change: str) -> list[str]:
    return [f"{f.code} {dotted(f.path)}" for f in built(spec(change)).findings]


@pytest.mark.parametrize(
    ("metric", "place"),
    [
        ("{namespace: Shöp, name: Lag}", "namespace"),
        ("{namespace: 'Shop*', name: Lag}", "namespace"),
        ("{namespace: Shop, name: Größe}", "name"),
        ("{namespace: Shop, name: Lag, dimensions: {Größe: x}}", "dimensions.Größe"),
        ("{namespace: Shop, name: Lag, dimensions: {Size: größer}}", "dimensions.Size"),
        ("{namespace: Shop, name: Lag, dimensions: {Size: ' '}}", "dimensions.Size"),
    ],
)
def test_metrics_have_names_in_ascii(metric: str, place: str) -> None:
    assert told(f"alarms: {{far: {{metric: {metric}, {METRIC}}}}}") == [f"R05 alarms.far.metric.{place}"]
    graph = f"dashboards: {{d: {{widgets: [{{type: metric, title: x, metric: {metric}}}]}}}}"
    assert f"R05 dashboards.d.widgets[0].metric.{place}" in told(graph)


def test_a_filters_dimensions_too() -> None:
    change = "metric_filters: {errors: {pattern: '[a = x, b]', metric: {default: null, dimensions: {Größe: $b}}}}"
    assert "R05 metric_filters.errors.metric.dimensions.Größe" in told(change)


def test_a_metric_of_any_ascii_is_taken() -> None:
    metric = "{namespace: 'My App/v1.2-x_y#z:q', name: 'A b/c', dimensions: {'A b': '(x) y'}}"
    assert told(f"alarms: {{far: {{metric: {metric}, {METRIC}}}}}") == ["T46 alarms.far"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("log_groups: {application: {name: '/übung/{environment}'}}", "S03"),
        ("log_groups: {application: {name: 'aws/x/{environment}'}}", "R05"),
    ],
)
def test_log_groups_have_names_that_logs_takes(change: str, code: str) -> None:
    assert told(change) == [f"{code} log_groups.application.name"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("tags: {'a<b': c}", "tags.a<b"),
        ("tags: {team: 'a;b'}", "tags.team"),
        ("tags: {'': b}", "tags."),
        ("alarms: {errors: {owner: 'Shop, Ops'}}", "alarms.errors.owner"),
        ("alarms: {errors: {tags: {team: 'a|b'}}}", "alarms.errors.tags.team"),
        ("defaults: {alarms: {owner: 'Shop & Ops'}}", "alarms.errors.owner"),
    ],
)
def test_tags_and_owners_have_the_characters_of_tags(change: str, place: str) -> None:
    assert told(change) == [f"Q12 {place}"]


def test_tags_of_any_script_are_taken() -> None:
    assert told("tags: {größe: 'ja, nein'}") == ["Q12 tags.größe"]
    assert told("tags: {größe: 日本 +-=._:/@}") == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ('alarms: {errors: {summary: "a\\0b"}}', "alarms.errors.summary"),
        ('alarms: {errors: {owner: "a\\ab"}}', "alarms.errors.owner"),
        ('accounts: {alpha: {labels: {tier: "a\\x9fb"}}}', "accounts.alpha.labels.tier"),
        ('dashboards: {d: {widgets: [{type: text, markdown: "a\\x7fb"}]}}', "dashboards.d.widgets[0].markdown"),
        ('tags: {"a\\0": b}', "tags.a\0"),
    ],
)
def test_no_text_has_a_control_character(change: str, place: str) -> None:
    assert told(change) == [f"S03 {place}"]


SECRET = "{{resolve:secretsmanager:shop/jira}}"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (f"dashboards: {{d: {{widgets: [{{type: text, markdown: '{SECRET}'}}]}}}}", "dashboards.d.widgets[0].markdown"),
        (
            f"dashboards: {{d: {{widgets: [{{type: raw, widget: text, properties: {{a: x, '{SECRET}': 1}}}}]}}}}",
            f"dashboards.d.widgets[0].properties.{SECRET}",
        ),
        (f"alarms: {{errors: {{summary: 'a {{{SECRET}}}'}}}}", "alarms.errors.summary"),
        (
            "vars: {a: '{{resolve'}\nalarms: {errors: {summary: '{var.a}:secretsmanager:shop/jira}}'}}",
            "alarms.errors.summary",
        ),
    ],
)
def test_no_text_is_a_reference_that_cloudformation_resolves(change: str, place: str) -> None:
    """Everyone who may read the dashboard or the alarm would read the secret: "the secret value may show up in the
    service whose resource it's being used in".

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    """
    assert told(change) == [f"S03 {place}"]


def test_a_line_of_a_log_may_have_them_and_every_text_may_have_lines() -> None:
    examples = 'metric_filters: {errors: {examples: {match: ["\\e[31m[ERROR]\\e[0m x"]}}}'
    assert told(examples) == []
    assert told('alarms: {errors: {summary: "one\\n\\ttwo"}}') == []
