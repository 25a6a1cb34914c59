"""One look at an alarm: the guide's tables of missing data, in our own letters, and what follows from them.

`.` does not breach, `x` breaches, `-` is missing; the newest on the right.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.evaluate.alarms.state import AlarmCondition, Comparison, Missing, breaches, decide, lookback

MODES: tuple[Missing, ...] = ("missing", "ignore", "breaching", "notBreaching")
SHARED = Path(__file__).parents[3] / "shared" / "vectors" / "alarms.yaml"
# Points, M, N, then the state for each way to treat missing data; `keeps` is the state before.
TABLES = """
. - x - x  3 3  OK OK OK OK
. - - - -  3 3  OK OK OK OK
- - - - -  3 3  INSUFFICIENT_DATA keeps ALARM OK
. x x - x  3 3  ALARM ALARM ALARM ALARM
- - x - -  3 3  ALARM keeps ALARM OK
. - x - x  2 3  ALARM ALARM ALARM ALARM
. . x . x  2 3  ALARM ALARM ALARM ALARM
. - x - -  2 3  OK OK ALARM OK
- - - - .  2 3  OK OK ALARM OK
- - - x -  2 3  ALARM keeps ALARM OK
"""
LETTERS = {".": False, "x": True, "-": None}
CELLS = [
    (letters, int(needed), int(of), mode, state)
    for row in TABLES.strip().splitlines()
    for letters, numbers, states in [row.split("  ")]
    for needed, of in [numbers.split()]
    for mode, state in zip(MODES, states.split(), strict=True)
]


@pytest.mark.parametrize(("letters", "needed", "of", "mode", "state"), CELLS)
@pytest.mark.parametrize("before", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_the_tables(letters: str, needed: int, of: int, mode: Missing, state: str, before: str) -> None:
    points = [LETTERS[letter] for letter in letters.split()]
    assert decide(AlarmCondition(needed, of, mode), points, before) == (before if state == "keeps" else state)  # type: ignore[arg-type]


def shared() -> list[tuple[str, dict[str, object], Missing]]:
    rows = yaml.safe_load(SHARED.read_text()) if SHARED.exists() else []
    kept = [row for row in rows if row["confidence"] in ("doc", "doc-derived")]
    return [(row["name"], row, mode) for row in kept for mode in MODES if row["treat_missing"].get(mode)]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared vectors are not here")
@pytest.mark.parametrize(("name", "row", "mode"), shared(), ids=[f"{n}-{m}" for n, _, m in shared()])
def test_the_shared_vectors(name: str, row: dict[str, object], mode: Missing) -> None:
    points = [{"0": False, "X": True, "-": None}[letter] for letter in str(row["datapoints"]).split()]
    condition = AlarmCondition(int(str(row["M"])), int(str(row["N"])), mode)
    for before in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        wanted = row["treat_missing"][mode]  # type: ignore[index]
        found = decide(condition, points, before)
        if wanted == "NOT_ALARM":
            assert found != "ALARM" or before == "ALARM"
        else:
            assert found == (before if wanted == "RETAIN" else wanted)


@pytest.mark.parametrize(("of", "periods"), [(1, 5), (3, 5), (4, 6), (10, 12)])
def test_more_is_looked_at_than_the_evaluation_periods(of: int, periods: int) -> None:
    assert lookback(of) == periods


POINTS = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=12)


@given(POINTS, st.integers(1, 5), st.integers(0, 4), st.sampled_from(MODES))
def test_a_breach_more_never_ends_an_alarm(points: list[bool | None], needed: int, more: int, mode: Missing) -> None:
    condition = AlarmCondition(needed, needed + more, mode)
    worse = [True if point is False else point for point in points]
    if decide(condition, points, "OK") == "ALARM":
        assert decide(condition, worse, "OK") == "ALARM"


@given(POINTS, st.integers(1, 5), st.integers(0, 4))
def test_breaching_alarms_wherever_not_breaching_does(points: list[bool | None], needed: int, more: int) -> None:
    strict, lenient = (AlarmCondition(needed, needed + more, mode) for mode in ("breaching", "notBreaching"))
    if decide(lenient, points, "OK") == "ALARM":
        assert decide(strict, points, "OK") == "ALARM"


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", {6}),
        ("GreaterThanOrEqualToThreshold", {5, 6}),
        ("LessThanThreshold", {4}),
        ("LessThanOrEqualToThreshold", {4, 5}),
    ],
)
def test_comparisons_with_a_threshold(comparison: Comparison, breaching: set[int]) -> None:
    assert {value for value in (4, 5, 6) if breaches(comparison, value, 5, 5)} == breaching


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanUpperThreshold", {5}),
        ("LessThanLowerThreshold", {1}),
        ("LessThanLowerOrGreaterThanUpperThreshold", {1, 5}),
    ],
)
def test_comparisons_with_a_band(comparison: Comparison, breaching: set[int]) -> None:
    assert {value for value in range(1, 6) if breaches(comparison, value, 2, 4)} == breaching


def test_every_cell_is_tried() -> None:
    assert len(CELLS) == 40 == len(list(itertools.product(TABLES.strip().splitlines(), MODES)))
