"""Custom metrics: those of metric filters, and those of obsgen's functions that alarms watch, each billed once.

CloudWatch bills a metric for each hour in which it has values, and each combination of dimensions as a metric.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.cost.charges import Charge, Kind, Priced, no_part
from generator.evaluate.template.properties import Properties

DIMENSIONS = "a metric filter with dimensions publishes a metric for each combination; one is counted"
# Metrics that obsgen's functions publish by their log or by PutMetricData; all others are AWS's or the user's.
_OWN_NAMESPACES = ("Obsgen/", "TagCompliance")
_ANY_DIMENSIONS = "*"


def _filter(properties: Properties) -> Iterator[Charge]:
    for transformation in properties.list("MetricTransformations"):
        namespace, name = (transformation.given.get(key) for key in ("MetricNamespace", "MetricName"))
        if not transformation.list("Dimensions"):
            yield _metric(_identity(namespace, name, ()))
            continue
        # Of obsgen's own, alarms watch every combination.
        more = "" if is_own(namespace) else DIMENSIONS
        yield _metric(_name(namespace, name) + _ANY_DIMENSIONS, more)


def watched_metric(metric: Mapping[str, Any]) -> Iterator[Charge]:
    """The metric that an alarm watches, if a function of obsgen publishes it: where it is watched."""
    if is_own(metric.get("Namespace")):
        yield _metric(_identity(metric["Namespace"], metric.get("MetricName"), metric.get("Dimensions") or ()))


def is_own(namespace: Any) -> bool:
    """Whether obsgen's functions and filters publish the metrics of a namespace."""
    return isinstance(namespace, str) and namespace.startswith(_OWN_NAMESPACES)


def _metric(identity: str, more: str = "") -> Charge:
    return Charge(Kind.METRICS, "custom-metric", more=more, identity=identity)


def _name(namespace: Any, name: Any) -> str:
    return json.dumps([namespace, name], sort_keys=True) + "\n"


def _identity(namespace: Any, name: Any, dimensions: Iterable[Any]) -> str:
    return _name(namespace, name) + json.dumps(
        sorted(json.dumps(dimension, sort_keys=True) for dimension in dimensions)
    )


def distinct(identities: Iterable[str]) -> int:
    """How many metrics these are: one with any dimensions is none beside those with known ones."""
    pairs = {identity.partition("\n")[::2] for identity in identities}
    known = {name for name, dimensions in pairs if dimensions != _ANY_DIMENSIONS}
    return sum(1 for name, dimensions in pairs if dimensions != _ANY_DIMENSIONS or name not in known)


PRICED: Mapping[str, Priced] = {"AWS::Logs::MetricFilter": Priced(_filter, no_part)}
