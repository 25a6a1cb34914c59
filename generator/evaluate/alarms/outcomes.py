"""The results of many evaluations of a metric alarm at once: the rule of alarms.state for a month of evaluations.

A look gives a state, or keeps the one that was there. Neither depends on the looks before it, so all of them can be
found with a few sums over the whole series; alarm_state stays the rule, and the tests hold this to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from generator.evaluate.alarms.state import AlarmCondition
from generator.evaluate.math.series import Series
from generator.evaluate.types import State

STATES: tuple[State, ...] = ("OK", "ALARM", "INSUFFICIENT_DATA")
KEEPS = len(STATES)
"""In place of a state's number: whatever state there was stays."""
OK, ALARM, INSUFFICIENT_DATA = range(KEEPS)

COMPARED: Mapping[str, Callable[[Series, float], npt.NDArray[np.bool_]]] = {
    "GreaterThanThreshold": np.greater,
    "GreaterThanOrEqualToThreshold": np.greater_equal,
    "LessThanThreshold": np.less,
    "LessThanOrEqualToThreshold": np.less_equal,
}
"""Whether each of many values breaches a threshold; a missing one never does."""

COMPARED_WITH_BAND: Mapping[str, Callable[[Series, Series, Series], npt.NDArray[np.bool_]]] = {
    "GreaterThanUpperThreshold": lambda values, _lower, upper: values > upper,
    "LessThanLowerThreshold": lambda values, lower, _upper: values < lower,
    "LessThanLowerOrGreaterThanUpperThreshold": lambda values, lower, upper: (values < lower) | (values > upper),
}
"""Whether each of many values breaches the bounds of a band, lower and upper."""

Flags = npt.NDArray[np.bool_]
Outcomes = npt.NDArray[np.int8]
_Counts = npt.NDArray[np.int64]


def outcomes(condition: AlarmCondition, breaching: Flags, missing: Flags, lookback: int, stride: int) -> Outcomes:
    """What each look decides that sees `lookback` points, every stride-th; the first one ends with the last of these.

    breaching, missing: of each point.
    """
    looks = max(0, breaching.size - (lookback - 1) * stride)
    if stride == 1 or not looks:
        return _of_neighbours(condition, breaching, missing, lookback) if looks else np.empty(0, dtype=np.int8)
    # Points that are seen together are made neighbours, and a look that would see two such rows is left out again.
    rows = -(-breaching.size // stride)

    def together(flags: Flags, padding: bool) -> Flags:
        padded = np.concatenate([flags, np.full(rows * stride - flags.size, padding)])
        return padded.reshape(rows, stride).T.ravel()

    states = np.zeros(rows * stride, dtype=np.int8)
    states[lookback - 1 :] = _of_neighbours(condition, together(breaching, False), together(missing, True), lookback)
    return states.reshape(stride, rows)[:, lookback - 1 :].T.ravel()[:looks]


def _of_neighbours(condition: AlarmCondition, breaching: Flags, missing: Flags, lookback: int) -> Outcomes:
    present = ~missing
    real_before, breaches_before = _sums(present), _sums(breaching & present)
    newest, oldest = real_before[lookback:], real_before[:-lookback]
    breaches = breaches_before[lookback:] - breaches_before[:-lookback]
    real = newest - oldest
    # Of the real points alone, the last so many; where a look does not see as many, this is not used.
    among_real = _sums(breaching[present])
    of_last = among_real[newest] - among_real[np.maximum(newest - condition.of, 0)]
    decided = _chosen(of_last >= condition.needed)
    is_short = real < condition.of
    if is_short.any():
        short = np.flatnonzero(is_short)
        first_real = np.append(np.flatnonzero(present), present.size)[oldest[short]]
        age = short + lookback - first_real
        decided[short] = _of_few(condition, real[short], breaches[short], age)
    return decided


def _of_few(condition: AlarmCondition, real: _Counts, breaches: _Counts, age: _Counts) -> Outcomes:
    """Where fewer points are there than the alarm asks for. age: of the oldest of them, in periods."""
    match condition.missing:
        case "breaching":
            return _chosen(breaches + condition.of - real >= condition.needed)
        case "notBreaching":
            return _chosen(breaches >= condition.needed)
        case "missing":
            in_alarm = (breaches >= condition.needed) | ((breaches == real) & (age >= condition.needed))
            unknown = INSUFFICIENT_DATA
        case "ignore":
            in_alarm, unknown = breaches >= condition.needed, KEEPS
    decided = _chosen(in_alarm & (real > 0))
    decided[~in_alarm & (breaches == real) | (real == 0)] = unknown
    return decided


def _chosen(in_alarm: Flags) -> Outcomes:
    return in_alarm.astype(np.int8)


def _sums(flags: Flags) -> _Counts:
    """How many are set before each, and in all."""
    sums = np.zeros(flags.size + 1, dtype=np.int64)
    np.cumsum(flags, out=sums[1:])
    return sums
