"""Findings about input of a test that no alarm of the environment would see, each with what to write instead."""

from __future__ import annotations

from collections.abc import Collection

from generator.findings import Finding, Path, suggest
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.mentions import one_of, shown_metric, some_of


def unwatched_metric(environment: SimulatedEnvironment, name: str, path: Path) -> Finding:
    """No alarm watches a metric in the accounts and Regions of the entry. name: as `shown_metric` writes it."""
    known = {shown_metric(metric.namespace, metric.name, metric.dimensions) for metric in environment.units_by_metric}
    if name in known:
        message = f"no alarm watches {name} in this account and Region"
        return Finding("R02", message, path, hint=_places_of(environment, name))
    hint = suggest(name, known, one_of(known) if known else _why_nothing_is_watched(environment))
    return Finding("R02", f"no alarm watches {name}", path, hint=hint)


def _places_of(environment: SimulatedEnvironment, name: str) -> str:
    """The accounts in which a metric is watched, or the Regions if the template has one account."""
    names = {number: account for account, number in environment.accounts.items()}
    metrics = [
        metric
        for metric in environment.units_by_metric
        if shown_metric(metric.namespace, metric.name, metric.dimensions) == name
    ]
    accounts = [account for metric in metrics if (account := names.get(metric.account))]
    if accounts:
        quoted = (f'"{account}"' if account.isdigit() else account for account in accounts)
        return f"set `account` to {some_of(quoted)}"
    return f"set `region` to {some_of(metric.region for metric in metrics)}"


def _why_nothing_is_watched(environment: SimulatedEnvironment) -> str:
    for contents in environment.contents:
        for alarm, reason in contents.unknown.items():
            return f"{alarm.name} cannot be evaluated offline: {reason}"
    return "remove it: no alarm watches a metric"


def unfiltered_log_group(
    environment: SimulatedEnvironment, log_group: str, groups: Collection[tuple[str, str, str]], path: Path
) -> Finding:
    """No metric filter reads a log group. groups: account ID, Region and name of each place that the entry means."""
    names = {name for _account, _region, name in environment.filters_by_log_group}
    keys = {
        key
        for key, name in environment.log_groups.items()
        if any(environment.filled_in(name, account, region) in names for account, region, _name in groups)
    }
    hint = suggest(log_group, names | keys, one_of(keys or names))
    return Finding("R02", f"no metric filter reads the log group `{log_group}`", path, hint=hint)


def not_deployed(name: str, account: str, region: str, locations: Collection[AlarmLocation], path: Path) -> Finding:
    """An alarm is not in an account or Region. locations: of the alarm, in the account if it is in that."""
    if any(not account or location.deployed_in(account) for location in locations):
        place = ", ".join(filter(None, (account, region)))
        hint = one_of({location.alarm.region for location in locations})
        return Finding("R02", f"`{name}` is not deployed in {place}", (*path, "region"), hint=hint)
    hint = one_of({location.subject or location.account or location.alarm.account for location in locations})
    return Finding("R02", f"`{name}` is not deployed in {account}", (*path, "account"), hint=hint)
