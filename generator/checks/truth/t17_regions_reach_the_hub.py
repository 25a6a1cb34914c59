"""T17: the hub reads its own Region, or a Region with a sink."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity
from generator.model.accounts import Side
from generator.model.dashboards import Dashboard, MetricWidget
from generator.model.estate import Estate

CODE = "T17"
NAME = "regions-reach-the-hub"
TITLE = "Alarms of the hub use metrics of its Region, and graphs those of Regions with a sink."
SUMMARY = "Alarms of the hub use its Region, graphs Regions with a sink."
WHY = (
    "Observability Access Manager links stay inside a Region, and an alarm never evaluates metrics of another one."
    " Alarms in members work in every Region; those of the hub do not. A graph may show another Region in which the"
    " hub's account has a sink too (access.sinks)."
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
    """A warning for alarms and dashboards of the hub that cover one of several Regions."""
    estate = subject.estate
    yield from _graphs_of_another_region(estate)
    elsewhere = [region for region in estate.regions if region != estate.hub.region]
    if elsewhere:
        over = (alarm for alarm in estate.alarms_in(Side.HUB) if not alarm.is_of_hub)
        for path in dict.fromkeys(alarm.path for alarm in over):
            message = f"this alarm of the hub covers {estate.hub.region} only, not {', '.join(elsewhere)}"
            yield Finding(
                CODE, message, path, Severity.WARNING, "set in: members, which is deployed to every Region", on="key"
            )
    if not estate.is_linked_everywhere:
        for dashboard in estate.dashboards:
            if dashboard.part == 1 and _has_regions(dashboard):
                message = f"{_linked(estate)}: the dashboard is empty for other Regions"
                hint = "set access: {sinks: every-region}, or remove `region`"
                yield Finding(CODE, message, (*dashboard.path, "variables"), Severity.WARNING, hint)


def _has_regions(dashboard: Dashboard) -> bool:
    return any(variable.id == "region" for variable in dashboard.variables)


def _linked(estate: Estate) -> str:
    """A clause with the Regions that have links."""
    sinks = [region for region in dict.fromkeys((estate.hub.region, *estate.regions)) if estate.has_sink_in(region)]
    return f"members are linked in {' and '.join(sinks)} only"


def _graphs_of_another_region(estate: Estate) -> Iterator[Finding]:
    """Warnings for graphs of members' metrics that exist in other Regions only."""
    boards = (board for board in estate.dashboards if not (estate.is_linked_everywhere and _has_regions(board)))
    graphs = [widget for board in boards for widget in board.widgets if isinstance(widget, MetricWidget)]
    drawn = [
        (measured, measured.region or graph.region or estate.hub.region)
        for graph in graphs
        for measured in graph.measured
    ]
    filters = {f.key: f for f in estate.metric_filters if f.side is Side.MEMBERS}
    for measured, home in dict.fromkeys(drawn):
        region = measured.metric.only_region(estate.hub.partition)
        counting = filters.get(measured.metric.filter or "")
        regions = (region,) if region else counting.placement.regions if counting and counting.placement else ()
        # A graph names the Region of a metric that AWS has in one only; those of filters are in the hub's Region.
        is_seen = bool(region and estate.has_sink_in(region) and region in estate.regions)
        if regions and home not in regions and not is_seen:
            what = f"only {' and '.join(regions)} has {measured.metric.namespace} {measured.metric.name}"
            why = _linked(estate) if region else f"this graph shows {home}"
            hint = "set access: {sinks: every-region}"
            if not region:
                hint = f"{hint}, and region: {regions[0]} in the widget"
            elif region not in estate.regions:
                hint += f", with {region} among the regions"
            message = f"{what}, and {why}: it is empty"
            yield Finding(CODE, message, measured.path, Severity.WARNING, hint, on="key")
