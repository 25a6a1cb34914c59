"""The rows of a graph's `metrics`: one for each metric and expression, visible or hidden.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from generator.aws.one_region import region_in
from generator.evaluate.math.rename import renamed
from generator.model.accounts import Hub
from generator.model.dashboards import Condition, Count, Formula, Line, Search, Series
from generator.model.signals import Metric, Operand, plain_number
from generator.model.stack_values import joined

_NOWHERE_ELSE: Mapping[str, str] = {}
_OF_NO_OTHER_PERIOD: Mapping[str, int] = {}


def rows(line: Line, position: int, hub: Hub) -> Iterator[list[Any]]:
    """The rows of one line; position: its place in the graph, from 1, which makes ids unique."""
    side = _rendering(line)
    match line:
        case Series():
            options: dict[str, Any] = {**_labelled(line), "stat": line.statistic, **_of_period(line)}
            if line.account:
                options["accountId"] = line.account.id
            metric = line.metric if line.account else _own(line.metric, hub)
            yield [
                *metric.row(),
                {**options, **side, **_elsewhere(line.metric.only_region(hub.partition) or line.region, hub)},
            ]
        case Search():
            region = _elsewhere(region_in(line.expression, hub.partition) or line.region, hub)
            first = {"expression": line.expression, **_labelled(line), "id": f"e{position}"}
            yield [{**first, **side, **region, **_of_period(line)}]
        case Formula():
            ids = {operand.id: f"m{position}_{operand.id}" for operand in line.operands}
            yield from _hidden(line.operands, ids, hub, dict(line.regions), dict(line.periods))
            first = {"expression": renamed(line.expression, ids), **_labelled(line), "id": f"e{position}"}
            yield [{**first, **side, **_of_period(line)}]
        case Count():
            yield from _counted(line, position, hub)
        case _:
            assert_never(line)


def _rendering(line: Line) -> dict[str, str]:
    """The axis and the color of a line, as far as they are not CloudWatch's choice."""
    if isinstance(line, Count):
        return {}
    return ({"yAxis": "right"} if line.right else {}) | ({"color": line.color} if line.color else {})


def _labelled(line: Series | Search | Formula) -> dict[str, str]:
    """The label of a line, where it is not CloudWatch's."""
    return {"label": line.label} if line.label else {}


def _of_period(line: Series | Search | Formula) -> dict[str, int]:
    return {"period": line.period} if line.period else {}


def _hidden(
    operands: Iterable[Operand],
    ids: Mapping[str, str],
    hub: Hub,
    regions: Mapping[str, str] = _NOWHERE_ELSE,
    periods: Mapping[str, int] = _OF_NO_OTHER_PERIOD,
) -> Iterator[list[Any]]:
    """The hidden metrics that an expression of the graph uses. regions, periods: of some operands, by ID."""
    for operand in operands:
        options: dict[str, Any] = {"accountId": operand.account.id} if operand.account else {}
        options |= _elsewhere(operand.metric.only_region(hub.partition) or regions.get(operand.id, ""), hub)
        options |= {"period": periods[operand.id]} if operand.id in periods else {}
        metric = operand.metric if operand.account else _own(operand.metric, hub)
        yield [*metric.row(), {"id": ids[operand.id], "stat": operand.statistic, "visible": False, **options}]


def _own(metric: Metric, hub: Hub) -> Metric:
    """A metric of the hub's own account, with its ID and Region in the dimensions that have them."""
    return metric.of(joined(hub.account), hub)


def _counted(line: Count, position: int, hub: Hub) -> Iterator[list[Any]]:
    """Each condition as 1 or 0 in a row of its own, since SUM accepts ids in brackets, and their sum.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    terms = []
    for number, condition in enumerate(line.conditions, 1):
        ids = {operand.id: f"m{position}_{number}_{operand.id}" for operand in condition.operands}
        for row in _hidden(condition.operands, ids, hub):
            row[-1]["period"] = line.period
            yield row
        terms.append(_holds(condition, ids))
    total = {"label": line.label, "id": f"e{position}", "period": line.period}
    if len(terms) == 1:
        yield [{"expression": terms[0], **total}]
        return
    term_ids = [f"c{position}_{number}" for number in range(1, len(terms) + 1)]
    for term, name in zip(terms, term_ids, strict=True):
        yield [{"expression": term, "id": name, "visible": False, "period": line.period}]
    yield [{"expression": f"SUM([{', '.join(term_ids)}])", **total}]


def _holds(condition: Condition, ids: Mapping[str, str]) -> str:
    value = renamed(condition.expression, ids)
    value = value if value.isidentifier() else f"({value})"
    return f"IF({value} {condition.comparison} {plain_number(condition.threshold)}, 1, 0)"


def _elsewhere(region: str, hub: Hub) -> dict[str, str]:
    """The Region of a row, if it differs from the graph's."""
    return {"region": region} if region and region != hub.region else {}
