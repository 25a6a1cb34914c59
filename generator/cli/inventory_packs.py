"""The packs in the form in which an inventory knows them: obsgen's own, and those beside the spec."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from generator.inventory.shapes import Shapes
from generator.inventory.types import PackShape, ShapeAlarm, ShapeMetric

if TYPE_CHECKING:
    from generator.spec.packs import Pack, PackAlarm, PackMetric

# What a Metrics Insights query can compute, and how far back it reaches, in seconds.
_QUERY_STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")
_LONGEST_QUERY = 10_800


def inventory_shapes(own: Mapping[str, bytes]) -> Shapes:
    """All packs. own: those beside the spec, by path; one that cannot be read is none, which the build reports."""
    from generator.inventory.shapes import shapes
    from generator.resolve.services.packs import load_packs

    registry, _, _ = load_packs({}, own, set())
    by_type = {**_installed(), **{name: _shape(name, pack) for name, pack in registry.packs.items()}}
    return shapes(shape for _, shape in sorted(by_type.items()))


@cache
def _installed() -> Mapping[str, PackShape]:
    """obsgen's own packs, by type."""
    from generator.resolve.services.packs import load_packs
    from generator.workspace import PackFiles

    files = PackFiles()
    registry, _, _ = load_packs(files, {}, set(files))
    return {name: _shape(name, pack) for name, pack in registry.packs.items()}


def _shape(name: str, pack: Pack) -> PackShape:
    parameters = pack.parameters
    required = tuple(key for key, it in parameters.items() if not it.optional and it.default is None)
    measured = [metric for alarm in pack.alarms.values() for _, metric in alarm.measured]
    return PackShape(
        name,
        required,
        tuple(parameters),
        {key: it.form for key, it in parameters.items() if it.form},
        pack.region or "",
        tuple(ShapeMetric(*_metric_name(metric, pack), tuple(metric.dimensions.items())) for metric in measured),
        tuple(_alarm(key, alarm, pack) for key, alarm in pack.alarms.items()),
        not pack.filters and any(_can_be_query(alarm) for alarm in pack.alarms.values()),
    )


def _alarm(name: str, alarm: PackAlarm, pack: Pack) -> ShapeAlarm:
    from generator.spec.packs import Relative

    metrics = [alarm.metric] if alarm.metric else list(alarm.metrics.values())
    metric_names = tuple(_metric_name(metric, pack) for metric in metrics)
    is_default = alarm.enabled and not alarm.needs and not isinstance(alarm.threshold, Relative) and bool(metric_names)
    return ShapeAlarm(name, metric_names, is_default, alarm.missing_data.as_ == "breaching")


def _metric_name(metric: PackMetric, pack: Pack) -> tuple[str, str]:
    """Namespace and name; a parameter in them has its default, such as the namespace of the agent."""
    from generator.spec.packs import filled

    defaults = {key: it.default for key, it in pack.parameters.items() if it.default is not None}
    return filled(metric.namespace, defaults), filled(metric.name, defaults)


def _can_be_query(alarm: PackAlarm) -> bool:
    reach = alarm.period * alarm.datapoints.of
    return alarm.enabled and bool(alarm.metric) and alarm.statistic in _QUERY_STATISTICS and reach <= _LONGEST_QUERY
