"""Simulation of the alarms of templates with log lines and metric values: each state change, with time and reason.

    log lines ─► metric filters ─► values ┐
    published values ─────────────────────┴► metric alarms ─► composites ─► suppression ─► SimulationResult

Each stack is in its account and Region; alarms read the metrics of the account that their entries name, so the alarms
of a hub read those of its members. Every alarm is INSUFFICIENT_DATA at the start, as a new one is, unless `states`
says otherwise, and is first evaluated then; one that is `created` later is evaluated from then on. An alarm that only
AWS can evaluate is in `unknown`, and so is a composite that depends on one, unless `states` has its state.

Where AWS's documentation leaves something open, the module that decides it says so: alarms.points (when an alarm is
evaluated), metrics.log_metrics (what a filter publishes), alarms.metric_history (what was before the start),
alarms.composites.

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
from generator.evaluate.alarms.contributors import (
    ContributorPoints,
    contributor_history,
    contributor_points,
    grouped_query,
)
from generator.evaluate.alarms.metric_history import History, history
from generator.evaluate.alarms.points import Points, points_of, schedule_of
from generator.evaluate.alarms.promql_states import promql_history
from generator.evaluate.alarms.rejected import rejection_reason
from generator.evaluate.alarms.rule import RuleProblem, parse
from generator.evaluate.alarms.state import lookback
from generator.evaluate.metrics.log_metrics import log_metrics
from generator.evaluate.metrics.metric_data import MetricStore, stored
from generator.evaluate.template.template import CompositeAlarm, Contents, MetricAlarm, Unknown, read
from generator.evaluate.types import (
    AlarmId,
    Contributor,
    Deployed,
    FoundSeries,
    LogLine,
    MetricId,
    Published,
    SimulationResult,
    State,
    StateTransition,
)

_Again = Callable[[], Points]
_EVALUATED_AT_ONCE = 8
_NONE: Mapping[AlarmId, State] = MappingProxyType({})
_NEVER: Mapping[AlarmId, int] = MappingProxyType({})
_NO_QUOTAS: Mapping[MetricId, float] = MappingProxyType({})
_ALL: Mapping[MetricId, str] = MappingProxyType({})


def simulate(
    stacks: Sequence[Deployed | Contents],
    published: Sequence[Published],
    lines: Sequence[LogLine],
    start: int,
    end: int,
    *,
    states: Mapping[AlarmId, State] = _NONE,
    frozen: Collection[AlarmId] = (),
    created: Mapping[AlarmId, int] = _NEVER,
    quotas: Mapping[MetricId, float] = _NO_QUOTAS,
    results: Sequence[FoundSeries] = (),
) -> SimulationResult:
    """The state changes of all alarms of the stacks from start to end, both included. Never raises for a template.

    stacks: read those that are simulated repeatedly once, by `template.read`.
    frozen: alarms that are not evaluated and stay as `states` has them, OK without a state there.
    created: when metric alarms are created and begin to warm up; all others were created long before.
    quotas: the service quotas of usage metrics; an alarm that asks for another by SERVICE_QUOTA is unknown.
    results: of the queries of PromQL alarms; one without a result is unknown.
    """
    contents = [stack if isinstance(stack, Contents) else read(stack) for stack in stacks]
    from_logs = log_metrics([filter_ for stack in contents for filter_ in stack.filters], lines)
    store = stored(start, published, from_logs.values, quotas)
    return simulate_metrics(
        contents,
        store,
        end,
        states=states,
        frozen=frozen,
        created=created,
        results=results,
        unavailable_metrics=from_logs.unknown,
    )


def simulate_metrics(
    contents: Sequence[Contents],
    store: MetricStore,
    end: int,
    *,
    states: Mapping[AlarmId, State] = _NONE,
    frozen: Collection[AlarmId] = (),
    created: Mapping[AlarmId, int] = _NEVER,
    results: Sequence[FoundSeries] = (),
    unavailable_metrics: Mapping[MetricId, str] = _ALL,
    is_brief: bool = False,
) -> SimulationResult:
    """As `simulate`, over the metrics of a store, from its start on.

    unavailable_metrics: metrics whose filter cannot be read, each with the reason. is_brief: without the reasons and
    data points of metric alarms' transitions, which take longer than the evaluation where there are very many.
    """
    start = store.start
    states = {**dict.fromkeys(frozen, "OK"), **states}
    histories, contributors, without = _histories(
        contents, store, unavailable_metrics, (start, end), states, frozen, created, is_brief
    )
    by_query, query_contributors = _promql_histories(contents, results, (start, end), created)
    histories, contributors = histories | by_query, contributors | query_contributors
    unknown = {alarm: reason for stack in contents for alarm, reason in stack.unknown.items() if alarm not in by_query}
    unknown |= without
    composites = {
        composite.alarm: composite
        for stack in contents
        for composite in stack.composites
        if composite.alarm not in frozen
    }
    evaluable = _evaluable(composites, states, histories, unknown)
    transitions, at_end = _transitions(histories, evaluable, states, start)
    mutes = mute_windows([rule for stack in contents for rule in stack.mutes], start, end)
    suppressed = {alarm: composite.suppressed for alarm, composite in evaluable.items() if composite.suppressed}
    return SimulationResult(
        transitions=with_action_outcomes(transitions, suppressed, mutes.windows, states, end),
        evaluated=tuple(history_.evaluated for history_ in histories.values()),
        states=at_end,
        unknown={alarm: reason for alarm, reason in unknown.items() if alarm not in frozen},
        composites={alarm: composite.rule for alarm, composite in composites.items()},
        approximate=_with_band(contents) & set(histories),
        mutes_unknown={name: why for stack in contents for name, why in stack.mutes_unknown.items()}
        | dict(mutes.unknown),
        contributors={
            alarm: tuple(
                replace(series, transitions=with_action_outcomes(series.transitions, {}, mutes.windows, states, end))
                for series in its
            )
            for alarm, its in contributors.items()
        },
    )


def _promql_histories(
    contents: Sequence[Contents], results: Sequence[FoundSeries], span: tuple[int, int], created: Mapping[AlarmId, int]
) -> tuple[dict[AlarmId, History], dict[AlarmId, tuple[Contributor, ...]]]:
    """The history of each PromQL alarm of whose query the result is given, and of its contributors."""
    by_alarm: dict[AlarmId, list[FoundSeries]] = {}
    for series in results:
        by_alarm.setdefault(series.alarm, []).append(series)
    histories, contributors = {}, {}
    for alarm in (alarm for stack in contents for alarm in stack.promql if alarm.alarm in by_alarm):
        histories[alarm.alarm], contributors[alarm.alarm] = promql_history(
            alarm, by_alarm[alarm.alarm], span, created.get(alarm.alarm)
        )
    return histories, contributors


def _transitions(
    histories: Mapping[AlarmId, History],
    composites: Mapping[AlarmId, EvaluableComposite],
    states: Mapping[AlarmId, State],
    start: int,
) -> tuple[list[StateTransition], dict[AlarmId, State]]:
    """The state changes of metric alarms and composites in order of time, and all states at the end."""
    now: dict[AlarmId, State] = {**dict.fromkeys((*histories, *composites), "INSUFFICIENT_DATA"), **states}
    changes = [change for history_ in histories.values() for change in history_.transitions]
    above = evaluate_composites(composites.values(), changes, now, start)
    transitions = sorted([*changes, *above], key=attrgetter("at"))
    return transitions, {alarm: now[alarm] for alarm in (*histories, *composites)}


def _with_band(contents: Sequence[Contents]) -> frozenset[AlarmId]:
    """The anomaly alarms, whose bands only approximate CloudWatch's."""
    return frozenset(alarm.alarm for stack in contents for alarm in stack.metric_alarms if alarm.threshold_id)


