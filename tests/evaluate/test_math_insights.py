"""Metrics Insights queries: the guide's examples are read, a simple subset has an answer, the rest says why not."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.insights import LabelCondition, Selection, is_query, read_query
from generator.evaluate.math.selection import MetricSource, select
from generator.evaluate.math.tokens import CannotEvaluate, ExpressionProblem, UnreadableExpression

GRID = Grid(0, 300, 3)


def refused(source: str) -> ExpressionProblem:
    with pytest.raises(UnreadableExpression) as caught:
        read_query(source)
    return caught.value.problem


# --- reading ------------------------------------------------------------------------------------------------
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html


def test_every_clause_is_read() -> None:
    source = (
        'SELECT SUM(RequestCount)\nFROM SCHEMA("AWS/ApplicationELB", LoadBalancer, AvailabilityZone)\n'
        "WHERE LoadBalancer = 'app/load-balancer-1' AND AvailabilityZone != 'us-east-1a'\n"
        "GROUP BY AvailabilityZone, LoadBalancer\nORDER BY MAX() DESC\nLIMIT 5"
    )
    assert read_query(source) == Selection(
        source,
        "SUM",
        "RequestCount",
        "AWS/ApplicationELB",
        frozenset({"LoadBalancer", "AvailabilityZone"}),
        (
            LabelCondition("LoadBalancer", True, "app/load-balancer-1", source.index("LoadBalancer =")),
            LabelCondition("AvailabilityZone", False, "us-east-1a", source.index("AvailabilityZone !=")),
        ),
        ("AvailabilityZone", "LoadBalancer"),
        "MAX",
        True,
        5,
    )


def test_keywords_may_be_small_and_names_may_be_quoted() -> None:
    source = (
        r"""select avg("My.Metric \"in\"") from MyApp where "a b" = 'it\'s' """
        "group by Limit order by count() asc limit 500"
    )
    found = read_query(source)
    assert (found.function, found.metric, found.namespace, found.labels) == ("AVG", 'My.Metric "in"', "MyApp", None)
    assert [(one.label, one.value) for one in found.conditions] == [("a b", "it's")]
    assert (found.groups, found.order, found.is_descending, found.limit) == (("Limit",), "COUNT", False, 500)


@pytest.mark.parametrize(
    "source",
    [
        'SELECT AVG(CPUUtilization) FROM "AWS/EC2"',
        'SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2")',
        "SELECT COUNT(CallCount) FROM SCHEMA(\"AWS/Usage\", Class, Resource, Service, Type) WHERE Type = 'API'",
        'SELECT AVG(CpuUtilization) FROM "AWS/EC2" GROUP BY AWS.AccountId, InstanceType',
        'SELECT AVG(CpuUtilization) FROM "AWS/EC2" WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()',
        'SELECT AVG(CpuUtilization) FROM "AWS/EC2" WHERE AWS.AccountId=444455556666',
        "SELECT AVG(CpuUtilization)\nFROM EC2\nWHERE Name = 'two\\\nlines'",
        'SELECT SUM(RequestCount) FROM "AWS/ApplicationELB" WHERE tag."my-tag" = \'prod\' GROUP BY tag.Application',
    ],
)
def test_examples_of_the_guide_are_queries(source: str) -> None:
    assert is_query(source)
    assert read_query(source).source == source


@pytest.mark.parametrize("source", ["select + 1", "selected", "SUM(select)", "m1", "", "SELECTED(m1)"])
def test_metric_math_is_no_query(source: str) -> None:
    assert not is_query(source)


@pytest.mark.parametrize(
    ("source", "says", "at", "hint"),
    [
        pytest.param("SELECT", "expected AVG, COUNT", 6, "", id="nothing-selected"),
        pytest.param("SELECT p99(Latency) FROM A", 'got "p99"', 7, "percentiles", id="percentile"),
        pytest.param("SELECT AVG(Latency)", "expected FROM, got the end", 19, "", id="no-source"),
        pytest.param("SELECT AVG(Latency) FORM A", 'expected FROM, got "FORM"', 20, "`FROM`", id="misspelt"),
        pytest.param('SELECT AVG(a) "FROM" b', "expected FROM", 14, "", id="keyword-in-quotes"),
        pytest.param("SELECT AVG(a, b) FROM A", 'expected ")"', 12, "", id="two-metrics"),
        pytest.param("SELECT AVG(a) FROM AWS/EC2", '"/" is not part', 22, "double quotes", id="bare-namespace"),
        pytest.param("SELECT AVG(a) FROM 'AWS/EC2'", "expected a namespace", 19, "double quotes", id="wrong-quotes"),
        pytest.param("SELECT AVG(a) FROM A WHERE b = c", "expected a value", 31, "single quotes: 'c'", id="bare-value"),
        pytest.param('SELECT AVG(a) FROM A WHERE b = "c"', "expected a value", 31, "'c'", id="value-in-double-quotes"),
        pytest.param("SELECT AVG(a) FROM A WHERE b > 'c'", '">" is not part', 29, '"!="', id="ordering"),
        pytest.param(
            "SELECT AVG(a) FROM A WHERE b = 'c' OR d = 'e'", 'got "OR"', 35, "use only =, != and AND", id="or"
        ),
        pytest.param("SELECT AVG(a) FROM A WHERE b IN ('c')", 'got "IN"', 29, "use only =, != and AND", id="in"),
        pytest.param("SELECT AVG(a) FROM A WHERE x.y = 'c'", "point needs double", 27, '"x.y"', id="point"),
        pytest.param("SELECT AVG(a) FROM A WHERE b = 'c", "never closed", 31, "'", id="open-quote"),
        pytest.param("SELECT AVG(a) FROM A LIMIT 5 GROUP BY b", "in this order", 29, "", id="order-of-clauses"),
        pytest.param("SELECT AVG(a) FROM A ORDER BY AVG", 'expected "("', 33, "", id="function-without-parentheses"),
        pytest.param("SELECT AVG(a) FROM A ORDER BY MEDIAN()", 'got "MEDIAN"', 30, "", id="order-function"),
        pytest.param("SELECT AVG(a) FROM A LIMIT 501", "from 1 to 500", 27, "", id="limit-too-high"),
        pytest.param("SELECT AVG(a) FROM A LIMIT 0", "from 1 to 500", 27, "", id="limit-0"),
        pytest.param("SELECT AVG(a) FROM SCHEMA()", "expected a namespace", 26, "", id="empty-schema"),
        pytest.param("SELECT AVG(a) FROM A; ", '";" is not part', 20, "", id="semicolon"),
    ],
)
def test_error_says_what_is_expected(source: str, says: str, at: int, hint: str) -> None:
    problem = refused(source)
    assert says in problem.message
    assert problem.position == at
    assert hint in problem.hint


FRAGMENTS = (
    *("SELECT ", "select ", "AVG(", "SUM(", ")", "a", '"b c"', " FROM ", "SCHEMA(", ",", " WHERE ", "=", "!=", "'v'"),
    *(
        " AND ",
        " GROUP BY ",
        " ORDER BY ",
        "MAX()",
        " DESC",
        " LIMIT ",
        "5",
        "tag.",
        "AWS.AccountId",
        "'",
        '"',
        "\\",
        "é",
    ),
)


@settings(max_examples=250, deadline=None)
@given(source=st.text(max_size=40) | st.lists(st.sampled_from(FRAGMENTS), max_size=20).map("".join))
@example(source="SELECT AVG(a) FROM A LIMIT " + "9" * 5000)
def test_any_text_is_read_or_refused_at_a_place_within_it(source: str) -> None:
    try:
        found = read_query(source)
    except UnreadableExpression as refused:
        assert refused.problem.message
        assert 0 <= refused.problem.position <= len(source)
        return
    assert is_query(source)
    assert select(found, [], GRID) is not None


@pytest.mark.parametrize(
    "source",
    [
        "SELECT AVG(a) FROM A WHERE b = 'c'" + " AND b = 'c'" * 10_000,
        "SELECT AVG(a) FROM SCHEMA(" + "b," * 50_000,
        "SELECT " * 20_000,
        "'" * 100_001,
        "A" * 100_000,
    ],
)
def test_time_grows_with_the_length(source: str) -> None:
    try:
        assert read_query(source)
    except UnreadableExpression as refused:
        assert refused.problem.message


# --- answering ----------------------------------------------------------------------------------------------


def source(name: str, total: list[float], count: list[float], **dimensions: str) -> MetricSource:
    """A metric whose greatest observation is its sum and whose least is its count, to tell them apart."""
    statistics = {"Sum": total, "SampleCount": count, "Maximum": total, "Minimum": count}
    return MetricSource("Shop", name, dimensions, {key: np.array(values) for key, values in statistics.items()})


GAP = math.nan
SOURCES = [
    source("Latency", [10, 20, GAP], [1, 2, GAP], Service="pay", Zone="a"),
    source("Latency", [90, GAP, GAP], [3, GAP, GAP], Service="pay", Zone="b"),
    source("Latency", [5, 5, GAP], [5, 5, GAP], Service="order", Zone="a"),
    source("Latency", [7, 7, GAP], [1, 1, GAP], Service="order"),
    source("Latency", [1000, 1000, GAP], [1, 1, GAP]),
    source("Errors", [1, 1, 1], [1, 1, 1], Service="pay", Zone="a"),
    MetricSource("Other", "Latency", {"Service": "pay", "Zone": "a"}, {"Sum": np.ones(3)}),
]


def answer(query: str) -> Mapping[str, str]:
    rows = select(read_query(query), SOURCES, GRID)
    assert not isinstance(rows, CannotEvaluate), rows
    return {
        "/".join(row.group): " ".join("-" if math.isnan(one) else f"{one:g}" for one in row.series.tolist())
        for row in rows
    }


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT SUM(Latency) FROM Shop", {"": "1112 1032 -"}),
        ("SELECT COUNT(Latency) FROM Shop", {"": "11 9 -"}),
        ("SELECT MAX(Latency) FROM Shop", {"": "1000 1000 -"}),
        ("SELECT MIN(Latency) FROM Shop", {"": "1 1 -"}),
        ("SELECT AVG(Latency) FROM SCHEMA(Shop, Service, Zone)", {"": "11.6667 3.57143 -"}),
        ("SELECT SUM(Latency) FROM SCHEMA(Shop)", {"": "1000 1000 -"}),
        ("SELECT SUM(Latency) FROM SCHEMA(Shop, Zone, Service)", {"": "105 25 -"}),
        ("SELECT SUM(Latency) FROM SCHEMA(Shop, Service)", {"": "7 7 -"}),
        ("SELECT SUM(Latency) FROM Shop WHERE Service = 'pay'", {"": "100 20 -"}),
        ("SELECT SUM(Latency) FROM Shop WHERE Service = 'pay' AND Zone != 'b'", {"": "10 20 -"}),
        ("SELECT SUM(Latency) FROM SCHEMA(Shop, Service, Zone) WHERE Zone != 'a'", {"": "90 - -"}),
        ("SELECT SUM(latency) FROM Shop", {"": "- - -"}),
        ("SELECT SUM(latency) FROM Shop GROUP BY Service", {}),
        ("SELECT SUM(Latency) FROM Shop WHERE Service = 'PAY'", {"": "- - -"}),
        (
            "SELECT SUM(Latency) FROM Shop GROUP BY Service",
            {"Other": "1000 1000 -", "order": "12 12 -", "pay": "100 20 -"},
        ),
        (
            "SELECT SUM(Latency) FROM SCHEMA(Shop, Service, Zone) GROUP BY Zone, Service",
            {"a/order": "5 5 -", "a/pay": "10 20 -", "b/pay": "90 - -"},
        ),
    ],
)
def test_answer(query: str, rows: Mapping[str, str]) -> None:
    assert list(answer(query).items()) == list(rows.items())


@pytest.mark.parametrize(
    ("clause", "order"),
    [
        ("", ["Other", "order", "pay"]),
        ("ORDER BY MAX()", ["order", "pay", "Other"]),
        ("ORDER BY MIN() DESC", ["Other", "pay", "order"]),
        ("ORDER BY SUM() DESC LIMIT 2", ["Other", "pay"]),
        ("ORDER BY AVG() ASC LIMIT 1", ["order"]),
        ("LIMIT 2", ["Other", "order"]),
        ("ORDER BY COUNT() DESC", ["Other", "order", "pay"]),
    ],
)
def test_order_and_limit(clause: str, order: list[str]) -> None:
    assert list(answer(f"SELECT SUM(Latency) FROM Shop GROUP BY Service {clause}")) == order


def test_order_by_average_counts_no_gaps_and_series_without_data_come_last() -> None:
    sources = [
        source("Load", [GAP] * 3, [GAP] * 3, Host="none"),
        source("Load", [90, GAP, GAP], [1, GAP, GAP], Host="once"),
        source("Load", [50, 50, 50], [1, 1, 1], Host="always"),
    ]
    query = "SELECT SUM(Load) FROM Shop GROUP BY Host ORDER BY AVG()"
    for order, hosts in (("ASC", ["always", "once", "none"]), ("DESC", ["once", "always", "none"])):
        found = select(read_query(f"{query} {order}"), sources, GRID)
        assert isinstance(found, tuple)
        assert [row.group[0] for row in found] == hosts


@pytest.mark.parametrize(
    ("query", "says", "at"),
    [
        ("SELECT SUM(Latency) FROM Shop WHERE tag.env = 'prod'", "tags of resources", 36),
        ("SELECT SUM(Latency) FROM Shop GROUP BY tag.env", "tags of resources", 39),
        ("SELECT SUM(Latency) FROM Shop WHERE AWS.AccountId = '1'", "which account", 36),
        ("SELECT SUM(Latency) FROM Shop WHERE Zone != 'a'", "without Zone passes !=", 36),
        ("SELECT AVG(Latency) FROM Other", "needs the SampleCount of Latency", 0),
    ],
)
def test_what_has_no_answer_says_why(query: str, says: str, at: int) -> None:
    found = select(read_query(query), SOURCES, GRID)
    assert isinstance(found, CannotEvaluate), found
    assert says in found.reason
    assert found.position == at
