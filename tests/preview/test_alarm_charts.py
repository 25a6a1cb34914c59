"""Charts on the cards of alarms."""

from __future__ import annotations

import re
from itertools import islice

import numpy as np
import pytest

from generator.model.alarms import Alarm
from generator.preview.charts.alarm_chart import alarm_chart, chart_places
from generator.preview.charts.alarm_limit import limit_words
from generator.preview.charts.axes import ValueAxis
from generator.preview.data.sample import SAMPLE_END_MS
from tests.preview.drawn import classed, context, estate, tree, words
from tests.support import BASE

MINUTE_MS = 60_000
SEVERAL = f"""\
{BASE}  slow:
    metric: {{namespace: AWS/Lambda, name: Duration, dimensions: {{FunctionName: pay}}}}
    statistic: p99
    threshold: "> 3000"
  few: {{metric: {{namespace: Shop, name: Hosts}}, statistic: Minimum, threshold: "< 2"}}
  unusual: {{metric: {{namespace: Shop, name: Orders}}, statistic: Sum, anomaly: {{band: 2}}}}
  share:
    expression: 100 * failed / calls
    metrics:
      failed: {{filter: errors, statistic: Sum}}
      calls: {{namespace: Shop, name: Calls, statistic: Sum}}
    threshold: "> 5"
  everywhere: {{in: hub, over: all-accounts, metric: {{filter: errors}}, statistic: Sum, threshold: "> 30"}}
  queue: {{promql: {{query: "absent(depth) or (depth > 5)", pending: 5m}}}}
"""


def alarm(key: str = "errors", spec: str = BASE) -> Alarm:
    return next(alarm for alarm in estate(spec).alarms if alarm.key == key)


def svg(key: str = "errors", spec: str = BASE, **keys: object) -> str:
    chart = alarm_chart(alarm(key, spec), context(estate=estate(spec), **keys))
    return chart.svg if chart else ""


def limit_of(chart: str) -> list[tuple[float, ...]]:
    """The points of the lines that thresholds are."""
    paths = [element.get("d", "") for element in classed(tree(chart), "c-limit")]
    return [tuple(map(float, re.findall(r"-?[\d.]+", path))) for path in paths]


def test_a_chart_has_the_series_the_threshold_and_its_bad_side() -> None:
    root = tree(svg())
    assert root.tag == "svg" and root.get("role") == "img"
    assert re.fullmatch(
        r"sample data, the last \d+ hours: (none|\d+) of \d+ values past the threshold", root.get("aria-label", "")
    )
    ((_, above, _, _, end),) = limit_of(svg())
    assert above < 0 and end < 0, "past it is above"
    assert "> 5" in {words(text) for text in root.iter("text")} and classed(root, "c-l")


def test_firings_are_marked() -> None:
    key = ("222222222222", "us-east-1", "errors-alarm-prod")
    spans = ((SAMPLE_END_MS - 60 * MINUTE_MS, SAMPLE_END_MS - 30 * MINUTE_MS), (0, 5))
    (bar,) = classed(tree(svg(firings={key: spans})), "c-fire")
    left, width = (float(bar.get(name, "")[:-1]) for name in ("x", "width"))
    assert 0 < left < 100 and left + width <= 100


def test_another_account_has_other_values_and_its_own_threshold() -> None:
    spec = f"{BASE}    overrides: [{{where: {{account: beta}}, threshold: '> 50'}}]\n"
    alpha, beta = (
        next(account for account in estate(spec).accounts if account.name == name) for name in ("alpha", "beta")
    )
    charts = [alarm_chart(alarm("errors", spec), context(estate=estate(spec)), account) for account in (alpha, beta)]
    labels = [texts(chart.svg) for chart in charts if chart]
    assert "> 5" in labels[0] and "> 50" in labels[1]


def test_a_chart_is_of_an_account_with_the_condition_of_the_card() -> None:
    spec = f"{BASE}    overrides: [{{where: {{account: alpha}}, threshold: '> 50'}}]\n"
    assert "> 5" in texts(svg("errors", spec))
    everywhere = f"{BASE}    overrides: [{{where: {{account: [alpha, beta, gamma]}}, threshold: '> 50'}}]\n"
    assert "> 50" in texts(svg("errors", everywhere))


