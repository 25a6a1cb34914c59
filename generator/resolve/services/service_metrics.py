"""The metrics of a service's alarm: those of its pack, with the values of its entry as dimensions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from generator.findings import Path
from generator.resolve.services.packs import PLACES
from generator.spec.packs import Pack, PackMetric, PackOperand, PackTraffic, filled, parameters_in
from generator.spec.services import ServiceAlarmSpec, ServiceSpec
from generator.spec.signals import OperandSpec, TrafficSpec


@dataclass(slots=True)
class ServiceEntry:
    """One service with its pack. values: parameters. capacities: in the units of their metrics."""

    key: str
    spec: ServiceSpec
    pack: Pack
    values: dict[str, str] = field(default_factory=dict)
    capacities: dict[str, float] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The path in the YAML."""
        return ("services", self.key)


def traffic_of(
    entry: ServiceEntry, traffic: PackTraffic | None, own: list[tuple[str, ServiceAlarmSpec | bool]]
) -> TrafficSpec | None:
    """The pack's traffic, and of it as much as the entry wants."""
    if traffic is None:
        return None
    minima = [
        settings.at_least
        for _, settings in own
        if isinstance(settings, ServiceAlarmSpec) and settings.at_least is not None
    ]
    return TrafficSpec(metric=operand_of(entry, traffic.metric), at_least=minima[-1] if minima else traffic.at_least)


def operand_of(entry: ServiceEntry, metric: PackOperand) -> OperandSpec:
    """A metric of an expression, with its statistic."""
    return OperandSpec(**metric_of(entry, metric), statistic=metric.statistic)


def metric_of(entry: ServiceEntry, metric: PackMetric) -> dict[str, Any]:
    """A metric with the entry's values; a dimension of what is not given is left out."""
    values = {"entry": entry.key, **PLACES, **entry.values}
    dimensions = {
        name: filled(text, values)
        for name, text in metric.dimensions.items()
        if all(word in values or word in ("environment", "project") for word in parameters_in(text))
    }
    namespace, name = filled(metric.namespace, values), filled(metric.name, values)
    return {"namespace": namespace, "name": name, "dimensions": dimensions}
