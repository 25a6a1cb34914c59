"""The parts of a capture: one file for each account, Region and call, and what each row of it has.

Rows are those of AWS's API, whose keys they keep: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FORMAT = 1
CAPTURE, PROBLEMS = "capture.json", "problems.jsonl"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of file. texts: keys with a text in each row. order: what rows are sorted by, before the whole row.

    is_extra: whether it is read only when it is asked for.
    """

    name: str
    texts: tuple[str, ...]
    order: tuple[str, ...]
    is_extra: bool = False

    @property
    def file(self) -> str:
        """The name of the file in the folder of an account and Region."""
        return f"{self.name}.jsonl"


_ALL = (
    Part("alarms", ("AlarmType", "AlarmName", "AlarmArn"), ("AlarmType", "AlarmName")),
    Part(
        "history",
        ("Timestamp", "AlarmName", "AlarmType", "HistoryItemType"),
        ("Timestamp", "AlarmName", "HistoryItemType"),
    ),
    Part(
        "metrics",
        ("OwningAccount", "Namespace", "MetricName"),
        ("OwningAccount", "Namespace", "MetricName", "Dimensions"),
    ),
    Part(
        "metric-data",
        ("account", "namespace", "name", "statistic", "start"),
        ("account", "namespace", "name", "dimensions", "unit", "statistic", "period_s", "start"),
    ),
    Part("metric-filters", ("logGroupName", "filterName"), ("logGroupName", "filterName")),
    Part("log-groups", ("logGroupName",), ("logGroupName",)),
    Part("dashboards", ("DashboardName",), ("DashboardName",)),
    Part("anomaly-detectors", (), ()),
    Part("insight-rules", ("Name",), ("Name",)),
    Part("resources", ("ResourceARN",), ("ResourceARN",)),
    Part("services", ("Type",), ("Type", "Values"), is_extra=True),
    Part("resource-explorer", ("Arn",), ("Arn",), is_extra=True),
    Part("mute-rules", ("Name",), ("Name",), is_extra=True),
    Part("subscription-filters", ("logGroupName", "filterName"), ("logGroupName", "filterName"), is_extra=True),
    Part("quotas", ("ServiceCode", "QuotaCode"), ("ServiceCode", "QuotaCode"), is_extra=True),
)
PARTS = {part.name: part for part in _ALL}
EXTRA = tuple(part.name for part in _ALL if part.is_extra)


def line(row: Row) -> str:
    """A row as its line, without the end of the line: the same row gives the same text."""
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def encode(part: Part, rows: Iterable[Row]) -> bytes:
    """The content of a part's file: sorted, each row once."""
    keyed = sorted((sort_key(part, row), line(row)) for row in rows)
    lines = dict.fromkeys(text for _, text in keyed)
    # Half a surrogate pair, as a dashboard may have one, becomes its escape in JSON.
    return "".join(f"{text}\n" for text in lines).encode("utf-8", "backslashreplace")


def sort_key(part: Part, row: Row) -> tuple[str, ...]:
    """What a row is sorted by in the file of its part."""
    return tuple(_sortable(row.get(name)) for name in part.order)


def _sortable(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:020d}"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