def _histories(
    contents: Sequence[Contents],
    store: MetricStore,
    unavailable_metrics: Mapping[MetricId, str],
    span: tuple[int, int],
    states: Mapping[AlarmId, State],
    frozen: Collection[AlarmId],
    created: Mapping[AlarmId, int],
    is_brief: bool,
) -> tuple[dict[AlarmId, History], dict[AlarmId, tuple[Contributor, ...]], dict[AlarmId, str]]:
    """The history of each metric alarm, its contributors if it has any, and why some have no history.

    unavailable_metrics: metrics whose filter cannot be read, each with the reason.
    """
    histories: dict[AlarmId, History] = {}
    contributors: dict[AlarmId, tuple[Contributor, ...]] = {}
    unknown: dict[AlarmId, str] = {}
    sinks = {
        (resource.alarm.account, resource.alarm.region)
        for stack in contents
        if stack.sees_accounts
        for resource in stack.metric_alarms
    }
    alarms = list({resource.alarm: resource for stack in contents for resource in stack.metric_alarms}.values())

    @lru_cache(maxsize=_EVALUATED_AT_ONCE)
    def evaluate(number: int) -> Points | ContributorPoints | Unknown:
        alarm, schedule = alarms[number], schedule_of(alarms[number], span)
        if isinstance(schedule, Unknown):
            return schedule
        over_accounts = (alarm.alarm.account, alarm.alarm.region) in sinks
        # A wall clock window is as long as its periods, and includes nothing before them.
        periods = lookback(alarm.periods) if alarm.time_zone is None else alarm.periods
        query = grouped_query(alarm)
        if query:
            return contributor_points(alarm, query, schedule, store, span, periods, over_accounts=over_accounts)
        return points_of(alarm, schedule, store, span, periods, over_accounts=over_accounts)

    for number, alarm in enumerate(alarms):
        if alarm.alarm in frozen:
            continue
        before = states.get(alarm.alarm), created.get(alarm.alarm)
        result = _metric_alarm(alarm, store, unavailable_metrics, partial(evaluate, number), span, *before, is_brief)
        if isinstance(result, Unknown):
            unknown[alarm.alarm] = result.reason
        elif isinstance(result, History):
            histories[alarm.alarm] = result
        else:
            histories[alarm.alarm], contributors[alarm.alarm] = result
    return histories, contributors, unknown


