"""Old against new: the state changes that both alarms had while both existed, and those that only one had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.capture.types import HistoryItem
from generator.importer.beside.takeover import TakenOver

DAY_MS = 86_400_000
# Two alarms are evaluated at different seconds of a minute, and one may see a value a minute later.
TOLERANCE_MS = 120_000
_NO_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class CapturedTransition:
    """A change of an alarm to a state. at_ms: milliseconds since 1970."""

    at_ms: int
    state: str
    before: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """What an old and a new alarm did. from_ms, to_ms: the time in which both existed; equal where never.

    matching: how many changes both had. only_old, only_new: changes that the other one had not, in order of time.
    states: in which both were at the end of the capture, if these differ. is_old_missing: whether the capture lacks the
    old alarm. reason: why nothing can be said; empty where something can.
    """

    resource: TakenOver
    from_ms: int = 0
    to_ms: int = 0
    matching: int = 0
    only_old: tuple[CapturedTransition, ...] = ()
    only_new: tuple[CapturedTransition, ...] = ()
    states: tuple[str, str] | None = None
    is_old_missing: bool = False
    reason: str = ""

    @property
    def days(self) -> float:
        """How long both existed."""
        return (self.to_ms - self.from_ms) / DAY_MS

    @property
    def is_agreed(self) -> bool:
        """Whether no change was only one's, and both ended in one state."""
        return not self.reason and not self.only_old and not self.only_new and self.states is None


def state_changes(history: Iterable[HistoryItem]) -> dict[str, list[CapturedTransition]]:
    """The changes of each alarm, by name, in order of time."""
    changes: dict[str, list[CapturedTransition]] = {}
    for item in history:
        if item.kind != "StateUpdate" or not isinstance(item.data, Mapping):
            continue
        state, before = (_state(item.data.get(name)) for name in ("newState", "oldState"))
        if state and state != before:
            changes.setdefault(item.alarm, []).append(CapturedTransition(item.at_ms, state, before))
    return changes


def _state(value: Any) -> str:
    state = value.get("stateValue") if isinstance(value, Mapping) else None
    return state if isinstance(state, str) else ""


def agreement(
    resource: TakenOver,
    changes: Mapping[str, Sequence[CapturedTransition]],
    created: Mapping[str, int],
    window: tuple[int, int],
    tolerance_ms: int = TOLERANCE_MS,
) -> Agreement:
    """Both alarms from the time on in which the later one was there and had its first data.

    created: since when each alarm has been what it is, by name; a new one of which that is not known is there since the
    end. window: the time of the history. tolerance_ms: how far apart two changes may be that are one.
    """
    begin, end = window
    begin = max(begin, created.get(resource.name, begin), created.get(resource.new_name, end))
    # A new alarm begins without data; its first change is only that.
    newest = next((change for change in changes.get(resource.new_name, ()) if change.at_ms >= begin), None)
    if newest and newest.before == _NO_DATA and created.get(resource.new_name, 0) == begin:
        begin = newest.at_ms + 1
    old, new = (_within(changes.get(name, ()), begin, end) for name in (resource.name, resource.new_name))
    only_old, matched = [], set[int]()
    for change in old:
        partner = _nearest(change, new, matched, tolerance_ms)
        if partner is None:
            only_old.append(change)
        else:
            matched.add(partner)
    only_new = [change for number, change in enumerate(new) if number not in matched]
    # At the edges one side's change may be outside.
    only_old, only_new = (
        [change for change in side if begin + tolerance_ms <= change.at_ms <= end - tolerance_ms]
        for side in (only_old, only_new)
    )
    return Agreement(resource, begin, max(begin, end), len(matched), (*only_old,), (*only_new,))


def _within(changes: Sequence[CapturedTransition], begin: int, end: int) -> list[CapturedTransition]:
    return [change for change in changes if begin <= change.at_ms <= end]


def _nearest(
    change: CapturedTransition, candidates: Sequence[CapturedTransition], matched: set[int], tolerance_ms: int
) -> int | None:
    near = [
        (abs(other.at_ms - change.at_ms), number)
        for number, other in enumerate(candidates)
        if number not in matched and other.state == change.state and abs(other.at_ms - change.at_ms) <= tolerance_ms
    ]
    return min(near)[1] if near else None
