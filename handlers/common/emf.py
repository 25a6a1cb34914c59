"""Metrics by way of the log: one line in the embedded metric format, which CloudWatch turns into data points.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

_NO_PROPERTIES: Mapping[str, str] = MappingProxyType({})


def line(
    namespace: str,
    at: int,
    dimensions: Mapping[str, str],
    metrics: Mapping[str, tuple[float, str]],
    properties: Mapping[str, str] = _NO_PROPERTIES,
) -> str:
    """One document. at: milliseconds since 1970. metrics: name to value and unit. properties: texts, which come
    first because readers may cut a line."""
    directive = {
        "Namespace": namespace,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in metrics.items()],
    }
    values = {name: value for name, (value, _) in metrics.items()}
    aws = {"Timestamp": at, "CloudWatchMetrics": [directive]}
    return json.dumps({**properties, "_aws": aws, **dimensions, **values})


LineWriter = Callable[[str], None]


def write_line(text: str) -> None:
    """To the function's log, as a line of its own: a logging formatter would wrap it, and no metric would come."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
