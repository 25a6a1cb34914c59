"""What metric math takes where: the guide's argument tables, and what CloudWatch could not make a series of."""

from __future__ import annotations

import pytest

from generator.evaluate.math.functions import ARRAY, FUNCTIONS, SCALAR, SERIES, Kinds
from generator.evaluate.math.parser import read
from generator.evaluate.math.tokens import ExpressionProblem
from generator.evaluate.math.types import types

METRICS = {"m1", "m2", "errors"}
RESULTS = {"e1": frozenset({SERIES}), "q1": frozenset({ARRAY})}


def kinds(source: str) -> Kinds:
    given = types(read(source), METRICS, RESULTS)
    assert not isinstance(given, ExpressionProblem), given
    return given[-1].kinds


def refused(source: str) -> ExpressionProblem:
    given = types(read(source), METRICS, RESULTS)
    assert isinstance(given, ExpressionProblem), f"{source} was accepted"
    return given


# Every example of the guide's tables, with its own ids replaced:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("PERIOD(m1)/60", SCALAR),
        ("5 * m1", SERIES),
        ("m1 - m2", SERIES),
        ("SUM(100/[m1, m2])", SERIES),
        ("AVG([m1,m2]/e1)", SERIES),
        ("METRICS()*100", ARRAY),
        ("-5*m1", SERIES),
        ("-m1", SERIES),
        ("SUM(-[m1, m2])", SERIES),
        ("(m1 < m2)", SERIES),
        ("(m1 >= 30)", SERIES),
        ("(m1 > 15 AND m2 > 15)", SERIES),
        ("ABS(m1-m2)", SERIES),
        ("MIN(ABS([m1, m2]))", SERIES),
        ("ABS(METRICS())", ARRAY),
        ("ANOMALY_DETECTION_BAND(m1)", ARRAY),
        ("ANOMALY_DETECTION_BAND(m1,4)", ARRAY),
        ("SUM([m1,m2])/AVG(m2)", SERIES),
        ("AVG(METRICS())", SERIES),
        ("CEIL(m1)", SERIES),
        ("SUM(CEIL(METRICS()))", SERIES),
        ("SUM(m1) / DATAPOINT_COUNT(m1)", SCALAR),
        ("DATAPOINT_COUNT(METRICS())", SERIES),
        ("DB_PERF_INSIGHTS('RDS', 'db-1', 'os.cpuUtilization.user.avg')", SERIES),
        ("DB_PERF_INSIGHTS('DOCDB', 'db-1', ['os.cpuUtilization.idle.avg', 'os.cpuUtilization.user.max'])", ARRAY),
        ("DIFF(m1)", SERIES),
        ("DIFF_TIME(METRICS())", ARRAY),
        ("FILL(m1,10)", SERIES),
        ("FILL(METRICS(), 0)", ARRAY),
        ("FILL(METRICS(), m1)", ARRAY),
        ("FILL(m1, MIN(m1))", SERIES),
        ("FILL(m1, REPEAT)", SERIES),
        ("FILL(METRICS(), LINEAR)", ARRAY),
        ("IF(FIRST(SORT(METRICS(), AVG, DESC))>100, 1, 0)", SERIES),
        ("LAST(ANOMALY_DETECTION_BAND(m1))", SERIES),
        ("FLOOR(m1)", SERIES),
        ("INSIGHT_RULE_METRIC('rule', 'UniqueContributors')", SERIES),
        ("LOG(METRICS())", ARRAY),
        ("LOG10(m1)", SERIES),
        ("MAX(m1)/m1", SERIES),
        ("m1/METRIC_COUNT(METRICS())", SERIES),
        ("SUM(METRICS('errors'))", SERIES),
        ("m1-MIN(m1)", SERIES),
        ("MINUTE(m1)", SERIES),
        ("IF(DAY(m1)<6,m1)", SERIES),
        ("IF(MONTH(m1) == 4,m1)", SERIES),
        ("HOUR(m1) + DATE(m1) + YEAR(m1) + EPOCH(m1)", SERIES),
        ("m1/PERIOD(m1)", SERIES),
        ("RATE(METRICS())", ARRAY),
        ("REMOVE_EMPTY(METRICS())", ARRAY),
        ("RUNNING_SUM([m1,m2])", ARRAY),
        ("SLICE(SORT(METRICS(), SUM, DESC), 0, 10)", ARRAY),
        ("SLICE(SORT(METRICS(), AVG, ASC), 5)", ARRAY),
        ("SORT(METRICS(), AVG, DESC, 10)", ARRAY),
        ("SORT(METRICS(), MAX, ASC)", ARRAY),
        ("m1/STDDEV(m1)", SERIES),
        ("STDDEV(METRICS())", SERIES),
        ("SUM(METRICS())/SUM(m1)", SERIES),
        ("SUM(METRICS('errors'))/SUM(METRICS('m'))*100", SERIES),
        ("TIME_SERIES(MAX(m1))", SERIES),
        ("TIME_SERIES(5*AVG(m1))", SERIES),
        ("IF(m1<400, m1)", SERIES),
        ("IF(m1<400, 10, 2)", SERIES),
        ("IF(m1, m2, e1)", SERIES),
        ("IF(m1, 5, e1)", SERIES),
        ("IF(m1, m2, 5)", SERIES),
        ("IF(AVG(m1) > 5, m1, m2)", SERIES),
        ("m1/SERVICE_QUOTA(m1)*100", SERIES),
        ("SEARCH('{AWS/EC2,InstanceId} CPUUtilization', 'Average', 300)", ARRAY),
        ("SUM(q1)", SERIES),
        ("METRIC_COUNT(q1)", SCALAR),
    ],
)
def test_kind_is_that_of_the_tables(source: str, kind: str) -> None:
    assert kinds(source) == {kind}


