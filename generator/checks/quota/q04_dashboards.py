"""Q04: a graph has at most 500 metrics and 100 searches, a log table reads 50 log groups, a variable has 500 values.

obsgen splits a dashboard with more than the 500 widgets or 2,500 metrics that CloudWatch allows; it cannot split one
graph or one query. A search counts as one metric, although it may match many; CloudWatch draws at most 500 of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding
from generator.model.dashboards import Dashboard, Formula, LogWidget, MetricWidget, RawWidget, Search

CODE = "Q04"
NAME = "dashboard-size"
TITLE = (
    "A graph draws at most 500 metrics and 100 searches, a log table reads 50 log groups, a variable has 500 values."
)
SUMMARY = "Graphs, log tables and variables fit into a dashboard's limits."
WHY = (
    "CloudWatch refuses a dashboard with a larger graph, and Logs Insights refuses a query over more log groups. Lines"
    " for each account multiply: two statistics of two metrics over 200 accounts are 800 metrics. A dashboard that is"
    " too large as a whole is split into several that link to each other."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"
_METRICS = 500
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
_SEARCHES = 100
_VALUES = 500
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
_LOG_GROUPS = 50
_ACCOUNTS = "".join(f'  a{n}: {{id: "{n:012}"}}\n' for n in range(1, _LOG_GROUPS + 1))
_DASHBOARD = """\
dashboards:
  shop:
    widgets: [{{type: logs, title: Last errors, log_group: application, query: limit 20{accounts}}}]
"""
BAD = f"accounts:\n{_ACCOUNTS}{_DASHBOARD.format(accounts='')}"
GOOD = f"accounts:\n{_ACCOUNTS}{_DASHBOARD.format(accounts=', accounts: [a1, a2]')}"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each variable, graph and log table over its limit, or nearly."""
    for dashboard in subject.estate.dashboards:
        for variable in dashboard.variables:
            what = f"dashboard `{dashboard.key}` has {len(variable.values)} values of the variable `{variable.id}`"
            path = (*dashboard.path, "variables")
            yield from check_quota(CODE, what, len(variable.values), _VALUES, path, "remove the variable")
        for widget in dashboard.widgets:
            if isinstance(widget, MetricWidget):
                yield from _graph(widget, dashboard)
            if isinstance(widget, RawWidget):
                what = f"a graph of dashboard `{dashboard.key}` draws {widget.metrics} metrics"
                yield from check_quota(CODE, what, widget.metrics, _METRICS, widget.path, "split it into several")
            if isinstance(widget, LogWidget):
                what = (
                    f"the log table `{widget.title}` of dashboard `{dashboard.key}` reads {len(widget.sources)} groups"
                )
                hint = "add `accounts` to the widget, or `variables: [account]` to the dashboard"
                yield from check_quota(CODE, what, len(widget.sources), _LOG_GROUPS, widget.path, hint)


def _graph(widget: MetricWidget, dashboard: Dashboard) -> Iterator[Finding]:
    what = f"the graph `{widget.title}` of dashboard `{dashboard.key}` draws {widget.metrics} metrics"
    hint = "remove `by: account`, or some statistics"
    yield from check_quota(CODE, what, widget.metrics, _METRICS, widget.path, hint)
    searches = sum(line.expression.count("SEARCH(") for line in widget.series if isinstance(line, Formula | Search))
    what = f"the graph `{widget.title}` of dashboard `{dashboard.key}` has {searches} searches"
    yield from check_quota(CODE, what, searches, _SEARCHES, widget.path, "remove `by: account`, or split the graph")
