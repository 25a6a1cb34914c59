"""Templates, log lines and values played through a piece of time: which alarm changes to what, when, and why.

    lines ─► metric filters ─► values ┐
    published values ─────────────────┴► metric alarms ─► composites ─► what holds their actions ─► Played

Each stack stands in its account and Region; alarms see the metrics of the account that their entries name, so a hub
sees its members'. Every alarm is INSUFFICIENT_DATA at the start, as a new one is, unless `states` says otherwise, and
is looked at there for the first time; one that is `created` later is looked at from then on. An alarm of which
something is only known to AWS is told in `unknown`, and so is a composite that stands on one, unless `states` has its
state.

Where AWS leaves something open, the module that decides it says so: alarm_points (when an alarm is looked at),
log_metrics (what a filter publishes), metric_history (what was before the start), composite_play.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from operator import attrgetter
from types import MappingProxyType
from typing import cast

from generator.evaluate.alarms.action_outcomes import SuppressorSettings, mute_windows, with_action_outcomes
from generator.evaluate.alarms.composite_order import evaluation_order, referenced_alarm
from generator.evaluate.alarms.composites import EvaluableComposite, evaluate_composites
from generator.evaluate.alarms.metric_history import History, history
from generator.evaluate.alarms.points import Points, points_of, schedule_of
from generator.evaluate.alarms.rejected import rejection_reason
from generator.evaluate.alarms.rule import RuleProblem, parse
from generator.evaluate.alarms.state import lookback
from generator.evaluate.metrics.log_metrics import log_metrics
from generator.evaluate.metrics.metric_data import Store, stored
from generator.evaluate.template.template import CompositeAlarm, Contents, MetricAlarm, Unknown, read
from generator.evaluate.types import AlarmId, Deployed, LogLine, MetricId, Published, SimulationResult, State

_Again = Callable[[], Points]
_LOOKED_AT_ONCE = 8
_NONE: Mapping[AlarmId, State] = MappingProxyType({})
_NEVER: Mapping[AlarmId, int] = MappingProxyType({})


def simulate(
    stacks: Sequence[Deployed | Contents],
    published: Sequence[Published],
    lines: Sequence[LogLine],
    start: int,
    end: int,
    *,
    states: Mapping[AlarmId, State] = _NONE,
    still: Collection[AlarmId] = (),
    created: Mapping[AlarmId, int] = _NEVER,
) -> SimulationResult:
    """What all alarms of the stacks do from start to end, both included. Never raises, whatever the templates say.

    stacks: those that are played again and again are read once, by `template.read`.
    still: alarms that are not evaluated and stay as `states` has them, OK where it says nothing.
    created: when metric alarms are made, and begin to warm up; those of which nothing is said were made long before.
    """
    contents = [stack if isinstance(stack, Contents) else read(stack) for stack in stacks]
    states = {**dict.fromkeys(still, "OK"), **states}
    made = log_metrics([one for each in contents for one in each.filters], lines)
    store = stored(start, published, made.values)
    unknown = {alarm: reason for each in contents for alarm, reason in each.unknown.items()}
    histories, without = _histories(contents, store, made.unknown, (start, end), states, still, created)
    unknown |= without
    composites = {one.alarm: one for each in contents for one in each.composites if one.alarm not in still}
    rules = _rules(composites, states, histories, unknown)
    now: dict[AlarmId, State] = {**dict.fromkeys((*histories, *rules), "INSUFFICIENT_DATA"), **states}
    changes = [change for each in histories.values() for change in each.transitions]
    above = evaluate_composites(rules.values(), changes, now, start)
    transitions = sorted([*changes, *above], key=attrgetter("at"))
    mutes = mute_windows([one for each in contents for one in each.mutes], start, end)
    suppressed = {alarm: one.suppressed for alarm, one in rules.items() if one.suppressed}
    return SimulationResult(
        with_action_outcomes(transitions, suppressed, mutes.windows, states, end),
        tuple(each.watched for each in histories.values()),
        {alarm: now[alarm] for alarm in (*histories, *rules)},
        {alarm: reason for alarm, reason in unknown.items() if alarm not in still},
        {alarm: composites[alarm].rule for alarm in composites},
        frozenset(one.alarm for each in contents for one in each.metric_alarms if one.threshold_id) & set(histories),
        {name: reason for each in contents for name, reason in each.mutes_unknown.items()} | dict(mutes.unknown),
    )


def _histories(
    contents: Sequence[Contents],
    store: Store,
    unfed: Mapping[MetricId, str],
    span: tuple[int, int],
    states: Mapping[AlarmId, State],
    still: Collection[AlarmId],
    created: Mapping[AlarmId, int],
) -> tuple[dict[AlarmId, History], dict[AlarmId, str]]:
    """What becomes of each metric alarm, and why it cannot be said of some. unfed: metrics without a known filter."""
    histories: dict[AlarmId, History] = {}
    unknown: dict[AlarmId, str] = {}
    hubs = [each for each in contents if each.sees_accounts]
    seeing = {(one.alarm.account, one.alarm.region) for each in hubs for one in each.metric_alarms}
    alarms = list({one.alarm: one for each in contents for one in each.metric_alarms}.values())

    @lru_cache(maxsize=_LOOKED_AT_ONCE)
    def look(number: int) -> Points | Unknown:
        alarm, rhythm = alarms[number], schedule_of(alarms[number], span)
        if isinstance(rhythm, Unknown):
            return rhythm
        over = (alarm.alarm.account, alarm.alarm.region) in seeing
        # A wall clock window is as long as its periods, and looks at nothing before them.
        looked_at = lookback(alarm.periods) if alarm.time_zone is None else alarm.periods
        return points_of(alarm, rhythm, store, span, looked_at, over_accounts=over)

    for number, alarm in enumerate(alarms):
        if alarm.alarm in still:
            continue
        its = states.get(alarm.alarm), created.get(alarm.alarm)
        done = _metric_alarm(alarm, store, unfed, partial(look, number), span, *its)
        if isinstance(done, Unknown):
            unknown[alarm.alarm] = done.reason
        else:
            histories[alarm.alarm] = done
    return histories, unknown


def _metric_alarm(
    alarm: MetricAlarm,
    store: Store,
    unfed: Mapping[MetricId, str],
    look: Callable[[], Points | Unknown],
    span: tuple[int, int],
    before: State | None,
    created: int | None,
) -> History | Unknown:
    """The history of an alarm, or why it has none."""
    rhythm = schedule_of(alarm, span)
    if isinstance(rhythm, Unknown):
        return rhythm
    for entry in alarm.entries:
        if entry.stat and entry.stat.metric not in store.since:
            reason = unfed.get(replace(entry.stat.metric, dimensions=()))
            if reason:
                return Unknown(reason)
    wrong = rejection_reason(alarm, rhythm.period)
    if wrong:
        return Unknown(wrong)
    points = look()
    if isinstance(points, Unknown):
        return points
    return history(alarm, points, span, before, cast(_Again, look), created=created)


def _rules(
    composites: Mapping[AlarmId, CompositeAlarm],
    states: Mapping[AlarmId, State],
    histories: Mapping[AlarmId, History],
    unknown: dict[AlarmId, str],
) -> dict[AlarmId, EvaluableComposite]:
    """The composites that can be evaluated, children first; the others join the unknown."""
    ruled: dict[AlarmId, EvaluableComposite] = {}
    stands_on: dict[AlarmId, tuple[AlarmId, ...]] = {}
    for alarm, composite in composites.items():
        one = _ruled(composite)
        if isinstance(one, Unknown):
            unknown[alarm] = one.reason
            continue
        ruled[alarm] = one
        stands_on[alarm] = (*one.children, *([one.suppressed.by] if one.suppressed else []))

    def missing(alarm: AlarmId) -> str:
        if alarm in histories:
            return ""
        return unknown.get(alarm, "no template has it and no state of it is given")

    ordered, without = evaluation_order(stands_on, states, missing)
    unknown.update(without)
    return {alarm: ruled[alarm] for alarm in ordered}


def _ruled(composite: CompositeAlarm) -> EvaluableComposite | Unknown:
    """A composite with its rule read and its children found."""
    rule = parse(composite.rule)
    if isinstance(rule, RuleProblem):
        return Unknown(f"its rule can not be read: {rule.message}")
    suppressor = referenced_alarm(composite.suppressor, composite.alarm) if composite.suppressor else None
    if isinstance(suppressor, Unknown):
        return suppressor
    children: dict[str, AlarmId] = {}
    for name in rule.children:
        child = referenced_alarm(name, composite.alarm)
        if isinstance(child, Unknown):
            return child
        children[name] = child
    return EvaluableComposite(
        composite.alarm,
        tuple(children.values()),
        lambda states: rule.holds({name: states[child] for name, child in children.items()}),
        SuppressorSettings(suppressor, composite.wait, composite.extension) if suppressor else None,
    )
