"""Which metrics of alarms had data in the two weeks before a capture: ListMetrics lists no others.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from generator.aws.metrics import lookup
from generator.aws.sparse import STEADY, WHERE_SOME
from generator.inventory.alarms import AlarmMetric, InventoryAlarm
from generator.inventory.shapes import Shapes


@dataclass
class SteadyMetrics:
    """The metrics of which no data means that there is nothing to watch, and not that nothing happened."""

    shapes: Shapes
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)

    def has(self, namespace: str, name: str) -> bool:
        """Whether a metric has data as long as its resource has any.

        A name that AWS does not have is one too: no data ever comes.
        """
        key = (namespace, name)
        if key not in self._known:
            self._known[key] = key not in WHERE_SOME and (
                namespace in STEADY or self.shapes.is_needed(namespace, name) or _is_unknown(namespace, name)
            )
        return self._known[key]

    def lines(self, alarms: Iterable[InventoryAlarm]) -> Mapping[str, frozenset[bytes]]:
        """By Region, the lines of a capture that metrics of alarms have where they have data."""
        lines: dict[str, set[bytes]] = {}
        for alarm in alarms:
            for metric in alarm.metrics:
                if self.has(metric.namespace, metric.name):
                    lines.setdefault(alarm.region, set()).add(metric_line(metric))
        return {region: frozenset(of_region) for region, of_region in lines.items()}


def metric_line(metric: AlarmMetric) -> bytes:
    """The line of `metrics` that a metric has in a capture, whose keys and dimensions are sorted."""
    row = {
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        "MetricName": metric.name,
        "Namespace": metric.namespace,
        "OwningAccount": metric.account,
    }
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")


def _is_unknown(namespace: str, name: str) -> bool:
    of_aws = lookup(namespace)
    return of_aws is not None and not of_aws.open_ended and name not in of_aws.metrics
