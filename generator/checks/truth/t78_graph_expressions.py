"""T78: CloudWatch accepts the expressions of a graph.

CloudFormation passes a dashboard on as text; a mistake in an expression is an empty graph, or a refused dashboard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.math.graph import graph_faults, inlined_lengths
from generator.evaluate.math.metric_math import Fault
from generator.evaluate.math.request import LONGEST_EXPRESSION
from generator.evaluate.math.types import BAND
from generator.findings import Finding, Severity
from generator.model.dashboards import Formula, MetricWidget, Search

CODE = "T78"
NAME = "graph-expressions"
TITLE = "The expressions of a graph are valid, use lines that it has, and give time series."
SUMMARY = "The expressions of a graph are valid."
WHY = (
    "CloudWatch draws nothing for an expression with a mistake, or with an ID that no line has, and shows an error in"
    " place of the graph. Unlike an alarm, a graph may use SEARCH, and draw several time series of one expression."
)
_SEARCH = re.compile(r"SEARCH\('(.*?)', '")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
_LONGEST_SEARCH = 1024
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"
_LINES = "{errors: {filter: errors}, calls: {namespace: Shop, name: Calls}}"
_GRAPH = """\
dashboards:
  shop: {{widgets: [{{type: metric, title: Rate, lines: {lines}, expressions: {{rate: {rate}}}}}]}}
"""
BAD = _GRAPH.format(lines=_LINES, rate="100 * errors / cals")
GOOD = _GRAPH.format(lines=_LINES, rate="100 * errors / calls")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each mistake in an expression of a graph."""
    widgets = [widget for dashboard in subject.estate.dashboards for widget in dashboard.widgets]
    graphs = [widget for widget in widgets if isinstance(widget, MetricWidget)]
    for graph in graphs:
        yield from _of_searches(graph)
    for graph in (graph for graph in graphs if graph.expressions):
        first = graph.expressions[0]
        paths = {expression.name: expression.path for expression in graph.expressions}
        sources = {expression.name: expression.source for expression in graph.expressions}
        faults = list(graph_faults(first.ids, sources, first.combined))
        yield from (Finding(CODE, _message(fault), paths[fault.id], hint=fault.problem.hint) for fault in faults)
        if not faults:
            yield from _too_long(graph)
            yield from _bands(graph)


def _message(fault: Fault) -> str:
    return f"{fault.problem.message} (at character {fault.problem.position + 1} of the expression)"


def _of_searches(graph: MetricWidget) -> Iterator[Finding]:
    """A warning for searches that CloudWatch cannot read: it may be a graph that obsgen derives from an alarm."""
    expressions = [line.expression for line in graph.series if isinstance(line, Search)]
    searches = [match[1] for expression in expressions for match in _SEARCH.finditer(expression)]
    if any("'" in search for search in searches):
        message = f"the search of the graph `{graph.title}` has a value with a single quote, which ends it"
        yield Finding(CODE, message, graph.path, Severity.WARNING, "set `by: account`, or use another dimension")
    longest = max(map(len, searches), default=0)
    if longest > _LONGEST_SEARCH:
        message = f"a search of the graph `{graph.title}` has {longest:,} characters; the limit is {_LONGEST_SEARCH:,}"
        yield Finding(CODE, message, graph.path, Severity.WARNING, "set `by: account`, or use fewer dimensions")


def _bands(graph: MetricWidget) -> Iterator[Finding]:
    """A warning for an anomaly band of a metric of another account: the table of functions does not allow it."""
    for line in graph.series:
        if isinstance(line, Formula) and BAND in line.expression and any(operand.account for operand in line.operands):
            message = f"AWS does not list {BAND} for metrics of other accounts, and these lines are of members"
            path, hint = (*graph.path, "expressions"), "add an alarm with `anomaly` in the members"
            yield Finding(CODE, message, path, Severity.WARNING, hint)
            return


def _too_long(graph: MetricWidget) -> Iterator[Finding]:
    """A finding for an expression that is too long with searches and other expressions in it."""
    lengths = [len(line.expression) for line in graph.series if isinstance(line, Formula | Search)]
    # One that is too long already is not drawn with those that it uses in it.
    lengths += inlined_lengths({expression.name: expression.source for expression in graph.expressions}).values()
    longest = max(lengths, default=0)
    if longest > LONGEST_EXPRESSION:
        message = f"an expression has {longest:,} characters with all that it uses; the limit is {LONGEST_EXPRESSION:,}"
        yield Finding(CODE, message, (*graph.path, "expressions"), hint="use fewer lines in it, or set `by: account`")
