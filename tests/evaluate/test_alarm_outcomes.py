"""What is found for a whole month at once is what the plain rule says, look by look and period by period."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.evaluate.alarms.outcomes import COMPARED, KEEPS, STATES, outcomes
from generator.evaluate.alarms.state import AlarmCondition, Comparison, Missing, breaches, decide, lookback
from generator.evaluate.metrics.statistics import Statistic, statistic
from generator.evaluate.simulate import simulate
from generator.evaluate.types import AlarmId, Published, SimulationResult, State
from tests.evaluate.test_world import ACCOUNT, REGION, START, deployed, entry, math_alarm, metric, metric_alarm

TREATMENTS: tuple[Missing, ...] = ("missing", "ignore", "breaching", "notBreaching")
COMPARISONS: tuple[Comparison, ...] = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
STATISTICS = ("Sum", "Average", "Minimum", "Maximum", "SampleCount", "p90", "tm80", "wm90", "WM(1:5)", "IQM")
BEFORE: tuple[State, ...] = ("OK", "ALARM", "INSUFFICIENT_DATA")


@st.composite
def conditions(draw: st.DrawFn) -> AlarmCondition:
    of = draw(st.integers(1, 6))
    return AlarmCondition(draw(st.integers(1, of)), of, draw(st.sampled_from(TREATMENTS)))


@st.composite
def points(draw: st.DrawFn) -> list[bool | None]:
    """Long rows of the same, as real ones are, and short ones of anything."""
    runs = st.tuples(st.sampled_from([True, False, None]), st.sampled_from([1, 1, 2, 3, 5, 12]))
    return [point for point, count in draw(st.lists(runs, max_size=25)) for _ in range(count)]


@settings(max_examples=250, deadline=None)
@given(conditions(), points(), st.sampled_from([1, 2, 5, 7]))
@example(AlarmCondition(2, 3, "missing"), [None, None, None, True, None, None], 1)
def test_looks_decide_as_each_would_alone(condition: AlarmCondition, seen: list[bool | None], stride: int) -> None:
    breaching, missing = np.array([one is True for one in seen], bool), np.array([one is None for one in seen], bool)
    far = lookback(condition.of)

    found = outcomes(condition, breaching, missing, far, stride)

    back = (far - 1) * stride
    assert found.size == max(0, len(seen) - back)
    for index, decided in enumerate(found.tolist()):
        window = seen[index : index + back + 1 : stride]
        for before in BEFORE:
            assert decide(condition, window, before) == (before if decided == KEEPS else STATES[decided])


@given(st.sampled_from(COMPARISONS), st.lists(st.floats(allow_nan=False)), st.floats(allow_nan=False))
def test_values_are_compared_as_each_would_alone(name: Comparison, values: list[float], threshold: float) -> None:
    assert COMPARED[name](np.array(values), threshold).tolist() == [
        breaches(name, value, threshold, threshold) for value in values
    ]


# --- the whole of it -------------------------------------------------------------------------------------------

VALUES = st.sampled_from([0.0, 0.1, 0.2, 1.0, 4.9, 5.0, 5.1, 9.0, -3.0])
SAMPLES = st.one_of(st.none(), st.lists(VALUES, max_size=3).map(tuple), VALUES.map(lambda value: (value,)))


@st.composite
def published(draw: st.DrawFn) -> Published:
    runs = st.tuples(SAMPLES, st.sampled_from([1, 1, 2, 3, 6, 20]))
    values = tuple(one for one, count in draw(st.lists(runs, max_size=20)) for _ in range(count))
    start = START + draw(st.sampled_from([-1800, -300, -60, -30, 0, 60]))
    return Published(metric(), start, draw(st.sampled_from([10, 30, 60, 60, 300])), values)


@st.composite
def alarms(draw: st.DrawFn) -> dict[str, Any]:
    of = draw(st.integers(1, 5))
    name = draw(st.sampled_from(STATISTICS))
    return {
        "ExtendedStatistic" if name[0] in "ptwWI" else "Statistic": name,
        "Period": draw(st.sampled_from([10, 60, 60, 120, 300])),
        "EvaluationPeriods": of,
        "DatapointsToAlarm": draw(st.integers(1, of)),
        "Threshold": draw(VALUES),
        "ComparisonOperator": draw(st.sampled_from(COMPARISONS)),
        "TreatMissingData": draw(st.sampled_from(TREATMENTS)),
        **({"EvaluateLowSampleCountPercentile": "ignore"} if draw(st.booleans()) else {}),
    }


def plainly(alarm: dict[str, Any], given: list[Published], end: int, before: State | None) -> list[tuple[int, State]]:
    """Every evaluation by itself: each period gathered, its statistic taken, the rule asked. Slow, and easy to read."""
    samples: dict[int, list[float]] = {}
    for one in given:
        for index, several in enumerate(one.values):  # type: ignore[arg-type, var-annotated]
            at = one.start + index * one.period
            samples.setdefault(at // 60 * 60 if one.period % 60 == 0 else at, []).extend(several or ())
    since = min([START, *(one.start // 60 * 60 if one.period % 60 == 0 else one.start for one in given)])
    name = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    taken = statistic(name)
    assert isinstance(taken, Statistic)
    period, of = alarm["Period"], alarm["EvaluationPeriods"]
    condition = AlarmCondition(alarm["DatapointsToAlarm"], of, alarm["TreatMissingData"])
    assumed = {"ALARM": True, "OK": False, "INSUFFICIENT_DATA": None}[before or "OK"]
    is_about_too_few = name in ("Sum", "SampleCount") and alarm["ComparisonOperator"].startswith("Less")

    def point(start: int) -> tuple[bool | None, int]:
        found = [value for at in range(start, start + period) for value in samples.get(at, ())]
        value = taken(np.array(found)) if found else None
        compared = alarm["ComparisonOperator"], value, alarm["Threshold"], alarm["Threshold"]
        return None if value is None else breaches(*compared), len(found)  # type: ignore[arg-type]

    state: State = before or "INSUFFICIENT_DATA"
    changes = []
    for at in range(START, end + 1, 10 if period < 60 else 60):
        window: list[bool | None] = []
        counts: list[int] = []
        for start in range(at - lookback(of) * period, at, period):
            seen, count = point(start)
            counts.append(count)
            is_hidden = start + period <= since
            is_cut = start < since < start + period and (seen is None or is_about_too_few)
            window.append(assumed if is_hidden or is_cut else seen)
        after = decide(condition, window, state)
        newest = next((count for count in reversed(counts) if count), 0)
        is_few = alarm.get("EvaluateLowSampleCountPercentile") and name == "p90" and 0 < newest < 100
        if after != state and not is_few:
            changes.append((at, after))
            state = after
    return changes


def told(found: SimulationResult) -> list[tuple[int, State]]:
    return [(one.at, one.after) for one in found.transitions]


@settings(max_examples=250, deadline=None)
@given(alarms(), st.lists(published(), min_size=1, max_size=2), st.integers(0, 45), st.sampled_from([None, *BEFORE]))
def test_an_alarm_changes_when_the_plain_rule_changes_it(
    alarm: dict[str, Any], given: list[Published], minutes: int, before: State | None
) -> None:
    stack, end = deployed(A=metric_alarm(**{"Statistic": None, **alarm})), START + minutes * 60
    states = {AlarmId(ACCOUNT, REGION, "A"): before} if before else {}

    assert told(simulate([stack], given, [], START, end, states=states)) == plainly(alarm, given, end, before)


ROW = st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(math.nan), st.just(math.inf)), max_size=90)


@settings(deadline=None)
@given(ROW, st.sampled_from([60, 300]), alarms())
def test_an_array_is_played_as_the_same_numbers_one_by_one(
    values: list[float], period: int, alarm: dict[str, Any]
) -> None:
    stack = deployed(A=metric_alarm(**{"Statistic": None, **alarm}), B=math_alarm(entry("m1", ReturnData=True)))
    one_by_one = Published(metric(), START, period, tuple((value,) for value in values))
    array = Published(metric(), START, period, np.array(values))

    assert simulate([stack], [array], [], START, START + 5400) == simulate(
        [stack], [one_by_one], [], START, START + 5400
    )


@settings(deadline=None)
@given(
    st.lists(st.lists(st.floats(-1e9, 1e9), min_size=12, max_size=12), min_size=1, max_size=9).map(np.array),
    st.sampled_from([*STATISTICS, "p0", "ts0", "wm0", "PR(0:9)"]),
    st.integers(1, 12),
)
def test_a_period_s_statistic_does_not_depend_on_the_periods_beside_it(rows: np.ndarray, name: str, count: int) -> None:
    found = statistic(name)
    assert isinstance(found, Statistic)
    rows = np.ascontiguousarray(rows[:, :count])

    sliding = np.lib.stride_tricks.sliding_window_view(rows.ravel(), count)

    for several in (rows, sliding):
        together = [None if math.isnan(value) else value for value in found.of_rows(several).tolist()]
        assert together == [found(row) for row in several]


# --- what is kept ----------------------------------------------------------------------------------------------


class Asked:
    """Numbers that are made when they are asked for."""

    def __init__(self, *values: float) -> None:
        self.values, self.times = values, 0

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self.times += 1
        return np.array(self.values, dtype=dtype)


def test_numbers_are_asked_for_when_an_alarm_needs_them_and_only_then() -> None:
    needed, idle = Asked(0.0, 6.0, math.nan, 0.0), Asked(6.0)
    given = [Published(metric(), START, 60, needed), Published(metric("Else"), START, 60, idle)]

    found = simulate([deployed(A=metric_alarm())], given, [], START, START + 240)

    assert told(found) == [(START, "OK"), (START + 120, "ALARM"), (START + 240, "OK")]
    assert (needed.times, idle.times) == (1, 0)


def test_many_alarms_on_one_metric_read_it_once() -> None:
    numbers = Asked(0.0, 6.0)
    stack = deployed(**{f"A{number}": metric_alarm(Threshold=number) for number in range(5)})

    simulate([stack], [Published(metric(), START, 60, numbers)], [], START, START + 120)

    assert numbers.times == 1


def test_what_was_watched_reads_like_a_tuple() -> None:
    given = Published(metric(), START, 60, np.array([1.0, math.nan, 3.0]))
    values = simulate([deployed(A=metric_alarm())], [given], [], START, START + 180).evaluated[0].values

    assert values == (1.0, None, 3.0)
    assert values != (1.0, None) and values != (1.0, None, 4.0)
    assert (len(values), values[0], values[1], values[-1], values[1:]) == (3, 1.0, None, 3.0, (None, 3.0))
    assert [*values] == [1.0, None, 3.0] and [*reversed(values)] == [3.0, None, 1.0]
    assert hash(values) == hash((1.0, None, 3.0)) and repr(values) == "(1.0, None, 3.0)"
    assert np.array_equal(np.asarray(values), [1.0, math.nan, 3.0], equal_nan=True)
