"""T16: what the hub looks at is shared with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.estate import Estate
from generator.model.places import Side
from generator.model.views import Count, Formula, Line, LogWidget, MetricWidget, Search, Series

CODE = "T16"
NAME = "sharing-feeds-the-hub"
TITLE = "What the hub looks at in the members is shared with it."
WHY = (
    "An alarm or a graph of the hub sees the metrics of a member only through a link that shares metrics, a Contributor"
    " Insights rule or a log table only through one that shares logs. Without it they see nothing, for ever."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html"
BAD = """\
access: {sharing: [logs]}
alarms:
  errors: {in: hub, over: each-account}
"""
GOOD = """\
access: {sharing: [logs, metrics]}
alarms:
  errors: {in: hub, over: each-account}
"""
_METRICS = "AWS::CloudWatch::Metric"
_LOGS = "AWS::Logs::LogGroup"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm and each rule that would look through a link that is not there."""
    estate = subject.estate
    shared = estate.sharing.resource_types if estate.sharing else ()
    if _METRICS not in shared:
        for path in dict.fromkeys(alarm.path for alarm in estate.alarms_in(Side.HUB) if not alarm.is_of_hub):
            message = "this alarm of the hub looks at members' metrics, which are not shared with it"
            yield Finding(CODE, message, path, hint="access: {sharing: [metrics]}", on="key")
        yield from _graphs(estate)
    if _LOGS not in shared:
        for insight in estate.insights:
            group = estate.log_group(insight.log_group)
            if group and group.side is Side.MEMBERS:
                message = "this rule of the hub reads members' logs, which are not shared with it"
                yield Finding(CODE, message, (*insight.path, "log_group"), hint="access: {sharing: [logs]}")
        yield from _log_tables(estate)


def _graphs(estate: Estate) -> Iterator[Finding]:
    widgets = (widget for dashboard in estate.dashboards for widget in dashboard.widgets)
    drawn = (
        widget.path for widget in widgets if isinstance(widget, MetricWidget) and any(map(_of_member, widget.series))
    )
    for path in dict.fromkeys(drawn):
        message = "this draws members' metrics in the hub, which are not shared with it"
        yield Finding(CODE, message, path, hint="access: {sharing: [metrics]}")


def _of_member(line: Line) -> bool:
    """Whether a line names a member; a search that names none may be for what is the hub's own."""
    match line:
        case Series():
            return line.account is not None
        case Formula():
            return any(one.account is not None for one in line.operands)
        case Count():
            return any(one.account is not None for condition in line.conditions for one in condition.operands)
        case Search():
            return ":aws.AccountId" in line.expression
        case _:
            assert_never(line)


def _log_tables(estate: Estate) -> Iterator[Finding]:
    for dashboard in estate.dashboards:
        for widget in dashboard.widgets:
            # The members' log groups are named by ARN, the hub's own by name.
            if isinstance(widget, LogWidget) and any(source.startswith("arn:") for source in widget.sources):
                message = "this table of the hub reads members' logs, which are not shared with it"
                yield Finding(CODE, message, widget.path, hint="access: {sharing: [logs]}")
