"""Charts on the cards of alarms."""

from __future__ import annotations

import re

import pytest

from generator.model.alarms import Alarm
from generator.preview.charts.alarm_chart import alarm_chart_svg
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
    return alarm_chart_svg(alarm(key, spec), context(estate=estate(spec), **keys))


def test_a_chart_has_the_series_the_threshold_and_its_bad_side() -> None:
    root = tree(svg())
    assert root.tag == "svg" and root.get("role") == "img"
    assert re.fullmatch(
        r"sample data: the last \d+ hours; (no|\d+) of \d+ values past the threshold", root.get("aria-label", "")
    )
    band, line = classed(root, "c-limit")
    assert (band.tag, band.get("y"), line.tag) == ("rect", "0%", "line")
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
    charts = [
        alarm_chart_svg(alarm("errors", spec), context(estate=estate(spec)), account) for account in (alpha, beta)
    ]
    labels = [{words(text) for text in tree(chart).iter("text")} for chart in charts]
    assert "> 5" in labels[0] and "> 50" in labels[1]


@pytest.mark.parametrize("key", ["slow", "few", "share", "everywhere"])
def test_every_form_of_alarm_is_near_its_threshold(key: str) -> None:
    root = tree(svg(key, SEVERAL))
    (line,) = [element for element in classed(root, "c-limit") if element.tag == "line"]
    assert 5 <= float(line.get("y1", "")[:-1]) <= 95


def test_a_lower_threshold_has_its_bad_side_below() -> None:
    band = classed(tree(svg("few", SEVERAL)), "c-limit")[0]
    assert band.get("y") != "0%"
    assert float(band.get("y", "")[:-1]) + float(band.get("height", "")[:-1]) == 100


def test_an_anomaly_has_a_band_and_no_threshold() -> None:
    root = tree(svg("unusual", SEVERAL))
    assert classed(root, "c-band") and not classed(root, "c-limit")


def test_a_query_that_aws_alone_answers_has_no_chart() -> None:
    assert svg("queue", SEVERAL) == ""


def test_charts_are_small_and_the_same_each_time() -> None:
    charts = [svg(alarm.key, SEVERAL) for alarm in estate(SEVERAL).alarms]
    assert all(len(chart.encode()) <= 1_200 for chart in charts), [len(chart) for chart in charts]
    assert charts == [svg(alarm.key, SEVERAL) for alarm in estate(SEVERAL).alarms]
