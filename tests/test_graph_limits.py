"""What graphs of many accounts, many expressions and hostile values become, and what of it CloudWatch could not draw.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html (2026-11-30)
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.evaluate.math.graph import inlined, inlined_lengths
from generator.model.accounts import Account
from generator.model.dashboards import AlarmWidget, Formula, Line, MetricWidget, Series
from tests.support import built, spec

LINES = "lines: {errors: {filter: errors}, calls: {namespace: Shop, name: Calls}}"


def graph(widget: str, **more: Any) -> str:
    """A spec with a dashboard of one graph."""
    own = {"dashboards": {"shop": {"widgets": ["WIDGET"]}}, **more}
    return spec(json.dumps(own).replace('"WIDGET"', f'{{"type": "metric", "title": "T", {widget}}}'))


def expressions(text: str) -> list[str]:
    """The expressions of the graph, as CloudWatch gets them."""
    made = built(text)
    assert made.artifacts, made.findings
    body = made.templates["prod"]["hub.template.yaml"]["Resources"]["DashboardShop"]["Properties"]["DashboardBody"]
    rows = json.loads(body)["widgets"][0]["properties"]["metrics"]
    return [row[-1]["expression"] for row in rows if "expression" in row[-1]]


def found(text: str) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in built(text).findings if one.path[0] == "dashboards"]


def test_expressions_that_double_each_other_are_refused_at_once() -> None:
    """Forty of them would be a text of a terabyte."""
    doubling = {"x0": "errors"} | {f"x{n}": f"x{n - 1} + x{n - 1}" for n in range(1, 40)}

    assert inlined_lengths(doubling)["x39"] > 1 << 39
    assert inlined(doubling)["x39"] == "x38 + x38"
    hidden = [name for name in doubling if name != "x39"]
    ((code, message),) = found(graph(f'{LINES}, "expressions": {json.dumps(doubling)}, "hidden": {json.dumps(hidden)}'))
    assert code == "T78"
    assert "the limit is 2,048" in message


def test_alternatives_of_a_search_stay_within_the_account() -> None:
    """AND, which stands between terms, binds before OR; parentheses group.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    either = '{AWS/Lambda,FunctionName} MetricName="Errors" OR MetricName="Throttles"'
    own = '{AWS/Lambda,FunctionName} (MetricName="Errors" OR MetricName="Throttles") :aws.AccountId="222222222222"'

    drawn = expressions(graph(f'"search": {json.dumps(either)}, "by": "account"'))
    assert drawn[0] == f"SUM(SEARCH('{own}', 'Sum', 60))"
    rate = json.dumps(f"errors / SUM(SEARCH('{either}', 'Sum', 60))")
    drawn = expressions(graph(f'{LINES}, "by": "account", "expressions": {{"rate": {rate}}}'))
    assert own in drawn[0]


def test_what_a_search_reads_as_syntax_is_escaped() -> None:
    """Quotes, backslashes and parentheses are escaped in an exact match, as on the same page."""
    dimensions = json.dumps({"Adapter": 'Intel(R) "X" \\ 1'})
    metric = f'{{namespace: Shop, name: "Free (%)", dimensions: {dimensions}}}'

    (drawn,) = expressions(graph(f'"lines": {{"free": {metric}}}'))
    assert r'MetricName="Free \(%\)" "Adapter"="Intel\(R\) \"X\" \\ 1"' in drawn


def test_a_single_quote_and_a_long_search_are_reported() -> None:
    quote = '{namespace: Shop, name: A, dimensions: {Team: "it\'s"}}'
    long = json.dumps({f"Team{n}": "x" * 600 for n in range(2)})

    assert [code for code, _ in found(graph(f'"lines": {{"a": {quote}}}'))] == ["T78"]
    assert found(graph(f'"lines": {{"a": {quote}}}, "by": "account"')) == []
    ((code, message),) = found(graph(f'"lines": {{"a": {{namespace: Shop, name: A, dimensions: {long}}}}}'))
    assert (code, "1,024" in message) == ("T78", True)


