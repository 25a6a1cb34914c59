"""How much data the periods of an alarm have in a capture, before any number is drawn from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from generator.backtest.captured_store import CapturedStore
from generator.evaluate.template.contents import MetricAlarm, MetricStat

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class DataCoverage:
    """Of the metric with the least data. periods: share of the alarm's periods with data, of minutes' resolution.

    first, last: begin of the first minute with data and end of the last, in seconds since 1970; None without any.
    """

    metric: MetricStat
    periods: float
    first: int | None
    last: int | None


def coverage(alarm: MetricAlarm, store: CapturedStore) -> DataCoverage | None:
    """The coverage of an alarm that is judged; None where only percentiles of its metrics are in the capture."""
    return min(_of_metrics(alarm, store), key=lambda metric: metric.periods, default=None)


def _of_metrics(alarm: MetricAlarm, store: CapturedStore) -> Iterator[DataCoverage]:
    for entry in alarm.entries:
        if entry.stat is None:
            continue
        has_data = store.data(entry.stat.metric, entry.stat.unit).minutes_with_data()
        if has_data is None:
            continue
        width = max(1, entry.stat.period // _MINUTE)
        whole = has_data[: has_data.size // width * width].reshape(-1, width).any(axis=1)
        present = np.flatnonzero(has_data)
        start = store.window.fine_from
        first, last = (
            (start + _MINUTE * int(present[0]), start + _MINUTE * int(present[-1] + 1))
            if present.size
            else (
                None,
                None,
            )
        )
        yield DataCoverage(entry.stat, float(whole.mean()) if whole.size else 0.0, first, last)
