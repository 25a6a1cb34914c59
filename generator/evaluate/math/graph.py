"""The expressions of a graph: unlike alarms', they may search, and give any number of time series.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from generator.evaluate.math.functions import ARRAY, SERIES, Kinds
from generator.evaluate.math.rename import renamed
from generator.evaluate.math.request import LONGEST_EXPRESSION, Fault, Parsed, in_order, names, parse
from generator.evaluate.math.steps import Call, Expression, Name
from generator.evaluate.math.tokens import ExpressionProblem
from generator.evaluate.math.types import BAND, types

# They take a metric and no expression, so no line over several accounts.
_OF_ONE_METRIC = (BAND, "PERIOD", "SERVICE_QUOTA")
_DRAWABLE = frozenset({SERIES, ARRAY})


def graph_faults(metrics: Collection[str], expressions: Mapping[str, str], combined: bool) -> Iterator[Fault]:
    """All that CloudWatch refuses in the expressions of a graph, by their names.

    metrics: the IDs of its lines. combined: whether each of these is one line over several accounts.
    """
    parsed: dict[str, Parsed] = {}
    for name, source in expressions.items():
        read = parse(source)
        if isinstance(read, ExpressionProblem):
            yield Fault(name, read)
        elif isinstance(read, Expression):
            parsed[name] = read
        else:
            yield Fault(name, ExpressionProblem("this is a Metrics Insights query", 0, "use metric math, or `search`"))
    ordered, circles = in_order(parsed)
    yield from circles
    results: dict[str, Kinds] = dict.fromkeys(expressions, _DRAWABLE)
    for name, read in (ordered or parsed).items():
        if isinstance(read, Expression):
            faults, results[name] = _faults(name, read, metrics, results, combined)
            yield from faults


def _faults(
    name: str, read: Expression, metrics: Collection[str], results: Mapping[str, Kinds], combined: bool
) -> tuple[list[Fault], Kinds]:
    steps = types(read, metrics, results)
    if isinstance(steps, ExpressionProblem):
        return [Fault(name, steps)], _DRAWABLE
    faults = []
    for call in (step for step in read.steps if isinstance(step, Call)):
        if call.function == "METRICS":
            message = "METRICS() is all metrics of the graph, also those that other expressions use"
            faults.append(Fault(name, ExpressionProblem(message, call.position, "list them: [errors, calls]")))
        if combined and call.function in _OF_ONE_METRIC:
            message = f"{call.function} takes a metric, but these lines are over all accounts"
            faults.append(Fault(name, ExpressionProblem(message, call.position, "set `by: account`")))
    kinds = steps[-1].kinds
    if kinds.isdisjoint(_DRAWABLE):
        message = f"a graph draws time series, and this gives {' or '.join(sorted(kinds))}"
        hint = "TIME_SERIES(...) makes a time series of a number"
        faults.append(Fault(name, ExpressionProblem(message, steps[-1].position, hint)))
        kinds = _DRAWABLE
    return faults, kinds


def inlined(expressions: Mapping[str, str]) -> dict[str, str]:
    """Expressions without names of each other; one that cannot be read, that needs itself, or that would be too long
    for CloudWatch, stays as it is.
    """
    lengths = inlined_lengths(expressions)
    whole: dict[str, str] = {}
    for name in lengths:
        if lengths[name] <= LONGEST_EXPRESSION:
            whole[name] = renamed(expressions[name], {other: f"({text})" for other, text in whole.items()})
    return {name: whole.get(name, source) for name, source in expressions.items()}


def inlined_lengths(expressions: Mapping[str, str]) -> dict[str, int]:
    """The lengths of expressions without names of each other, in an order in which each comes after those it uses.

    Twenty expressions that use each other twice would be a million times as long, so they are not written for this.
    """
    parsed = {name: read for name, source in expressions.items() if isinstance(read := parse(source), Expression)}
    ordered, _ = in_order(parsed)
    lengths: dict[str, int] = {}
    for name in ordered:
        used = [step.id for step in parsed[name].steps if isinstance(step, Name) and step.id in lengths]
        lengths[name] = len(expressions[name]) + sum(lengths[other] + 2 - len(other) for other in used)
    return lengths


def ids_used(expressions: Mapping[str, str]) -> frozenset[str]:
    """The IDs that expressions use, of lines and of each other."""
    parsed = (parse(source) for source in expressions.values())
    return frozenset(
        name for expression in parsed if not isinstance(expression, ExpressionProblem) for name in names(expression)
    )
