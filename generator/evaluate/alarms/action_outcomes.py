"""The outcome of the actions of each state change under actions suppressors and mute rules.

CloudWatch holds the actions of an alarm, never its evaluation or its events; so this comes after everything else.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from generator.evaluate.alarms.mute_windows import windows
from generator.evaluate.alarms.suppression import StateChange, Suppressor, Window, action_outcomes
from generator.evaluate.template.template import MuteRuleResource, Unknown
from generator.evaluate.types import AlarmId, State, StateTransition


@dataclass(frozen=True, slots=True)
class SuppressorSettings:
    """Which alarm suppresses a composite, and for how many seconds before and after."""

    by: AlarmId
    wait: int
    extension: int


@dataclass(frozen=True, slots=True)
class MuteWindows:
    """The mute windows of each alarm, and the mute rules of which they are not known."""

    windows: Mapping[AlarmId, tuple[Window, ...]]
    unknown: Mapping[str, str]


def mute_windows(rules: Iterable[MuteRuleResource], start: int, end: int) -> MuteWindows:
    """When which alarms are muted between start and end. A rule reaches the alarms of its account and Region."""
    windows_by_alarm: dict[AlarmId, list[Window]] = defaultdict(list)
    unknown: dict[str, str] = {}
    for rule in rules:
        its = windows(rule, start, end)
        if isinstance(its, Unknown):
            unknown[rule.name] = its.reason
            continue
        for name in rule.alarms:
            windows_by_alarm[AlarmId(rule.account, rule.region, name)] += its
    return MuteWindows(
        {alarm: tuple(sorted(alarm_windows)) for alarm, alarm_windows in windows_by_alarm.items()}, unknown
    )


def with_action_outcomes(
    transitions: Sequence[StateTransition],
    suppressed: Mapping[AlarmId, SuppressorSettings],
    mutes: Mapping[AlarmId, tuple[Window, ...]],
    states: Mapping[AlarmId, State],
    end: int,
) -> tuple[StateTransition, ...]:
    """The transitions, in their order, each with what held its actions and when they are executed.

    states: of alarms that do not change, and of all others at the start, OK where nothing is said. What would be
    executed after the end is not.
    """
    by_alarm: dict[AlarmId, list[int]] = defaultdict(list)
    for index, transition in enumerate(transitions):
        by_alarm[transition.alarm].append(index)
    completed = list(transitions)
    for alarm, indices in by_alarm.items():
        suppressor = None
        if alarm in suppressed:
            its = suppressed[alarm]
            changes = [_change(transitions[index]) for index in by_alarm.get(its.by, ())]
            suppressor = Suppressor(changes, its.wait, its.extension, states.get(its.by, "OK"))
        windows_ = mutes.get(alarm, ())
        if suppressor is None and not windows_ and _are_apart(transitions, indices):
            for index in indices:
                if transitions[index].at <= end:
                    completed[index] = replace(transitions[index], executed=transitions[index].at)
            continue
        outcomes = action_outcomes([_change(transitions[index]) for index in indices], suppressor, windows_)
        for index, outcome in zip(indices, outcomes, strict=True):
            first_hold = outcome.holds[0] if outcome.holds else ""
            at = transitions[index].at
            completed[index] = replace(
                transitions[index],
                suppressed_by="" if first_hold == "Mute" else first_hold,
                muted_until=max((until for begin, until in windows_ if begin <= at < until), default=None),
                executed=outcome.executed if outcome.executed is not None and outcome.executed <= end else None,
            )
    return tuple(completed)


def _are_apart(transitions: Sequence[StateTransition], indices: Sequence[int]) -> bool:
    """Whether no two changes of an alarm are at the same time, where the later one would take the earlier's actions."""
    return all(transitions[index].at < transitions[later].at for index, later in pairwise(indices))


def _change(transition: StateTransition) -> StateChange:
    return StateChange(transition.at, transition.after)
