"""A captured metric as the evaluator reads metrics: a statistic over any periods.

From `fine_from` on there are minutes, and a period may begin at each of them as CloudWatch's do. Before, there are
five minutes: a period is moved to the full five minutes before it, which loses short peaks, and a period that is no
multiple of five minutes has no value there.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html (retention of data points)
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generator.backtest.windows import COMPOSED, Values, composed
from generator.capture.capture import Capture
from generator.capture.series import MetricSeries, SeriesIndex, SeriesKey
from generator.evaluate.metrics.statistics import Statistic

Times = npt.NDArray[np.int64]
MINUTE, COARSE = 60, 300
_KEPT_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class DataWindow:
    """The time of metric data, in seconds since 1970: five minutes from `start` on, minutes from `fine_from` on."""

    start: int
    fine_from: int
    end: int


def data_window(capture: Capture) -> DataWindow | None:
    """The time of a capture's metric data; None where it has none."""
    window = capture.metric_data
    if window is None:
        return None
    return DataWindow(window.from_ms // 1000, window.fine_from_ms // 1000, window.to_ms // 1000)


class ParsedRows:
    """Series as arrays, of which the last ones are kept: a month of all of them does not fit into memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int, int], tuple[MetricSeries, Values]] = OrderedDict()

    def row(self, series: MetricSeries, start: int, end: int) -> Values:
        """The values of a series between two times, in seconds since 1970. Raises BadCapture."""
        query = (id(series), start, end)
        if query in self._kept:
            self._kept.move_to_end(query)
            return self._kept[query][1]
        values = _between(series, start, end)
        self._kept[query] = (series, values)
        if len(self._kept) > _KEPT_AT_ONCE:
            self._kept.popitem(last=False)
        return values


def _between(series: MetricSeries, start: int, end: int) -> Values:
    """The values of a series between two times, not-a-number where there is none."""
    # Not `series.values`, which would keep a list of every series that was ever read.
    values = np.array(series.load(), dtype=np.float64)
    offset = (start - series.start_ms // 1000) // series.step_s
    return _from(values, offset, max(0, (end - start) // series.step_s))


def _from(values: Values, offset: int, count: int) -> Values:
    """So many values from one of them on, not-a-number before the first and after the last."""
    row = np.full(count, np.nan)
    first, last = max(0, offset), min(values.size, offset + count)
    if first < last:
        row[first - offset : last - offset] = values[first:last]
    return row


class CapturedMetric:
    """One metric, in one unit or in any. rows: keeps what was read last, of all metrics."""

    def __init__(self, key: SeriesKey, index: SeriesIndex, window: DataWindow, rows: ParsedRows) -> None:
        self.key = key
        self._index = index
        self._window = window
        self._rows = rows
        self._has_data: npt.NDArray[np.bool_] | None = None

    # --- what was captured ------------------------------------------------------------------------------------------

    def missing_statistic(self, statistic: str, period: int) -> str:
        """What would have to be captured and was not; nothing where the statistic is known."""
        if statistic == "Average":
            return self.missing_statistic("Sum", period) or self.missing_statistic("SampleCount", period)
        if statistic in COMPOSED:
            return "" if self._index.get(self.key, statistic, MINUTE) else statistic
        return "" if self._shifted(statistic, period) else f"{statistic} of {period} seconds"

    def slides(self, statistic: str, period: int) -> bool:
        """Whether periods may begin at each minute; a clock's windows are an approximation."""
        series = None if statistic in (*COMPOSED, "Average") else self._shifted(statistic, period)
        return series is None or series.step_s == MINUTE

    def minutes_with_data(self) -> npt.NDArray[np.bool_] | None:
        """Of each minute from `fine_from` on, whether it has data; None where no statistic tells."""
        name = next((name for name in COMPOSED if self._index.get(self.key, name, MINUTE)), None)
        if self._has_data is None and name is not None:
            self.minutes(name)
        return self._has_data

    def known_since(self, statistic: Statistic | str, period: int, /) -> int:
        """From when on a period without a value is one without data."""
        name = statistic if isinstance(statistic, str) else statistic.name
        return self._window.start if self._has_coarse(name, period) else self._window.fine_from

    # --- values -----------------------------------------------------------------------------------------------------

    def over(self, statistic: Statistic, starts: Times, period: int) -> Values:
        """The statistic of the periods that begin at these times, not-a-number where there is no data."""
        name = statistic.name
        if name == "Average":
            counts = self._of(("SampleCount", starts, period))
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where(counts > 0, self._of(("Sum", starts, period)) / counts, np.nan)
        return self._of((name, starts, period))

    def counts(self, starts: Times, period: int) -> Times:
        """How many samples each period has."""
        counts: Times = np.nan_to_num(self._of(("SampleCount", starts, period))).astype(np.int64)
        return counts

    def _of(self, query: tuple[str, Times, int]) -> Values:
        name, starts, period = query
        values = _at(*self._fine(name, period), starts)
        if self._has_coarse(name, period):
            early = starts < self._window.fine_from
            values[early] = _at(*self._coarse(name, period), starts[early])
        return values

    def _fine(self, name: str, period: int) -> tuple[Values, int, int]:
        """Values of periods, the begin of the first, and the distance of their begins."""
        fine_from, end = self._window.fine_from, self._window.end
        if name in COMPOSED:
            values = self.minutes(name)
            return composed(name, values, period // MINUTE), fine_from - (period - MINUTE), MINUTE
        series = self._shifted(name, period)
        if series is None:
            return np.empty(0), fine_from, MINUTE
        # A clock's windows of many hours need not begin with the data.
        first = fine_from - fine_from % series.step_s
        return self._row(name, (period, series.step_s), first, end), first, series.step_s

    def minutes(self, name: str) -> Values:
        """One of the composed statistics of each minute from `fine_from` on."""
        values = self._row(name, (MINUTE, MINUTE), self._window.fine_from, self._window.end)
        if self._has_data is None:
            # Of all metrics this is kept, as coverage is asked for after the evaluation.
            self._has_data = ~np.isnan(values)
        return values

    def _shifted(self, name: str, period: int) -> MetricSeries | None:
        """A percentile by the alarm's own period, at each minute or as the clock has it."""
        return self._index.get(self.key, name, period, MINUTE) or self._index.get(self.key, name, period)

    # --- before the minutes -----------------------------------------------------------------------------------------

    def _has_coarse(self, name: str, period: int) -> bool:
        if self._window.start >= self._window.fine_from or period % COARSE:
            return False
        if name == "Average":
            return self._has_coarse("Sum", period) and self._has_coarse("SampleCount", period)
        at = COARSE if name in COMPOSED else period
        return self._index.get(self.key, name, at) is not None

    def _coarse(self, name: str, period: int) -> tuple[Values, int, int]:
        """Values of periods before the minutes, the begin of the first, and the distance of their begins."""
        start, fine_from = self._window.start, self._window.fine_from
        if name not in COMPOSED:
            first = start - start % period
            return self._row(name, (period, period), first, fine_from), first, period
        row = self._row(name, (COARSE, COARSE), start, fine_from)
        # Periods that reach into the minutes take theirs, five at a time.
        minutes = self.minutes(name)[: period // MINUTE]
        after = composed(name, minutes, COARSE // MINUTE)[COARSE // MINUTE - 1 :: COARSE // MINUTE]
        row = np.concatenate([row, after])
        return composed(name, row, period // COARSE), start - (period - COARSE), COARSE

    def _row(self, name: str, window: tuple[int, int], start: int, end: int) -> Values:
        """The values of a series between two times. window: its period and its step."""
        series = self._index.get(self.key, name, *window)
        return np.empty(0) if series is None else self._rows.row(series, start, end)


def _at(values: Values, first: int, step: int, starts: Times) -> Values:
    """The values of the periods that begin at these times. first: begin of the first period; step: to the next."""
    if starts.size and starts[-1] - starts[0] == step * (starts.size - 1) and (starts[0] - first) % step == 0:
        # Nearly always: an evaluation each minute, over minutes. Times are at equal distances.
        return _from(values, int(starts[0] - first) // step, starts.size)
    indices = (starts - first) // step
    inside = (indices >= 0) & (indices < values.size)
    values_at = np.full(starts.size, np.nan)
    values_at[inside] = values[indices[inside]]
    return values_at
