"""What tests never tried: alarms that never went to ALARM and back, and parts of composites that never decided.

A part of a rule decides while the rule would be otherwise if that one alarm were. Each has to have decided both ways:
once while the composite was in ALARM, and once while it was not; so a composite of three alarms cannot be covered by
the first of them. (The criterion is known as modified condition/decision coverage.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """Something that no test has tried, and where: an alarm by its key, in how many accounts of how many."""

    alarm: str
    missing: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """total: alarms and parts of composites that there are. tried: those of them that were. gaps: the others."""

    total: int
    tried: int
    gaps: tuple[Gap, ...]


def coverage(environment: SimulatedEnvironment, verdicts: Iterable[Verdict]) -> Coverage:
    """What was tried of one stage. An alarm that stands in several accounts is tried if it was in one of them."""
    its = [one for one in verdicts if one.scenario.environment is environment]
    fired: set[AlarmId] = set()
    recovered: set[AlarmId] = set()
    decided: set[tuple[AlarmId, str, bool]] = set()
    for one in its:
        for change in one.played.transitions:
            if change.after == "ALARM":
                fired.add(change.alarm)
            elif change.before == "ALARM":
                recovered.add(change.alarm)
        decided |= _decided(environment, one)
    gaps: list[Gap] = []
    total = 0
    for key, location in _by_key(environment).items():
        alarms = [one.alarm for one in location]
        total += 1
        unknown = [reason for reason in (_unknown(environment, alarm) for alarm in alarms) if reason]
        if len(unknown) == len(alarms):
            gaps.append(Gap(key, f"cannot be played: {unknown[0]}"))
        elif not fired & set(alarms):
            gaps.append(Gap(key, "never went to ALARM"))
        elif not recovered & set(alarms):
            gaps.append(Gap(key, "never came back from ALARM"))
        parts = {child for alarm in alarms for child in _children(environment, alarm)}
        for child in sorted(parts):
            for in_alarm in (True, False):
                total += 1
                if not any((alarm, child, in_alarm) in decided for alarm in alarms):
                    by = "never put into ALARM by" if in_alarm else "never kept out of ALARM by"
                    gaps.append(Gap(key, f"{by} {_key_of(environment, alarms, child)}"))
    return Coverage(total, total - len(gaps), tuple(gaps))


def _by_key(environment: SimulatedEnvironment) -> Mapping[str, list[AlarmLocation]]:
    """The alarms of the spec or template, each with all the places it stands in."""
    found: dict[str, list[AlarmLocation]] = {}
    for one in environment.location:
        if one.ours:
            found.setdefault(one.key, []).append(one)
    return found


def _unknown(environment: SimulatedEnvironment, alarm: AlarmId) -> str:
    """Why a template's alarm cannot be read; nothing if it can."""
    return next((each.unknown[alarm] for each in environment.contents if alarm in each.unknown), "")


def _rule(environment: SimulatedEnvironment, alarm: AlarmId) -> Rule | None:
    about = environment.alarms.get(alarm)
    rule = parse(about.rule) if isinstance(about, CompositeAlarm) else None
    return None if rule is None or isinstance(rule, RuleProblem) else rule


def _children(environment: SimulatedEnvironment, alarm: AlarmId) -> tuple[str, ...]:
    rule = _rule(environment, alarm)
    return tuple(dict.fromkeys(rule.children)) if rule else ()


def _key_of(environment: SimulatedEnvironment, composites: Iterable[AlarmId], child: str) -> str:
    """What people call a part, which not every account has that has the composite."""
    meant = (referenced_alarm(child, beside) for beside in composites)
    found = next(
        (
            environment.locations_by_alarm[one]
            for one in meant
            if isinstance(one, AlarmId) and one in environment.locations_by_alarm
        ),
        None,
    )
    if found is None:
        return child
    return f"{found.key} of {found.about}" if found.about else found.key


def _decided(environment: SimulatedEnvironment, tested: Verdict) -> set[tuple[AlarmId, str, bool]]:
    """Composite, part and whether the composite was in ALARM, for every part that decided at some moment."""
    found: set[tuple[AlarmId, str, bool]] = set()
    for alarm in tested.played.composites:
        rule = _rule(environment, alarm)
        if rule is None or alarm in tested.played.unknown:
            continue
        children = {name: referenced_alarm(name, alarm) for name in rule.children}
        now: dict[str, State] = {}
        moves: dict[int, dict[str, State]] = {START: {}}
        for name, child in children.items():
            if isinstance(child, AlarmId):
                now[name], changes = states(tested.scenario, tested.played, child)
                for change in changes:
                    moves.setdefault(change.at, {})[name] = change.after
        for at in sorted(moves):
            now |= moves[at]
            holds = rule.holds(now)
            for name, state in now.items():
                other: State = "OK" if state == "ALARM" else "ALARM"
                if rule.holds({**now, name: other}) != holds:
                    found.add((alarm, name, holds))
    return found
