"""Counts of incidents, pages, tickets and messages of a test, compared with the expected ones."""

from __future__ import annotations

from collections.abc import Iterator

from generator.drill.incident_process import Result
from generator.scenarios.entries import Expect

_MS = 1000
# The kinds of messages that count as each; updates of existing ones do not count.
_KINDS = {"pages": ("page",), "tickets": ("ticket",), "messages": ("message", "digest")}


def expected_counts(expect: Expect) -> list[str]:
    """In words: `1 incident`, `<= 4 messages`."""
    return [_words(str(count), name, singular=str(count) == "1") for name, count in expect.counts.items()]


def unmet_counts(expect: Expect, result: Result, window: tuple[int, int] | None) -> list[str]:
    """The counts that are not as expected, in words. window: in seconds; None for the whole test."""
    counts = {name: _counted(name, result, window) for name in expect.counts}
    return [
        _words(str(number), name, singular=number == 1)
        for name, number in counts.items()
        if not expect.counts[name].holds(number)
    ]


def counted(result: Result) -> dict[str, int]:
    """The numbers of incidents, pages, tickets and messages."""
    return {name: _counted(name, result, None) for name in ("incidents", *_KINDS)}


def _counted(name: str, result: Result, window: tuple[int, int] | None) -> int:
    return sum(window is None or window[0] * _MS <= at <= window[1] * _MS for at in _times(name, result))


def _times(name: str, result: Result) -> Iterator[int]:
    if name == "incidents":
        return (incident.at for incident in result.incidents if incident.kind != "no-data")
    return (message.at for message in result.messages if message.kind in _KINDS[name])


def _words(number: str, name: str, *, singular: bool) -> str:
    return f"{number} {name[:-1] if singular else name}"
