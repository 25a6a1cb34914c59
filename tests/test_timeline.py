"""The chart of a played span as it is on a terminal: whole pictures, and what has to hold for every picture."""

from __future__ import annotations

import math
import textwrap
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generator.render.timeline
from generator.render.timeline import LEAST_WIDTH, State, TimelineData, TimelineMark, Track, timeline
from generator.render.timeline_scale import elapsed, exact, number, values_scale
from generator.render.timeline_text import wide

MINUTE, HOUR, DAY = 60, 3600, 86_400


def errors(
    *values: float | None, threshold: float | None = 5, comparison: str = ">", period: int = MINUTE
) -> TimelineData:
    return TimelineData("Errors", 0, period, values, threshold, comparison)


def drawn(picture: str) -> str:
    return textwrap.dedent(picture).removeprefix("\n")


# --- whole pictures --------------------------------------------------------------------------------------------


def test_the_picture_in_the_docstring_is_one_that_is_drawn() -> None:
    tracks = [Track("errors", "OK", [(180, "ALARM")])]
    found = timeline(
        (0, 240), errors(2, 0, 8, None), tracks, [TimelineMark(120, 120, False, "expected ALARM")], width=47, height=6
    )

    shown = drawn("""
        Errors, each 1m   ● > 5   ○ not > 5   · no data
              8 ┤                      ●
                │
              5 ┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
                │
                │    ○
              0 ┤             ○                 ·
                └┬────────┬────────┬────────┬────────┬
                 0m       1m       2m       3m       4m
         errors  OK ────────────────────────ALARM ━━━━
        not met                    ▲ expected ALARM
    """)
    assert found == shown
    assert textwrap.indent(shown, "    ").rstrip() in (generator.render.timeline.__doc__ or "")


def test_an_alarm_its_composite_and_what_was_expected() -> None:
    data = TimelineData("Errors", 0, MINUTE, [0, 0, 2, 0, 8, 8, None, 0, 6, 0], 5, ">", "Count")
    tracks = [
        Track("error-alarm-prod", "INSUFFICIENT_DATA", [(0, "OK"), (300, "ALARM"), (420, "OK"), (540, "ALARM")]),
        Track("application-health-composite-alarm-prod", "OK", [(300, "ALARM"), (420, "OK")]),
    ]
    marks = [
        TimelineMark(240, 240, False, "expected ALARM"),
        TimelineMark(300, 420, True, "expected ALARM within 2m"),
        TimelineMark(0, 600, False, "never ALARM"),
    ]

    assert timeline((0, 600), data, tracks, marks) == drawn("""
        Errors (Count), each 1m   ● > 5   ○ not > 5   · no data
                                 8 ┤                  ●   ●
                                   │                                  ●
                                   │
                                 5 ┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
                                   │
                               2.5 ┤
                                   │          ○
                                 0 ┤  ○   ○       ○           ·   ○       ○
                                   └┬───────┬───────┬───────┬───────┬───────┬
                                    0m      2m      4m      6m      8m      10m
                  error-alarm-prod  OK ─────────────────ALARM ━━OK ─────━━━━━
        application-h…e-alarm-prod  OK ─────────────────ALARM ━━OK ──────────
                           not met                  ▲ expected ALARM
                               met                      └───────┘ expected ALARM with…
                           not met  └ never ALARM ──────────────────────────┘
                                    ━━ ALARM   ── OK
    """)


def test_one_period() -> None:
    track = Track("a", "OK", [(60, "ALARM")])

    assert timeline((0, 60), errors(7), [track], [TimelineMark(60, 60, True, "expected ALARM")], width=40) == drawn("""
        Errors, each 1m   ● > 5
          7 ┤                 ●
            │
            │
          6 ┤
            │
        5.5 ┤
            │
          5 ┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
            └┬─────────────────────────────────┬
             0m                               1m
          a  OK ───────────────────────────────━
        met                     expected ALARM ▲
             ━━ ALARM   ── OK
    """)


