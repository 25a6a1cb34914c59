"""A reference to a metric."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path
from generator.model.signals import Metric


@dataclass(frozen=True, slots=True)
class MetricReference:
    """A reference of an alarm or a graph to a metric: its path in the YAML, and its statistic.

    region: that of a line with its own; empty for that of the graph, and for alarms.
    """

    path: Path
    metric: Metric
    statistic: str
    region: str = ""
