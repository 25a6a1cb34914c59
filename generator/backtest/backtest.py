"""The alarms of built templates over the metric data of a capture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.backtest.captured_store import CapturedStore
from generator.backtest.coverage import DataCoverage, coverage
from generator.backtest.firings import AlarmFiring, FiringTotals, firings, totals
from generator.backtest.judged import approximations, judged
from generator.backtest.night import Night
from generator.evaluate.simulate import simulate_metrics
from generator.evaluate.template.contents import CompositeAlarm, Contents, MetricAlarm
from generator.evaluate.types import AlarmId, SimulationResult, State

_NO_STATES: Mapping[AlarmId, State] = {}


@dataclass(frozen=True, slots=True)
class AlarmBacktest:
    """What an alarm would have done. seconds: over which it was evaluated, until `end`. coverage: None for composites.

    approximate: what of the numbers is, in words.
    """

    alarm: AlarmId
    resource: MetricAlarm | CompositeAlarm
    firings: tuple[AlarmFiring, ...]
    totals: FiringTotals
    seconds: int
    end: int
    coverage: DataCoverage | None
    approximate: tuple[str, ...] = ()

    @property
    def a_month(self) -> float:
        """Firings in 30 days."""
        return self.totals.a_month(self.seconds)


@dataclass(frozen=True, slots=True)
class Backtest:
    """alarms: those that were judged. not_judged: the others, with the reason. result: of the evaluator."""

    alarms: Mapping[AlarmId, AlarmBacktest]
    not_judged: Mapping[AlarmId, str]
    result: SimulationResult


def backtest(
    contents: Sequence[Contents], store: CapturedStore, night: Night, *, states: Mapping[AlarmId, State] = _NO_STATES
) -> Backtest:
    """Evaluate alarms over the capture's metric data. Raises BadCapture where a series is corrupt.

    states: of alarms at the begin of the data, where they are known.
    """
    evaluable = judged(contents, store)
    end = store.window.end
    result = simulate_metrics(evaluable, store, end, states=states, is_brief=True)
    by_alarm = firings(result.transitions, end)
    resources: dict[AlarmId, MetricAlarm | CompositeAlarm] = {}
    for stack in evaluable:
        resources |= {alarm.alarm: alarm for alarm in stack.metric_alarms}
        resources |= {alarm.alarm: alarm for alarm in stack.composites}
    known = {alarm: resource for alarm, resource in resources.items() if alarm not in result.unknown}
    alarms = {
        alarm: _alarm(resource, by_alarm.get(alarm, ()), store, night)
        for alarm, resource in sorted(known.items(), key=lambda item: (item[0].name, item[0].account, item[0].region))
    }
    return Backtest(alarms, dict(result.unknown), result)


def _alarm(
    resource: MetricAlarm | CompositeAlarm, alarm_firings: tuple[AlarmFiring, ...], store: CapturedStore, night: Night
) -> AlarmBacktest:
    sums = totals(alarm_firings, night)
    if isinstance(resource, CompositeAlarm):
        seconds = store.window.end - store.window.start
        return AlarmBacktest(resource.alarm, resource, alarm_firings, sums, seconds, store.window.end, None)
    return AlarmBacktest(
        resource.alarm,
        resource,
        alarm_firings,
        sums,
        store.window.end - _since(resource, store),
        store.window.end,
        coverage(resource, store),
        approximations(resource, store),
    )


def _since(alarm: MetricAlarm, store: CapturedStore) -> int:
    """From when on the metrics of an alarm are known."""
    stats = [entry.stat for entry in alarm.entries if entry.stat]
    return max(
        (store.data(stat.metric, stat.unit).known_since(stat.statistic, stat.period) for stat in stats),
        default=store.window.start,
    )
