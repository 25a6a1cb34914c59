"""The dashboard `tag-compliance-<environment>`: totals of the scans, what changes found, and tags that are missing.

What the hub sees of its members' metrics and logs is linked in its own Region; `obsgen compliance report` reads every
Region. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.findings import Path
from generator.model.compliance import COMPLIANT, NAMESPACE, NON_COMPLIANT, Compliance
from generator.model.compliance_names import COMPLIANCE, counts_missing_tags, missing_tags_rule
from generator.model.dashboards import ContributorsWidget, Dashboard, MetricWidget, Search, TextWidget, Widget
from generator.model.estate import Estate
from generator.model.governance import METRICS

# A week shows seven scans where they are daily.
START = "-P7D"
HOUR, CHANGES_PERIOD = 3_600, 300
WORST = 10
# An expression has 2,048 characters and speaks of the accounts three times.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
MOST_FOR_ACCOUNTS = 480


def with_views(estate: Estate) -> Estate:
    """The estate with the dashboard of tag compliance, where one is asked for."""
    compliance = estate.compliance
    if compliance is None or not compliance.dashboard:
        return estate
    widgets = tuple(_widgets(estate, compliance))
    name = estate.name(COMPLIANCE)
    dashboard = Dashboard(COMPLIANCE, name, "ComplianceDashboard", compliance.path, widgets, start=START)
    return replace(estate, dashboards=(*estate.dashboards, dashboard))


def _widgets(estate: Estate, compliance: Compliance) -> Iterator[Widget]:
    path = compliance.path
    headline = _headline(estate, compliance)
    yield TextWidget(headline, width=24, height=1 + headline.count("\n"))
    if estate.shares_metrics_of(NAMESPACE):
        yield from _graphs(estate, path)
    if counts_missing_tags(estate):
        rule = missing_tags_rule(estate.environment)
        yield ContributorsWidget("Missing tags, by name", rule, HOUR, width=24, path=path)


def _graphs(estate: Estate, path: Path) -> Iterator[Widget]:
    good, bad = _of_scans(COMPLIANT, estate), _of_scans(NON_COMPLIANT, estate)
    rate = f"100 * SUM({good}) / (SUM({good}) + SUM({bad}))"
    totals = (Search(f"SUM({bad})", "Non-compliant"), Search(f"SUM({good})", "Compliant"))
    now = (*totals, Search(rate, "Compliance rate (%)"))
    yield MetricWidget("At the last scan", now, HOUR, width=24, height=3, path=path, view="singleValue")
    yield MetricWidget("Instances by status", totals, HOUR, path=path, stacked=True, min=0)
    yield MetricWidget("Compliance rate", (Search(rate, "%"),), HOUR, path=path, min=0, max=100)
    worst = Search(f"SORT({bad}, MAX, DESC, {WORST})", "${PROP('AccountLabel')}")
    yield MetricWidget("Non-compliant instances, worst accounts", (worst,), HOUR, path=path, view="bar", min=0)
    search = f"SEARCH('{{{NAMESPACE}}} MetricName=\"{NON_COMPLIANT}\"{_only(estate)}', 'Sum', {CHANGES_PERIOD})"
    non_compliant = Search(f"SUM({search})", "Found non-compliant")
    yield MetricWidget("Violations found by changes", (non_compliant,), CHANGES_PERIOD, path=path, min=0)


def _of_scans(metric: str, estate: Estate) -> str:
    """A scan's total holds until the next one."""
    terms = f'{{{NAMESPACE},Source}} MetricName="{metric}" Source="Scan"{_only(estate)}'
    return f"FILL(SEARCH('{terms}', 'Maximum', {HOUR}), REPEAT)"


def _only(estate: Estate) -> str:
    """The named accounts, where there is room for them; otherwise all that share metrics with the hub."""
    ids = " OR ".join(f'"{account.id}"' for account in estate.linked_accounts)
    condition = f" :aws.AccountId=({ids})"
    return condition if ids and not estate.organizational_units and len(condition) <= MOST_FOR_ACCOUNTS else ""


def _headline(estate: Estate, compliance: Compliance) -> str:
    scans = f"{compliance.scan.expression}, {compliance.scan.time_zone}" if compliance.scan else "only on demand"
    lines = [f"# Tag compliance · {estate.environment}", f"Scans: {scans}."]
    if estate.regions != (estate.hub.region,):
        command = f"`obsgen compliance report -e {estate.environment}`"
        lines[-1] += f" This shows {estate.hub.region}; {command} shows every Region."
    if not estate.shares_metrics_of(NAMESPACE):
        what = NAMESPACE if estate.shares(METRICS) else "metrics"
        lines.append(f"Members do not share {what} with the hub: `access: {{sharing: [metrics]}}` draws them here.")
    return "\n".join(lines)
