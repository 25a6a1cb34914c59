"""What an alarm measured against what, as far as its state change says; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def measured(configuration: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """`ApplicationErrors Sum 12, threshold 5`, or as much of it as is known."""
    data = _reason_data(state)
    points = data.get("recentDatapoints")
    numbers = [value for value in points if isinstance(value, int | float)] if isinstance(points, list) else []
    words = [_signal(configuration)]
    if numbers:
        words.append(f"{numbers[-1]:g}")
    text = " ".join(word for word in words if word)
    limits = [f"threshold {data['threshold']:g}"] if isinstance(data.get("threshold"), int | float) else []
    for name, label in (("recentLowerThresholds", "lower"), ("recentUpperThresholds", "upper")):
        band = data.get(name)
        if isinstance(band, list) and band and isinstance(band[-1], int | float):
            limits.append(f"{label} threshold {band[-1]:g}")
    partial = ["from partial data"] if state.get("evaluationState") == "PARTIAL_DATA" else []
    return ", ".join(part for part in (text, *limits, *partial) if part)


def _reason_data(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """A JSON string inside the JSON; anything else is as good as none."""
    try:
        data = json.loads(state.get("reasonData") or "{}")
    except (TypeError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _signal(configuration: Mapping[str, Any]) -> str:
    metrics = configuration.get("metrics")
    for entry in metrics if isinstance(metrics, list) else []:
        if not isinstance(entry, dict) or not entry.get("returnData"):
            continue
        stat = entry.get("metricStat")
        if isinstance(stat, dict) and isinstance(stat.get("metric"), dict):
            return f"{stat['metric'].get('name', '')} {stat.get('stat', '')}".strip()
        return str(entry.get("label") or entry.get("expression") or "")[:200]
    return ""