def test_what_only_aws_knows_passes_for_either() -> None:
    assert kinds("LAMBDA('source', true, 'text', 99.9)") == {SERIES, ARRAY}
    assert kinds("FILL(LAMBDA('source'), 0)") == {SERIES, ARRAY}
    assert kinds("FIRST(LAMBDA('source'))") == {SERIES}
    assert kinds("AVG(LAMBDA('source'))") == {SCALAR, SERIES}


@pytest.mark.parametrize(
    ("source", "says", "at", "hint"),
    [
        pytest.param("m3 + 1", 'has the id "m3"', 0, "there are e1", id="unknown-id"),
        pytest.param("SUM(error)", 'has the id "error"', 4, "`errors`", id="misspelt-id"),
        pytest.param("zzz", 'has the id "zzz"', 0, "there are e1, errors, m1, m2, q1", id="far-from-every-id"),
        pytest.param("ABS(AVG(m1))", "ABS takes one time series", 4, "TIME_SERIES", id="scalar-for-series"),
        pytest.param("FIRST(m1)", "FIRST takes several time series", 6, "[m1]", id="series-for-array"),
        pytest.param("TIME_SERIES(m1)", "TIME_SERIES takes a number", 12, "", id="series-for-scalar"),
        pytest.param("HOUR(q1)", "HOUR takes one time series", 5, "FIRST", id="array-for-series"),
        pytest.param("[m1,m2]*[m1,m2]", '"*" takes a number or one time series', 8, "SUM", id="array-times-array"),
        pytest.param("METRICS() > 5", '">" takes a number or one time series', 0, "MAX", id="array-compared"),
        pytest.param("m1 AND q1", '"&&" takes', 7, "SUM", id="array-in-logic"),
        pytest.param("[m1, 5]", "an array holds time series", 5, "TIME_SERIES", id="scalar-in-array"),
        pytest.param("['a', m1]", "an array holds time series", 1, "", id="text-in-array"),
        pytest.param("-'a'", "minus sign takes", 1, "", id="negative-text"),
        pytest.param("MAX(m1, m2)", "MAX takes 1 argument, not 2", 8, "[m1, m2]", id="arguments-instead-of-array"),
        pytest.param("AVG()", "AVG takes 1 argument, not 0", 0, "", id="no-argument"),
        pytest.param("IF(m1)", "IF takes 2 to 3 arguments, not 1", 0, "", id="if-alone"),
        pytest.param("INSIGHT_RULE_METRIC('a')", "takes 2 arguments, not 1", 0, "", id="one-of-two"),
        pytest.param("METRICS('a', 'b')", "takes 0 to 1 arguments, not 2", 13, "", id="one-too-many"),
        pytest.param("IF(AVG(m1) > 5, m1, 0)", "IF takes one time series", 20, "TIME_SERIES", id="if-of-a-number"),
        pytest.param("IF(AVG(m1) > 5, 1, 0)", "IF takes one time series", 16, "TIME_SERIES", id="if-of-numbers"),
        pytest.param("FILL(m1, DESC)", "and this is DESC", 9, "", id="wrong-word"),
        pytest.param("FILL(m1, 'REPEAT')", "and this is a text", 9, "", id="word-in-quotes"),
        pytest.param("SORT(METRICS(), STDDEV, DESC)", "AVG or MAX or MIN or SUM here", 16, "", id="sort-function"),
        pytest.param("SORT(METRICS(), AVG, 3)", "ASC or DESC here", 21, "", id="sort-order"),
        pytest.param("m1 + AVG", "and this is AVG", 5, "write AVG(...)", id="function-without-arguments"),
        pytest.param("PERIOD(e1)", "PERIOD requires the id of a metric", 7, "", id="period-of-expression"),
        pytest.param("PERIOD(m1 + m2)", "PERIOD requires the id of a metric", 7, "", id="period-of-sum"),
        pytest.param(
            "LAST(ANOMALY_DETECTION_BAND(m1)) - FIRST(ANOMALY_DETECTION_BAND(m1))",
            "at most one anomaly detection band",
            41,
            "entry of its own",
            id="two-bands",
        ),
        pytest.param(
            "ANOMALY_DETECTION_BAND(SUM(METRICS()))", "METRICS() can not stand", 27, "id", id="band-of-metrics"
        ),
    ],
)
def test_error_says_what_is_taken_and_what_is_given(source: str, says: str, at: int, hint: str) -> None:
    problem = refused(source)
    assert says in problem.message
    assert problem.position == at
    assert hint in problem.hint


DOCUMENTED = """
ABS ANOMALY_DETECTION_BAND AVG CEIL DATAPOINT_COUNT DATE DAY DB_PERF_INSIGHTS DIFF DIFF_TIME EPOCH FILL FIRST FLOOR
HOUR IF INSIGHT_RULE_METRIC LAMBDA LAST LOG LOG10 MAX METRICS METRIC_COUNT MIN MINUTE MONTH PERIOD RATE REMOVE_EMPTY
RUNNING_SUM SEARCH SERVICE_QUOTA SLICE SORT STDDEV SUM TIME_SERIES YEAR
"""


def test_functions_are_those_of_the_guide() -> None:
    assert sorted(FUNCTIONS) == DOCUMENTED.split()


def test_functions_that_need_aws_say_so() -> None:
    outside = {name for name, function in FUNCTIONS.items() if function.outside}
    assert outside == {"DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "SEARCH", "SERVICE_QUOTA"}
