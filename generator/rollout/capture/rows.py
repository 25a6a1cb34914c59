"""Answers of AWS as rows: times as texts, JSON in texts as what it says, tags of the kept keys only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from generator.capture.times import datetime_ms, format_ms


def plain(value: Any) -> Any:
    """A value of an answer as JSON can have it."""
    if isinstance(value, datetime):
        return format_ms(datetime_ms(value))
    if isinstance(value, Mapping):
        return {str(key): plain(child) for key, child in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list | tuple):
        return [plain(child) for child in value]
    return value


def parsed(text: Any) -> Any:
    """What a text of JSON says; the text itself where it is none."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (TypeError, ValueError, RecursionError):
        return text
    return value if isinstance(value, dict) else text


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def tags_of(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """A list of keys and values as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in tags}


def metric_row(metric: Mapping[str, Any], account: str) -> dict[str, Any]:
    """A metric of ListMetrics with its owner."""
    dimensions = sorted(metric.get("Dimensions", []), key=lambda dimension: str(dimension["Name"]))
    return {
        "OwningAccount": account,
        "Namespace": metric["Namespace"],
        "MetricName": metric["MetricName"],
        "Dimensions": [{"Name": dimension["Name"], "Value": dimension["Value"]} for dimension in dimensions],
    }
