"""Alarms on metrics of one Region: they are created in that Region only, or are refused where none of them can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.aws.one_region import region_of_namespace
from generator.evaluate.math.metric_math import Selection, parse
from generator.findings import Finding, Path
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.model.signals import QuerySignal
from generator.resolve.scope import Scope


def check_metric_region(alarm: Alarm, scope: Scope, findings: list[Finding]) -> Alarm:
    """The alarm, limited to the Region of its metrics (R07 where it cannot be created there).

    The Region of a pack is checked with the pack. An alarm that this environment does not have
    needs no Region here.
    """
    if alarm.region or scope.lowered.get(alarm.key) or alarm.is_nowhere or alarm.everywhere_disabled:
        return alarm
    required = {region: (path, what) for region, path, what in _regions(alarm, scope.hub.partition)}
    if not required:
        return alarm
    region, (path, what) = next(iter(required.items()))
    regions = alarm.regions or scope.regions_of(alarm.side)
    if len(required) > 1:
        message = f"its metrics are in {' and in '.join(required)}, but an alarm monitors one Region"
        findings.append(Finding("R07", message, path, hint="use one alarm for each Region, and a composite"))
    elif region not in regions:
        watched_in = "the hub monitors" if alarm.side is Side.HUB else "members are monitored in"
        watched_in = "this alarm is in" if alarm.regions else watched_in
        message = f"{what} is only in {region}, but {watched_in} {', '.join(regions)}"
        findings.append(Finding("R07", message, path, hint=_hint(alarm, region)))
    elif alarm.side is Side.MEMBERS and not _has_members(region, scope):
        message = f"{what} is only in {region}, where no account of {scope.environment} is monitored"
        findings.append(Finding("R07", message, path, hint=f"add {region} to the regions of an account"))
    elif len(scope.regions_of(alarm.side)) > 1:
        return replace(alarm, region=region)
    return alarm


def _has_members(region: str, scope: Scope) -> bool:
    """True if an account has a stack in a Region that members are watched in."""
    return bool(scope.organizational_units) or any(account.is_in(region) for account in scope.accounts)


def _hint(alarm: Alarm, region: str) -> str:
    if alarm.side is Side.HUB:
        return f"set `in: members` with {region} in regions, or use a hub in {region}"
    if alarm.regions:
        return f"remove `regions`: the alarm is created only in {region}"
    return f"add {region} to regions; the alarm is then created only there"


def _regions(alarm: Alarm, partition: str) -> Iterator[tuple[str, Path, str]]:
    """Each Region that a metric is bound to, the place that names the metric, and what is there."""
    for reference in alarm.measured():
        region = reference.metric.only_region(partition)
        if region:
            yield region, reference.path, f"{reference.metric.namespace} {reference.metric.name}"
    read = parse(alarm.signal.query) if isinstance(alarm.signal, QuerySignal) else None
    if isinstance(read, Selection):
        region = region_of_namespace(read.namespace, partition)
        if region:
            yield region, (*alarm.path, "query"), read.namespace
