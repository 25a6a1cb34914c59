"""Widgets of another Region than the hub's: what the sink there lets the hub's account see.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
"""

from __future__ import annotations

from dataclasses import replace

from generator.findings import Finding, Path, suggest
from generator.model.alarms import Alarm
from generator.model.dashboards import Formula, Line, LogWidget, MetricWidget, Search, Series, Widget
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.scope import regions_of_document


def inputs_in(region: str, path: Path, watched: DashboardInputs, findings: list[Finding]) -> DashboardInputs | None:
    """The inputs for a widget of that Region; None where this environment has nothing there.

    path: of the Region in the YAML.
    """
    scope = watched.scope
    sinks = {scope.hub.region, *(watched.sharing.other_regions if watched.sharing else ())}
    if region not in {scope.hub.region, *scope.regions}:
        # A Region that only another environment has is left out here, and no mistake.
        known = regions_of_document(scope.document)
        if region not in known:
            message = f"members are monitored in {', '.join(sorted(known))}, not in {region}"
            hint = suggest(region, known, "add it to regions")
            findings.append(Finding("R04", message, path, hint=hint))
        return None
    if region not in sinks:
        message = f"the hub account has no sink in {region}, so this widget would be empty"
        findings.append(
            Finding("R07", message, path, hint="set access: {sharing: [metrics, logs], sinks: every-region}")
        )
        return None
    accounts = tuple(account for account in watched.accounts if account.is_in(region))
    if region != scope.hub.region and not accounts and not scope.organizational_units:
        message = f"no account of {scope.environment} is monitored in {region}"
        findings.append(Finding("R07", message, path, hint="use another Region, or remove it"))
        return None
    return replace(
        watched,
        scope=replace(scope, hub=replace(scope.hub, region=region), accounts=accounts),
        alarms=tuple(_as_in(alarm, region) for alarm in watched.alarms),
        by_key={
            key: [_as_in(alarm, region) if isinstance(alarm, Alarm) else alarm for alarm in alarms]
            for key, alarms in watched.by_key.items()
        },
    )


def _as_in(alarm: Alarm, region: str) -> Alarm:
    """An alarm with the thresholds that it has in a Region."""
    if not alarm.regional:
        return alarm
    own = next((settings for settings in alarm.regional if settings.region == region), alarm)
    return replace(alarm, tuning=own.tuning, variants=own.variants, regional=())


def of_region(widget: Widget, region: str, path: Path, hub_region: str, findings: list[Finding]) -> Widget:
    """A widget as one of that Region. What is the hub's own is in its Region only (R07)."""
    if not isinstance(widget, MetricWidget | LogWidget):
        return widget
    own = _hubs(widget.series) if isinstance(widget, MetricWidget) else not all(map(_is_arn, widget.sources))
    if own and region != hub_region:
        message = f"this widget shows resources of the hub, which are not in {region}"
        findings.append(Finding("R07", message, path, hint="remove `region`, or show resources of members"))
    return replace(widget, region=region)


def _hubs(lines: tuple[Line, ...]) -> bool:
    return any(
        isinstance(line, Series)
        and line.account is None
        or isinstance(line, Formula)
        and any(operand.account is None for operand in line.operands)
        or isinstance(line, Formula | Search)
        and "INSIGHT_RULE_METRIC(" in line.expression
        for line in lines
    )


def _is_arn(source: str) -> bool:
    """Log groups of members have ARNs, the hub's own are called by their names."""
    return source.startswith("arn:")
