"""T17: what the hub looks at is in its Region."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity
from generator.model.estate import Estate
from generator.model.places import Side
from generator.model.views import MetricWidget

CODE = "T17"
NAME = "regions-reach-the-hub"
TITLE = "Alarms of the hub and shared telemetry are of the hub's Region."
WHY = (
    "Observability Access Manager links stay inside a Region, and an alarm never looks into another. Alarms"
    " in members work in every Region; what the hub itself looks at does not."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html"
BAD = """\
regions: [us-east-1, eu-west-1]
alarms:
  errors: {in: hub, over: each-account}
"""
GOOD = """\
regions: [us-east-1, eu-west-1]
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A warning where the hub sees one Region of several: an alarm, or a dashboard with Regions to choose from."""
    estate = subject.estate
    yield from _graphs_of_another_region(estate)
    elsewhere = [region for region in estate.regions if region != estate.hub.region]
    if elsewhere:
        over = (alarm for alarm in estate.alarms_in(Side.HUB) if not alarm.is_of_hub)
        for path in dict.fromkeys(alarm.path for alarm in over):
            message = f"this alarm of the hub sees {estate.hub.region} only, not {', '.join(elsewhere)}"
            yield Finding(CODE, message, path, Severity.WARNING, "in: members, which stands in every Region", on="key")
        for dashboard in estate.dashboards:
            if dashboard.part == 1 and any(variable.id == "region" for variable in dashboard.variables):
                message = (
                    f"members' metrics and logs are linked in {estate.hub.region} only: elsewhere this shows nothing"
                )
                hint = "leave `region` out, unless you link the other Regions yourself"
                yield Finding(CODE, message, (*dashboard.path, "variables"), Severity.WARNING, hint)


def _graphs_of_another_region(estate: Estate) -> Iterator[Finding]:
    """Members' metrics of other Regions only, as AWS publishes or filters count them: the graph names the Region."""
    widgets = (widget for dashboard in estate.dashboards for widget in dashboard.widgets)
    drawn = [one for widget in widgets if isinstance(widget, MetricWidget) for one in widget.measured]
    filters = {one.key: one for one in estate.metric_filters if one.side is Side.MEMBERS}
    for measured in dict.fromkeys(drawn):
        region = measured.metric.only_region(estate.hub.partition)
        counting = filters.get(measured.metric.filter or "")
        regions = (region,) if region else counting.placement.regions if counting and counting.placement else ()
        if regions and estate.hub.region not in regions:
            what = f"only {' and '.join(regions)} has {measured.metric.namespace} {measured.metric.name}"
            message = f"{what}, and members' metrics are linked in {estate.hub.region} only: this graph shows nothing"
            hint = f"a hub in {regions[0]}, or link that Region yourself"
            yield Finding(CODE, message, measured.path, Severity.WARNING, hint, on="key")
