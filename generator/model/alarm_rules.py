"""Rules of composites: which alarms are in which state, joined by and, or, not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

State = Literal["ALARM", "OK", "INSUFFICIENT_DATA"]


@dataclass(frozen=True, slots=True)
class InState:
    """True while the named alarm (by key) is in the state."""

    alarm: str
    state: State


@dataclass(frozen=True, slots=True)
class Not:
    """True while the other is false."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class AllOf:
    """True while every one is true."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True while at least one is true."""

    rules: tuple[Rule, ...]


Rule = InState | Not | AllOf | AnyOf


def children(rule: Rule) -> Iterator[str]:
    """The keys of the alarms that a rule speaks of, in order of mention, repetitions included."""
    match rule:
        case InState():
            yield rule.alarm
        case Not():
            yield from children(rule.rule)
        case AllOf() | AnyOf():
            for part in rule.rules:
                yield from children(part)


def mentioned(rule: Rule, sign: bool = True) -> Iterator[tuple[str, bool]]:
    """The alarms of a rule, and whether their ALARM makes the rule true; without conditions on missing data."""
    match rule:
        case InState(alarm, "ALARM"):
            yield alarm, sign
        case InState(alarm, "OK"):
            yield alarm, not sign
        case InState():
            return
        case Not():
            yield from mentioned(rule.rule, not sign)
        case AllOf() | AnyOf():
            for part in rule.rules:
                yield from mentioned(part, sign)


def positive(rule: Rule) -> Iterator[str]:
    """The alarms that make a rule true by being in ALARM, repetitions included."""
    return (alarm for alarm, sign in mentioned(rule) if sign)
