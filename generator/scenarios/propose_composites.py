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


def of_composite(
    environment: SimulatedEnvironment, location: AlarmLocation, composite: CompositeAlarm
) -> Iterator[str]:
    """For each part of the rule a test in which it decides: with it the composite is in ALARM, and without."""
    rule = parse(composite.rule)
    if isinstance(rule, RuleProblem):
        yield f"  # no test is proposed for {flat(location)}: its rule is invalid: {flat(rule.message)}\n"
        return
    known = {child: _known(environment, location, child) for child in rule.children}
    elsewhere = [child for child, location_ in known.items() if location_ is None]
    if elsewhere:
        yield f"  # no test is proposed for {flat(location)}: its alarm {flat(elsewhere[0])} is in another stack\n"
        return
    keys = {child: location_ for child, location_ in known.items() if location_ is not None}
    done: set[tuple[State, ...]] = set()
    for child in rule.children:
        for chosen in _deciding(rule, child):
            if tuple(chosen.values()) not in done:
                done.add(tuple(chosen.values()))
                yield from _rule_test(environment, location, rule.holds(chosen), chosen, keys)


def _deciding(rule: Rule, child: str) -> Iterator[Mapping[str, State]]:
    """For every two states of a child that the rule may distinguish: all states in which it does, with either."""
    possible = [_states(rule, name) for name in rule.children]
    for state in _states(rule, child)[1:]:
        for states in islice(product(*possible), _COMBINATIONS):
            now: dict[str, State] = {**dict(zip(rule.children, states, strict=True)), child: "OK"}
            other = {**now, child: state}
            if rule.holds(now) != rule.holds(other):
                yield now
                yield other
                break


def _states(rule: Rule, child: str) -> tuple[State, ...]:
    """The states of a child that the rule distinguishes."""
    states = {step.state for step in rule.steps if isinstance(step, AtLeast) and child in step.children}
    either: tuple[State, ...] = ("OK", "ALARM")
    return (*either, "INSUFFICIENT_DATA") if "INSUFFICIENT_DATA" in states else either


def _known(environment: SimulatedEnvironment, location: AlarmLocation, child: str) -> AlarmLocation | None:
    alarm = referenced_alarm(child, location.alarm)
    return environment.locations_by_alarm.get(alarm) if isinstance(alarm, AlarmId) else None


def _rule_test(
    environment: SimulatedEnvironment,
    location: AlarmLocation,
    holds: bool,
    states: Mapping[str, State],
    known: Mapping[str, AlarmLocation],
) -> Iterator[str]:
    in_alarm = [
        f"{child_location.key}{about_text(child_location)}"
        for child, child_location in known.items()
        if states[child] == "ALARM"
    ]
    silent = [
        f"{child_location.key}{about_text(child_location)}"
        for child, child_location in known.items()
        if states[child] == "INSUFFICIENT_DATA"
    ]
    how = "in ALARM" if holds else "quiet"
    name = f"{title(environment, location)} is {how} with {' and '.join(in_alarm) or 'nothing'}"
    name += f", and without data of {' and '.join(silent)}" if silent else ""
    yield from named_test(environment, name)
    yield "    given:\n" if known else ""
    for child, child_location in known.items():
        yield f"      - {{{stands(environment, child_location)}, state: {states[child]}}}\n"
    yield "    expect:\n"
    yield f"      - {{at: 0m, {stands(environment, location)}, state: {'ALARM' if holds else 'OK'}}}\n"
