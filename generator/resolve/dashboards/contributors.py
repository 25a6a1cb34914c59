"""The top contributors of a Contributor Insights rule, on a dashboard.

A rule is in the hub and reads the log groups of all accounts that it names, so one graph shows all of them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-GraphReportData.html
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path, unknown_reference
from generator.model.dashboards import ContributorsWidget
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.names import resource_name
from generator.spec.dashboard_widgets import ContributorsWidgetSpec
from generator.wording import duration_as_written

_USUAL_PERIOD_SECONDS = 300
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetInsightRuleReport.html
_MINUTE = 60


def contributors(
    spec: ContributorsWidgetSpec, path: Path, watched: DashboardInputs, findings: list[Finding]
) -> Iterator[ContributorsWidget]:
    """The graph of one rule, where the environment has it; an unknown key is a finding (R02)."""
    scope = watched.scope
    rules = scope.document.contributor_insights
    if spec.rule not in rules:
        kind, at, otherwise = "Contributor Insights rule", (*path, "rule"), "add it to contributor_insights"
        findings.append(unknown_reference("R02", kind, spec.rule, rules, at, otherwise))
        return
    if spec.period % _MINUTE:
        message = f"a rule has no data points of {duration_as_written(spec.period)}"
        findings.append(Finding("R05", message, (*path, "period"), hint="use whole minutes"))
    if reads_nothing(spec.rule, watched):
        return
    yield ContributorsWidget(
        spec.title or spec.rule,
        resource_name(spec.rule, "insights", scope.environment),
        spec.period,
        spec.width,
        spec.height,
        path,
        spec.top,
    )


def every_rule(watched: DashboardInputs, path: Path) -> Iterator[ContributorsWidget]:
    """A graph for each rule that the environment has, by key."""
    for key in sorted(watched.scope.document.contributor_insights):
        if reads_nothing(key, watched):
            continue
        name = resource_name(key, "insights", watched.scope.environment)
        yield ContributorsWidget(f"Top contributors of {key}", name, _USUAL_PERIOD_SECONDS, path=path)


def reads_nothing(rule: str, watched: DashboardInputs) -> bool:
    """True if no account of the environment has the log group of a rule, which then is not made."""
    read = watched.scope.document.contributor_insights[rule].log_group
    return any(group.key == read and group.is_nowhere for group in watched.log_groups)
