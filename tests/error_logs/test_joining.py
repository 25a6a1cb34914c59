"""Rows of one stack trace are one event, whatever language wrote them; rows of two are two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.error_logs.classify import continues, joined
from handlers.error_logs.fingerprint import Rules, fingerprint
from handlers.error_logs.joining import CHARACTERS, GAP, LINES
from handlers.error_logs.rows import Event, Row
from tests.error_logs.corpus import SETS, events

LOG, STREAM = "111122223333:/ecs/shop", "shop/1"


def rows(text: str, at: int = 0, stream: str = STREAM) -> list[Row]:
    """A row a line, a millisecond apart, as a driver writes them that knows no events of many lines."""
    return [Row(at + number, LOG, stream, line) for number, line in enumerate(text.split("\n"))]


TRACES = [
    event
    for half in SETS
    for kind, event in events(half)
    if "\n" in event
    and kind not in ("lambda-killed", "rust-panic-index", "rails-record-not-found", "pg-duplicate-orders")
]


@pytest.mark.parametrize("trace", TRACES, ids=range(len(TRACES)))
def test_a_trace_that_comes_line_by_line_is_the_event_that_it_was(trace: str) -> None:
    found = list(joined(rows(trace)))
    assert found == [Event(0, LOG, STREAM, trace, trace.count("\n") + 1)]


def test_a_trace_line_by_line_has_the_fingerprint_of_the_trace_in_one() -> None:
    for trace in TRACES:
        (event,) = joined(rows(trace))
        assert fingerprint(event.text, Rules()) == fingerprint(trace, Rules())


def test_two_traces_of_one_stream_are_two_events() -> None:
    trace = next(event for event in TRACES if event.startswith("Traceback"))
    assert [event.text for event in joined(rows(trace) + rows(trace, at=100))] == [trace, trace]


SEPARATE = (
    "ERROR one\nERROR two",
    "2026-01-01T00:00:00Z ERROR one\n2026-01-01T00:00:00Z ERROR two",
    '{"level":"error","msg":"one"}\n{"level":"error","msg":"two"}',
    "redis.exceptions.TimeoutError: one\nredis.exceptions.TimeoutError: two",
    "at once, an error\nattention: error",
    "[ERROR] one\n[ERROR] two",
    "worker: failed\nFiles are missing: error",
)


@pytest.mark.parametrize("text", SEPARATE)
def test_lines_that_are_events_of_their_own_stay_so(text: str) -> None:
    assert [event.text for event in joined(rows(text))] == text.split("\n")


def test_another_stream_another_log_and_a_later_second_begin_an_event() -> None:
    first, line = Row(0, LOG, STREAM, "ERROR x"), "    at f (/a/b.js:1:1)"
    for other in (Row(1, LOG, "b", line), Row(1, "c", STREAM, line), Row(GAP + 1, LOG, STREAM, line)):
        assert len(list(joined([first, other]))) == 2
    assert len(list(joined([first, Row(GAP, LOG, STREAM, line)]))) == 1


def test_the_gap_counts_from_row_to_row() -> None:
    found = list(joined([Row(number * GAP, LOG, STREAM, "  at x.y(Z.java:1)") for number in range(5)]))
    assert [event.lines for event in found] == [5]


def test_the_bounds_are_those_of_the_page() -> None:
    assert (GAP, LINES, CHARACTERS) == (1000, 50, 8192)


def test_of_an_event_without_an_end_only_so_much_is_kept() -> None:
    (event,) = joined(
        [Row(0, LOG, STREAM, "ERROR x")]
        + [Row(number // 9, LOG, STREAM, "\tat a.b(C.java:1)") for number in range(9000)]
    )
    assert event.lines == 9001 and event.text.count("\n") == LINES - 1
    (event,) = joined([Row(0, LOG, STREAM, "ERROR x")] + [Row(0, LOG, STREAM, "  " + "y" * 4000)] * 9)
    assert event.lines == 10 and len(event.text) == CHARACTERS


CONTINUES = (
    "\tat a.b.C.d(C.java:1)",
    "    at f (/x.js:1:2)",
    "at f (/x.js:1:2)",
    "   at A.B(C c) in /x.cs:line 1",
    "Caused by: x.Y: z",
    "Traceback (most recent call last):",
    '  File "/x.py", line 1, in f',
    "goroutine 7 [running]:",
    "... 12 more",
    "\t... 12 more",
    "During handling of the above exception, another exception occurred:",
    "}",
    "Suppressed: x.Y",
    "",
    "created by main.main",
)


@pytest.mark.parametrize("text", CONTINUES)
def test_a_line_of_a_trace_continues(text: str) -> None:
    assert continues(text)


@pytest.mark.parametrize(
    "text", ("ERROR x", "java.lang.Error: x", "attempt failed", "{", "Filed", "2026-01-01 x", "at")
)
def test_another_line_does_not(text: str) -> None:
    assert not continues(text)


ROWS = st.lists(
    st.builds(
        Row,
        st.integers(0, 5000),
        st.sampled_from("ab"),
        st.sampled_from("cd"),
        st.sampled_from((*CONTINUES, "ERROR x", "x.y.ZError: q")),
    ),
    max_size=30,
).map(lambda found: sorted(found, key=lambda row: (row.log, row.stream, row.at)))


@given(ROWS)
def test_every_row_is_in_exactly_one_event(found: list[Row]) -> None:
    made = list(joined(found))
    assert sum(event.lines for event in made) == len(found)
    assert "\n".join(event.text for event in made) == "\n".join(row.text for row in found)
