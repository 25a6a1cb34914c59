"""What kind of value each step of an expression gives, so that what CloudWatch refuses is refused here first.

An id has the kind of what it names. Where only AWS knows (LAMBDA), a value has several kinds, and what would
be right for one of them passes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, assert_never

from generator.evaluate.math.functions import (
    ARITHMETIC,
    ARRAY,
    COMPARISON,
    FUNCTIONS,
    NEGATION,
    SCALAR,
    SERIES,
    TEXT,
    TEXTS,
    Kinds,
    MathFunction,
)
from generator.evaluate.math.steps import (
    COMPARISONS,
    JOINS,
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
from generator.evaluate.math.tokens import ExpressionProblem, UnreadableExpression
from generator.findings import did_you_mean

BAND = "ANOMALY_DETECTION_BAND"
_LONGEST_ID = 255
_SHOWN_IDS = 10
_SERIES_OR_ARRAY = frozenset({SERIES, ARRAY})


class Typed(NamedTuple):
    """A value: its kinds, where its text begins, and the step that gives it."""

    kinds: Kinds
    position: int
    step: Step


def types(
    expression: Expression, metrics: Collection[str], results: Mapping[str, Kinds]
) -> list[Typed] | ExpressionProblem:
    """What each step gives, in the order of the steps, the last being the expression's own; or what is wrong.

    metrics: the ids of metrics, each one time series. results: the kinds of the other expressions' results.
    """
    stack: list[Typed] = []
    results_: list[Typed] = []
    try:
        _require_one_band(expression)
        for step in expression.steps:
            stack.append(_type(step, stack, metrics, results))
            results_.append(stack[-1])
    except UnreadableExpression as refused:
        return refused.problem
    return results_


def _type(step: Step, stack: list[Typed], metrics: Collection[str], results: Mapping[str, Kinds]) -> Typed:
    """The value that a step gives; what it takes goes from the stack."""
    match step:
        case Number():
            return Typed(frozenset({SCALAR}), step.position, step)
        case TextLiteral():
            return Typed(frozenset({TEXT}), step.position, step)
        case Word():
            return Typed(frozenset({step.value}), step.position, step)
        case Name():
            return Typed(_kinds_of_name(step, metrics, results), step.position, step)
        case Negation():
            return Typed(_apply(NEGATION, "the minus sign", _taken(stack, 1), step), step.position, step)
        case BinaryOperation():
            operands = _taken(stack, 2)
            operator = COMPARISON if step.symbol in (*COMPARISONS, *JOINS) else ARITHMETIC
            return Typed(_apply(operator, f'"{step.symbol}"', operands, step), operands[0].position, step)
        case Gathering():
            return Typed(_kinds_of_array(_taken(stack, step.count)), step.position, step)
        case Call():
            arguments = _taken(stack, step.count)
            kinds = _apply(FUNCTIONS[step.function], step.function, arguments, step)
            _require_metric(step, arguments, metrics)
            return Typed(kinds, step.position, step)
        case _:
            assert_never(step)


def _taken(stack: list[Typed], count: int) -> list[Typed]:
    start = len(stack) - count
    arguments = stack[start:]
    del stack[start:]
    return arguments


def _kinds_of_name(name: Name, metrics: Collection[str], results: Mapping[str, Kinds]) -> Kinds:
    if name.id in metrics:
        return frozenset({SERIES})
    if name.id in results:
        return results[name.id]
    known = sorted([*metrics, *results])
    listed = f"there are {', '.join(known)}" if 0 < len(known) <= _SHOWN_IDS else ""
    hint = did_you_mean(name.id[:_LONGEST_ID], known).strip() or listed
    raise UnreadableExpression(f'no metric or expression has the id "{name.id}"', name.position, hint)


def _kinds_of_array(elements: Sequence[Typed]) -> Kinds:
    if all(TEXT in element.kinds for element in elements):
        return frozenset({TEXTS})
    for element in elements:
        if element.kinds.isdisjoint(_SERIES_OR_ARRAY):
            message = f"an array holds time series, and this is {_named(element.kinds)}"
            raise UnreadableExpression(message, element.position, _hint(element.kinds, _SERIES_OR_ARRAY))
    return frozenset({ARRAY})


def _apply(function: MathFunction, name: str, arguments: Sequence[Typed], step: Step) -> Kinds:
    """The kinds that a function or operator gives for these arguments: of each form that fits, what it gives."""
    forms = [form for form in function.forms if len(form.takes) == len(arguments)]
    if not forms:
        raise _wrong_count(function, name, arguments, step)
    for index, argument in enumerate(arguments):
        fitting = [form for form in forms if not argument.kinds.isdisjoint(form.takes[index])]
        if not fitting:
            accepted = frozenset[str]().union(*(form.takes[index] for form in forms))
            message = f"{name} takes {_named(accepted)} here, and this is {_named(argument.kinds)}"
            raise UnreadableExpression(message, argument.position, _hint(argument.kinds, accepted))
        forms = fitting
    return frozenset[str]().union(*(form.gives for form in forms))


def _wrong_count(function: MathFunction, name: str, arguments: Sequence[Typed], step: Step) -> UnreadableExpression:
    counts = sorted({len(form.takes) for form in function.forms})
    expected = f"{counts[0]} to {counts[-1]} arguments" if len(counts) > 1 else f"{counts[0]} argument"
    message = f"{name} takes {expected}{'s' if counts[-1] > 1 and len(counts) == 1 else ''}, not {len(arguments)}"
    too_many = len(arguments) > counts[-1] > 0
    position = arguments[counts[-1]].position if too_many else step.position
    takes_an_array = counts == [1] and any(ARRAY in form.takes[0] for form in function.forms)
    hint = "put several time series into an array: [m1, m2]" if too_many and takes_an_array else ""
    return UnreadableExpression(message, position, hint)


def _require_metric(call: Call, arguments: Sequence[Typed], metrics: Collection[str]) -> None:
    """PERIOD is asked of metrics, "not the results of other expressions"."""
    if call.function == "PERIOD":
        step = arguments[0].step
        if not isinstance(step, Name) or step.id not in metrics:
            raise UnreadableExpression("PERIOD requires the id of a metric, got an expression", arguments[0].position)


def _require_one_band(expression: Expression) -> None:
    """Anomaly detection on metric math takes one band for each expression, and no METRICS()."""
    calls = [step for step in expression.steps if isinstance(step, Call)]
    bands = [call for call in calls if call.function == BAND]
    if len(bands) > 1:
        hint = "give the band an entry of its own and use its id"
        raise UnreadableExpression("an expression has at most one anomaly detection band", bands[1].position, hint)
    for call in calls:
        if bands and call.function == "METRICS":
            message = "METRICS() can not stand in an expression with an anomaly detection band"
            raise UnreadableExpression(message, call.position, "name the metric by its id")


def _named(kinds: Kinds) -> str:
    """Kinds in words, those of values before the words of functions."""
    values = [kind for kind in (SCALAR, SERIES, ARRAY, TEXT, TEXTS) if kind in kinds]
    return " or ".join([*values, *sorted(kinds.difference(values))])


def _hint(actual: Kinds, accepted: Kinds) -> str:
    if actual == {SCALAR} and SERIES in accepted:
        return "TIME_SERIES(...) makes a time series of a number"
    if actual == {ARRAY} and SERIES in accepted:
        return "SUM, AVG, MIN, MAX and FIRST make one time series of several"
    if actual == {SERIES} and accepted == {ARRAY}:
        return "put it into an array: [m1]"
    if actual <= FUNCTIONS.keys() and SERIES in accepted:
        return f"write {_named(actual)}(...)"
    return ""
