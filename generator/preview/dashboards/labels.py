"""Labels of lines: CloudWatch's dynamic labels worked out, and a label for lines without one.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series
from generator.evaluate.types import MetricId
from generator.preview.charts.numbers import short_number

_PLACEHOLDER = re.compile(r"\$\{\s*([A-Z_]{1,40}|PROP\('[^'}]{1,255}'\))\s*\}")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """What a label can say of a line."""

    usual: str
    grid: Grid
    values: Series
    properties: Mapping[str, str]


def dynamic_label(label: str, line: LabelledLine) -> str:
    """A label with its placeholders worked out; one that CloudWatch does not know stays as it is."""
    if "${" not in label:
        return label[:LONGEST]
    return _PLACEHOLDER.sub(lambda match: _worked_out(match, line), label[:LONGEST])


def _worked_out(match: re.Match[str], line: LabelledLine) -> str:
    name = match[1]
    if name == "LABEL":
        return line.usual
    if name.startswith("PROP("):
        return line.properties.get(name[6:-2], match[0])
    known = np.flatnonzero(np.isfinite(line.values))
    if name == "DATAPOINT_COUNT":
        return str(len(known))
    is_time = name.endswith(("_TIME", "_TIME_RELATIVE"))
    place = _PLACES.get(name.removesuffix("_RELATIVE").removesuffix("_TIME"))
    reduced = _NUMBERS.get(name)
    if (place is None or not is_time) and reduced is None:
        return match[0]
    if not len(known):
        return "--"
    if reduced is not None:
        return short_number(reduced(line.values[known]))
    assert place is not None, "only names of times are left"
    at = line.grid.start + line.grid.period * int(known[place(line.values[known])])
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


_NUMBERS: Mapping[str, Callable[[Series], float]] = {
    "AVG": lambda values: float(np.mean(values)),
    "FIRST": lambda values: float(values[0]),
    "LAST": lambda values: float(values[-1]),
    "MAX": lambda values: float(np.max(values)),
    "MIN": lambda values: float(np.min(values)),
    "SUM": lambda values: float(np.sum(values)),
}
_PLACES: Mapping[str, Callable[[Series], int]] = {
    "FIRST": lambda _values: 0,
    "LAST": lambda values: len(values) - 1,
    "MAX": lambda values: int(np.argmax(values)),
    "MIN": lambda values: int(np.argmin(values)),
}


def metric_properties(metric: MetricId, account_name: str, statistic: str, period: int, label: str) -> dict[str, str]:
    """What `${PROP('…')}` gives of a metric."""
    return {
        "AccountId": metric.account,
        "AccountLabel": account_name,
        "MetricName": metric.name,
        "Namespace": metric.namespace,
        "Period": str(period),
        "Region": metric.region,
        "Stat": statistic,
        "Label": label,
        **{f"Dim.{name}": value for name, value in metric.dimensions},
    }


def usual_labels(metrics: Sequence[tuple[MetricId, str, str]]) -> list[str]:
    """Labels of metrics without one of their own: what tells them apart, the name where nothing does.

    metrics: each with its statistic and the name of its account.
    """
    parts = [
        [metric.name, *(value for _, value in metric.dimensions), account, statistic, metric.region]
        for metric, statistic, account in metrics
    ]
    width = max(map(len, parts), default=0)
    differing = {
        index for index in range(width) if len({part[index] if index < len(part) else "" for part in parts}) > 1
    }
    return [" ".join(word for index, word in enumerate(part) if index in differing) or part[0] for part in parts]
