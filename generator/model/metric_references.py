"""A reference to a metric."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path
from generator.model.signals import Metric


@dataclass(frozen=True, slots=True)
class MetricReference:
    """A reference of an alarm to a metric: its path in the YAML, and its statistic."""

    path: Path
    metric: Metric
    statistic: str
