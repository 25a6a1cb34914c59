"""CloudWatch metric math and Metrics Insights as alarms use them, read and evaluated without CloudWatch.

An alarm on an expression is only as right as the expression, and the one way AWS has to try it needs an account
and data. Here an expression is parsed, refused where CloudWatch would refuse it, and evaluated over whatever
series are given, with CloudWatch's rules for gaps, so that a test or a replay of history can ask what the alarm
would have seen.

Reading costs nothing but Python; numpy is loaded by the first evaluation.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.insights import Selection
from generator.evaluate.math.request import Fault, MathRequest, Parsed, Query, arrange, names, parse
from generator.evaluate.math.steps import Expression
from generator.evaluate.math.tokens import CannotEvaluate, ExpressionProblem

if TYPE_CHECKING:
    from generator.evaluate.math.selection import MetricSource
    from generator.evaluate.math.series import Series, Value

__all__ = [
    "CannotEvaluate",
    "Expression",
    "Fault",
    "Grid",
    "Parsed",
    "ExpressionProblem",
    "Query",
    "MathRequest",
    "Selection",
    "arrange",
    "evaluate",
    "evaluate_all",
    "names",
    "parse",
]


def evaluate(
    parsed: Parsed,
    metrics: Mapping[str, Series],
    grid: Grid,
    results: Mapping[str, Value] | None = None,
    sources: Sequence[MetricSource] = (),
    quotas: Mapping[str, float] | None = None,
) -> Value | CannotEvaluate:
    """The value of one expression: a number, a series over the grid, or a tuple of such series.

    metrics: by id, those that METRICS() gives, not-a-number where there is no data point. results: of the other
    expressions that it uses. sources: what a Metrics Insights query finds its metrics among. quotas: the service
    quotas of metrics, by id.
    """
    from generator.evaluate.math import evaluation as math_evaluation
    from generator.evaluate.math import selection as math_selection

    if isinstance(parsed, Expression):
        return math_evaluation.evaluate(parsed, metrics, grid, results or {}, quotas or {})
    rows = math_selection.select(parsed, sources, grid)
    if isinstance(rows, CannotEvaluate):
        return rows
    return tuple(row.series for row in rows) if parsed.groups else rows[0].series


def evaluate_all(
    request: MathRequest,
    metrics: Mapping[str, Series],
    grid: Grid,
    sources: Sequence[MetricSource] = (),
    quotas: Mapping[str, float] | None = None,
) -> dict[str, Value | CannotEvaluate]:
    """The value of every expression of an alarm, by id. What needs one that has none has none either."""
    missing = [key for key in request.metrics if key not in metrics]
    if missing:
        raise ValueError(f"no series is given for {', '.join(missing)}")
    inputs = {key: metrics[key] for key in request.metrics}
    values: dict[str, Value] = {}
    unknown: dict[str, CannotEvaluate] = {}
    for key, parsed in request.parsed.items():
        without = next((unknown[name] for name in names(parsed) if name in unknown), None)
        value = without or evaluate(parsed, inputs, grid, values, sources, quotas)
        if isinstance(value, CannotEvaluate):
            unknown[key] = value
        else:
            values[key] = value
    return {key: unknown[key] if key in unknown else values[key] for key in request.parsed}
