"""T78: CloudWatch accepts the expressions of a graph.

CloudFormation passes a dashboard on as text; a mistake in an expression is an empty graph, or a refused dashboard.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.math.graph import graph_faults
from generator.evaluate.math.metric_math import Fault
from generator.evaluate.math.request import LONGEST_EXPRESSION
from generator.findings import Finding
from generator.model.dashboards import Formula, MetricWidget, Search

CODE = "T78"
NAME = "graph-expressions"
TITLE = "The expressions of a graph are valid, use lines that it has, and give time series."
SUMMARY = "The expressions of a graph are valid."
WHY = (
    "CloudWatch draws nothing for an expression with a mistake, or with an ID that no line has, and shows an error in"
    " place of the graph. Unlike an alarm, a graph may use SEARCH, and draw several time series of one expression."
)
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
    widgets = (widget for dashboard in subject.estate.dashboards for widget in dashboard.widgets)
    for graph in (widget for widget in widgets if isinstance(widget, MetricWidget) and widget.expressions):
        first = graph.expressions[0]
        paths = {expression.name: expression.path for expression in graph.expressions}
        sources = {expression.name: expression.source for expression in graph.expressions}
        faults = list(graph_faults(first.ids, sources, first.combined))
        yield from (Finding(CODE, _message(fault), paths[fault.id], hint=fault.problem.hint) for fault in faults)
        if not faults:
            yield from _too_long(graph)


def _message(fault: Fault) -> str:
    return f"{fault.problem.message} (at character {fault.problem.position + 1} of the expression)"


def _too_long(graph: MetricWidget) -> Iterator[Finding]:
    """A finding for an expression that is too long after searches and other expressions are in it."""
    longest = max((len(line.expression) for line in graph.series if isinstance(line, Formula | Search)), default=0)
    if longest > LONGEST_EXPRESSION:
        message = f"an expression has {longest} characters with the searches in it; the limit is {LONGEST_EXPRESSION}"
        yield Finding(CODE, message, (*graph.path, "expressions"), hint="use fewer lines in it, or set `by: account`")
