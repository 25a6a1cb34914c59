"""The entries of an alarm together: what CloudWatch takes, in which order they are evaluated, and what comes out."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.evaluate.math.metric_math import (
    CannotEvaluate,
    Expression,
    ExpressionProblem,
    Fault,
    Grid,
    MathRequest,
    Query,
    Selection,
    arrange,
    evaluate,
    evaluate_all,
    names,
    parse,
)
from generator.evaluate.math.selection import MetricSource
from tests.support import ROOT


def queries(returned: str, **expressions: str | None) -> list[Query]:
    return [Query(key, source, key in returned.split()) for key, source in expressions.items()]


def accepted(entries: Sequence[Query]) -> MathRequest:
    request = arrange(entries)
    assert isinstance(request, MathRequest), request
    return request


def refused(entries: Sequence[Query]) -> tuple[Fault, ...]:
    faults = arrange(entries)
    assert isinstance(faults, tuple), f"accepted as {faults}"
    assert faults
    return faults


# --- one expression -----------------------------------------------------------------------------------------


def test_parse_tells_math_from_queries_and_both_from_bad_news() -> None:
    assert isinstance(parse("m1 + 1"), Expression)
    assert isinstance(parse("SELECT AVG(a) FROM b"), Selection)
    assert parse("m1 +") == ExpressionProblem("a value is missing here, before the end of the expression", 4)
    assert parse("SELECT AVG(a) FROM") == ExpressionProblem("expected a namespace here, found the end of the query", 18)


def test_an_expression_has_at_most_2048_characters() -> None:
    assert isinstance(parse("m1" + " " * 2046), Expression)
    problem = parse("m1" + " " * 2047)
    assert isinstance(problem, ExpressionProblem)
    assert "at most 2048 characters, this one 2049" in problem.message


@settings(max_examples=200, deadline=None)
@given(source=st.text(max_size=60) | st.text("SELECTAVG(m1)+'\" ", max_size=60))
def test_parse_never_raises(source: str) -> None:
    assert isinstance(parse(source), Expression | Selection | ExpressionProblem)


def named(source: str) -> tuple[str, ...]:
    parsed = parse(source)
    assert not isinstance(parsed, ExpressionProblem), parsed
    return names(parsed)


def test_names_are_told_once_as_they_come() -> None:
    assert named("m2 + IF(m1 > m2, e1)") == ("m2", "m1", "e1")
    assert named("SUM(METRICS('m'))") == ()
    assert named("LAMBDA('f', true)") == ()
    assert named("SELECT AVG(m1) FROM m2") == ()


# --- several entries ----------------------------------------------------------------------------------------


def test_expressions_come_behind_those_that_they_need() -> None:
    request = accepted(queries("e1", e1="e2 + e3", e2="e3 * 2", m1=None, e3="m1", m2=None))
    assert request.metrics == ("m1", "m2")
    assert list(request.parsed) == ["e3", "e2", "e1"]
    assert request.returned == ("e1",)


def test_metric_alone_and_query_alone_are_requests() -> None:
    assert accepted(queries("m1", m1=None)).returned == ("m1",)
    assert accepted(queries("q1", q1="SELECT MAX(a) FROM b")).returned == ("q1",)
    assert accepted(queries("q1", q1="SELECT MAX(a) FROM b GROUP BY c ORDER BY MAX() DESC")).returned == ("q1",)


def test_anomaly_alarm_watches_a_metric_and_its_band() -> None:
    request = accepted(queries("m1 ad1", m1=None, ad1="ANOMALY_DETECTION_BAND(m1, 3)"))
    assert request.returned == ("m1", "ad1")
    assert request.approximate == {"ad1"}
    of_math = accepted(queries("e1 ad1", m1=None, e1="m1 * 2", ad1="ANOMALY_DETECTION_BAND(e1)"))
    assert of_math.approximate == {"ad1"}
    used = accepted(queries("e2", m1=None, ad1="ANOMALY_DETECTION_BAND(m1)", e1="LAST(ad1)", e2="m1 - e1"))
    assert used.approximate == {"ad1", "e1", "e2"}


@pytest.mark.parametrize(
    ("entries", "key", "says", "at", "hint"),
    [
        pytest.param(
            queries("e1", m1=None, e1="AVG(m1)"), "e1", "this gives a number", 0, "TIME_SERIES", id="number-watched"
        ),
        pytest.param(
            queries("e2", m1=None, e1="2 * MAX(m1)", e2="m1 / e1"), "e1", "this gives a number", 0, "TIME", id="number"
        ),
        pytest.param(queries("e1", m1=None, e1="[m1, m1]"), "e1", "gives several time series", 0, "SUM", id="array"),
        pytest.param(
            queries("e2", m1=None, e1="METRICS()", e2="SUM(e1)"), "e1", "gives several", 0, "in this entry", id="inner"
        ),
        pytest.param(
            queries("e1", q1="SELECT MAX(a) FROM b GROUP BY c", e1="SUM(q1)"), "q1", "several", 0, "SUM", id="groups"
        ),
        pytest.param(queries("e1", m1=None, e1="AVG"), "e1", "gives AVG", 0, "write AVG(...)", id="word"),
        pytest.param(queries("e1", m1=None, e1="'m1'"), "e1", "gives a text", 0, "", id="text"),
        pytest.param(
            queries("e1", m1=None, e1="m1 + SUM(SEARCH('x', 'y', 60))"), "e1", "not use SEARCH", 9, "name", id="search"
        ),
        pytest.param(queries("e1", m1=None, e1="m2 * 2"), "e1", 'the id "m2"', 0, "there are m1", id="unknown-id"),
        pytest.param(queries("e1", m1=None, e1="m1 +"), "e1", "value is missing", 4, "", id="syntax"),
        pytest.param(queries("e1", e1="e1 + 1"), "e1", "e1 needs e1", 0, "do without", id="itself"),
        pytest.param(
            queries("e1", e1="2 * e2", e2="e3", e3="1 + e1"), "e1", "e1 needs e2 needs e3 needs e1", 4, "", id="circle"
        ),
        pytest.param(
            queries("e4", e4="e1", e1="2 * e2", e2="e1"), "e1", "e1 needs e2 needs e1", 4, "", id="behind-a-circle"
        ),
        pytest.param(
            queries("e1", m1=None, e1="m1 + e2", e2="m1 * e1"), "e1", "e1 needs e2 needs e1", 5, "", id="second-name"
        ),
        pytest.param(queries("M1", M1=None), "M1", "is not an id", 0, "lowercase", id="capital-id"),
        pytest.param([Query("", None, True)], "", "is not an id", 0, "lowercase", id="no-id"),
        pytest.param([Query("m" * 256, None, True)], "m" * 256, "is not an id", 0, "lowercase", id="long-id"),
        pytest.param([Query("m1", None, True), Query("m1", None)], "m1", "two entries", 0, "own", id="same-id"),
        pytest.param(queries("", m1=None), "m1", "watches no entry", 0, "ReturnData", id="nothing-returned"),
        pytest.param(queries("m1 m2", m1=None, m2=None), "m2", "one more", 0, "ReturnData", id="two-returned"),
        pytest.param(
            queries("ad1", m1=None, ad1="ANOMALY_DETECTION_BAND(m1)"), "m1", "watches no", 0, "", id="band-alone"
        ),
        pytest.param(
            queries("m1 a b", m1=None, a="ANOMALY_DETECTION_BAND(m1)", b="ANOMALY_DETECTION_BAND(m1)"),
            *("b", "one more", 0, "ReturnData"),
            id="two-bands",
        ),
    ],
)
def test_what_an_alarm_can_not_have_is_refused(entries: list[Query], key: str, says: str, at: int, hint: str) -> None:
    (fault,) = refused(entries)
    assert fault.id == key
    assert says in fault.problem.message
    assert fault.problem.position == at
    assert hint in fault.problem.hint


def test_every_mistake_of_one_kind_is_told_at_once() -> None:
    assert [fault.id for fault in refused(queries("e1", m1=None, e1="m1 +", e2="avg(m1)"))] == ["e1", "e2"]
    assert [fault.id for fault in refused(queries("e3", m1=None, e1="m2", e2="AVG(m1)", e3="e1 + e2"))] == ["e1", "e2"]
    circles = refused(queries("a", a="b", b="a", c="d", d="c"))
    assert [fault.problem.message for fault in circles] == ["a needs b needs a", "c needs d needs c"]


def test_a_mistake_is_told_where_it_is_made_and_not_where_it_is_used() -> None:
    (fault,) = refused(queries("e2", m1=None, e1="HOUR(5)", e2="HOUR(e1) + FIRST(e1)"))
    assert fault.id == "e1"


# --- cautions -----------------------------------------------------------------------------------------------


def cautioned(**expressions: str | None) -> list[tuple[str, int]]:
    last = list(expressions)[-1]
    return [(fault.id, fault.problem.position) for fault in accepted(queries(last, **expressions)).cautions]


@pytest.mark.parametrize("function", ["AVG", "MAX", "MIN", "STDDEV", "SUM"])
def test_statistics_of_one_series_are_cautioned_against_and_those_of_several_are_not(function: str) -> None:
    assert cautioned(m1=None, e1=f"m1 - {function}(m1)") == [("e1", 5)]
    assert cautioned(m1=None, e1=f"{function}([m1, m1])") == []


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ("DATAPOINT_COUNT([m1])", 0),
        ("SUM(REMOVE_EMPTY([m1]))", 4),
        ("RUNNING_SUM(m1)", 0),
        ("RATE(m1)", 0),
        ("1 + FILL(m1, 0)", 4),
        ("m1 - LAST(ANOMALY_DETECTION_BAND(m1))", 10),
    ],
)
def test_functions_that_aws_advises_against_in_alarms_are_cautioned_against(source: str, at: int) -> None:
    assert cautioned(m1=None, e1=source) == [("e1", at)]


def test_groups_without_an_order_are_cautioned_against() -> None:
    assert cautioned(q1="SELECT MAX(a) FROM b GROUP BY c") == [("q1", 0)]
    assert cautioned(q1="SELECT MAX(a) FROM b GROUP BY c ORDER BY MAX()") == []


def test_metrics_that_match_no_id_are_cautioned_against() -> None:
    assert cautioned(errors_4xx=None, e1="SUM([METRICS('4xx'), METRICS('5xx')])") == [("e1", 21)]
    assert cautioned(errors_4xx=None, e1="m_e1 + SUM(METRICS('e1'))", m_e1="TIME_SERIES(1)") == [("e1", 11)]
    assert cautioned(e1="SUM(METRICS())") == [("e1", 4)]
    assert cautioned(m1=None, e1="SUM(METRICS())") == []


def test_plain_arithmetic_is_not_cautioned_against() -> None:
    assert cautioned(m1=None, m2=None, e1="100 * m1 / m2") == []


# --- values -------------------------------------------------------------------------------------------------

GRID = Grid(0, 60, 3)
GIVEN = {"errors": np.array([1.0, math.nan, 6.0]), "requests": np.array([10.0, 20.0, math.nan])}


def test_values_of_an_alarm() -> None:
    request = accepted(
        queries("busy", errors=None, requests=None, busy="IF(requests > 5, rate)", rate="errors/requests")
    )
    found = evaluate_all(request, GIVEN, GRID)
    assert list(found) == ["rate", "busy"]
    np.testing.assert_array_equal(found["rate"], [0.1, 0.0, math.nan])
    np.testing.assert_array_equal(found["busy"], [0.1, 0.0, math.nan])


def test_metrics_are_those_of_the_request_and_no_others() -> None:
    request = accepted(queries("e1", requests=None, e2="requests", e1="DATAPOINT_COUNT(METRICS())"))
    found = evaluate_all(request, GIVEN, GRID)
    np.testing.assert_array_equal(found["e1"], [1.0, 1.0, math.nan])


def test_what_needs_something_without_a_value_has_none_for_the_same_reason() -> None:
    entries = queries("e2", errors=None, e1="SERVICE_QUOTA(errors)", e2="errors / e1", e3="errors * 2")
    found = evaluate_all(accepted(entries), GIVEN, GRID)
    assert isinstance(found["e1"], CannotEvaluate)
    assert found["e2"] == found["e1"]
    assert isinstance(found["e3"], np.ndarray)


def test_a_metric_that_is_not_given_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="requests"):
        evaluate_all(accepted(queries("requests", requests=None)), {}, GRID)


def answered(source: str, sources: Sequence[MetricSource]) -> object:
    parsed = parse(source)
    assert not isinstance(parsed, ExpressionProblem), parsed
    return evaluate(parsed, {}, GRID, sources=sources)


def test_queries_are_answered_and_used() -> None:
    def source(zone: str, *values: float) -> MetricSource:
        return MetricSource("Shop", "Orders", {"Zone": zone}, {"Sum": np.array(values)})

    sources = [source("a", 1, 2, 3), source("b", 10, 20, math.nan)]
    np.testing.assert_array_equal(answered("SELECT SUM(Orders) FROM Shop", sources), [11, 22, 3])
    groups = answered("SELECT SUM(Orders) FROM Shop GROUP BY Zone", sources)
    assert isinstance(groups, tuple)
    np.testing.assert_array_equal(groups, [[1, 2, 3], [10, 20, math.nan]])
    assert isinstance(answered("SELECT AVG(Orders) FROM Shop", sources), CannotEvaluate)
    request = accepted(queries("e1", q1="SELECT SUM(Orders) FROM Shop", e1="q1 / 11"))
    np.testing.assert_array_equal(evaluate_all(request, {}, GRID, sources)["e1"], [1, 2, 3 / 11])


def test_band_of_an_alarm_is_two_series() -> None:
    request = accepted(queries("m1 ad1", m1=None, ad1="ANOMALY_DETECTION_BAND(m1)"))
    found = evaluate_all(request, {"m1": np.ones(20)}, Grid(0, 300, 20))["ad1"]
    assert isinstance(found, tuple)
    assert len(found) == 2


EDGES = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefm"), min_size=1, max_size=3), min_size=1, max_size=6
)


@settings(max_examples=300, deadline=None)
@given(edges=EDGES)
def test_order_is_found_where_there_is_one_and_a_circle_where_there_is_none(edges: Mapping[str, list[str]]) -> None:
    known = {key: [need for need in needs if need in edges or need == "m"] or ["m"] for key, needs in edges.items()}
    first = next(iter(known))
    entries = [Query("m"), *(Query(key, " + ".join(needs), key == first) for key, needs in known.items())]
    found = arrange(entries)
    if isinstance(found, MathRequest):
        done = ["m"]
        for key in found.parsed:
            assert set(known[key]) <= set(done)
            done.append(key)
        assert set(done) == {"m", *known}
        return
    for fault in found:
        circle = fault.problem.message.split(" needs ")
        assert circle[0] == circle[-1] == fault.id
        assert all(need in known[key] for key, need in zip(circle, circle[1:], strict=False))


# --- weight -------------------------------------------------------------------------------------------------


def loaded(code: str) -> set[str]:
    code = f"import sys\n{code}\nprint('LOADED', *sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_reading_does_not_load_numpy_and_evaluating_does() -> None:
    reading = (
        "from generator.evaluate.math.metric_math import Grid, Query, arrange, evaluate_all, parse\n"
        "parse('SELECT AVG(a) FROM b')\nrequest = arrange([Query('e1', 'TIME_SERIES(1)', True)])"
    )
    assert "numpy" not in loaded(reading)
    assert "numpy" in loaded(f"{reading}\nevaluate_all(request, {{}}, Grid(0, 60, 1))")


def test_neither_help_nor_a_build_loads_numpy() -> None:
    helped = "from generator.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    assert "numpy" not in loaded(helped)
    assert "numpy" not in loaded("from tests.support import built, spec\nassert built(spec()).artifacts")
