"""Metric math evaluated: the guide's tables and sentences restated, our decisions where it is silent, and an oracle.

In these tests a time series is a text: "30 - 0" has three periods, and no data point in the second.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.evaluate.math.evaluation import evaluate
from generator.evaluate.math.functions import ARRAY, FUNCTIONS, SCALAR, SERIES, TEXT
from generator.evaluate.math.grid import Grid
from generator.evaluate.math.parser import read
from generator.evaluate.math.series import Series, Value
from generator.evaluate.math.tokens import CannotEvaluate, ExpressionProblem, UnreadableExpression
from generator.evaluate.math.types import types
from tests.evaluate.test_math_parser import sources, whole

START = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())


def series(text: str) -> Series:
    return np.array([math.nan if part == "-" else float(part) for part in text.split()])


def shown(value: Value | CannotEvaluate) -> str | list[str]:
    assert not isinstance(value, CannotEvaluate), value
    if isinstance(value, tuple):
        return [str(shown(one)) for one in value]
    parts = value.tolist() if isinstance(value, np.ndarray) else [value]
    return " ".join("-" if math.isnan(part) else f"{part:g}" for part in parts)


def value(
    source: str, metrics: Mapping[str, str], results: Mapping[str, Value] | None = None
) -> Value | CannotEvaluate:
    given = {key: series(text) for key, text in metrics.items()}
    grid = Grid(START, 60, max((len(one) for one in given.values()), default=0))
    return evaluate(read(source), given, grid, results or {})


def worked(source: str, **metrics: str) -> str | list[str]:
    return shown(value(source, metrics))


# --- the guide's tables -------------------------------------------------------------------------------------
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("(metric1 < metric2)", "0 0 1 0"),
        ("(metric1 >= 30)", "1 0 0 0"),
        ("(metric1 > 15 AND metric2 > 15)", "1 0 0 0"),
    ],
)
def test_comparison_and_logic_give_the_table(source: str, output: str) -> None:
    assert worked(source, metric1="30 20 0 0", metric2="20 - 20 -") == output


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("IF(metric1, metric2, metric3)", "30 0 20 0 -"),
        ("IF(metric1, 5, metric3)", "5 5 20 - -"),
        ("IF(metric1, metric2, 5)", "30 0 5 5 -"),
    ],
)
def test_if_gives_the_tables(source: str, output: str) -> None:
    assert worked(source, metric1="1 1 0 0 -", metric2="30 - 0 0 30", metric3="0 0 20 - 20") == output


# --- the guide's sentences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "output"),
    [
        pytest.param("5 * m1", "10 20 -", id="number-leaves-gaps"),
        pytest.param("m1 + m2", "5 4 -", id="missing-is-0-where-the-other-is-not"),
        pytest.param("m2 - m1", "1 -4 -", id="missing-is-0-on-the-left"),
        pytest.param("m1 * m2", "6 0 -", id="product-with-missing-is-0"),
        pytest.param("m2 / m1", "1.5 0 -", id="0-divided"),
        pytest.param("m1 / m2", "0.666667 - -", id="division-by-missing-is-dropped"),
        pytest.param("m1 / 0", "- - -", id="division-by-0-is-dropped"),
        pytest.param("m1 + 1 / 0", "- - -", id="number-that-is-none"),
        pytest.param("m1 ^ 2", "4 16 -", id="power"),
        pytest.param("2 ^ -m1", "0.25 0.0625 -", id="power-of-a-negative"),
        pytest.param("(-m1) ^ 0.5", "- - -", id="root-of-a-negative-is-dropped"),
        pytest.param("10 ^ (m1 * 200)", "- - -", id="overflow-is-dropped"),
        pytest.param("-m1", "-2 -4 -", id="minus"),
        pytest.param("m1 == m2", "0 0 -", id="equal"),
        pytest.param("m1 != m2", "1 1 -", id="unequal"),
        pytest.param("m1 > 2 OR m2 > 2", "1 1 -", id="or"),
        pytest.param("m1 || m2 && 0", "1 1 -", id="and-first"),
        pytest.param("ABS(m1 - 3)", "1 1 -", id="abs"),
        pytest.param("CEIL(m1 / 3)", "1 2 -", id="ceil"),
        pytest.param("FLOOR(m1 / 3)", "0 1 -", id="floor"),
        pytest.param("LOG10(m1 * 50)", "2 2.30103 -", id="log10"),
        pytest.param("LOG(m1 - 2)", "- 0.693147 -", id="log-of-0-is-dropped"),
        pytest.param("FILL(m1, 10)", "2 4 10", id="fill-number"),
        pytest.param("FILL(m2, m1)", "3 4 -", id="fill-series"),
        pytest.param("FILL(m1, MIN(m1))", "2 4 2", id="fill-statistic"),
        pytest.param("m1 - AVG(m1)", "0 2 -", id="difference-from-average"),
        pytest.param("MAX(m1) / m1", "2 1 -", id="maximum-over"),
        pytest.param("m1 / METRIC_COUNT(METRICS())", "1 2 -", id="metric-count"),
        pytest.param("m1 / PERIOD(m1)", "0.0333333 0.0666667 -", id="period"),
        pytest.param("TIME_SERIES(5 * MAX(m1))", "20 20 20", id="time-series-has-no-gaps"),
        pytest.param("IF(m1 < 4, m1)", "2 - -", id="only-the-low"),
        pytest.param("IF(m1 < 4, 10, 2)", "10 2 -", id="highs-and-lows"),
        pytest.param("IF(m1 > m2, 1, 0)", "0 1 -", id="over-the-threshold"),
        pytest.param("IF(-m1, 1, 0)", "1 1 -", id="negative-is-true"),
        pytest.param("IF(MAX(m1) > 3, m1, m2)", "2 4 -", id="number-chooses-the-first"),
        pytest.param("IF(MAX(m1) > 9, m1, m2)", "3 - -", id="number-chooses-the-second-with-its-gaps"),
        pytest.param("IF(MAX(m1) > 9, m1)", "- - -", id="number-chooses-nothing"),
    ],
)
def test_series_of_series(source: str, output: str) -> None:
    assert worked(source, m1="2 4 -", m2="3 - -") == output


@pytest.mark.parametrize(
    ("source", "output"),
    [
        pytest.param("AVG(m1)", "3", id="missing-counts-as-0-in-the-average"),
        pytest.param("SUM(m1) / DATAPOINT_COUNT(m1)", "6", id="average-of-what-there-is"),
        pytest.param("SUM(m1)", "12", id="sum"),
        pytest.param("MAX(m1)", "10", id="max"),
        pytest.param("MIN(m1)", "2", id="min-leaves-missing-out"),
        pytest.param("STDDEV(m1)", "4", id="deviation-of-a-population"),
        pytest.param("DATAPOINT_COUNT(m1)", "2", id="count"),
        pytest.param("METRIC_COUNT([m1, m1, m1])", "3", id="metric-count"),
        pytest.param("PERIOD(m1)", "60", id="period"),
        pytest.param("2 ^ 3 ^ 2", "512", id="numbers"),
        pytest.param("2 > 1 AND 0 == 1", "0", id="comparison-of-numbers"),
        pytest.param("1 / 0", "-", id="no-number"),
    ],
)
def test_series_to_number(source: str, output: str) -> None:
    assert worked(source, m1="2 - 10 -") == output


@pytest.mark.parametrize(
    ("source", "output"),
    [
        pytest.param("AVG(METRICS())", "3 2 -", id="missing-counts-as-0-in-the-average"),
        pytest.param("SUM([m1, m2])", "6 4 -", id="sum"),
        pytest.param("MAX([m1, m2])", "5 4 -", id="max"),
        pytest.param("MIN([m1, m2])", "1 4 -", id="min-leaves-missing-out"),
        pytest.param("STDDEV([m1, m2])", "2 0 -", id="deviation"),
        pytest.param("DATAPOINT_COUNT([m1, m2])", "2 1 -", id="count"),
        pytest.param("SUM(METRICS('2'))", "5 - -", id="metrics-whose-id-contains"),
        pytest.param("SUM([METRICS('1'), METRICS('2')])", "6 4 -", id="arrays-in-an-array"),
        pytest.param("[METRICS(), [m1]]", ["1 4 -", "5 - -", "1 4 -"], id="arrays-become-one"),
        pytest.param("SUM(METRICS('none'))", "- - -", id="no-metric"),
        pytest.param("SUM(100/[m1, m2])", "120 25 -", id="number-over-array"),
        pytest.param("SUM(-[m1, m2])", "-6 -4 -", id="minus-array"),
        pytest.param("AVG([m1, m2] / m1)", "3 0.5 -", id="array-over-series"),
        pytest.param("FIRST([m1, m2])", "1 4 -", id="first"),
        pytest.param("LAST([m1, m2])", "5 - -", id="last"),
        pytest.param("METRICS()*100", ["100 400 -", "500 - -"], id="array-times-number"),
        pytest.param("[m1, m2] + m2", ["6 4 -", "10 - -"], id="array-plus-series"),
        pytest.param("ABS(-[m1, m2])", ["1 4 -", "5 - -"], id="function-of-each"),
        pytest.param("FILL(METRICS(), 0)", ["1 4 0", "5 0 0"], id="fill-each"),
        pytest.param("FILL(METRICS(), m1)", ["1 4 -", "5 4 -"], id="fill-each-from-one"),
    ],
)
def test_several_series(source: str, output: str | list[str]) -> None:
    assert worked(source, m1="1 4 -", m2="5 - -") == output


@pytest.mark.parametrize(
    ("source", "output"),
    [
        pytest.param("FILL(m1, REPEAT)", "- 2 2 2 8 8", id="repeat"),
        pytest.param("FILL(m1, LINEAR)", "- 2 4 6 8 -", id="linear"),
        pytest.param("FILL(m1, 0)", "0 2 0 0 8 0", id="number"),
        pytest.param("DIFF(m1)", "- - - - 6 -", id="diff-from-the-preceding-value"),
        pytest.param("DIFF_TIME(m1)", "- - - - 180 -", id="diff-time-in-seconds"),
        pytest.param("RATE(m1)", "- - - - 0.0333333 -", id="rate-per-second"),
        pytest.param("RUNNING_SUM(m1)", "- 2 - - 10 -", id="running-sum"),
    ],
)
def test_gaps(source: str, output: str) -> None:
    assert worked(source, m1="- 2 - - 8 -") == output


def test_nothing_is_repeated_before_the_first_data_point() -> None:
    assert worked("FILL(m1, REPEAT)", m1="- - 2") == "- - 2"


def test_differences_of_neighbours() -> None:
    assert worked("DIFF(m1)", m1="1 4 2") == "- 3 -2"
    assert worked("RATE([m1, m1])", m1="0 60 0") == ["- 1 -1", "- 1 -1"]


@pytest.mark.parametrize(
    ("source", "output"),
    [
        pytest.param("SORT(METRICS(), AVG, DESC)", ["9 -", "1 4", "2 2", "- -"], id="descending-average"),
        pytest.param("SORT(METRICS(), AVG, ASC)", ["- -", "2 2", "1 4", "9 -"], id="ascending-average"),
        pytest.param("SORT(METRICS(), MAX, ASC)", ["2 2", "1 4", "9 -", "- -"], id="without-a-value-comes-last"),
        pytest.param("SORT(METRICS(), MIN, DESC)", ["9 -", "2 2", "1 4", "- -"], id="without-a-value-comes-last-too"),
        pytest.param("SORT(METRICS(), SUM, DESC, 2)", ["9 -", "1 4"], id="limit"),
        pytest.param("SLICE(SORT(METRICS(), SUM, DESC), 0, 1)", ["9 -"], id="slice"),
        pytest.param("SLICE(SORT(METRICS(), MAX, DESC), 2)", ["2 2", "- -"], id="slice-from"),
        pytest.param("SLICE(METRICS(), 7)", [], id="slice-beyond"),
        pytest.param("REMOVE_EMPTY(METRICS())", ["1 4", "9 -", "2 2"], id="remove-empty"),
        pytest.param("IF(FIRST(SORT(METRICS(), AVG, DESC))>5, 1, 0)", "1 -", id="of-the-top-one"),
    ],
)
def test_order(source: str, output: str | list[str]) -> None:
    assert worked(source, m1="1 4", m2="9 -", m3="2 2", m4="- -") == output


@pytest.mark.parametrize("function", ["AVG", "SUM", "DATAPOINT_COUNT"])
def test_number_of_no_data_is_0_where_missing_data_is(function: str) -> None:
    assert worked(f"{function}(m1)", m1="- -") == "0"


@pytest.mark.parametrize("function", ["MAX", "MIN", "STDDEV"])
def test_number_of_no_data_is_none_where_it_would_have_to_be_one_of_them(function: str) -> None:
    assert worked(f"{function}(m1)", m1="- -") == "-"
    assert worked(f"m2 + {function}(m1)", m1="- -", m2="1 2") == "- -"
    assert worked(f"TIME_SERIES({function}(m1))", m1="- -") == "- -"
    assert worked(f"IF({function}(m1), m2)", m1="- -", m2="1 2") == "- -"


def test_series_without_data_is_filled_but_not_repeated() -> None:
    assert worked("FILL(m1, 0)", m1="- -") == "0 0"
    assert worked("FILL(m1, REPEAT)", m1="- -") == "- -"
    assert worked("FILL(m1, LINEAR)", m1="- -") == "- -"


def test_equal_series_keep_their_order() -> None:
    assert worked("SORT(METRICS(), MAX, DESC)", m1="1 5", m2="2 5", m3="3 5") == ["1 5", "2 5", "3 5"]


# --- time ---------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(start=st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1)), period=st.sampled_from([60, 300, 3600, 86400]))
@example(start=datetime(1970, 1, 1), period=86400)
@example(start=datetime(2028, 2, 28, 23, 59), period=60)
def test_calendar_is_that_of_python(start: datetime, period: int) -> None:
    first = start.replace(tzinfo=UTC, second=0, microsecond=0)
    grid = Grid(int(first.timestamp()), period, 40)
    at = [first + timedelta(seconds=period * place) for place in range(grid.count)]
    expected = {
        "MINUTE": [time.minute for time in at],
        "HOUR": [time.hour for time in at],
        "DAY": [time.isoweekday() for time in at],
        "DATE": [time.day for time in at],
        "MONTH": [time.month for time in at],
        "YEAR": [time.year for time in at],
        "EPOCH": [time.timestamp() for time in at],
    }
    for function, numbers in expected.items():
        told = evaluate(read(f"{function}(m1)"), {"m1": np.full(grid.count, np.nan)}, grid, {})
        assert isinstance(told, np.ndarray)
        assert told.tolist() == numbers, function


def test_only_weekdays() -> None:
    """The first of March 2026 is a Sunday, and the grid is in minutes: the day begins a week at its end."""
    grid = Grid(START, 43200, 4)
    found = evaluate(read("IF(DAY(m1)<6,m1)"), {"m1": series("1 2 3 4")}, grid, {})
    assert shown(found) == "- - 3 4"


# --- what has no value --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "says", "at"),
    [
        ("m1 / SERVICE_QUOTA(m1) * 100", "Service Quotas", 5),
        ("INSIGHT_RULE_METRIC('rule', 'Sum')", "Contributor Insights", 0),
        ("FILL(LAMBDA('source'), 0)", "calls a function", 5),
        ("SUM(SEARCH('a', 'b', 300))", "all metrics of the account", 4),
        ("DB_PERF_INSIGHTS('RDS', 'db-1', 'x')", "Performance Insights", 0),
        ("m1 + m3", 'the id "m3"', 5),
        ("'text'", "neither a number nor a time series", 0),
        ("REPEAT", "neither a number nor a time series", 0),
        ("SLICE([m1], -1)", "whole numbers from 0", 0),
        ("SLICE([m1], 0.5)", "whole numbers from 0", 0),
        ("SLICE([m1], 1/0)", "whole numbers from 0", 0),
        ("SORT([m1], AVG, ASC, -2)", "whole numbers from 0", 0),
        ("FIRST(METRICS('none'))", "no time series to choose from", 0),
        ("ANOMALY_DETECTION_BAND(m1, 0)", "standard deviations", 0),
    ],
)
def test_what_cannot_be_evaluated_says_why(source: str, says: str, at: int) -> None:
    found = value(source, {"m1": "1 2"})
    assert isinstance(found, CannotEvaluate), found
    assert says in found.reason
    assert found.position == at


def test_results_of_other_expressions_are_used_and_are_no_metrics() -> None:
    results: dict[str, Value] = {"e1": series("10 20"), "q1": (series("1 1"), series("2 -"))}
    assert shown(value("m1 + e1", {"m1": "1 2"}, results)) == "11 22"
    assert shown(value("SUM(q1)", {"m1": "1 2"}, results)) == "3 1"
    assert shown(value("SUM(METRICS())", {"m1": "1 2"}, results)) == "1 2"


def test_infinite_data_points_are_none() -> None:
    found = evaluate(read("FILL(m1, 0)"), {"m1": np.array([math.inf, -math.inf, 1.0])}, Grid(START, 60, 3), {})
    assert shown(found) == "0 0 1"


def test_series_off_the_grid_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="m1 has"):
        evaluate(read("m1"), {"m1": series("1 2 3")}, Grid(START, 60, 2), {})


def test_inputs_are_left_as_they_are() -> None:
    given = {"m1": series("1 - 3"), "m2": series("- 2 -")}
    before = {key: one.copy() for key, one in given.items()}
    grid = Grid(START, 60, 3)
    for source in ("FILL(m1, REPEAT) + m2", "IF(m1, m2, m1)", "SORT([m1, m2], AVG, DESC)", "-m1", "FILL(m2, LINEAR)"):
        evaluate(read(source), given, grid, {})
    assert all(np.array_equal(before[key], given[key], equal_nan=True) for key in given)


# --- an oracle ----------------------------------------------------------------------------------------------
# Arithmetic, comparisons and logic a data point at a time, over Python's own tree, with None for a gap.

Point = tuple[bool, float | None]
"""Whether it is of a time series, and the value."""


def combined(symbol: type[ast.AST], left: float, right: float) -> float | None:
    try:
        result = {
            ast.Add: lambda: left + right,
            ast.Sub: lambda: left - right,
            ast.Mult: lambda: left * right,
            ast.Div: lambda: left / right,
            ast.Pow: lambda: math.pow(left, right),
            ast.Eq: lambda: float(left == right),
            ast.NotEq: lambda: float(left != right),
            ast.Lt: lambda: float(left < right),
            ast.LtE: lambda: float(left <= right),
            ast.Gt: lambda: float(left > right),
            ast.GtE: lambda: float(left >= right),
            ast.And: lambda: float(bool(left and right)),
            ast.Or: lambda: float(bool(left or right)),
        }[symbol]()
    except (ArithmeticError, ValueError):
        return None
    return result if math.isfinite(result) else None


def both(symbol: type[ast.AST], left: Point, right: Point) -> Point:
    is_series = left[0] or right[0]
    if left[0] and right[0] and (left[1] is not None or right[1] is not None):
        return True, combined(symbol, left[1] or 0.0, right[1] or 0.0)
    if left[1] is None or right[1] is None:
        return is_series, None
    return is_series, combined(symbol, left[1], right[1])


def oracle(node: ast.expr, points: Mapping[str, float | None]) -> Point:
    match node:
        case ast.Constant(value=int() | float() as number):
            return False, float(number)
        case ast.Name():
            return True, points[node.id]
        case ast.UnaryOp():
            is_series, number_or_none = oracle(node.operand, points)
            return is_series, None if number_or_none is None else -number_or_none
        case ast.BinOp():
            return both(type(node.op), oracle(node.left, points), oracle(node.right, points))
        case ast.Compare():
            return both(type(node.ops[0]), oracle(node.left, points), oracle(node.comparators[0], points))
        case ast.BoolOp():
            result = oracle(node.values[0], points)
            for one in node.values[1:]:
                result = both(type(node.op), result, oracle(one, points))
            return result
    raise AssertionError(ast.dump(node))


data_points = st.lists(st.sampled_from([None, 0.0, 1.0, -1.0, 2.0, -2.5, 7.0]), min_size=4, max_size=4)


@settings(max_examples=300, deadline=None)
@given(source=whole, m1=data_points, m2=data_points)
@example(source="m1 / m2", m1=[1.0, None, 0.0, None], m2=[0.0, 0.0, None, None])
@example(source="m1 AND 1 / 0", m1=[1.0, None, 0.0, None], m2=[0.0, 0.0, None, None])
def test_every_data_point_is_that_of_the_oracle(source: str, m1: list[float | None], m2: list[float | None]) -> None:
    tree = ast.parse(source.replace("^", "**").replace("AND", "and").replace("OR", "or"), mode="eval").body
    given = {
        key: np.array([math.nan if one is None else one for one in text]) for key, text in (("m1", m1), ("m2", m2))
    }
    found = evaluate(read(source), given, Grid(START, 60, 4), {})
    assert not isinstance(found, CannotEvaluate | tuple)
    expected = [oracle(tree, {"m1": one, "m2": two}) for one, two in zip(m1, m2, strict=True)]
    assert isinstance(found, np.ndarray) == expected[0][0]
    for place, number in enumerate(np.broadcast_to(found, 4).tolist()):
        wanted = expected[place][1]
        assert math.isnan(number) if wanted is None else number == pytest.approx(wanted, rel=1e-9)


# --- for any expression at all ------------------------------------------------------------------------------

LEAVES = {SCALAR: ["2", "-1", "0.5"], SERIES: ["m1", "m2", "e1"], ARRAY: ["[m1, e1]", "METRICS()", "q1"]}
CALLS = [(name, form) for name, function in FUNCTIONS.items() for form in function.forms if not function.outside]
SIGNS = ["+", "-", "*", "/", "^", "<=", "!=", "AND", "OR"]


@st.composite
def typed(draw: st.DrawFn, kind: str, depth: int) -> str:
    """An expression of a kind, made of everything that gives this kind."""
    if kind not in LEAVES:
        return "'m'" if kind == TEXT else kind
    way = draw(st.sampled_from(["leaf", "call", "call", "sign"] if depth else ["leaf"]))
    if way == "leaf":
        return draw(st.sampled_from(LEAVES[kind]))
    if way == "sign":
        other = draw(st.sampled_from([SCALAR] if kind == SCALAR else [SCALAR, SERIES]))
        sides = draw(st.permutations([draw(typed(kind, depth - 1)), draw(typed(other, depth - 1))]))
        return f"({sides[0]} {draw(st.sampled_from(SIGNS[:5] if kind == ARRAY else SIGNS))} {sides[1]})"
    name, form = draw(st.sampled_from([call for call in CALLS if kind in call[1].gives]))
    taken = [draw(typed(draw(st.sampled_from(sorted(kinds))), depth - 1)) for kinds in form.takes]
    return f"{name}({', '.join(['m1'] if name == 'PERIOD' else taken)})"


anything = st.sampled_from([SCALAR, SERIES, ARRAY]).flatmap(lambda kind: typed(kind, 4))


@settings(max_examples=300, deadline=None)
@given(source=anything | sources, count=st.integers(0, 5))
def test_whatever_is_read_has_a_value_of_its_kind_or_says_why_not(source: str, count: int) -> None:
    metrics = {"m1": np.arange(count) - 1.0, "m2": np.where(np.arange(count) % 2, np.nan, 3.0)}
    results: dict[str, Value] = {"e1": np.full(count, np.nan), "q1": (np.ones(count), np.full(count, np.nan))}
    try:
        expression = read(source)
    except UnreadableExpression:
        return
    found = evaluate(expression, metrics, Grid(START, 300, count), results)
    if isinstance(found, CannotEvaluate):
        assert found.reason
        assert 0 <= found.position < len(source)
        return
    typed_steps = types(expression, metrics, {"e1": frozenset({SERIES}), "q1": frozenset({ARRAY})})
    assert not isinstance(typed_steps, ExpressionProblem)
    kind = ARRAY if isinstance(found, tuple) else SERIES if isinstance(found, np.ndarray) else SCALAR
    assert typed_steps[-1].kinds == {kind}
    for one in found if isinstance(found, tuple) else (found,):
        assert isinstance(one, float) or one.shape == (count,)
        assert not np.isinf(one).any()
