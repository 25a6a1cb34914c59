"""What a metric measures and in which unit: for the axis of a chart, and for samples that look like it."""

from __future__ import annotations

import re
from typing import Literal

from generator.aws.metrics import lookup

Measure = Literal["percent", "health", "latency", "errors", "age", "bytes", "gauge", "count"]

# The first that fits, in the words of AWS's own metrics and of names that people give theirs.
_MEASURES: tuple[tuple[Measure, str], ...] = (
    ("health", r"SuccessPercent|SuccessRate|Availability|^Healthy|ComplianceRate|Heartbeat"),
    ("errors", r"Error|Fail|Fault|Throttl|Reject|Denied|4XX|5XX|Dropped|Timeout|DeadLetter|Unhealthy|Refused"),
    ("percent", r"Percent|Utili[sz]ation|Rate$|Ratio|Burn"),
    ("age", r"Age|Lag|Oldest|Delay|Behind"),
    ("latency", r"Duration|Latency|ResponseTime|Millis|Elapsed"),
    ("bytes", r"Bytes|Storage|Memory|DiskSpace|VolumeSize"),
    ("gauge", r"Concurren|Connections|Visible|Depth|Size|Running|Active|Pending|Queue|Tasks"),
)
_PATTERNS = tuple((measure, re.compile(pattern, re.IGNORECASE)) for measure, pattern in _MEASURES)
_BY_UNIT: dict[str, Measure] = {"Percent": "percent", "Milliseconds": "latency", "Seconds": "latency", "Bytes": "bytes"}
# A name longer than this is not searched for words.
_LONGEST_NAME = 255


def measure_of(name: str, unit: str = "") -> Measure:
    """What a metric of this name, in this unit, most likely measures; a count where nothing says more."""
    by_name = next((measure for measure, pattern in _PATTERNS if pattern.search(name[:_LONGEST_NAME])), None)
    return by_name or _BY_UNIT.get(unit, "count")


def unit_of(namespace: str, name: str, statistic: str) -> str:
    """The unit of AWS's own metrics, in CloudWatch's words; nothing where only the data says it."""
    if statistic == "SampleCount":
        return "Count"
    listed = lookup(namespace)
    metric = listed.metrics.get(name) if listed else None
    return metric.unit if metric and metric.unit != "None" else ""
