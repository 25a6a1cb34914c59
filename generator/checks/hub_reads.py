"""The namespaces and log groups that the hub reads from its members through the links, and their readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import assert_never

from generator.evaluate.math.metric_math import Expression, Selection, parse
from generator.findings import Path
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.model.dashboards import Count, Formula, Line, LogWidget, MetricWidget, Search, Series
from generator.model.estate import Estate
from generator.model.signals import MathSignal, QuerySignal

# Of SEARCH('{AWS/Lambda,FunctionName} …'), the namespace with or without quotes.
_SCHEMA = re.compile(r"\{\s*(?:\"([^\"]+)\"|([^,}\"]+?))\s*[,}]")
_LOG_GROUP = re.compile(r"arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)")


@dataclass(frozen=True, slots=True)
class HubRead:
    """One read. who: a clause such as `this alarm of the hub reads`. name: empty if it is not known.

    by_name: whether members are named; a read that names none may be of the hub's own data.
    """

    path: Path
    who: str
    name: str
    on_key: bool = False
    by_name: bool = True


def metrics(estate: Estate) -> Iterator[HubRead]:
    """The namespaces that alarms of the hub, graphs and reports read."""
    for alarm in estate.alarms_in(Side.HUB):
        if not alarm.is_of_hub:
            for namespace in _member_namespaces(alarm):
                yield HubRead(alarm.path, "this alarm of the hub reads", namespace, on_key=True)
    widgets = chain.from_iterable(dashboard.widgets for dashboard in estate.dashboards)
    for graph in (widget for widget in widgets if isinstance(widget, MetricWidget)):
        for namespace, by_name in chain.from_iterable(map(_drawn, graph.series)):
            yield HubRead(graph.path, "this graph of the hub draws", namespace, by_name=by_name)
    objectives = estate.reports.objectives if estate.reports else ()
    for objective in (slo for slo in objectives if not slo.of_hub):
        for operand in (*objective.counted.operands, *objective.total.operands):
            who = "reports on this error budget read"
            yield HubRead(objective.path, who, operand.metric.namespace, on_key=True)


def log_groups(estate: Estate) -> Iterator[HubRead]:
    """The log groups that Contributor Insights rules and log tables read."""
    for insight in estate.insights:
        group = estate.log_group(insight.log_group)
        if group and group.side is Side.MEMBERS:
            yield HubRead((*insight.path, "log_group"), "this rule of the hub reads", group.name)
    widgets = chain.from_iterable(dashboard.widgets for dashboard in estate.dashboards)
    for table in (widget for widget in widgets if isinstance(widget, LogWidget)):
        # The members' log groups are named by ARN, the hub's own by name.
        for arn in filter(None, map(_LOG_GROUP.fullmatch, table.sources)):
            yield HubRead(table.path, "this table of the hub reads", arn[1])


def _member_namespaces(alarm: Alarm) -> set[str]:
    """The namespaces of the members' metrics; an empty one for a query that cannot be parsed."""
    if isinstance(alarm.signal, QuerySignal):
        read = parse(alarm.signal.query)
        return {read.namespace if isinstance(read, Selection) else ""}
    if isinstance(alarm.signal, MathSignal):
        return {measured.metric.namespace for measured in alarm.signal.operands if measured.account}
    return {measured.metric.namespace for measured in alarm.measured()}


def _drawn(line: Line) -> Iterator[tuple[str, bool]]:
    """The namespaces of the members' metrics in a line, and whether it names the members."""
    match line:
        case Series():
            yield from [(line.metric.namespace, True)] if line.account else []
        case Formula():
            yield from ((operand.metric.namespace, True) for operand in line.operands if operand.account)
            if "SEARCH(" in line.expression:
                yield from (
                    (namespace, ":aws.AccountId" in line.expression) for namespace in _searched(line.expression)
                )
        case Count():
            operands = (operand for condition in line.conditions for operand in condition.operands)
            yield from ((operand.metric.namespace, True) for operand in operands if operand.account)
        case Search():
            by_name = ":aws.AccountId" in line.expression
            yield from ((namespace, by_name) for namespace in _searched(line.expression))
        case _:
            assert_never(line)


def _searched(expression: str) -> Iterator[str]:
    """The namespaces of searches in an expression, or of a Metrics Insights query."""
    if "SEARCH(" in expression:
        yield from (quoted or plain for quoted, plain in _SCHEMA.findall(expression))
        return
    read = parse(expression)
    if isinstance(read, Expression):
        # Metric math over rules or constants reads no metric of a member.
        return
    yield read.namespace if isinstance(read, Selection) else ""
