"""The values of a graph's rows: metrics from the source of data, expressions worked out over them.

What only AWS can answer (SEARCH, INSIGHT_RULE_METRIC, LAMBDA, a Metrics Insights query) is replaced by series of the
source where it has them, and is said in words where it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.metric_math import CannotEvaluate, Expression, evaluate, names, parse
from generator.evaluate.math.request import Parsed, in_order
from generator.evaluate.math.series import Series, Value
from generator.evaluate.math.steps import BinaryOperation, Call, Name, Number, Step
from generator.evaluate.math.tokens import ExpressionProblem
from generator.evaluate.types import MetricId
from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.outside import OutsideValues
from generator.preview.data.chart_source import DrawnLimit, PlottedMetric
from generator.preview.data.sample_budget import with_usual_use

GridOf = Callable[[int], Grid]


@dataclass(frozen=True, slots=True)
class GraphMetric:
    """A metric of a graph."""

    metric: MetricId
    statistic: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class RowValue:
    """The value of a row. metrics: of each of several series the one that a search found. reason: why there is none."""

    value: Value | None
    metrics: tuple[MetricId | None, ...] = ()
    reason: str = ""


class GraphValues:
    """The values of a graph's rows, each worked out once for each length of its periods.

    metrics: by ID. expressions: their texts by ID. limits: the thresholds beside rows, by their IDs.
    """

    def __init__(
        self,
        context: WidgetContext,
        region: str,
        metrics: Mapping[str, GraphMetric],
        expressions: Mapping[str, str],
        limits: Mapping[str, DrawnLimit],
    ) -> None:
        self._context = context
        self._region = region
        self._metrics = metrics
        read = {id_: parse(source) for id_, source in expressions.items()}
        self.faults = {id_: problem.message for id_, problem in read.items() if isinstance(problem, ExpressionProblem)}
        parsed: dict[str, Parsed] = {
            id_: ready for id_, ready in read.items() if not isinstance(ready, ExpressionProblem)
        }
        ordered, circles = in_order(parsed)
        self.faults |= {fault.id: fault.problem.message for fault in circles}
        self._parsed = ordered
        self._limits = {**_compared(ordered), **limits}
        self._values: dict[tuple[str, int], RowValue] = {}
        self._outside = OutsideValues(context, region)

    def of(self, id_: str, grid: Grid) -> RowValue:
        """The value of a row over a grid. Reading a capture can raise BadCapture."""
        # Each behind those that it uses, so that a chain of 500 is no recursion.
        for needed in [*self._needed(id_), id_]:
            if (needed, grid.period) not in self._values:
                self._values[needed, grid.period] = self._value(needed, grid)
        return self._values[id_, grid.period]

    def _needed(self, id_: str) -> list[str]:
        """The expressions that a row uses, directly or not, in order."""
        pending, reached = [id_], {id_}
        while pending:
            parsed = self._parsed.get(pending.pop())
            for name in names(parsed) if parsed is not None else ():
                if name in self._parsed and name not in reached:
                    reached.add(name)
                    pending.append(name)
        return [name for name in self._parsed if name in reached]

    def _value(self, id_: str, grid: Grid) -> RowValue:
        if id_ in self._metrics:
            graph = self._metrics[id_]
            plotted = PlottedMetric(graph.metric, graph.statistic, graph.unit, self._limits.get(id_))
            series = self._context.source.series(plotted, grid)
            return RowValue(series, (), "" if series is not None else "no data in the capture")
        if id_ in self.faults:
            return RowValue(None, (), self.faults[id_])
        parsed = self._parsed.get(id_)
        return (
            RowValue(None, (), "an expression that needs itself")
            if parsed is None
            else self._expression(id_, parsed, grid)
        )

    def _expression(self, id_: str, parsed: Parsed, grid: Grid) -> RowValue:
        if not isinstance(parsed, Expression):
            return RowValue(*self._outside.query(grid, self._limits.get(id_)))
        steps, results, metrics = self._outside.replaced(parsed.steps, grid, self._limits.get(id_))
        series: dict[str, Series] = {}
        # METRICS() is all metrics of the graph; otherwise only those that it uses.
        uses_all = any(isinstance(step, Call) and step.function == "METRICS" for step in steps)
        for name in dict.fromkeys([*names(parsed), *(self._metrics if uses_all else ())]):
            used = self.of(name, grid) if name in self._metrics or name in self._parsed else None
            if used is None:
                continue
            if used.value is None:
                return RowValue(None, (), used.reason)
            if name in self._metrics and isinstance(used.value, np.ndarray):
                series[name] = used.value
            else:
                results[name] = used.value
        value = evaluate(replace(parsed, steps=steps), series, grid, results)
        if isinstance(value, CannotEvaluate):
            return RowValue(None, (), value.reason)
        if isinstance(value, np.ndarray) and self._context.source.kind == "sample" and _has_running_sum(steps):
            used_metrics = tuple(self._metrics[name].metric for name in names(parsed) if name in self._metrics)
            return RowValue(with_usual_use(value, used_metrics))
        return RowValue(value, _metrics_of(value, metrics) if isinstance(value, tuple) else ())


def _has_running_sum(steps: Sequence[Step]) -> bool:
    return any(isinstance(step, Call) and step.function == "RUNNING_SUM" for step in steps)


def _metrics_of(rows: Sequence[Series], matches: Sequence[tuple[MetricId, Series]]) -> tuple[MetricId | None, ...]:
    """Which match of a search each series is: what sorts, slices or fills them keeps the values that there are."""
    left = list(matches)
    metrics: list[MetricId | None] = []
    for row in rows:
        at = next((at for at, (_, series) in enumerate(left) if _has_values(row, series)), None)
        metrics.append(None if at is None else left.pop(at)[0])
    return tuple(metrics)


def _has_values(row: Series, series: Series) -> bool:
    known = ~np.isnan(series)
    return bool(np.array_equal(row[known], series[known]))


def _compared(parsed: Mapping[str, Parsed]) -> dict[str, DrawnLimit]:
    """The numbers that expressions compare metrics with, such as 5 in `IF(m1 > 5, 1, 0)`."""
    limits: dict[str, DrawnLimit] = {}
    for expression in parsed.values():
        steps = expression.steps if isinstance(expression, Expression) else ()
        for left, right, operation in zip(steps, steps[1:], steps[2:], strict=False):
            if (
                isinstance(left, Name)
                and isinstance(right, Number)
                and isinstance(operation, BinaryOperation)
                and operation.symbol[0] in "<>"
            ):
                limits[left.id] = DrawnLimit(right.value, operation.symbol[0] == ">")
    return limits
