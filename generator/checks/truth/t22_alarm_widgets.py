"""T22: a table of alarms has some, and not too many."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.views import AlarmWidget

CODE = "T22"
NAME = "alarm-widgets"
TITLE = "An alarm widget names between one and a hundred alarms."
WHY = (
    "CloudWatch refuses a dashboard with an alarm widget that names none or more than a hundred. In members"
    " an alarm counts once for each account."
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
_MOST = 100


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each widget that CloudWatch would refuse."""
    for dashboard in subject.estate.dashboards:
        for index, widget in enumerate(dashboard.widgets):
            if isinstance(widget, AlarmWidget) and not 1 <= len(widget.arns) <= _MOST:
                path = dashboard.path if dashboard.overview else (*dashboard.place(index), "alarms")
                message = (
                    f"this widget names {len(widget.arns)} alarms, counting each account; between 1 and {_MOST} fit"
                )
                yield Finding(CODE, message, path, hint="split it, or name alarms that are switched on")
