"""What metric filters publish for log lines.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.evaluate.metrics.log_metrics import LogMetrics, log_metrics
from generator.evaluate.template.template import FilterResource, Transformation
from generator.evaluate.types import LogLine, MetricId

ACCOUNT, REGION, GROUP = "123456789012", "eu-west-1", "/shop"


def metric(*dimensions: tuple[str, str]) -> MetricId:
    return MetricId(ACCOUNT, REGION, "Shop", "Errors", dimensions)


def made(pattern: str, *lines: tuple[int, str], unknown: str = "", group: str = GROUP, **given: Any) -> LogMetrics:
    transformation = Transformation("Shop", "Errors", **{"value": "1", **given})
    one = FilterResource(ACCOUNT, REGION, "Filter", GROUP, pattern, (transformation,), unknown)
    return log_metrics([one], [LogLine(ACCOUNT, REGION, group, at, text) for at, text in lines])


def values(pattern: str, *lines: tuple[int, str], **given: Any) -> list[tuple[int, float]]:
    return sorted((at, value) for _metric, at, value, _unit in made(pattern, *lines, **given).values)


def test_each_line_that_matches_publishes_the_value_in_its_minute() -> None:
    found = values('"[ERROR]"', (60, "[ERROR] a"), (119, "[ERROR] b"), (120, "[INFO] c"), (185, "[ERROR] d"))

    assert found == [(60, 1.0), (60, 1.0), (180, 1.0)]


def test_the_default_stands_once_in_minutes_with_lines_of_which_none_matches() -> None:
    lines = [(60, "ERROR"), (61, "fine"), (120, "fine"), (125, "fine"), (240, "fine")]

    assert values("ERROR", *lines, default=0.0) == [(60, 1.0), (120, 0.0), (240, 0.0)]


def test_without_a_default_silence_is_no_data() -> None:
    assert values("ERROR", (60, "fine")) == []


def test_the_value_may_be_a_field_of_the_line() -> None:
    assert values("{ $.ms = * }", (0, '{"ms": 250.5}'), (1, '{"ms": "12"}'), value="$.ms") == [(0, 12.0), (0, 250.5)]
    assert values("[level, ms]", (0, "INFO 42"), value="$ms") == [(0, 42.0)]


def test_a_match_without_a_number_publishes_nothing_and_no_default_either() -> None:
    assert values("{ $.ms = * }", (0, '{"ms": "slow"}'), value="$.ms", default=0.0) == []


def test_dimensions_come_from_the_fields_of_a_line() -> None:
    lines = [(0, '{"route": "/pay", "ok": false}'), (1, '{"route": 7, "ok": false}'), (2, '{"ok": false}')]

    found = made("{ $.ok IS FALSE }", *lines, dimensions=(("Ok", "$.ok"), ("Route", "$.route")), unit="Count")

    routes = {metric(("Ok", "false"), ("Route", "/pay")), metric(("Ok", "false"), ("Route", "7"))}
    assert {one.metric for one in found.values} == routes
    assert {one.unit for one in found.values} == {"Count"}


def test_lines_of_another_log_group_are_not_tried() -> None:
    assert made("ERROR", (0, "ERROR"), group="/other").values == ()


def test_a_filter_that_can_not_be_tried_says_which_metric_is_not_known() -> None:
    refused = made("{ $.a", (0, "x"))
    without = made("ERROR", (0, "ERROR"), unknown="LogGroupName: it is imported from another stack")

    assert list(refused.unknown) == list(without.unknown) == [metric()]
    assert without.unknown[metric()] == (
        "the filter Filter can not be tried: LogGroupName: it is imported from another stack"
    )
    assert not refused.values and not without.values


@settings(max_examples=200)
@given(
    st.sampled_from(["", "ERROR", "[a, b]", "{ $.a = * }", "%x%", "{", "[a=1]", "?a ?b"]),
    st.one_of(st.sampled_from(["1", "$a", "$.a", "$.a.b[0]", "9" * 999]), st.text(max_size=4)),
    st.lists(st.tuples(st.integers(), st.one_of(st.text(max_size=9), st.just('{"a": 1e999}')))),
)
def test_whatever_the_filter_and_the_lines_nothing_raises(
    pattern: str, value: str, lines: list[tuple[int, str]]
) -> None:
    made(pattern, *lines, value=value, default=0.0)
    made(pattern, *lines, value=value, dimensions=(("A", value),))
