"""Q04: dashboards have at most 500 widgets, 500 metrics in a widget and 2,500 in all.

A search counts as one here, though it may find many; CloudWatch draws at most 500 of what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import counted
from generator.findings import Finding, Path
from generator.model.views import Dashboard, MetricWidget

CODE = "Q04"
NAME = "dashboard-size"
TITLE = "A dashboard has at most 500 widgets, 500 metrics in a widget and 2,500 in all."
WHY = (
    "CloudWatch refuses a dashboard with more, and people stop reading one long before. A line for each account"
    " multiplies: forty graphs over a hundred accounts are four thousand metrics."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"
_WIDGETS = 500
_METRICS_IN_WIDGET = 500
_METRICS = 2500
_TEXT = "{type: text, markdown: Runbooks}"
BAD = "dashboards:\n  notes:\n    widgets:\n" + f"    - {_TEXT}\n" * (_WIDGETS + 1)
GOOD = f"dashboards:\n  notes:\n    widgets:\n    - {_TEXT}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each dashboard, and each graph, that is too full or nearly so."""
    for dashboard in subject.estate.dashboards:
        yield from _graphs(dashboard)
        count = len(dashboard.widgets)
        what = f"dashboard `{dashboard.key}` has {count} widgets"
        path: Path = dashboard.path if dashboard.overview else (*dashboard.path, "widgets")
        yield from counted(CODE, what, count, _WIDGETS, path, "make it two dashboards")
        lines = sum(len(w.series) for w in dashboard.widgets if isinstance(w, MetricWidget))
        what = f"dashboard `{dashboard.key}` draws {lines:,} metrics"
        yield from counted(CODE, what, lines, _METRICS, path, "fewer graphs with `by: account`, or two dashboards")


def _graphs(dashboard: Dashboard) -> Iterator[Finding]:
    for index, widget in enumerate(dashboard.widgets):
        if isinstance(widget, MetricWidget):
            path = dashboard.place(index)
            what = f"the graph `{widget.title}` of dashboard `{dashboard.key}` draws {len(widget.series)} metrics"
            hint = "leave `by: account` out, or draw fewer statistics"
            yield from counted(CODE, what, len(widget.series), _METRICS_IN_WIDGET, path, hint)