def test_a_chart_is_of_the_account_where_the_alarm_fired_most() -> None:
    fired = {("444444444444", "us-east-1"): 2, ("333333333333", "us-east-1"): 1, ("999999999999", "us-east-1"): 9}
    firings = {(*place, "errors-alarm-prod"): ((0, 5),) * count for place, count in fired.items()}
    places = chart_places(alarm(), context(firings=firings))
    assert [(account.name, region) for account, region in islice(places, 3)] == [
        (name, "us-east-1") for name in ("gamma", "beta", "alpha")
    ]


@pytest.mark.parametrize("key", ["slow", "few", "share", "everywhere"])
def test_every_form_of_alarm_is_near_its_threshold(key: str) -> None:
    ((_, _, y, _, _),) = limit_of(svg(key, SEVERAL))
    assert 5 <= y <= 95


def test_a_lower_threshold_has_its_bad_side_below() -> None:
    ((_, below, y, _, end),) = limit_of(svg("few", SEVERAL))
    assert below > 100 and end > 100 and 0 < y < 100


def test_an_anomaly_has_a_band_and_no_threshold() -> None:
    root = tree(svg("unusual", SEVERAL))
    assert classed(root, "c-band") and not classed(root, "c-limit")


def test_a_query_that_aws_alone_answers_has_no_chart() -> None:
    assert svg("queue", SEVERAL) == ""


def test_charts_are_small_and_the_same_each_time() -> None:
    charts = [svg(alarm.key, SEVERAL) for alarm in estate(SEVERAL).alarms]
    assert all(len(chart.encode()) <= 1_200 for chart in charts), [len(chart) for chart in charts]
    assert charts == [svg(alarm.key, SEVERAL) for alarm in estate(SEVERAL).alarms]


# short_number has at most four digits: 99.95 would be 100.
@pytest.mark.parametrize(
    ("metric", "statistic", "threshold", "words"),
    [
        ("namespace: AWS/Lambda, name: Duration", "p99", "> 3000", "> 3 s"),
        ("namespace: AWS/Lambda, name: Duration", "p99", "> 250", "> 250 ms"),
        ("namespace: AWS/EC2, name: CPUUtilization", "Average", ">= 95.5", ">= 95.5%"),
        ("namespace: AWS/RDS, name: FreeStorageSpace", "Average", "< 2000000000", "< 2GB"),
        ("namespace: Shop, name: Availability", "Average", "< 99.95", "< 99.95"),
        ("namespace: Shop, name: Orders", "Sum", "< 12345", "< 12.345k"),
        ("namespace: Shop, name: Orders", "Sum", "> 0.00005", "> 0.00005"),
    ],
)
def test_the_threshold_is_exact_and_in_the_unit_of_the_axis(
    metric: str, statistic: str, threshold: str, words: str
) -> None:
    one = f"metric: {{{metric}, dimensions: {{A: b}}}}, statistic: {statistic}, threshold: '{threshold}'"
    spec = f"{BASE}  one: {{{one}}}\n"
    assert words in texts(svg("one", spec))


def test_a_threshold_near_100_percent_does_not_make_the_axis_longer() -> None:
    metric = "metric: {namespace: AWS/EC2, name: CPUUtilization, dimensions: {AutoScalingGroupName: web}}"
    spec = f'{BASE}  one: {{{metric}, statistic: Average, period: 5m, threshold: "> 97"}}\n'
    assert "100%" in texts(svg("one", spec)) and "200%" not in texts(svg("one", spec))


def texts(chart: str) -> set[str]:
    return {words(text) for text in tree(chart).iter("text")}


def test_the_condition_stands_where_no_value_is_under_it() -> None:
    axis = ValueAxis(0.0, 10.0, (0.0, 10.0), "", "")
    at_the_right = np.array([1.0] * 8 + [6.0] * 2)
    places = [
        tree(f"<svg>{limit_words('>', 5.0, axis, values)}</svg>") for values in (at_the_right, at_the_right[::-1])
    ]
    assert [[text.get("x") for text in place.iter("text")] for place in places] == [[None], ["100%"]]