@pytest.mark.parametrize(
    ("statistic", "combined"),
    [
        ("PR(:300)", "MIN"),
        ("PR(300:)", "MAX"),
        ("TC(:300)", "SUM"),
        ("ts90", "SUM"),
        ("p99", "MAX"),
        ("Minimum", "MIN"),
    ],
)
def test_of_several_accounts_the_worst_counts_where_nothing_adds_up(statistic: str, combined: str) -> None:
    """PR(:300) is the share of values up to 300, so the worst account has the lowest; TC is a number of values.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """
    (drawn,) = expressions(graph(f'"metric": {{namespace: Shop, name: Took}}, "statistic": "{statistic}"'))
    assert drawn.startswith(f"{combined}(SEARCH(")
    alarm = '{in: hub, over: all-accounts, metric: {namespace: Shop, name: Took}, threshold: "< 9"'
    made = built(spec(f'alarms: {{took: {alarm}, statistic: "{statistic}"}}}}'))
    watched = made.templates["prod"]["hub.template.yaml"]["Resources"]["AlarmTook"]["Properties"]["Metrics"]
    assert any(one.get("Expression", "").startswith(f"{combined}(") for one in watched)


def test_a_graph_has_at_most_a_hundred_searches() -> None:
    """ "You can have as many as 100 search expressions on one graph" (the page on the syntax of searches)."""
    rates = '"by": "account", "rates": {"shop": {errors: {filter: errors}, requests: {namespace: Shop, name: Calls}}}'

    def of(accounts: int) -> list[tuple[str, str]]:
        added = {f"a{n}": {"id": f"{n:012}"} for n in range(1, accounts - 2)}
        return found(graph(rates, accounts=added))

    ((code, message),) = of(51)
    assert (code, "102 searches" in message) == ("Q04", True)
    assert of(39) == []


def test_a_matrix_shows_every_alarm_of_a_cell() -> None:
    """ "alarms: an array of alarm ARNs (1–100)"; those beyond are in another row of the account."""
    alarms = "".join(
        f'  m{n}: {{accounts: [alpha], metric: {{namespace: Shop, name: M{n}}}, statistic: Sum, threshold: "> 5"}}\n'
        for n in range(130)
    )
    made = built(
        spec(f"alarms:\n{alarms}dashboards: {{shop: {{widgets: [{{type: alarm_matrix, columns: severity}}]}}}}")
    )

    (dashboard,) = made.estates["prod"].dashboards
    cells = [len(one.arns) for one in dashboard.widgets if isinstance(one, AlarmWidget)]
    assert cells == [100, 31, 1, 1]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_is_none_in_utc_is_no_time(time: str) -> None:
    text = graph(f'{LINES}, "annotations": {{"vertical": [{{"at": "{time}"}}]}}')

    ((code, message),) = found(text)
    assert (code, "expected a date and time" in message) == ("S03", True)


def test_a_band_of_a_members_metric_is_reported() -> None:
    """The column "Supported for cross-account?" of the page on metric math has no mark for it."""
    band = '"expressions": {"usual": "ANOMALY_DETECTION_BAND(errors)"}, "by": "account"'

    assert [code for code, _ in found(graph(f"{LINES}, {band}"))] == ["T78"]


def test_a_graph_of_the_hubs_alarms_draws_the_accounts_that_they_monitor() -> None:
    """The burn rate of an account that an objective does not count would be taken for its own."""
    text = spec("""
slos:
  checkout: {in: hub, objective: 99, accounts: [alpha], bad: {namespace: S, name: B}, total: {namespace: S, name: C}}
alarms:
  each: {in: hub, accounts: [beta], metric: {namespace: S, name: M}, statistic: Sum, threshold: "> 5"}
  every:
    {in: hub, over: all-accounts, accounts: [alpha], threshold: "> 5", statistic: Sum, metric: {namespace: S, name: M}}
dashboards:
  shop:
    widgets:
      - {type: metric, title: one, metrics: [checkout-fast-1h], by: account}
      - {type: metric, title: two, metrics: [each], by: account}
      - {type: metric, title: three, metrics: [every], by: account}
""")
    (dashboard,) = built(text).estates["prod"].dashboards
    accounts = [
        {account.name for line in graph.series for account in _accounts(line)}
        for graph in dashboard.widgets
        if isinstance(graph, MetricWidget)
    ]
    assert accounts == [{"alpha"}, {"beta"}, {"alpha"}]


def _accounts(line: Line) -> list[Account]:
    if isinstance(line, Formula):
        return [operand.account for operand in line.operands if operand.account]
    return [line.account] if isinstance(line, Series) and line.account else []
