"""Firings of an alarm: each time from ALARM on until it leaves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator.backtest.night import Night
from generator.evaluate.types import AlarmId, StateTransition

_DAY = 86_400
MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Firing:
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


def firings(transitions: Iterable[StateTransition], end: int) -> Mapping[AlarmId, tuple[Firing, ...]]:
    """The firings of each alarm with transitions, in order of time."""
    begun: dict[AlarmId, int] = {}
    found: dict[AlarmId, list[Firing]] = {}
    for transition in transitions:
        alarm_firings = found.setdefault(transition.alarm, [])
        if transition.after == "ALARM":
            begun[transition.alarm] = transition.at
        elif transition.alarm in begun:
            alarm_firings.append(Firing(begun.pop(transition.alarm), transition.at))
    for alarm, at in begun.items():
        found[alarm].append(Firing(at, end, is_open=True))
    return {alarm: tuple(alarm_firings) for alarm, alarm_firings in found.items()}


def totals(alarm_firings: Iterable[Firing], night: Night) -> FiringTotals:
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
