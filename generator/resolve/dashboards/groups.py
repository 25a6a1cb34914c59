"""The groups of alarms on the overview: by service, log group, namespace or subsystem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from generator.model.alarms import Alarm
from generator.model.routing import SEVERITIES
from generator.model.signals import LogSignal, PromqlSignal, QuerySignal
from generator.resolve.dashboards.inputs import DashboardInputs

Section = Literal["services", "alarms", "monitoring"]
SECTIONS: tuple[Section, ...] = get_args(Section)
# What obsgen watches of itself, by the section of the YAML that asks for it.
_MONITORING = {
    "compliance": "tag compliance",
    "error_logs": "errors in logs",
    "events": "event store",
    "reports": "reports",
}
_SERVICES = "services"
# Sections whose alarms are one group, of their name.
_ONE_GROUP = ("canaries", "probes")
_Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AlarmGroup:
    """Alarms that are shown together, each key once, by key. name: the heading."""

    section: Section
    name: str
    alarms: tuple[Alarm, ...]

    @property
    def rank(self) -> int:
        """The rank of the most severe alarm: 0 is critical."""
        return min(rank(alarm) for alarm in self.alarms)


def rank(alarm: Alarm) -> int:
    """The rank of an alarm's highest severity in any account: 0 is critical."""
    return min(SEVERITIES.index(tuning.severity) for tuning in alarm.tunings() if tuning.enabled)


def groups(alarms: Iterable[Alarm], watched: DashboardInputs) -> tuple[AlarmGroup, ...]:
    """Every group by section and name. A name is a key of the YAML or a namespace, so that none depends on the others.

    An alarm of the `alarms` section on a metric of a service is the service's, as is one on the duration
    of its function, or on what is counted in that function's log.
    """
    services = _services(watched)
    by_section: dict[tuple[Section, str], dict[str, Alarm]] = {}
    for alarm in alarms:
        by_section.setdefault(_group_key(alarm, watched, services), {})[alarm.key] = alarm
    ordered = sorted(by_section.items(), key=lambda item: (SECTIONS.index(item[0][0]), item[0][1].lower(), item[0][1]))
    return tuple(AlarmGroup(section, name, tuple(own[key] for key in sorted(own))) for (section, name), own in ordered)


def group_names(alarms: Iterable[Alarm], watched: DashboardInputs) -> dict[str, str]:
    """The name of the group of each alarm, by the alarm's key."""
    services = _services(watched)
    return {alarm.key: _group_key(alarm, watched, services)[1] for alarm in alarms}


@dataclass(frozen=True, slots=True)
class _Services:
    """The resources of services: metrics without their names, by namespace and dimensions; log groups, by key."""

    metrics: Mapping[tuple[str, _Dimensions], str]
    log_groups: Mapping[str, str]

    def of(self, alarm: Alarm) -> str | None:
        """The service whose metrics an alarm evaluates; of several, that of the first metric."""
        for reference in alarm.measured():
            service = self.metrics.get((reference.metric.namespace, reference.metric.dimensions))
            if service:
                return service
        return None


def _services(watched: DashboardInputs) -> _Services:
    """The resources of all services; of several with the same, the first by name. Lambda names a function's log group
    itself.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    metrics: dict[tuple[str, _Dimensions], str] = {}
    for alarm in sorted(watched.alarms, key=lambda alarm: alarm.key):
        if alarm.path[0] == _SERVICES:
            for measured in alarm.measured():
                if measured.metric.dimensions:
                    metrics.setdefault((measured.metric.namespace, measured.metric.dimensions), str(alarm.path[1]))
    keys = {group.name: group.key for group in watched.log_groups}
    functions = {
        keys[f"/aws/lambda/{value}"]: service
        for (_, dimensions), service in metrics.items()
        for name, value in dimensions
        if name == "FunctionName" and f"/aws/lambda/{value}" in keys
    }
    return _Services(metrics, functions)


def _group_key(alarm: Alarm, watched: DashboardInputs, services: _Services) -> tuple[Section, str]:
    section = str(alarm.path[0])
    if section == _SERVICES:
        return "services", str(alarm.path[1])
    if section in _MONITORING:
        return "monitoring", _MONITORING[section]
    if section in _ONE_GROUP:
        return "alarms", section
    source = _source(alarm, watched)
    service = services.of(alarm) or services.log_groups.get(source)
    return ("services", service) if service else ("alarms", source)


def _source(alarm: Alarm, watched: DashboardInputs) -> str:
    """The log group that an alarm counts in, by key; otherwise the namespace of its metric."""
    if alarm.counted:
        return watched.filters[alarm.counted].log_group
    if isinstance(alarm.signal, LogSignal):
        return alarm.signal.log_groups[0]
    if isinstance(alarm.signal, QuerySignal | PromqlSignal):
        return "queries"
    return next(alarm.measured()).metric.namespace
