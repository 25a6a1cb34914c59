"""Series in promtool's notation, and what is said about a text that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.scenarios.notation import MOST_VALUES, NotationError, Values, parse


def series(*values: float | None) -> Values:
    return tuple(None if value is None else (float(value),) for value in values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The examples of promtool's own page.
        ("-2+4x3", series(-2, 2, 6, 10)),
        (" 1-2x4", series(1, -1, -3, -5, -7)),
        (" 1x4", series(1, 1, 1, 1, 1)),
        (" 1 _x3 stale", series(1, None, None, None, None)),
        # The rest.
        ("0x5 10+10x3 _ _x3", series(*[0] * 6, 10, 20, 30, 40, *[None] * 4)),
        ("1e3 .5 +7 -0.25", series(1000, 0.5, 7, -0.25)),
        ("1e-1+1e-1x1", series(0.1, 0.2)),
        ("[1 2 3] [4, 5]x1 [6]", ((1.0, 2.0, 3.0), (4.0, 5.0), (4.0, 5.0), (6.0,))),
        ("_x0 7x0", series(7)),
        ("[5x2 80]x1 [1x0]", ((5.0, 5.0, 5.0, 80.0), (5.0, 5.0, 5.0, 80.0), (1.0,))),
    ],
)
def test_a_series_is_written_out(text: str, expected: Values) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "token", "hint"),
    [
        ("1 2 drei", "drei", "values (5)"),
        ("10+10", "10+10", "10+10x3"),
        ("5*3", "5*3", "5x3"),
        ("1 NaN", "NaN", "rejects NaN"),
        ("[]", "[]", "[120 80 3100]"),
        ("[1 _]", "[1 _]", "[120 80 3100]"),
        ("[1 2", "[1", "values (5)"),
        ("1x-2", "1x-2", "values (5)"),
        ("", "", '"0x5'),
        ("1e999", "1e999", ""),
        ("0+1e308x9", "0+1e308x9", ""),
        (f"1x{MOST_VALUES}", f"1x{MOST_VALUES}", "interval"),
        (f"[1x{'9' * 30}]", f"[1x{'9' * 30}]", "fewer"),
        (f"[1x{MOST_VALUES - 1}] 1", "1", "interval"),
        (f"_x{'9' * 5000}", f"_x{'9' * 5000}", "interval"),
        (f"0+1x{'9' * 50}", f"0+1x{'9' * 50}", "interval"),
    ],
)
def test_what_is_no_series_is_told_with_the_part_that_is_not(text: str, token: str, hint: str) -> None:
    found = parse(text)
    assert isinstance(found, NotationError)
    assert (found.token, hint in found.hint) == (token, True)


NUMBERS = st.integers(-1000, 1000).map(lambda number: number / 4)
TOKENS = st.one_of(
    NUMBERS.map(lambda a: (f"{a}", [(a,)])),
    st.integers(0, 9).map(lambda n: (f"_x{n}", [None] * n)),
    st.just(("_", [None])),
    st.just(("stale", [None])),
    st.tuples(NUMBERS, NUMBERS, st.integers(0, 9)).map(
        lambda t: (f"{t[0]}{t[1]:+}x{t[2]}", [(t[0] + t[1] * n,) for n in range(t[2] + 1)])
    ),
    st.tuples(st.lists(NUMBERS, min_size=1, max_size=4), st.integers(0, 4)).map(
        lambda t: (f"[{' '.join(map(str, t[0]))}]x{t[1]}", [tuple(t[0])] * (t[1] + 1))
    ),
)


@given(st.lists(TOKENS, min_size=1, max_size=12))
def test_tokens_stand_for_what_they_say_one_after_the_other(tokens: list[tuple[str, list[object]]]) -> None:
    expected = tuple(value for _text, values in tokens for value in values)
    found = parse("  ".join(text for text, _values in tokens))
    assert found == expected or (not expected and isinstance(found, NotationError))


@given(st.text(alphabet="01259.+-xe_[] ,staleNa", max_size=40))
def test_no_text_raises(text: str) -> None:
    found = parse(text)
    assert isinstance(found, NotationError) or len(found) <= MOST_VALUES
