"""Rules of composites: which alarms are in which state, joined by and, or, not, and at_least."""

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


@dataclass(frozen=True, slots=True)
class AtLeastOf:
    """True while enough of them are true. amount: a number of rules, or a percentage of them.

    rules: conditions on one alarm each, all on the same state: InState, or Not of one. An alarm that does not exist is
    not counted, neither among those that are in the state nor among those of the percentage.
    """

    amount: int
    is_percentage: bool
    rules: tuple[Rule, ...]

    def needed(self, existing: int) -> int:
        """How many rules have to be true where so many of them exist. Half of three is two: one is less than 50%."""
        return -(-existing * self.amount // 100) if self.is_percentage else self.amount


Rule = InState | Not | AllOf | AnyOf | AtLeastOf


def counted_state(rule: AtLeastOf) -> tuple[State, bool]:
    """The state that is counted, and whether the alarms that are not in it are."""
    match rule.rules[0]:
        case InState(_, state):
            return state, False
        case Not(InState(_, state)):
            return state, True
    raise AssertionError("at_least counts conditions on single alarms")


def children(rule: Rule) -> Iterator[str]:
    """The keys of the alarms that a rule speaks of, in order of mention, repetitions included."""
    match rule:
        case InState():
            yield rule.alarm
        case Not():
            yield from children(rule.rule)
        case AllOf() | AnyOf() | AtLeastOf():
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
        case AllOf() | AnyOf() | AtLeastOf():
            for part in rule.rules:
                yield from mentioned(part, sign)


def positive(rule: Rule) -> Iterator[str]:
    """The alarms that make a rule true by being in ALARM, repetitions included."""
    return (alarm for alarm, sign in mentioned(rule) if sign)