def test_ascii_only() -> None:
    track = Track("ä", "INSUFFICIENT_DATA", [(60, "OK"), (180, "ALARM")])
    marks = [TimelineMark(180, 180, True, "expected ALARM"), TimelineMark(60, 120, True, "expected OK")]

    found = timeline((0, 180), errors(4, None, 7), [track], marks, width=50, ascii=True)

    assert found.isascii()
    assert found == drawn("""
        Errors, each 1m   X > 5   o not > 5   . no data
          7 |                                   X
            |
          6 |
            |
            |
          5 +-------------------------------------------
            |
          4 |       o             .
            ++-------------+-------------+-------------+
             0m            1m            2m            3m
          ?  ..............OK -------------------------#
        met                             expected ALARM ^
        met                [_____________] expected OK
             ## ALARM   .. INSUFFICIENT_DATA   -- OK
    """)


def test_a_day_shows_the_one_minute_that_breached() -> None:
    values = [float(minute % 5) for minute in range(1440)]
    values[700] = 5.001
    track = Track("error-alarm-prod", "OK", [(701 * MINUTE, "ALARM"), (702 * MINUTE, "OK")])

    found = timeline((0, DAY), errors(*values), [track], [TimelineMark(701 * MINUTE, DAY, True, "expected ALARM")])

    assert found == drawn("""
        Errors, each 1m, 24 in a column   ● > 5   ○ not > 5
                 5.001 ┤                             ●
                     5 ┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┊╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
                       │                             ┊
                       │○○○○○○○○○○○○○○○○○○○○○○○○○○○○○┊○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○
                       │┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊
                     2 ┤┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊
                       │┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊┊
                     0 ┤○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○○
                       └┬────┬────┬────┬────┬────┬────┬────┬────┬────┬────┬────┬────┬
                        0m   2h   4h   6h   8h   10h  12h  14h  16h  18h  20h  22h  1d
        error-a…m-prod  OK ──────────────────────────━OK ────────────────────────────
                   met                expected ALARM └──────────────────────────────┘
                        ━━ ALARM   ── OK
    """)


def test_values_that_are_all_the_same_are_one_row() -> None:
    assert timeline((0, 300), errors(*[7] * 5, threshold=7, comparison=">="), [], [], width=40) == drawn("""
        Errors, each 1m   ● >= 7
        7 ┼╌╌╌●╌╌╌╌╌╌●╌╌╌╌╌╌●╌╌╌╌╌╌●╌╌╌╌╌╌●╌╌╌╌
          └┬──────┬──────┬──────┬──────┬──────┬
           0m     1m     2m     3m     4m     5m
    """)


def test_nothing_was_published_and_there_is_no_threshold() -> None:
    assert timeline((0, 300), errors(*[None] * 5, threshold=None), [], [], width=40) == drawn("""
        Errors, each 1m   · no data
         │   ·      ·      ·      ·      ·
         └┬──────┬──────┬──────┬──────┬──────┬
          0m     1m     2m     3m     4m     5m
    """)


def test_values_without_a_threshold() -> None:
    assert timeline((0, 900), errors(-2, 3, 12.5, threshold=None, period=300), [], [], width=40) == drawn("""
        Errors, each 5m   ○ value
        12.5 ┤                           ○
             │
         8.8 ┤
             │
           5 ┤
             │                ○
             │
          -2 ┤     ○
             └┬──────────┬──────────┬──────────┬
              0m         5m         10m      15m
    """)


def test_a_huge_value_does_not_hide_what_is_near_the_threshold() -> None:
    assert timeline((0, 300), errors(1e12, 5.1, 5, 4.9, -3e9), [], [], width=40) == drawn("""
        Errors, each 1m   ● > 5   ○ not > 5
          1T ┤   ●
             │
             │
        500G ┤
             │
             │         ●
           5 ┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌○╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
         -3G ┤                     ○     ○
             └┬─────┬─────┬─────┬─────┬─────┬
              0m    1m    2m    3m    4m    5m
    """)


