"""Metrics that an alarm finds by a query: those of its own account and Region, and of all accounts if it has a sink."""

from __future__ import annotations

from generator.evaluate.types import MetricId
from generator.findings import Finding, Path
from generator.scenarios.environment import SimulatedEnvironment
from generator.scenarios.mentions import some_of


def is_queried(environment: SimulatedEnvironment, metric: MetricId) -> bool:
    """Whether an alarm with a query of this name sees the metric's account and Region."""
    alarms = environment.alarms_by_query.get((metric.namespace, metric.name), frozenset())
    in_region = [alarm for alarm in alarms if alarm.region == metric.region]
    if not in_region or any(alarm.account == metric.account for alarm in in_region):
        return bool(in_region)
    sinks = {
        (resource.alarm.account, resource.alarm.region)
        for contents in environment.contents
        if contents.sees_accounts
        for resource in contents.metric_alarms
    }
    return any((alarm.account, alarm.region) in sinks for alarm in in_region)


def query_elsewhere(environment: SimulatedEnvironment, metric: MetricId, path: Path) -> Finding | None:
    """R02 for a metric that alarms query in other accounts or Regions only."""
    alarms = environment.alarms_by_query.get((metric.namespace, metric.name), frozenset())
    if not alarms:
        return None
    names = {number: name for name, number in environment.accounts.items()}
    message = f"no alarm queries {metric.namespace} {metric.name} in this account and Region"
    accounts = some_of(names.get(alarm.account, alarm.account) for alarm in alarms)
    hint = f"set `account` to {accounts}" + (f", `region` to {some_of(alarm.region for alarm in alarms)}")
    return Finding("R02", message, path, hint=hint)
