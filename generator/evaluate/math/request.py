"""The entries of one alarm, read together: ids, which needs which, kinds, and what an alarm can watch.

"Any expression used in a PutMetricAlarm operation must return a single time series", says the API, for every
entry. Two exceptions are documented elsewhere: the band of an anomaly alarm, and a Metrics Insights query with
GROUP BY that the alarm itself watches.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from generator.evaluate.math.functions import ARRAY, FUNCTIONS, SERIES, Kinds
from generator.evaluate.math.insights import Selection, is_query, read_query
from generator.evaluate.math.parser import read
from generator.evaluate.math.steps import Call, Expression, Name, TextLiteral
from generator.evaluate.math.tokens import ExpressionProblem, UnreadableExpression
from generator.evaluate.math.types import BAND, Typed, types

LONGEST_EXPRESSION = 2048
_ID = re.compile(r"[a-z][A-Za-z0-9_]{0,254}", re.ASCII)

Parsed = Expression | Selection


@dataclass(frozen=True, slots=True)
class Query:
    """One entry of an alarm's Metrics. expression: nothing where the entry is a metric. is_returned: ReturnData."""

    id: str
    expression: str | None = None
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one entry, or to be known of it; the position is one in its expression."""

    id: str
    problem: ExpressionProblem


@dataclass(frozen=True, slots=True)
class MathRequest:
    """The entries of an alarm that CloudWatch would take.

    metrics: their ids. parsed: the expressions by id, each behind those that it needs. returned: what the alarm
    watches, the band of an anomaly alarm included. cautions: what is legal and yet likely wrong, above all what
    AWS says against using some functions in alarms.
    approximate: the expressions whose values come from our own idea of an anomaly band.
    """

    metrics: tuple[str, ...]
    parsed: Mapping[str, Parsed]
    returned: tuple[str, ...]
    cautions: tuple[Fault, ...]
    approximate: frozenset[str]


# An environment has few different expressions, each in every account, and each is read for every test.
@lru_cache(maxsize=1024)
def parse(source: str) -> Parsed | ExpressionProblem:
    """Read metric math or a Metrics Insights query, or say why CloudWatch would not take it. Never raises."""
    if len(source) > LONGEST_EXPRESSION:
        message = f"an expression has at most {LONGEST_EXPRESSION} characters, this one {len(source)}"
        return ExpressionProblem(message, LONGEST_EXPRESSION, "give a part of it an entry of its own and use its id")
    try:
        return read_query(source) if is_query(source) else read(source)
    except UnreadableExpression as refused:
        return refused.problem


def names(parsed: Parsed) -> tuple[str, ...]:
    """The ids that an expression uses, each once, as they come. METRICS() names none."""
    if isinstance(parsed, Selection):
        return ()
    return tuple(dict.fromkeys(step.id for step in parsed.steps if isinstance(step, Name)))


def arrange(queries: Sequence[Query]) -> MathRequest | tuple[Fault, ...]:
    """Read the entries of an alarm together; all that is wrong with them, if anything is."""
    faults = list(_faults_of_ids(queries))
    metrics = tuple(query.id for query in queries if query.expression is None)
    parsed: dict[str, Parsed] = {}
    for query in queries:
        parsed_ = parse(query.expression) if query.expression is not None else None
        if isinstance(parsed_, ExpressionProblem):
            faults.append(Fault(query.id, parsed_))
        elif parsed_ is not None:
            parsed[query.id] = parsed_
    if faults:
        return tuple(faults)
    ordered, circles = in_order(parsed)
    if circles:
        return circles
    returned = tuple(query.id for query in queries if query.is_returned)
    typed = _typed(metrics, ordered, returned)
    faults = [fault for typed_ in typed.values() for fault in typed_.faults]
    faults += _faults_of_returned(queries, ordered)
    if faults:
        return tuple(faults)
    cautions = [caution for key, typed_ in typed.items() for caution in _cautions(key, ordered[key], typed_.steps)]
    cautions += [caution for key, typed_ in ordered.items() for caution in _cautions_of_metrics(key, typed_, metrics)]
    return MathRequest(metrics, ordered, returned, tuple(cautions), _approximate(ordered))


def _faults_of_ids(queries: Sequence[Query]) -> Iterator[Fault]:
    seen: set[str] = set()
    for query in queries:
        if not _ID.fullmatch(query.id):
            hint = "it begins with a lowercase letter and has letters, digits and underscores"
            yield Fault(query.id, ExpressionProblem(f'"{query.id}" is not an id', 0, hint))
        if query.id in seen:
            yield Fault(query.id, ExpressionProblem(f'two entries have the id "{query.id}"', 0, "give each its own"))
        seen.add(query.id)


# --- order --------------------------------------------------------------------------------------------------


def in_order(parsed: Mapping[str, Parsed]) -> tuple[dict[str, Parsed], tuple[Fault, ...]]:
    """The expressions, each behind those it needs and otherwise as they came; or those that need themselves."""
    ordered: dict[str, Parsed] = {}
    waiting = {key: [name for name in names(expression) if name in parsed] for key, expression in parsed.items()}
    while waiting:
        ready = [key for key, needs in waiting.items() if all(need in ordered for need in needs)]
        if not ready:
            return {}, tuple(_circles(parsed, waiting, ordered))
        for key in ready:
            ordered[key] = parsed[key]
            del waiting[key]
    return ordered, ()


def _circles(
    parsed: Mapping[str, Parsed], waiting: Mapping[str, Sequence[str]], done: Mapping[str, Parsed]
) -> Iterator[Fault]:
    """A fault for each circle that is found by going from one that waits to the first that it waits for."""
    seen: set[str] = set()
    for start in waiting:
        path: list[str] = []
        at = start
        while at not in seen:
            seen.add(at)
            path.append(at)
            at = next(need for need in waiting[at] if need not in done)
        if at in path:
            circle = [*path[path.index(at) :], at]
            hint = "one of them has to do without the others"
            yield Fault(at, ExpressionProblem(f"{' needs '.join(circle)}", _position(parsed[at], circle[1]), hint))


def _position(parsed: Parsed, name: str) -> int:
    if isinstance(parsed, Selection):
        return 0
    return next(step.position for step in parsed.steps if isinstance(step, Name) and step.id == name)


# --- kinds --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Checked:
    """What is known of an expression after its kinds were checked."""

    kinds: Kinds
    steps: tuple[Typed, ...] = ()
    faults: tuple[Fault, ...] = ()


def _typed(metrics: Sequence[str], ordered: Mapping[str, Parsed], returned: Sequence[str]) -> dict[str, _Checked]:
    checked: dict[str, _Checked] = {}
    results: dict[str, Kinds] = {}
    for key, parsed in ordered.items():
        checked[key] = _check(key, parsed, metrics, results, key in returned)
        results[key] = checked[key].kinds
    return checked


def _check(
    key: str, parsed: Parsed, metrics: Sequence[str], results: Mapping[str, Kinds], is_returned: bool
) -> _Checked:
    if isinstance(parsed, Selection):
        kinds = frozenset({ARRAY if parsed.groups else SERIES})
        fault = _fault_of_result(key, kinds, 0) if parsed.groups and not is_returned else ()
        return _Checked(kinds, faults=fault)
    steps = types(parsed, metrics, results)
    if isinstance(steps, ExpressionProblem):
        # What uses this one is checked as if it were right, so that one mistake is told once.
        return _Checked(frozenset({SERIES, ARRAY}), faults=(Fault(key, steps),))
    whole = steps[-1]
    faults = [
        Fault(key, ExpressionProblem("an alarm can not use SEARCH", step.position, "name the metrics"))
        for step in _calls(parsed)
        if step.function == "SEARCH"
    ]
    if not faults and not _is_band(parsed):
        faults += _fault_of_result(key, whole.kinds, whole.position)
    return _Checked(whole.kinds, tuple(steps), tuple(faults))


def _fault_of_result(key: str, kinds: Kinds, position: int) -> tuple[Fault, ...]:
    """Whether what an expression gives can not be one time series."""
    if SERIES in kinds:
        return ()
    kind_names = " or ".join(sorted(kinds))
    hint = "TIME_SERIES(...) makes a time series of a number"
    if ARRAY in kinds:
        hint = "SUM, AVG, MIN, MAX and FIRST make one of several; use them in this entry"
    if kinds <= FUNCTIONS.keys():
        hint = f"write {kind_names}(...)"
    message = f"in an alarm every expression gives one time series, and this gives {kind_names}"
    return (Fault(key, ExpressionProblem(message, position, hint)),)


def _calls(parsed: Parsed) -> list[Call]:
    return [step for step in parsed.steps if isinstance(step, Call)] if isinstance(parsed, Expression) else []


def _is_band(parsed: Parsed) -> bool:
    """Whether the whole expression is an anomaly detection band."""
    last = parsed.steps[-1] if isinstance(parsed, Expression) else None
    return isinstance(last, Call) and last.function == BAND


def _faults_of_returned(queries: Sequence[Query], parsed: Mapping[str, Parsed]) -> Iterator[Fault]:
    """An alarm watches one entry, an anomaly alarm a band as well."""
    returned = [query.id for query in queries if query.is_returned]
    bands = [key for key in returned if key in parsed and _is_band(parsed[key])]
    watched = [key for key in returned if key not in bands]
    hint = "set ReturnData on one entry, and to false on the others"
    for key in [*watched[1:], *bands[1:]]:
        yield Fault(key, ExpressionProblem("an alarm watches one entry, and this is one more", 0, hint))
    if queries and not watched:
        yield Fault(queries[0].id, ExpressionProblem("the alarm watches no entry", 0, hint))


# --- what is to be known ------------------------------------------------------------------------------------


def _cautions(key: str, parsed: Parsed, steps: Sequence[Typed]) -> Iterator[Fault]:
    if isinstance(parsed, Selection) and parsed.groups and not parsed.order:
        message = "a query with GROUP BY in an alarm needs ORDER BY, or which series it watches is left to chance"
        yield Fault(key, ExpressionProblem(message, 0, "ORDER BY MAX() DESC puts the worst first"))
    for kinds, position, step in steps:
        function = FUNCTIONS[step.function] if isinstance(step, Call) else None
        if function and function.caution and not kinds.isdisjoint(function.cautious):
            yield Fault(key, ExpressionProblem(function.caution, position))


def _cautions_of_metrics(key: str, parsed: Parsed, metrics: Sequence[str]) -> Iterator[Fault]:
    """METRICS("text") where no id contains the text is an array of nothing, which CloudWatch may well accept."""
    steps = parsed.steps if isinstance(parsed, Expression) else ()
    for before, step in zip((None, *steps), steps, strict=False):
        if isinstance(step, Call) and step.function == "METRICS":
            part = before.value if isinstance(before, TextLiteral) else ""
            if not any(part in name for name in metrics):
                message = f'no metric has an id with "{part}" in it' if part else "there is no metric"
                yield Fault(key, ExpressionProblem(f"{message}, so this never has data", step.position))


def _approximate(ordered: Mapping[str, Parsed]) -> frozenset[str]:
    ids: set[str] = set()
    for key, parsed in ordered.items():
        if any(call.function == BAND for call in _calls(parsed)) or not ids.isdisjoint(names(parsed)):
            ids.add(key)
    return frozenset(ids)
