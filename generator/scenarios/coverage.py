"""Coverage of tests: alarms that never went to ALARM and back, parts of composites that never decided, and event rules
without an event.

A part of a rule decides while the rule would be otherwise if that one alarm were. Each has to have decided both ways:
once while the composite was in ALARM, and once while it was not; so a composite of three alarms cannot be covered by
the first of them. (The criterion is known as modified condition/decision coverage.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from generator.evaluate.alarms.composite_order import referenced_alarm
from generator.evaluate.alarms.rule import Rule, RuleProblem, parse
from generator.evaluate.template.template import CompositeAlarm
from generator.evaluate.types import AlarmId, State
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.scenario import START
from generator.scenarios.verdict import Verdict, states


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that no test covers. alarm: by its key. missing: the behavior, as a phrase."""

    alarm: str
    missing: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """total: number of alarms, parts of composites and event rules. tried: those that tests cover. gaps: the others."""

    total: int
    tried: int
    gaps: tuple[Gap, ...]


def coverage(environment: SimulatedEnvironment, verdicts: Iterable[Verdict]) -> Coverage:
    """The coverage of one environment. An alarm of several accounts is covered if it is in one of them."""
    its = [verdict for verdict in verdicts if verdict.scenario.environment is environment]
    fired: set[AlarmId] = set()
    recovered: set[AlarmId] = set()
    decided: set[tuple[AlarmId, str, bool]] = set()
    for verdict in its:
        for change in verdict.result.transitions:
            if change.after == "ALARM":
                fired.add(change.alarm)
            elif change.before == "ALARM":
                recovered.add(change.alarm)
        decided |= _decided(environment, verdict)
    gaps: list[Gap] = []
    total = 0
    for key, location in _by_key(environment).items():
        alarms = [verdict.alarm for verdict in location]
        total += 1
        unknown = [reason for reason in (_unknown(environment, alarm) for alarm in alarms) if reason]
        if len(unknown) == len(alarms):
            gaps.append(Gap(key, f"cannot be evaluated offline: {unknown[0]}"))
        elif not fired & set(alarms):
            gaps.append(Gap(key, "no test puts it in ALARM"))
        elif not recovered & set(alarms):
            gaps.append(Gap(key, "no test returns it from ALARM"))
        parts = {child for alarm in alarms for child in _children(environment, alarm)}
        for child in sorted(parts):
            for in_alarm in (True, False):
                total += 1
                if not any((alarm, child, in_alarm) in decided for alarm in alarms):
                    state = "in ALARM" if in_alarm else "not in ALARM"
                    child_key = _key_of(environment, alarms, child)
                    gaps.append(Gap(key, f"no test in which it is {state} because of {child_key}"))
    gaps += _events_without_test(environment, its)
    total += len(environment.event_rules)
    return Coverage(total, total - len(gaps), tuple(gaps))


def _events_without_test(environment: SimulatedEnvironment, verdicts: Iterable[Verdict]) -> Iterator[Gap]:
    """The event rules of which no test has an event, or none that ends the incident."""
    received = {(message.rule, message.edge) for verdict in verdicts for message in verdict.scenario.messages}
    for rule in environment.event_rules:
        if (rule.name, "begin") not in received:
            yield Gap(rule.key, "no test gives an event of it")
        elif rule.end.pattern and (rule.name, "end") not in received:
            yield Gap(rule.key, "no test gives the event that ends it")


def _by_key(environment: SimulatedEnvironment) -> Mapping[str, list[AlarmLocation]]:
    """The alarms of the spec or template by key, each with all its locations."""
    by_key: dict[str, list[AlarmLocation]] = {}
    for location in environment.locations:
        if location.is_own:
            by_key.setdefault(location.key, []).append(location)
    return by_key


def _unknown(environment: SimulatedEnvironment, alarm: AlarmId) -> str:
    """Why a template's alarm cannot be evaluated; nothing if it can, on PromQL with a result."""
    if alarm in environment.promql:
        return ""
    return next((contents.unknown[alarm] for contents in environment.contents if alarm in contents.unknown), "")


def _rule(environment: SimulatedEnvironment, alarm: AlarmId) -> Rule | None:
    resource = environment.alarms.get(alarm)
    rule = parse(resource.rule) if isinstance(resource, CompositeAlarm) else None
    return None if rule is None or isinstance(rule, RuleProblem) else rule


def _children(environment: SimulatedEnvironment, alarm: AlarmId) -> tuple[str, ...]:
    rule = _rule(environment, alarm)
    return tuple(dict.fromkeys(rule.children)) if rule else ()


def _key_of(environment: SimulatedEnvironment, composites: Iterable[AlarmId], child: str) -> str:
    """The key of a part of a composite. Not every account that has the composite has the part."""
    references = (referenced_alarm(child, beside) for beside in composites)
    location = next(
        (
            environment.locations_by_alarm[alarm]
            for alarm in references
            if isinstance(alarm, AlarmId) and alarm in environment.locations_by_alarm
        ),
        None,
    )
    if location is None:
        return child
    return f"{location.key} of {location.subject}" if location.subject else location.key


def _decided(environment: SimulatedEnvironment, tested: Verdict) -> set[tuple[AlarmId, str, bool]]:
    """Composite, part and whether the composite was in ALARM, for every part that decided at some moment."""
    decided: set[tuple[AlarmId, str, bool]] = set()
    for alarm in tested.result.composites:
        rule = _rule(environment, alarm)
        if rule is None or alarm in tested.result.unknown:
            continue
        children = {name: referenced_alarm(name, alarm) for name in rule.children}
        now: dict[str, State] = {}
        moves: dict[int, dict[str, State]] = {START: {}}
        for name, child in children.items():
            if isinstance(child, AlarmId):
                now[name], changes = states(tested.scenario, tested.result, child)
                for change in changes:
                    moves.setdefault(change.at, {})[name] = change.after
        for at in sorted(moves):
            now |= moves[at]
            holds = rule.holds(now)
            for name, state in now.items():
                other: State = "OK" if state == "ALARM" else "ALARM"
                if rule.holds({**now, name: other}) != holds:
                    decided.add((alarm, name, holds))
    return decided
