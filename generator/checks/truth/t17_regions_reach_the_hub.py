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
    """A warning where the hub sees one Region of several: an alarm, or a dashboard with Regions to choose from."""
    estate = subject.estate
    yield from _graphs_of_another_region(estate)
    elsewhere = [region for region in estate.regions if region != estate.hub.region]
    if elsewhere:
        over = (alarm for alarm in estate.alarms_in(Side.HUB) if not alarm.is_of_hub)
        for path in dict.fromkeys(alarm.path for alarm in over):
            message = f"this alarm of the hub sees {estate.hub.region} only, not {', '.join(elsewhere)}"
            yield Finding(CODE, message, path, Severity.WARNING, "in: members, which stands in every Region", on="key")
    if not estate.is_linked_everywhere:
        for dashboard in estate.dashboards:
            if dashboard.part == 1 and _has_regions(dashboard):
                message = f"{_linked(estate)}: elsewhere this shows nothing"
                hint = "access: {sinks: every-region}, or leave `region` out"
                yield Finding(CODE, message, (*dashboard.path, "variables"), Severity.WARNING, hint)


def _has_regions(dashboard: Dashboard) -> bool:
    return any(variable.id == "region" for variable in dashboard.variables)


def _linked(estate: Estate) -> str:
    """Where the links are."""
    sinks = [region for region in dict.fromkeys((estate.hub.region, *estate.regions)) if estate.has_sink_in(region)]
    return f"members are linked in {' and '.join(sinks)} only"


def _graphs_of_another_region(estate: Estate) -> Iterator[Finding]:
    """Members' metrics of other Regions only, as AWS publishes or filters count them: the graph names the Region."""
    boards = (one for one in estate.dashboards if not (estate.is_linked_everywhere and _has_regions(one)))
    graphs = [one for dashboard in boards for one in dashboard.widgets if isinstance(one, MetricWidget)]
    drawn = [(measured, graph.region or estate.hub.region) for graph in graphs for measured in graph.measured]
    filters = {one.key: one for one in estate.metric_filters if one.side is Side.MEMBERS}
    for measured, home in dict.fromkeys(drawn):
        region = measured.metric.only_region(estate.hub.partition)
        counting = filters.get(measured.metric.filter or "")
        regions = (region,) if region else counting.placement.regions if counting and counting.placement else ()
        # A graph names the Region of a metric that AWS has in one only; what a filter counts it looks for in the hub's.
        is_seen = bool(region and estate.has_sink_in(region) and region in estate.regions)
        if regions and home not in regions and not is_seen:
            what = f"only {' and '.join(regions)} has {measured.metric.namespace} {measured.metric.name}"
            why = _linked(estate) if region else f"this graph is of {home}"
            hint = "access: {sinks: every-region}"
            if not region:
                hint = f"{hint}, and region: {regions[0]} in the widget"
            elif region not in estate.regions:
                hint += f", with {region} among the regions"
            message = f"{what}, and {why}: it shows nothing"
            yield Finding(CODE, message, measured.path, Severity.WARNING, hint, on="key")
