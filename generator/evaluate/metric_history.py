"""A metric alarm through time: evaluation after evaluation, the state it is in and the data points that made it so.

What came before the start of a play is not known, unless it was published with it. It is taken for what the state of
the alarm says it was: breaching where `states` has it in ALARM, missing where in INSUFFICIENT_DATA, and fine else, so
that a play begins with everything in order and not with the false alarms of data that nobody has told us of. A period
that the start cuts in two counts for what is seen of it; only where the alarm is about too few (a Sum or SampleCount
below something), half a period says nothing and is taken for the same.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from generator.evaluate.alarm_points import Points
from generator.evaluate.alarm_reason import reason
from generator.evaluate.alarm_state import Comparison, Condition, Missing, breaches, decide
from generator.evaluate.play import State, Transition, Watched
from generator.evaluate.template import MetricAlarm

_COUNTING = ("Sum", "SampleCount")


@dataclass(frozen=True, slots=True)
class History:
    """What became of an alarm."""

    transitions: tuple[Transition, ...]
    state: State
    watched: Watched


def history(alarm: MetricAlarm, points: Points, span: tuple[int, int], before: State | None) -> History:
    """How an alarm fares from span[0] to span[1]. before: its state then, if somebody says it."""
    rhythm = points.rhythm
    threshold, comparison = alarm.threshold or 0.0, cast(Comparison, alarm.comparison)
    condition = Condition(alarm.datapoints, alarm.periods, cast(Missing, alarm.missing))
    values = [None if value != value else value for value in points.values.tolist()]
    breaching = [None if one is None else breaches(comparison, one, threshold, threshold) for one in values]
    state: State = before or "INSUFFICIENT_DATA"
    transitions: list[Transition] = []
    back = (points.reach - 1) * rhythm.stride
    for index in range(back, len(values)):
        at = points.first + index * rhythm.step
        window = breaching[index - back : index + 1 : rhythm.stride]
        if at - points.reach * rhythm.period < points.since:
            window = _with_assumptions(alarm, window, at, points, before)
        after = decide(condition, window, state)
        if after == state:
            continue
        seen = values[index - back : index + 1 : rhythm.stride]
        if not _is_held(points, index, seen):
            transitions.append(_transition(alarm, points, at, (state, after), window, seen))
            state = after
    return History(tuple(transitions), state, _watched(alarm, points, span))


def _is_held(points: Points, index: int, seen: Sequence[float | None]) -> bool:
    """Whether the newest value is a percentile of too few samples; it decides while the periods after it are empty."""
    empty = next((age for age, value in enumerate(reversed(seen)) if value is not None), 0)
    return bool(points.few[index - empty * points.rhythm.stride])


def _transition(
    alarm: MetricAlarm,
    points: Points,
    at: int,
    states: tuple[State, State],
    window: Sequence[bool | None],
    seen: Sequence[float | None],
) -> Transition:
    """A change, with the newest data points, as many as the alarm asks for, and those of them that speak for it."""
    period = points.rhythm.period
    newest = [
        (at - (index + 1) * period, value, is_breaching)
        for index, (value, is_breaching) in enumerate(zip(reversed(seen), reversed(window), strict=True))
        if is_breaching is not None
    ][: alarm.periods]
    speaking = [
        (start, value)
        for start, value, breaches_ in newest
        if value is not None and breaches_ == (states[1] == "ALARM")
    ]
    missing = window[-alarm.periods :].count(None)
    values = tuple(value for _start, value, _breaching in reversed(newest) if value is not None)
    return Transition(alarm.alarm, max(at, points.start), *states, reason(alarm, *states, speaking, missing), values)


def _with_assumptions(
    alarm: MetricAlarm, window: list[bool | None], at: int, points: Points, before: State | None
) -> list[bool | None]:
    """The data points of an evaluation that reaches back before anything is known."""
    period = points.rhythm.period
    oldest = at - len(window) * period
    hidden = min(len(window), max(0, (points.since - oldest) // period))
    if hidden < len(window) and oldest + hidden * period < points.since:
        hidden += window[hidden] is None or _is_about_too_few(alarm)
    assumed: Mapping[State, bool | None] = {"ALARM": True, "OK": False, "INSUFFICIENT_DATA": None}
    return [assumed[before or "OK"]] * hidden + window[hidden:]


def _is_about_too_few(alarm: MetricAlarm) -> bool:
    counts = any(entry.stat is not None and entry.stat.statistic in _COUNTING for entry in alarm.entries)
    return counts and alarm.comparison.startswith("Less")


def _watched(alarm: MetricAlarm, points: Points, span: tuple[int, int]) -> Watched:
    """The data points of periods that follow on each other, all within the span, as a graph has them."""
    rhythm = points.rhythm
    start = span[0] + -(span[0] - rhythm.phase) % rhythm.period
    first = (start + rhythm.period - points.first) // rhythm.step
    chosen = points.values[first :: rhythm.stride].tolist()
    values = tuple(None if value != value else value for value in chosen)
    return Watched(alarm.alarm, start, rhythm.period, values, alarm.threshold, alarm.comparison)
