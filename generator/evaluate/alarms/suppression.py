"""Which actions of an alarm are executed when, where a suppressor alarm or mute rules may hold them.

An action is due when its alarm changes state, and executed as soon as nothing holds it; a further change takes the
place of what is still held, so that at the end the state of then speaks. What holds: the suppressor while it is in
ALARM; a wait after each change of a composite that has a suppressor, so that the suppressor may follow; an extension
after the suppressor has left ALARM, so that the composite may follow; and any mute window. A change of the composite
ends an extension and begins a new wait; a suppressor that goes to ALARM ends both.

Where the guide leaves something open:
- It lets a composite "take its actions" when an extension ends, without saying whether also those that it has taken
  already. The API knows actions as those of a transition; so nothing is executed twice, and nothing without a change.
- What happens at the very moment when a period ends is still within it.
- A wait runs on inside a mute window, so that a mute that ends after it is followed by the action at once.
- A suppressor without sufficient data is not in ALARM, and holds nothing.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_CompositeAlarm.html (ActionsSuppressedBy)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from generator.evaluate.types import State

Hold = Literal["Alarm", "WaitPeriod", "ExtensionPeriod", "Mute"]
"""What holds an action: the first three in CloudWatch's own words (ActionsSuppressedBy)."""
Window = tuple[int, int]
"""A mute window: from, and until without that moment."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """An alarm takes a state. at: in seconds, as all times here."""

    at: int
    state: State


@dataclass(frozen=True, slots=True)
class Suppressor:
    """The suppressor of a composite. changes: of its state, in order of time. before: its state until the first."""

    changes: Sequence[StateChange]
    wait: int
    extension: int
    before: State = "OK"


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """What becomes of the actions of a change. executed: when; None if never. held: by what until then, in order."""

    change: StateChange
    executed: int | None
    held: tuple[Hold, ...] = ()


def action_outcomes(
    changes: Sequence[StateChange], suppressor: Suppressor | None = None, mutes: Iterable[Window] = ()
) -> tuple[ActionOutcome, ...]:
    """The fate of each change of an alarm, in their order, which is that of time.

    Every period is run to its end, however long after the last change that is; what lies beyond the end of a play is
    for the caller to leave out.
    """
    actions = _Actions(changes, suppressor)
    events = _events(changes, suppressor, mutes)
    for at, several in groupby(events, key=lambda event: event[0]):
        actions.passes(at)
        for _at, rank, index in several:
            actions.happens(at, rank, index)
        actions.settle(at)
    return actions.all_told()


_SUPPRESSOR, _COMPOSITE, _MUTED, _UNMUTED = range(4)


def _events(
    changes: Sequence[StateChange], suppressor: Suppressor | None, mutes: Iterable[Window]
) -> list[tuple[int, int, int]]:
    """When, of what rank among those of a moment, and which. The suppressor goes first: it may hold what comes."""
    found = [(change.at, _COMPOSITE, index) for index, change in enumerate(changes)]
    found += [(change.at, _SUPPRESSOR, index) for index, change in enumerate(suppressor.changes if suppressor else ())]
    for start, end in mutes:
        if start < end:
            found += [(start, _MUTED, 0), (end, _UNMUTED, 0)]
    return sorted(found)


@dataclass(slots=True)
class _Actions:
    """What is held at a moment, and by what. waiting: index of the change that is; until: of a wait or an extension."""

    changes: Sequence[StateChange]
    suppressor: Suppressor | None
    told: list[ActionOutcome] = field(default_factory=list)
    is_suppressed: bool = False
    period: Literal["WaitPeriod", "ExtensionPeriod"] | None = None
    until: int = 0
    mutes: int = 0
    waiting: int | None = None
    held: list[Hold] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_suppressed = self.suppressor is not None and self.suppressor.before == "ALARM"

    def passes(self, at: int) -> None:
        """Time passes until a moment, and with it perhaps the end of the running period."""
        if self.period and self.until < at:
            self.settle(self.until)

    def happens(self, at: int, rank: int, index: int) -> None:
        """One event."""
        if rank == _COMPOSITE:
            self._changes(at, index)
        elif rank == _SUPPRESSOR and self.suppressor:
            self._suppressor_is(at, self.suppressor.changes[index].state == "ALARM", self.suppressor)
        else:
            self.mutes += 1 if rank == _MUTED else -1

    def _changes(self, at: int, index: int) -> None:
        if self.waiting is not None:
            self._tell(None)
        self.waiting = index
        if self.suppressor and not self.is_suppressed:
            self.period, self.until = "WaitPeriod", at + self.suppressor.wait

    def _suppressor_is(self, at: int, in_alarm: bool, suppressor: Suppressor) -> None:
        if in_alarm:
            self.period = None
        elif self.is_suppressed:
            self.period, self.until = "ExtensionPeriod", at + suppressor.extension
        self.is_suppressed = in_alarm

    def settle(self, at: int) -> None:
        """A moment is over: what is due and held by nothing is executed."""
        if self.period and self.until <= at:
            self.period = None
        if self.waiting is None:
            return
        holds: Hold | None = "Mute" if self.mutes else "Alarm" if self.is_suppressed else self.period
        if holds is None:
            self._tell(at)
        elif not self.held or self.held[-1] != holds:
            self.held.append(holds)

    def all_told(self) -> tuple[ActionOutcome, ...]:
        """Nothing happens any more: the running period ends, and what is held even then is never executed."""
        if self.period:
            self.settle(self.until)
        if self.waiting is not None:
            self._tell(None)
        return tuple(self.told)

    def _tell(self, at: int | None) -> None:
        """Fates are told in the order of the changes, because only the newest is ever waiting."""
        assert self.waiting is not None
        self.told.append(ActionOutcome(self.changes[self.waiting], at, tuple(self.held)))
        self.waiting = None
        self.held = []
