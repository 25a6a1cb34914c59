"""The value of an expression over a grid: its steps done one after the other, on a stack.

Kinds are checked first, against what the ids really hold, so that the steps need not look.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, assert_never

import numpy as np

from generator.evaluate.math.arrays import in_order, of_one, of_several, without_empty
from generator.evaluate.math.band import DEFAULT_DEVIATIONS, band
from generator.evaluate.math.calendar import told
from generator.evaluate.math.functions import ARRAY, FUNCTIONS, QUOTA, SCALAR, SERIES, Kinds
from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import (
    Series,
    Value,
    chosen,
    differences,
    everywhere,
    filled,
    finite,
    mapped,
    operated,
    running_sum,
)
from generator.evaluate.math.steps import (
    BinaryOperation,
    Call,
    Expression,
    Gathering,
    Name,
    Negation,
    Number,
    Step,
    TextLiteral,
    Word,
)
from generator.evaluate.math.tokens import CannotEvaluate, ExpressionProblem
from generator.evaluate.math.types import types

NO_QUOTAS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Context:
    """The values of the ids, the periods, and the service quotas of metrics by id."""

    metrics: Mapping[str, Series]
    results: Mapping[str, Value]
    grid: Grid
    quotas: Mapping[str, float]


class _NoValue(Exception):
    """A step that has no value here; carries the reason up to `evaluate`."""


_Arguments = Sequence[Any]
_Function = Callable[[str, _Arguments, _Context], Value]


def evaluate(
    expression: Expression,
    metrics: Mapping[str, Series],
    grid: Grid,
    results: Mapping[str, Value],
    quotas: Mapping[str, float] = NO_QUOTAS,
) -> Value | CannotEvaluate:
    """The value of the expression. metrics: those of the request, in its order. results: of other expressions.

    quotas: what SERVICE_QUOTA is of a metric, by id; an expression that asks for another has no value.
    """
    for key, series in metrics.items():
        if series.shape != (grid.count,):
            raise ValueError(f"{key} has {series.shape} values on a grid of {grid.count}")
    typed = types(expression, metrics, {key: _kinds(value) for key, value in results.items()})
    if isinstance(typed, ExpressionProblem):
        return CannotEvaluate(typed.message, typed.position)
    if typed[-1].kinds.isdisjoint({SCALAR, SERIES, ARRAY}):
        return CannotEvaluate("this is neither a number nor a time series", typed[-1].position)
    world = _Context({key: finite(series) for key, series in metrics.items()}, results, grid, quotas)
    stack: list[Any] = []
    for number, step in enumerate(expression.steps):
        try:
            is_quota = isinstance(step, Call) and step.function == QUOTA
            argument = expression.steps[number - 1]
            stack.append(_quota(argument, stack.pop(), world) if is_quota else _done(step, stack, world))
        except _NoValue as no:
            return CannotEvaluate(str(no), step.position)
    value: Value = stack.pop()
    return value


def _kinds(value: Value) -> Kinds:
    if isinstance(value, tuple):
        return frozenset({ARRAY})
    return frozenset({SERIES if isinstance(value, np.ndarray) else SCALAR})


def _done(step: Step, stack: list[Any], world: _Context) -> Any:
    """The value of a step; what it takes goes from the stack."""
    match step:
        case Number() | TextLiteral() | Word():
            return step.value
        case Name():
            return world.metrics[step.id] if step.id in world.metrics else world.results[step.id]
        case Negation():
            return _operation("*", -1.0, stack.pop())
        case BinaryOperation():
            right = stack.pop()
            return _operation(step.symbol, stack.pop(), right)
        case Gathering():
            return _gathered(_taken(stack, step.count))
        case Call():
            arguments = _taken(stack, step.count)
            outside = FUNCTIONS[step.function].outside
            if outside:
                raise _NoValue(outside)
            return _CALLS[step.function](step.function, arguments, world)
        case _:
            assert_never(step)


def _quota(argument: Step, series: Series, world: _Context) -> Value:
    """The service quota of a usage metric, which the guide has for a metric by its id.

    Whether there is one in a period without data of the metric is not documented; here there is none, so that a share
    is missing then, too.
    """
    if not isinstance(argument, Name) or argument.id not in world.metrics:
        raise _NoValue(f"{QUOTA} is evaluated for the ID of a metric only")
    if argument.id not in world.quotas:
        raise _NoValue(f"{FUNCTIONS[QUOTA].outside}, and no quota is given for `{argument.id}`")
    return np.where(np.isnan(series), np.nan, world.quotas[argument.id])


def _taken(stack: list[Any], count: int) -> list[Any]:
    start = len(stack) - count
    arguments = stack[start:]
    del stack[start:]
    return arguments


def _gathered(elements: _Arguments) -> tuple[Any, ...]:
    """An array; arrays within are part of it, as in SUM([METRICS("4xx"), METRICS("5xx")])."""
    gathered: list[Any] = []
    for element in elements:
        gathered += element if isinstance(element, tuple) else [element]
    return tuple(gathered)


def _operation(symbol: str, left: Any, right: Any) -> Value:
    if isinstance(left, tuple):
        return tuple(np.asarray(operated(symbol, row, right)) for row in left)
    if isinstance(right, tuple):
        return tuple(np.asarray(operated(symbol, left, row)) for row in right)
    return operated(symbol, left, right)


def _each(function: Callable[[Series], Series], value: Series | tuple[Series, ...]) -> Value:
    return tuple(map(function, value)) if isinstance(value, tuple) else function(value)


def _map(name: str, arguments: _Arguments, _world: _Context) -> Value:
    return _each(lambda series: mapped(name, series), arguments[0])


def _difference(name: str, arguments: _Arguments, world: _Context) -> Value:
    return _each(lambda series: differences(name, series, world.grid), arguments[0])


def _running_sum(_name: str, arguments: _Arguments, _world: _Context) -> Value:
    return _each(running_sum, arguments[0])


def _fill(_name: str, arguments: _Arguments, _world: _Context) -> Value:
    value, filler = arguments
    return _each(lambda series: filled(series, filler), value)


def _statistic(name: str, arguments: _Arguments, world: _Context) -> Value:
    (value,) = arguments
    return of_several(name, value, world.grid) if isinstance(value, tuple) else of_one(name, value)


def _if(_name: str, arguments: _Arguments, world: _Context) -> Value:
    condition, if_true, *rest = arguments
    return chosen(condition, if_true, rest[0] if rest else None, world.grid)


def _told(name: str, _arguments: _Arguments, world: _Context) -> Value:
    return told(name, world.grid)


def _metrics(_name: str, arguments: _Arguments, world: _Context) -> Value:
    part = arguments[0] if arguments else ""
    return tuple(series for key, series in world.metrics.items() if part in key)


def _end(name: str, arguments: _Arguments, _world: _Context) -> Value:
    rows: tuple[Series, ...] = arguments[0]
    if not rows:
        raise _NoValue(f"{name} has no time series to choose from")
    return rows[0 if name == "FIRST" else -1]


def _sort(_name: str, arguments: _Arguments, _world: _Context) -> Value:
    rows, statistic, order, *rest = arguments
    return in_order(rows, statistic, order)[: _place("SORT", rest[0]) if rest else None]


def _slice(_name: str, arguments: _Arguments, _world: _Context) -> Value:
    rows, *bounds = arguments
    start, *end = [_place("SLICE", bound) for bound in bounds]
    chosen_ones: tuple[Series, ...] = rows[start : end[0] if end else None]
    return chosen_ones


def _place(name: str, number: float) -> int:
    """A number as a place in an array; the guide knows whole ones from 0."""
    if not number >= 0 or number != int(number):
        raise _NoValue(f"{name} counts in whole numbers from 0, and this is {number:g}")
    return int(number)


def _band(_name: str, arguments: _Arguments, world: _Context) -> Value:
    series, *rest = arguments
    deviations = rest[0] if rest else DEFAULT_DEVIATIONS
    if not deviations > 0:
        raise _NoValue(f"a band is some standard deviations wide, and this is {deviations:g}")
    return band(series, deviations, world.grid)


_CALLS: Mapping[str, _Function] = {
    **dict.fromkeys(("ABS", "CEIL", "FLOOR", "LOG", "LOG10"), _map),
    **dict.fromkeys(("AVG", "DATAPOINT_COUNT", "MAX", "MIN", "STDDEV", "SUM"), _statistic),
    **dict.fromkeys(("DATE", "DAY", "EPOCH", "HOUR", "MINUTE", "MONTH", "YEAR"), _told),
    **dict.fromkeys(("DIFF", "DIFF_TIME", "RATE"), _difference),
    **dict.fromkeys(("FIRST", "LAST"), _end),
    "ANOMALY_DETECTION_BAND": _band,
    "FILL": _fill,
    "IF": _if,
    "METRICS": _metrics,
    "METRIC_COUNT": lambda _name, arguments, _world: float(len(arguments[0])),
    "PERIOD": lambda _name, _arguments, world: float(world.grid.period),
    "REMOVE_EMPTY": lambda _name, arguments, _world: without_empty(arguments[0]),
    "RUNNING_SUM": _running_sum,
    "SLICE": _slice,
    "SORT": _sort,
    "TIME_SERIES": lambda _name, arguments, world: everywhere(arguments[0], world.grid),
}