def test_seconds_a_long_title_and_some_missing_in_a_column() -> None:
    latency = TimelineData("Latency", 0, 10, [0.1, 0.2, 0.9, None, 0.4, 0.5, 0.51, 0.49, 0.2], 0.5, ">=", "Seconds")
    track = Track("slow", "OK", [(30, "ALARM"), (40, "INSUFFICIENT_DATA"), (50, "OK"), (60, "ALARM")])
    gaps = errors(*[None if minute % 7 == 3 else 6 for minute in range(60)])

    assert timeline((0, 90), latency, [track], [TimelineMark(30, 30, True, "expected ALARM")], width=60) == drawn("""
        Latency (Seconds), each 10s
        ● >= 0.5   ○ not >= 0.5   · no data
         0.9 ┤            ●
             │
             │                                ●
         0.5 ┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌●╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
             │                      ○              ○
        0.25 ┤
             │       ○                                  ○
           0 ┤  ○              ·
             └┬──────┬───────┬──────┬───────┬──────┬───────┬
              0m     15s     30s    45s     1m     1m15s   1m30s
        slow  OK ────────────━━━━━┄┄┄┄┄OK ──ALARM ━━━━━━━━━━
         met                 ▲ expected ALARM
              ━━ ALARM   ┄┄ INSUFFICIENT_DATA   ── OK
    """)
    assert timeline((0, HOUR), gaps, [], [], width=48, height=4) == drawn("""
        Errors, each 1m, 2 in a column
        ● > 5   · no data
        6 ┤●●●●●●●●●●●●●●●●●●●●●●●●●●●●●●
          │
          │
        5 ┼╌·╌╌╌·╌╌·╌╌╌·╌╌·╌╌╌·╌╌·╌╌╌·╌╌·╌
          └┬────┬────┬────┬────┬────┬────┬
           0m   10m  20m  30m  40m  50m  1h
    """)


def test_only_states() -> None:
    """A composite has no data of its own."""
    tracks = [Track("either", "OK", [(300, "ALARM")]), Track("one", "INSUFFICIENT_DATA", [])]

    assert timeline((0, 600), None, tracks, [], width=60) == drawn("""
               └┬────┬────┬────┬────┬────┬────┬────┬────┬────┬─────┬
                0m   1m   2m   3m   4m   5m   6m   7m   8m   9m  10m
        either  OK ──────────────────────ALARM ━━━━━━━━━━━━━━━━━━━━━
           one  INSUFFICIENT_DATA ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
    """)


# --- what holds for every picture ------------------------------------------------------------------------------

_VALUE = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, 5.0, -5.0, 5e-324, 1.7e308, -1.7e308]))
_TIME = st.integers(-(10**6), 10**6)
_TEXT = st.text(max_size=60)
_STATE = st.sampled_from(get_args(State))
_DATA = st.builds(
    TimelineData,
    _TEXT,
    _TIME,
    st.sampled_from([-1, 0, 1, 10, 30, 60, 300, 3600, 86_400]),
    st.lists(_VALUE, max_size=60),
    _VALUE,
    st.sampled_from([">", ">=", "<", "<=", "", "GreaterThanUpperThreshold"]),
    _TEXT,
)
_TRACK = st.builds(Track, _TEXT, _STATE, st.lists(st.tuples(_TIME, _STATE), max_size=8))
_MARK = st.builds(TimelineMark, _TIME, _TIME, st.booleans(), _TEXT)


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(_TIME, _TIME),
    st.one_of(st.none(), _DATA),
    st.lists(_TRACK, max_size=3),
    st.lists(_MARK, max_size=3),
    st.integers(-5, 130),
    st.integers(-2, 20),
    st.booleans(),
)
def test_a_picture_keeps_within_its_width(
    span: tuple[int, int],
    data: TimelineData | None,
    tracks: list[Track],
    marks: list[TimelineMark],
    width: int,
    height: int,
    is_ascii: bool,
) -> None:
    found = timeline(span, data, tracks, marks, width=width, height=height, ascii=is_ascii)

    assert all(wide(line) <= max(width, LEAST_WIDTH) for line in found.split("\n"))
    assert all(sign.isprintable() for sign in found.replace("\n", ""))
    assert found.isascii() or not is_ascii


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=300),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([">", ">=", "<", "<="]),
    st.integers(40, 130),
)
def test_every_breach_is_seen_on_its_side_of_the_threshold(
    values: list[float | None], threshold: float, comparison: str, width: int
) -> None:
    data = errors(*values, threshold=threshold, comparison=comparison)
    known = [value for value in values if value is not None]
    strictly = [value for value in known if (value > threshold if ">" in comparison else value < threshold)]
    breaches = bool(strictly) or ("=" in comparison and threshold in known)

    lines = timeline((0, len(values) * MINUTE), data, [], [], width=width).splitlines()
    rows = lines[next(at for at, line in enumerate(lines) if set("┤┼│") & set(line)) :]

    assert any("●" in row for row in rows) == breaches
    line = next(at for at, row in enumerate(rows) if "┼" in row)
    beyond = rows[:line] if ">" in comparison else rows[line + 1 :]
    before = rows[line + 1 :] if ">" in comparison else rows[:line]
    assert any("●" in row for row in beyond) == bool(strictly)
    assert not any("●" in row for row in before) and not any("○" in row for row in beyond)


