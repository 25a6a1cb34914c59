"""The states of an alarm over the time of a capture, from its history.

DescribeAlarmHistory has 30 days. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.capture.times import parse_ms
from generator.capture.types import HistoryItem

ALARM, OK, MISSING = "ALARM", "OK", "INSUFFICIENT_DATA"
DAY_MS = 86_400_000
_SUMMARY = re.compile(r"updated from (\w+) to (\w+)")


@dataclass(frozen=True, slots=True)
class StateSpan:
    """A state from one time to another; is_open: it lasted beyond the capture."""

    state: str
    from_ms: int
    to_ms: int
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """The states between two times, without a gap. from_ms: when the alarm got its present condition, or the capture
    begins, whichever is later.
    """

    from_ms: int
    to_ms: int
    spans: tuple[StateSpan, ...]

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.to_ms - self.from_ms) / DAY_MS

    def ms_in(self, state: str) -> int:
        """How long it was in a state."""
        return sum(span.to_ms - span.from_ms for span in self.spans if span.state == state)

    def share_in(self, state: str) -> float:
        """The share of the time in a state."""
        return self.ms_in(state) / max(1, self.to_ms - self.from_ms)

    @property
    def firings(self) -> tuple[StateSpan, ...]:
        """Each stay in ALARM that began within the time."""
        return tuple(span for span in self.spans[1:] if span.state == ALARM)

    def between(self, from_ms: int, to_ms: int) -> Timeline | None:
        """A part of it; None where it has nothing of that time."""
        start, end = max(from_ms, self.from_ms), min(to_ms, self.to_ms)
        if start >= end:
            return None
        spans = [span for span in self.spans if span.from_ms < end and span.to_ms > start]
        before = StateSpan(MISSING, start, start)
        cut = [
            StateSpan(s.state, max(s.from_ms, start), min(s.to_ms, end), s.is_open and s.to_ms <= end) for s in spans
        ]
        # A stay that begins with the part is one of its firings only if the state changed then.
        is_begun = bool(cut) and spans[0].from_ms == start and start > self.from_ms
        return Timeline(start, end, (before, *cut) if is_begun else tuple(cut))

    def busiest_day(self) -> tuple[int, int]:
        """The most firings within 24 hours, and when those began; (0, from_ms) without any."""
        starts = [span.from_ms for span in self.firings]
        counts = [(bisect_right(starts, start + DAY_MS - 1) - index, -start) for index, start in enumerate(starts)]
        most, start = max(counts, default=(0, -self.from_ms))
        return most, -start


def timeline(definition: Mapping[str, Any], items: Sequence[HistoryItem], from_ms: int, to_ms: int) -> Timeline:
    """The timeline of an alarm. items: its history, oldest first."""
    changed = _changed_ms(definition, items)
    start = min(max(from_ms, changed), to_ms)
    changes = [(item.at_ms, states) for item in items if (states := _states(item))]
    within = [change for change in changes if start < change[0] <= to_ms]
    # The state before a change is what the change says: an alarm that was made again has not that of the old one.
    state = within[0][1][0] if within else _constant_state(definition, changes, to_ms)
    since = start
    spans: list[StateSpan] = []
    for at_ms, (_, new) in within:
        if new != state:
            spans.append(StateSpan(state, since, at_ms))
            since, state = at_ms, new
    return Timeline(start, to_ms, (*spans, StateSpan(state, since, to_ms, is_open=True)))


def _changed_ms(definition: Mapping[str, Any], items: Sequence[HistoryItem]) -> int:
    """When it got its present condition: what it did before, another alarm did."""
    updates = [item.at_ms for item in items if item.kind == "ConfigurationUpdate"]
    try:
        return max([parse_ms(definition.get("AlarmConfigurationUpdatedTimestamp")), *updates[-1:]])
    except ValueError:
        return updates[-1] if updates else 0


def _constant_state(definition: Mapping[str, Any], changes: Sequence[tuple[int, tuple[str, str]]], to_ms: int) -> str:
    """The state of an alarm that did not change in the time: its present one.

    One that changed between the time of the capture and its description was in the state before, which its history does
    not have: OK where no older change says otherwise.
    """
    after = next((states for at_ms, states in changes if at_ms > to_ms), None)
    if after:
        return after[0]
    if _transitioned_ms(definition) > to_ms:
        return changes[-1][1][1] if changes else OK
    return str(definition.get("StateValue", MISSING))


def _transitioned_ms(definition: Mapping[str, Any]) -> int:
    """When its state changed last; 0 where it does not say."""
    try:
        return parse_ms(definition.get("StateTransitionedTimestamp") or definition.get("StateUpdatedTimestamp"))
    except ValueError:
        return 0


def _states(item: HistoryItem) -> tuple[str, str] | None:
    """The old and the new state; None for another kind of item."""
    if item.kind != "StateUpdate":
        return None
    if isinstance(item.data, Mapping):
        states = [_value(item.data.get(key)) for key in ("oldState", "newState")]
        if all(states):
            return states[0], states[1]
    summary = _SUMMARY.search(item.summary)
    return (summary[1], summary[2]) if summary else None


def _value(state: object) -> str:
    value = state.get("stateValue") if isinstance(state, Mapping) else None
    return value if isinstance(value, str) else ""


def by_alarm(items: Sequence[HistoryItem]) -> dict[str, list[HistoryItem]]:
    """The history of each alarm by its name."""
    histories: dict[str, list[HistoryItem]] = {}
    for item in items:
        histories.setdefault(item.alarm, []).append(item)
    return histories
