"""T22: an alarm widget names at least one alarm."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.dashboards import AlarmWidget

CODE = "T22"
NAME = "alarm-widgets"
TITLE = "An alarm widget names at least one alarm."
WHY = (
    "CloudWatch refuses a dashboard with an alarm widget that names no alarm or more than a hundred. More than a"
    " hundred continue in a second widget, but a widget without alarms cannot exist: disabled alarms are not created."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
BAD = """\
alarms:
  errors: {enabled: false}
dashboards:
  shop: {widgets: [{type: alarms, alarms: [errors]}]}
"""
GOOD = """\
dashboards:
  shop: {widgets: [{type: alarms, alarms: [errors]}]}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each widget that CloudWatch would refuse."""
    for dashboard in subject.estate.dashboards:
        for widget in dashboard.widgets:
            if isinstance(widget, AlarmWidget) and not widget.arns:
                message = "this widget has no enabled alarm"
                yield Finding(CODE, message, widget.path, hint="remove it, or add enabled alarms")
