"""Firings of an alarm: each time from ALARM on until it leaves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator.backtest.night import Night
from generator.evaluate.types import AlarmId, StateTransition

_DAY = 86_400
MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class AlarmFiring:
    """Times in seconds since 1970. end: of the data where the alarm was still in ALARM (is_open)."""

    at: int
    end: int
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class FiringTotals:
    """How often an alarm fired, and for how long. at_night: firings that began at night."""

    firings: int = 0
    seconds: int = 0
    at_night: int = 0
    longest: int = 0
    is_open: bool = False

    def a_month(self, seconds: int) -> float:
        """Firings in 30 days. seconds: over which they were counted."""
        return self.firings * MONTH_DAYS * _DAY / seconds if seconds else 0.0


def firings(transitions: Iterable[StateTransition], end: int) -> Mapping[AlarmId, tuple[AlarmFiring, ...]]:
    """The firings of each alarm with transitions, in order of time."""
    open_since: dict[AlarmId, int] = {}
    by_alarm: dict[AlarmId, list[AlarmFiring]] = {}
    for transition in transitions:
        alarm_firings = by_alarm.setdefault(transition.alarm, [])
        if transition.after == "ALARM":
            open_since[transition.alarm] = transition.at
        elif transition.alarm in open_since:
            alarm_firings.append(AlarmFiring(open_since.pop(transition.alarm), transition.at))
    for alarm, at in open_since.items():
        by_alarm[alarm].append(AlarmFiring(at, end, is_open=True))
    return {alarm: tuple(alarm_firings) for alarm, alarm_firings in by_alarm.items()}


def totals(alarm_firings: Iterable[AlarmFiring], night: Night) -> FiringTotals:
    """The totals of an alarm's firings."""
    every = list(alarm_firings)
    lengths = [firing.end - firing.at for firing in every]
    return FiringTotals(
        len(every),
        sum(lengths),
        sum(night.includes(firing.at) for firing in every),
        max(lengths, default=0),
        any(firing.is_open for firing in every),
    )