def _metric_alarm(
    alarm: MetricAlarm,
    store: MetricStore,
    unavailable_metrics: Mapping[MetricId, str],
    evaluate: Callable[[], Points | ContributorPoints | Unknown],
    span: tuple[int, int],
    before: State | None,
    created: int | None,
    is_brief: bool,
) -> History | tuple[History, tuple[Contributor, ...]] | Unknown:
    """The history of an alarm, with those of its contributors if it has any, or why it has none."""
    schedule = schedule_of(alarm, span)
    if isinstance(schedule, Unknown):
        return schedule
    for entry in alarm.entries:
        if entry.stat and entry.stat.metric not in store.since:
            reason = unavailable_metrics.get(replace(entry.stat.metric, dimensions=()))
            if reason:
                return Unknown(reason)
    rejected = rejection_reason(alarm, schedule.period)
    if rejected:
        return Unknown(rejected)
    points = evaluate()
    if isinstance(points, Unknown):
        return points
    if isinstance(points, ContributorPoints):
        return contributor_history(alarm, points, span, before, created)
    return history(alarm, points, span, before, cast(_Again, evaluate), created=created, is_brief=is_brief)


def _evaluable(
    composites: Mapping[AlarmId, CompositeAlarm],
    states: Mapping[AlarmId, State],
    histories: Mapping[AlarmId, History],
    unknown: dict[AlarmId, str],
) -> dict[AlarmId, EvaluableComposite]:
    """The composites that can be evaluated, children first; the others are added to `unknown`."""
    candidates: dict[AlarmId, EvaluableComposite] = {}
    dependencies: dict[AlarmId, tuple[AlarmId, ...]] = {}
    for alarm, composite in composites.items():
        parsed = _parsed(composite)
        if isinstance(parsed, Unknown):
            unknown[alarm] = parsed.reason
            continue
        candidates[alarm] = parsed
        dependencies[alarm] = (*parsed.children, *([parsed.suppressed.by] if parsed.suppressed else []))

    def missing(alarm: AlarmId) -> str:
        if alarm in histories:
            return ""
        return unknown.get(alarm, "no template has it and the test sets no state for it")

    ordered, without = evaluation_order(dependencies, states, missing)
    unknown.update(without)
    return {alarm: candidates[alarm] for alarm in ordered}


def _parsed(composite: CompositeAlarm) -> EvaluableComposite | Unknown:
    """A composite with its rule parsed and its children and suppressor as alarms."""
    rule = parse(composite.rule)
    if isinstance(rule, RuleProblem):
        return Unknown(f"its rule is invalid: {rule.message}")
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
