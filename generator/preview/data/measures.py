"""What a metric measures and in which unit: for the axis of a chart, and for samples that look like it."""

from __future__ import annotations

import re
from typing import Literal

from generator.aws.metrics import lookup

Measure = Literal["percent", "health", "latency", "errors", "age", "bytes", "gauge", "count"]

# The first that fits, by the beginnings of the words in AWS's own names and in names that people give theirs.
_MEASURES: tuple[tuple[Measure, str], ...] = (
    ("health", "success percent|success rate|availability|healthy|compliance rate|heartbeat"),
    ("errors", "error|fail|fault|throttl|reject|denied|4xx|5xx|dropped|timeout|dead|unhealthy|refused|rejected"),
    ("latency", "duration|latency|response time|millis|elapsed"),
    ("percent", r"percent|utili[sz]ation|rate\b|ratio|share|burn|budget"),
    ("age", r"age\b|lag|oldest|delay|behind"),
    ("bytes", "bytes|storage|memory|disk|volume"),
    ("gauge", "concurren|connections|visible|depth|size|running|active|pending|queue|tasks"),
)
_PATTERNS = tuple((measure, re.compile(rf"\b(?:{pattern})")) for measure, pattern in _MEASURES)
_WORD = re.compile(r"\d[Xx]{2}|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_BY_UNIT: dict[str, Measure] = {"Percent": "percent", "Milliseconds": "latency", "Seconds": "latency", "Bytes": "bytes"}
# A name longer than this is not searched for words.
_LONGEST_NAME = 255


def measure_of(name: str, unit: str = "") -> Measure:
    """What a metric of this name, in this unit, most likely measures; a count where nothing says more."""
    words = " ".join(_WORD.findall(name[:_LONGEST_NAME])).lower()
    by_name = next((measure for measure, pattern in _PATTERNS if pattern.search(words)), None)
    return by_name or _BY_UNIT.get(unit, "count")


def unit_of(namespace: str, name: str, statistic: str) -> str:
    """The unit of AWS's own metrics, in CloudWatch's words; nothing where only the data says it."""
    if statistic == "SampleCount":
        return "Count"
    listed = lookup(namespace)
    metric = listed.metrics.get(name) if listed else None
    return metric.unit if metric and metric.unit != "None" else ""
