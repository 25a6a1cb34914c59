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

from generator.evaluate.alarms.action_outcomes import Suppressed, muted, with_action_outcomes
from generator.evaluate.alarms.composite_order import in_order, named
from generator.evaluate.alarms.composites import Ruled, composites_played
from generator.evaluate.alarms.metric_history import History, history
from generator.evaluate.alarms.points import Points, points_of, rhythm_of
from generator.evaluate.alarms.rejected import why_refused
from generator.evaluate.alarms.rule import Problem, parse
from generator.evaluate.alarms.state import reach
from generator.evaluate.metrics.log_metrics import log_metrics
from generator.evaluate.metrics.metric_data import Store, stored
from generator.evaluate.template.template import CompositeAlarm, Contents, MetricAlarm, Unknown, read
from generator.evaluate.types import Alarm, Deployed, Line, Metric, Played, Published, State

_Again = Callable[[], Points]
_LOOKED_AT_ONCE = 8
_NONE: Mapping[Alarm, State] = MappingProxyType({})
_NEVER: Mapping[Alarm, int] = MappingProxyType({})


def play(
    stacks: Sequence[Deployed | Contents],
    published: Sequence[Published],
    lines: Sequence[Line],
    start: int,
    end: int,
    *,
    states: Mapping[Alarm, State] = _NONE,
    still: Collection[Alarm] = (),
    created: Mapping[Alarm, int] = _NEVER,
) -> Played:
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
    now: dict[Alarm, State] = {**dict.fromkeys((*histories, *rules), "INSUFFICIENT_DATA"), **states}
    changes = [change for each in histories.values() for change in each.transitions]
    above = composites_played(rules.values(), changes, now, start)
    transitions = sorted([*changes, *above], key=attrgetter("at"))
    mutes = muted([one for each in contents for one in each.mutes], start, end)
    suppressed = {alarm: one.suppressed for alarm, one in rules.items() if one.suppressed}
    return Played(
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
    unfed: Mapping[Metric, str],
    span: tuple[int, int],
    states: Mapping[Alarm, State],
    still: Collection[Alarm],
    created: Mapping[Alarm, int],
) -> tuple[dict[Alarm, History], dict[Alarm, str]]:
    """What becomes of each metric alarm, and why it cannot be said of some. unfed: metrics without a known filter."""
    histories: dict[Alarm, History] = {}
    unknown: dict[Alarm, str] = {}
    hubs = [each for each in contents if each.sees_accounts]
    seeing = {(one.alarm.account, one.alarm.region) for each in hubs for one in each.metric_alarms}
    alarms = list({one.alarm: one for each in contents for one in each.metric_alarms}.values())

    @lru_cache(maxsize=_LOOKED_AT_ONCE)
    def look(number: int) -> Points | Unknown:
        alarm, rhythm = alarms[number], rhythm_of(alarms[number], span)
        if isinstance(rhythm, Unknown):
            return rhythm
        over = (alarm.alarm.account, alarm.alarm.region) in seeing
        # A wall clock window is as long as its periods, and looks at nothing before them.
        looked_at = reach(alarm.periods) if alarm.time_zone is None else alarm.periods
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
    unfed: Mapping[Metric, str],
    look: Callable[[], Points | Unknown],
    span: tuple[int, int],
    before: State | None,
    created: int | None,
) -> History | Unknown:
    """The history of an alarm, or why it has none."""
    rhythm = rhythm_of(alarm, span)
    if isinstance(rhythm, Unknown):
        return rhythm
    for entry in alarm.entries:
        if entry.stat and entry.stat.metric not in store.since:
            reason = unfed.get(replace(entry.stat.metric, dimensions=()))
            if reason:
                return Unknown(reason)
    wrong = why_refused(alarm, rhythm.period)
    if wrong:
        return Unknown(wrong)
    points = look()
    if isinstance(points, Unknown):
        return points
    return history(alarm, points, span, before, cast(_Again, look), created=created)


def _rules(
    composites: Mapping[Alarm, CompositeAlarm],
    states: Mapping[Alarm, State],
    histories: Mapping[Alarm, History],
    unknown: dict[Alarm, str],
) -> dict[Alarm, Ruled]:
    """The composites that can be evaluated, children first; the others join the unknown."""
    ruled: dict[Alarm, Ruled] = {}
    stands_on: dict[Alarm, tuple[Alarm, ...]] = {}
    for alarm, composite in composites.items():
        one = _ruled(composite)
        if isinstance(one, Unknown):
            unknown[alarm] = one.reason
            continue
        ruled[alarm] = one
        stands_on[alarm] = (*one.children, *([one.suppressed.by] if one.suppressed else []))

    def missing(alarm: Alarm) -> str:
        if alarm in histories:
            return ""
        return unknown.get(alarm, "no template has it and no state of it is given")

    ordered, without = in_order(stands_on, states, missing)
    unknown.update(without)
    return {alarm: ruled[alarm] for alarm in ordered}


def _ruled(composite: CompositeAlarm) -> Ruled | Unknown:
    """A composite with its rule read and its children found."""
    rule = parse(composite.rule)
    if isinstance(rule, Problem):
        return Unknown(f"its rule can not be read: {rule.message}")
    suppressor = named(composite.suppressor, composite.alarm) if composite.suppressor else None
    if isinstance(suppressor, Unknown):
        return suppressor
    children: dict[str, Alarm] = {}
    for name in rule.children:
        child = named(name, composite.alarm)
        if isinstance(child, Unknown):
            return child
        children[name] = child
    return Ruled(
        composite.alarm,
        tuple(children.values()),
        lambda states: rule.holds({name: states[child] for name, child in children.items()}),
        Suppressed(suppressor, composite.wait, composite.extension) if suppressor else None,
    )
