"""Contributors in tests: given results of PromQL queries, and the labels by which a test names a series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.evaluate.alarms.contributors import grouped_query
from generator.evaluate.template.template import MetricAlarm
from generator.evaluate.types import AlarmId, Attributes, FoundSeries
from generator.findings import Finding, Path, suggest
from generator.scenarios.environment import SimulatedEnvironment
from generator.scenarios.notation import Values


def attributes_of(labels: Mapping[str, str] | None) -> Attributes:
    """Labels as the evaluator has them."""
    return tuple(sorted((labels or {}).items()))


def found_series(
    alarm: AlarmId, labels: Mapping[str, str] | None, series: Values, start: int, interval: int
) -> FoundSeries:
    """A series of a query's result: it is found in each interval that has a value, whatever the value is."""
    is_present = tuple(value is not None for value in series)
    return FoundSeries(alarm, attributes_of(labels), start, interval, is_present)


def check_result(
    environment: SimulatedEnvironment, name: str, series: FoundSeries, before: Iterable[FoundSeries], path: Path
) -> Finding | None:
    """R07 for the result of an alarm that is not on PromQL, R11 for a series that is given again."""
    if series.alarm not in environment.promql:
        hint = "give its metric, with `dimensions`; only the result of a PromQL query can be given"
        return Finding("R07", f"`{name}` is no alarm on PromQL", (*path, "series"), hint=hint, on="key")
    if any((other.alarm, other.attributes) == (series.alarm, series.attributes) for other in before):
        hint = "write one series, or distinguish them by `contributor`"
        return Finding("R11", f"this series of `{name}` is given twice", path, hint=hint)
    return None


def check_contributor(
    environment: SimulatedEnvironment, name: str, alarm: AlarmId, labels: Mapping[str, str], path: Path
) -> Finding | None:
    """R07 for a contributor of an alarm on one series, R02 for labels that its query does not group by."""
    resource = environment.alarms.get(alarm)
    if alarm in environment.promql or resource is None:
        return None
    query = grouped_query(resource) if isinstance(resource, MetricAlarm) else None
    at: Path = (*path, "contributor")
    if query is None:
        return Finding("R07", f"`{name}` is on one series and has no contributors", at, hint="remove it", on="key")
    if set(labels) == set(query.groups):
        return None
    wrong = next((label for label in labels if label not in query.groups), "")
    names = ", ".join(query.groups)
    hint = suggest(wrong, query.groups, f"use {names}") if wrong else f"use all of {names}"
    return Finding("R02", f"contributors of `{name}` have the labels {names}", at, hint=hint)


def check_own_incidents(environment: SimulatedEnvironment, name: str, alarm: AlarmId, path: Path) -> Finding | None:
    """R07 for the incident of a contributor where the alarm has one for all of them."""
    if "contributors" in environment.routing.get("alarms", {}).get(alarm.name, {}):
        return None
    hint = "remove it, or set `contributors: {incidents: each}` of the alarm"
    message = f"`{name}` has one incident for all contributors"
    return Finding("R07", message, (*path, "contributor"), hint=hint, on="key")
