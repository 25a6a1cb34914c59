"""Metrics as they are named in the YAML, looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from generator.findings import Finding, Path, unknown_reference
from generator.model.logs import MetricFilter
from generator.model.signals import Metric
from generator.resolve.alarms.metric_names import invalid_metric_name
from generator.resolve.scope import Scope
from generator.spec.signals import MetricSpec, UnitMetricSpec


def find_measured(
    spec: UnitMetricSpec, path: Path, scope: Scope, filters: Mapping[str, MetricFilter], findings: list[Finding]
) -> Metric | None:
    """The metric of an alarm, with the unit of the data that is used."""
    metric = find_metric(spec, path, scope, filters, findings)
    return replace(metric, unit=spec.unit) if metric and spec.unit else metric


def find_metric(
    spec: MetricSpec, path: Path, scope: Scope, filters: Mapping[str, MetricFilter], findings: list[Finding]
) -> Metric | None:
    """The metric that is meant: a filter's, or one by namespace and name."""
    dimensions = tuple(
        sorted(
            (name, scope.fill_in_place(value, (*path, "dimensions", name), findings))
            for name, value in spec.dimensions.items()
        )
    )
    if spec.filter and (spec.namespace or spec.name):
        message = "a metric requires `filter`, or `namespace` and `name`, but not both"
        findings.append(Finding("R06", message, path, hint="remove one of the two"))
        return None
    if spec.filter:
        metric_filter = filters.get(spec.filter)
        if metric_filter is None:
            known = scope.document.metric_filters
            if spec.filter not in known:
                at = (*path, "filter")
                otherwise = "add it to metric_filters"
                findings.append(unknown_reference("R02", "metric filter", spec.filter, known, at, otherwise))
            return None
        return replace(metric_filter.metric, dimensions=dimensions)
    if spec.namespace and spec.name:
        namespace = scope.fill(spec.namespace, (*path, "namespace"), findings)
        name = scope.fill(spec.name, (*path, "name"), findings)
        findings += invalid_metric_name(namespace, name, dimensions, path)
        # The metric of one of our filters stays that filter's, even where it is named the long way.
        ours = (f.key for f in filters.values() if (f.metric.namespace, f.metric.name) == (namespace, name))
        return Metric(namespace, name, dimensions, filter=next(ours, None))
    message = "a metric requires `filter: key`, or `namespace` and `name`"
    findings.append(Finding("R06", message, path, hint="write {namespace: AWS/Lambda, name: Errors, dimensions: {…}}"))
    return None
