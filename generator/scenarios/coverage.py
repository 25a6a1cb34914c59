"""What tests never tried: alarms that never went to ALARM and back, and parts of composites that never decided.

A part of a rule decides while the rule would be otherwise if that one alarm were. Each has to have decided both ways:
once while the composite was in ALARM, and once while it was not; so a composite of three alarms cannot be covered by
the first of them. (The criterion is known as modified condition/decision coverage.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator.evaluate.alarms.composite_order import named
from generator.evaluate.alarms.rule import Problem, Rule, parse
from generator.evaluate.template.template import CompositeAlarm
from generator.evaluate.types import Alarm, State
from generator.scenarios.environment import Stage, Standing
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


def coverage(stage: Stage, verdicts: Iterable[Verdict]) -> Coverage:
    """What was tried of one stage. An alarm that stands in several accounts is tried if it was in one of them."""
    its = [one for one in verdicts if one.scenario.stage is stage]
    fired: set[Alarm] = set()
    recovered: set[Alarm] = set()
    decided: set[tuple[Alarm, str, bool]] = set()
    for one in its:
        for change in one.played.transitions:
            if change.after == "ALARM":
                fired.add(change.alarm)
            elif change.before == "ALARM":
                recovered.add(change.alarm)
        decided |= _decided(stage, one)
    gaps: list[Gap] = []
    total = 0
    for key, standing in _by_key(stage).items():
        alarms = [one.alarm for one in standing]
        total += 1
        unknown = [reason for reason in (_unknown(stage, alarm) for alarm in alarms) if reason]
        if len(unknown) == len(alarms):
            gaps.append(Gap(key, f"cannot be played: {unknown[0]}"))
        elif not fired & set(alarms):
            gaps.append(Gap(key, "never went to ALARM"))
        elif not recovered & set(alarms):
            gaps.append(Gap(key, "never came back from ALARM"))
        parts = {child for alarm in alarms for child in _children(stage, alarm)}
        for child in sorted(parts):
            for in_alarm in (True, False):
                total += 1
                if not any((alarm, child, in_alarm) in decided for alarm in alarms):
                    by = "never put into ALARM by" if in_alarm else "never kept out of ALARM by"
                    gaps.append(Gap(key, f"{by} {_key_of(stage, alarms, child)}"))
    return Coverage(total, total - len(gaps), tuple(gaps))


def _by_key(stage: Stage) -> Mapping[str, list[Standing]]:
    """The alarms of the spec or template, each with all the places it stands in."""
    found: dict[str, list[Standing]] = {}
    for one in stage.standing:
        if one.ours:
            found.setdefault(one.key, []).append(one)
    return found


def _unknown(stage: Stage, alarm: Alarm) -> str:
    """Why a template's alarm cannot be read; nothing if it can."""
    return next((each.unknown[alarm] for each in stage.contents if alarm in each.unknown), "")


def _rule(stage: Stage, alarm: Alarm) -> Rule | None:
    about = stage.alarms.get(alarm)
    rule = parse(about.rule) if isinstance(about, CompositeAlarm) else None
    return None if rule is None or isinstance(rule, Problem) else rule


def _children(stage: Stage, alarm: Alarm) -> tuple[str, ...]:
    rule = _rule(stage, alarm)
    return tuple(dict.fromkeys(rule.children)) if rule else ()


def _key_of(stage: Stage, composites: Iterable[Alarm], child: str) -> str:
    """What people call a part, which not every account has that has the composite."""
    meant = (named(child, beside) for beside in composites)
    found = next((stage.known_as[one] for one in meant if isinstance(one, Alarm) and one in stage.known_as), None)
    if found is None:
        return child
    return f"{found.key} of {found.about}" if found.about else found.key


def _decided(stage: Stage, tested: Verdict) -> set[tuple[Alarm, str, bool]]:
    """Composite, part and whether the composite was in ALARM, for every part that decided at some moment."""
    found: set[tuple[Alarm, str, bool]] = set()
    for alarm in tested.played.composites:
        rule = _rule(stage, alarm)
        if rule is None or alarm in tested.played.unknown:
            continue
        children = {name: named(name, alarm) for name in rule.children}
        now: dict[str, State] = {}
        moves: dict[int, dict[str, State]] = {START: {}}
        for name, child in children.items():
            if isinstance(child, Alarm):
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
