"""Dashboards: the generated overview, and the widgets of the file, both as series of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from generator.findings import Finding, Path
from generator.model.alarms import Alarm, Composite
from generator.model.dashboards import Dashboard, Variable
from generator.resolve.dashboards.choices import choices, time_range_findings
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.dashboards.overview import overview
from generator.resolve.dashboards.split import parts
from generator.resolve.dashboards.widgets import widgets
from generator.resolve.names import logical_id, resource_name
from generator.resolve.own_names import own_name
from generator.resolve.scope import Scope, unknown_environments
from generator.spec.dashboards import DashboardSpec

OVERVIEW = "overview"


def by_key(alarms: Iterable[Alarm], composites: Iterable[Composite]) -> dict[str, list[Alarm | Composite]]:
    """Alarms and composites by their name in the YAML; an alarm over each account is several."""
    alarms_by_key: dict[str, list[Alarm | Composite]] = {}
    for alarm in alarms:
        alarms_by_key.setdefault(alarm.key, []).append(alarm)
    for composite in composites:
        alarms_by_key.setdefault(composite.key, []).append(composite)
    return alarms_by_key


def dashboards(watched: DashboardInputs, findings: list[Finding]) -> tuple[Dashboard, ...]:
    """Every dashboard, by key, in as many parts as it needs; `overview` is called observability-dashboard-<env>."""
    scope = watched.scope
    dashboards: list[Dashboard] = []
    for key, spec in sorted(scope.document.dashboards.items()):
        path: Path = ("dashboards", key)
        dashboard_name = scope.named(path)
        name = resource_name(
            "observability" if dashboard_name == OVERVIEW else dashboard_name, "dashboard", scope.environment
        )
        whole = Dashboard(key, name, logical_id("Dashboard", dashboard_name), path, ())
        if isinstance(spec, DashboardSpec):
            chosen_name = own_name(spec.name, scope, (*path, "name"), findings)
            whole = replace(whole, name=chosen_name, own_name=True) if chosen_name else whole
            findings += unknown_environments(spec.environments, path, scope.document)
            if spec.environments and scope.environment not in spec.environments:
                continue
            variables = tuple(_variables(spec, path, scope, findings))
            chosen = scope.accounts[0] if "account" in spec.variables and scope.accounts else None
            findings += time_range_findings(spec, path)
            whole = replace(
                whole,
                start=spec.start,
                end=spec.end or "",
                automatic_periods=spec.period_override == "auto",
                choices=tuple(choices(spec, path, findings)),
            )
            drawn = tuple(widgets(spec, path, watched, chosen, findings))
            # A dashboard of nothing but what this environment does not have is not made in it.
            wholes = [replace(whole, widgets=drawn, variables=variables)] if drawn or not spec.widgets else []
        else:
            wholes = list(overview(replace(whole, overview=True), watched))
        for dashboard in wholes:
            dashboards += parts(dashboard, scope.hub, scope.environment)
    return tuple(dashboards)


def _variables(spec: DashboardSpec, path: Path, scope: Scope, findings: list[Finding]) -> Iterator[Variable]:
    """The first choice is in the body; CloudWatch replaces it by the reader's, in ARNs and searches too.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_dashboard_variables.html
    """
    for index, name in enumerate(spec.variables):
        at: Path = (*path, "variables", index)
        if not isinstance(name, str):
            continue
        if name in spec.variables[:index]:
            findings.append(Finding("R07", f"`{name}` is listed twice", at, hint="remove one of them"))
        elif name == "account" and not scope.accounts:
            message = "the variable `account` requires named accounts, but only organizational units are set"
            findings.append(Finding("R07", message, at, hint="list the accounts"))
        elif name == "account":
            values = tuple((account.name, account.id) for account in scope.accounts)
            yield Variable("account", "Account", scope.accounts[0].id, values)
        elif set(scope.regions) <= {scope.hub.region}:
            message = f"the variable `region` has only one value, {scope.hub.region}"
            findings.append(Finding("R07", message, at, hint="remove it, or set several `regions`"))
        else:
            regions = dict.fromkeys((scope.hub.region, *scope.regions))
            yield Variable("region", "Region", scope.hub.region, tuple((region, region) for region in regions))
