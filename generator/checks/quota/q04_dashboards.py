"""Q04: a graph draws at most 500 metrics, a log table reads 50 log groups, and readers choose from 500 accounts.

More widgets than the 500, or more metrics than the 2,500, that CloudWatch takes in one dashboard make two of it; one
graph or one query cannot be halved. A search counts as one here, though it may find many; CloudWatch draws at most 500
of what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding
from generator.model.dashboards import Dashboard, LogWidget, MetricWidget

CODE = "Q04"
NAME = "dashboard-size"
TITLE = "A graph draws at most 500 metrics, a log table reads 50 log groups, and readers choose from 500 accounts."
WHY = (
    "CloudWatch refuses a dashboard that has a graph with more, and Logs Insights a query of more. A line for each"
    " account multiplies: two statistics of two metrics over two hundred accounts are eight hundred. A dashboard that"
    " is too large as a whole is made into several that lead to one another."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"
_METRICS = 500
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
    """A finding for each graph and each log table that is too full or nearly so."""
    for dashboard in subject.estate.dashboards:
        for variable in dashboard.variables:
            what = f"dashboard `{dashboard.key}` has {len(variable.values)} values of `{variable.id}` to choose from"
            path = (*dashboard.path, "variables")
            yield from check_quota(CODE, what, len(variable.values), _VALUES, path, "leave the variable out")
        for widget in dashboard.widgets:
            if isinstance(widget, MetricWidget):
                yield from _graph(widget, dashboard)
            if isinstance(widget, LogWidget):
                what = (
                    f"the log table `{widget.title}` of dashboard `{dashboard.key}` reads {len(widget.sources)} groups"
                )
                hint = "name some `accounts`, or give the dashboard `variables: [account]`"
                yield from check_quota(CODE, what, len(widget.sources), _LOG_GROUPS, widget.path, hint)


def _graph(widget: MetricWidget, dashboard: Dashboard) -> Iterator[Finding]:
    what = f"the graph `{widget.title}` of dashboard `{dashboard.key}` draws {widget.metrics} metrics"
    hint = "leave `by: account` out, or draw fewer statistics"
    yield from check_quota(CODE, what, widget.metrics, _METRICS, widget.path, hint)
