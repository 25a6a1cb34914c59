"""Tests for a composite as it is now: for each part of its rule one in which that part decides, and its contrary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

from generator.evaluate.alarms.composite_order import referenced_alarm
from generator.evaluate.alarms.rule import AtLeast, Rule, RuleProblem, parse
from generator.evaluate.template.template import CompositeAlarm
from generator.evaluate.types import AlarmId, State
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.proposed_text import about_text, flat, named_test, stands, title

_COMBINATIONS = 4096


def of_composite(environment: SimulatedEnvironment, location: AlarmLocation, about: CompositeAlarm) -> Iterator[str]:
    """For each part of the rule a test in which it decides: with it the composite is in ALARM, and without."""
    rule = parse(about.rule)
    if isinstance(rule, RuleProblem):
        yield f"  # no test is proposed for {flat(location)}: its rule can not be read: {flat(rule.message)}\n"
        return
    known = {child: _known(environment, location, child) for child in rule.children}
    elsewhere = [child for child, one in known.items() if one is None]
    if elsewhere:
        yield f"  # no test is proposed for {flat(location)}: its alarm {flat(elsewhere[0])} is of another stack\n"
        return
    keys = {child: one for child, one in known.items() if one is not None}
    done: set[tuple[State, ...]] = set()
    for child in rule.children:
        for chosen in _deciding(rule, child):
            if tuple(chosen.values()) not in done:
                done.add(tuple(chosen.values()))
                yield from _rule_test(environment, location, rule.holds(chosen), chosen, keys)


def _deciding(rule: Rule, child: str) -> Iterator[Mapping[str, State]]:
    """For every two states of a child that the rule may tell apart: all states in which it does, with either."""
    possible = [_states(rule, one) for one in rule.children]
    for state in _states(rule, child)[1:]:
        for states in islice(product(*possible), _COMBINATIONS):
            now: dict[str, State] = {**dict(zip(rule.children, states, strict=True)), child: "OK"}
            other = {**now, child: state}
            if rule.holds(now) != rule.holds(other):
                yield now
                yield other
                break


def _states(rule: Rule, child: str) -> tuple[State, ...]:
    """The states of a child that the rule tells apart."""
    asked = {step.state for step in rule.steps if isinstance(step, AtLeast) and child in step.children}
    either: tuple[State, ...] = ("OK", "ALARM")
    return (*either, "INSUFFICIENT_DATA") if "INSUFFICIENT_DATA" in asked else either


def _known(environment: SimulatedEnvironment, location: AlarmLocation, child: str) -> AlarmLocation | None:
    meant = referenced_alarm(child, location.alarm)
    return environment.locations_by_alarm.get(meant) if isinstance(meant, AlarmId) else None


def _rule_test(
    environment: SimulatedEnvironment,
    location: AlarmLocation,
    holds: bool,
    states: Mapping[str, State],
    known: Mapping[str, AlarmLocation],
) -> Iterator[str]:
    in_alarm = [f"{one.key}{about_text(one)}" for child, one in known.items() if states[child] == "ALARM"]
    silent = [f"{one.key}{about_text(one)}" for child, one in known.items() if states[child] == "INSUFFICIENT_DATA"]
    how = "in ALARM" if holds else "quiet"
    name = f"{title(environment, location)} is {how} with {' and '.join(in_alarm) or 'nothing'}"
    name += f", and without data of {' and '.join(silent)}" if silent else ""
    yield from named_test(environment, name)
    yield "    given:\n" if known else ""
    for child, one in known.items():
        yield f"      - {{{stands(environment, one)}, state: {states[child]}}}\n"
    yield "    expect:\n"
    yield f"      - {{at: 0m, {stands(environment, location)}, state: {'ALARM' if holds else 'OK'}}}\n"