@pytest.mark.parametrize("minutes", [1, 3, 47, 60, 240, 1440])
@pytest.mark.parametrize("at", [0.0, 0.4, 0.99])
def test_a_breach_and_the_alarm_that_follows_are_in_their_columns(minutes: int, at: float) -> None:
    """Also where several minutes share a column."""
    values = [0.0] * minutes
    breach = int(minutes * at)
    values[breach] = 9.0
    track = Track("a", "OK", [((breach + 1) * MINUTE, "ALARM"), ((breach + 2) * MINUTE, "OK")])

    rows = timeline((0, minutes * MINUTE), errors(*values), [track], []).splitlines()

    point = next(row.index("●") for row in rows[1:] if "●" in row)
    alarm = next(row for row in rows if row.split()[0] == "a")
    first = alarm.index("ALARM") if "ALARM" in alarm else alarm.index("━")
    columns = len(next(row for row in rows if "└┬" in row).partition("└")[2])
    assert first >= point
    assert first - point <= max(1, math.ceil(columns / minutes))


def test_style_paints_by_role_and_nothing_else() -> None:
    painted: list[tuple[str, str]] = []

    def style(text: str, role: str) -> str:
        painted.append((text, role))
        return f"<{text}>"

    arguments = (
        (0, 180),
        errors(4, None, 7),
        [Track("a", "OK", [(180, "ALARM")])],
        [TimelineMark(60, 60, False, "an OK")],
    )
    coloured = timeline(*arguments, width=50, style=style)

    assert coloured.replace("<", "").replace(">", "") == timeline(*arguments, width=50).replace(">", "")
    assert ("●", "breaching") in painted and ("○", "within") in painted and ("━", "ALARM") in painted
    assert ("▲ an OK", "not met") in [(text.strip(), role) for text, role in painted]
    assert {role for _, role in painted} == {"breaching", "within", "threshold", "OK", "ALARM", "not met"}


# --- what stands beside the axes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "short", "whole"),
    [
        (0, "0", "0"),
        (-0.25, "-0.25", "-0.25"),
        (1234.5678, "1235", "1234.5678"),
        (12_346, "12.35k", "12346"),
        (9_999_999, "10M", "9999999"),
        (1e300, "1e300", "1e300"),
        (-3e-7, "-3e-7", "-3e-7"),
        (0.1 + 0.2, "0.3", "0.3"),
    ],
)
def test_a_number_is_short_beside_the_axis_and_whole_above(value: float, short: str, whole: str) -> None:
    assert (number(value), exact(value)) == (short, whole)


@pytest.mark.parametrize(
    ("seconds", "label"),
    [(0, "0m"), (45, "45s"), (90, "1m30s"), (5400, "1h30m"), (86_400, "1d"), (129_600, "1d12h")],
)
def test_time_is_told_since_the_start(seconds: int, label: str) -> None:
    assert elapsed(seconds) == label


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20),
    st.one_of(st.none(), st.floats(-1e9, 1e9)),
    st.integers(3, 20),
)
def test_labels_differ_and_stand_at_the_row_of_their_value(
    values: list[float], threshold: float | None, height: int
) -> None:
    scale = values_scale(values, threshold, height)

    assert scale
    labels = scale.labels()
    assert len(set(labels.values())) == len(labels) <= max(4, 1)
    assert set(labels) >= {0, scale.rows - 1} and (threshold is None or scale.threshold_row in labels)
    rows = [scale.row(value) for value in sorted(values)]
    assert rows == sorted(rows) and set(rows) <= set(range(scale.rows))
