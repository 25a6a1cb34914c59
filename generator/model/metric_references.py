"""A metric that something looks at."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path
from generator.model.signals import Metric


@dataclass(frozen=True, slots=True)
class MetricReference:
    """One metric that an alarm looks at: the place that names it in the YAML, and the statistic that is taken of it."""

    path: Path
    metric: Metric
    statistic: str
