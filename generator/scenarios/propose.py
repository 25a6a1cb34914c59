"""Proposes tests for every alarm: at its threshold, beyond it and back, and without data.

The tests expect what the alarm does today, and so show the effect of a later change of a threshold, a window or the
treatment of missing data. Whether today's behavior is right has to be decided by a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import CompositeAlarm, MetricAlarm
from generator.evaluate.types import AlarmId, Published
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.notation import MOST_VALUES
from generator.scenarios.propose_composites import of_composite
from generator.scenarios.propose_promql import of_promql
from generator.scenarios.proposed_text import flat, given_text, named_test, quota_text, stands, stretches, title
from generator.scenarios.quotas import proposed_quotas
from generator.scenarios.scenario import START
from generator.scenarios.target_value import (
    APART,
    MetricControl,
    counts,
    is_expression,
    metric_control,
    other_alarms,
    period_of,
    published,
    stats_of,
)
from generator.scenarios.verdict import format_offset

_HEAD = """\
# Proposed by `obsgen test --generate`: what every alarm does today. Check them before you rely on them.
version: 1
tests:
"""
_GREATER, _OR_EQUAL = "Greater", "OrEqualTo"
# Periods without data after which the state of every alarm is settled.
_SILENCE = 6


def proposed(environments: Sequence[SimulatedEnvironment]) -> str:
    """The proposed tests of all environments, as the text of a file."""
    return _HEAD + "".join(line for environment in environments for line in _of_environment(environment))


def _of_environment(environment: SimulatedEnvironment) -> Iterator[str]:
    seen: set[object] = set()
    apart = _apart(environment)
    for location in environment.locations:
        resource = environment.alarms.get(location.alarm)
        if not location.is_own:
            continue
        if resource is None and location.alarm in environment.promql:
            promql = environment.promql[location.alarm]
            periods = (location.key, location.subject, promql.pending, promql.recovery, promql.interval)
            if periods not in seen:
                seen.add(periods)
                yield from of_promql(environment, location, promql)
            continue
        if resource is None:
            yield f"  # {flat(location)} cannot be evaluated offline: {flat(_unknown(environment, location.alarm))}\n"
            continue
        # What is the same in several accounts is tested in the first of them.
        same = (location.key, location.subject, _alike(resource))
        if same in seen:
            continue
        seen.add(same)
        proposed_location = replace(location, region=location.alarm.region) if location.alarm in apart else location
        if isinstance(resource, CompositeAlarm):
            yield from of_composite(environment, proposed_location, resource)
        else:
            yield from _metric(environment, proposed_location, resource)
    yield from _left_out(environment)


def _apart(environment: SimulatedEnvironment) -> set[AlarmId]:
    """The alarms that are not the same in all Regions of their account."""
    forms: dict[tuple[str, str, str], dict[object, list[AlarmId]]] = {}
    for location in environment.locations:
        resource = environment.alarms.get(location.alarm)
        if resource is not None and location.is_own:
            location_key = (location.key, location.account, location.subject)
            forms.setdefault(location_key, {}).setdefault(_alike(resource), []).append(location.alarm)
    return {alarm for by_form in forms.values() if len(by_form) > 1 for alarms in by_form.values() for alarm in alarms}


def _left_out(environment: SimulatedEnvironment) -> Iterator[str]:
    """The alarms that no account makes with these parameters, by the condition that leaves them out."""
    by_condition: dict[str, list[str]] = {}
    for name, condition in (pair for contents in environment.contents[:1] for pair in contents.left_out.items()):
        if name and all(name in contents.left_out for contents in environment.contents):
            by_condition.setdefault(condition, []).append(flat(name))
    for condition, names in by_condition.items():
        yield f"  # not created with these parameters, because {flat(condition)} is false: {', '.join(names)}\n"


def _unknown(environment: SimulatedEnvironment, alarm: AlarmId) -> str:
    return next((contents.unknown[alarm] for contents in environment.contents if alarm in contents.unknown), "")


def _alike(resource: MetricAlarm | CompositeAlarm) -> object:
    """The alarm without its account and Region, to compare it with others."""
    nowhere = AlarmId("", "", "")
    if isinstance(resource, CompositeAlarm):
        return resource.rule
    entries = tuple(
        replace(entry, stat=replace(entry.stat, metric=replace(entry.stat.metric, account="", region="")))
        if entry.stat
        else entry
        for entry in resource.entries
    )
    return replace(resource, alarm=nowhere, entries=entries)


@dataclass(frozen=True, slots=True)
class _Case:
    """A proposed test of a metric alarm. name: after the alarm's in the name of the test. values: that it compares.

    apart: periods have several values, of which only the statistic is that. alone: other metrics have no data.
    """

    name: str
    values: Sequence[float | None]
    apart: bool = False
    alone: bool = False


def _metric(environment: SimulatedEnvironment, location: AlarmLocation, metric_alarm: MetricAlarm) -> Iterator[str]:
    control = metric_control(environment, metric_alarm)
    if control is None or metric_alarm.threshold is None:
        yield f"  # no test is proposed for {flat(location)}: its value does not follow a single metric\n"
        return
    for case in _cases(metric_alarm, control):
        yield from _test(environment, location, metric_alarm, control, case)


def _cases(metric_alarm: MetricAlarm, control: MetricControl) -> Iterator[_Case]:
    edge, beyond, quiet = _values(metric_alarm, control)
    needed, of = metric_alarm.datapoints, metric_alarm.periods
    calm: list[float | None] = [quiet] * (of + 1)
    spread = _spread(needed, of, beyond, quiet)
    at_edge: list[float | None] = [*calm, *[edge] * (of + 1), *calm]
    if needed > 1:
        at_edge += [*_spread(needed - 1, of, beyond, quiet), *calm, *_spread(needed, of + 1, beyond, quiet), *calm]
    yield _Case("is quiet at its edge", at_edge)
    yield _Case("fires just beyond, and recovers", [*calm, *spread, *calm, *[quiet] * 2])
    yield _Case("without data, from OK", [*calm, *[None] * (of + _SILENCE), *calm])
    yield _Case("without data, from ALARM", [*calm, *[beyond] * of, *[None] * (of + _SILENCE), *calm])
    if len({entry.stat.metric for entry in metric_alarm.entries if entry.stat}) > 1:
        yield _Case("with data of one metric only", [*calm, *[beyond] * of, *calm], alone=True)
    statistic = next((entry.stat.statistic for entry in metric_alarm.entries if entry.stat), "")
    if not is_expression(metric_alarm) and statistic in APART:
        several = [*calm, *[edge] * of, *calm, *spread, *calm]
        yield _Case(f"uses the {statistic} of several values", several, apart=True)


def _values(metric_alarm: MetricAlarm, control: MetricControl) -> tuple[float, float, float]:
    """The last value that does not breach, the first that does, and one far from both."""
    threshold = metric_alarm.threshold or 0.0
    up = 1 if metric_alarm.comparison.startswith(_GREATER) else -1
    step = min(1.0, abs(threshold) * 1e-4) or 1e-4
    if counts(metric_alarm, control) and float(control.value(threshold)).is_integer():
        # One more event, which may be less than one where what is compared is a share.
        step = abs(control.slope)
    far = 0.0 if up * threshold > 0 and up > 0 else threshold - up * max(1.0, abs(threshold))
    if control.slope == 1 and stats_of(metric_alarm)[control.moved].statistic == "SampleCount" and threshold > 1:
        # A sample is there in every period, so that quiet is not the same as silent.
        far = 1.0 if up > 0 else far
    if is_expression(metric_alarm) and up * (threshold - control.base) > step:
        # Nothing of what is counted is quiet, and less than nothing there is not.
        far = control.base
    if _OR_EQUAL in metric_alarm.comparison:
        return _rounded(threshold - up * step), threshold, far
    return threshold, _rounded(threshold + up * step), far


def _rounded(value: float) -> float:
    """Without the digits that only arithmetic in halves brings about."""
    return float(f"{value:.15g}")


def _spread(breaching: int, of: int, beyond: float, quiet: float) -> list[float | None]:
    """So many breaching periods that begin and end a stretch of `of` periods."""
    if breaching == 0:
        return [quiet] * of
    if breaching == 1:
        return [beyond]
    quiet_ones: list[float | None] = [quiet] * (of - breaching)
    return [beyond] * (breaching - 1) + quiet_ones + [beyond]


def _test(
    environment: SimulatedEnvironment,
    location: AlarmLocation,
    metric_alarm: MetricAlarm,
    control: MetricControl,
    case: _Case,
) -> Iterator[str]:
    """The text of a test that expects what the alarm does today."""
    series = _series(metric_alarm, control, case)
    if any(
        sum(len(values or ()) or 1 for values in _rows(published_metric)) > MOST_VALUES for published_metric in series
    ):
        yield f"  # no test that {flat(location)} {case.name}: it would need more than {MOST_VALUES:,} values\n"
        return
    period = period_of(metric_alarm)
    end = START + (len(case.values) + 1) * period
    frozen = other_alarms(environment, metric_alarm.alarm)
    quotas = proposed_quotas(metric_alarm)
    result = simulate(environment.contents, series, (), START, end, frozen=frozen, quotas=quotas)
    changes = [(change.at, change.after) for change in result.transitions if change.alarm == metric_alarm.alarm]
    yield from named_test(environment, f"{title(environment, location)} {case.name}")
    yield f"    interval: {format_offset(START + period)}\n" if period != 60 else ""
    yield "    given:\n"
    for published_metric in series:
        yield from given_text(environment, published_metric, location.region)
    for metric, quota in quotas.items():
        yield from quota_text(environment, metric, quota, location.region)
    yield "    expect:\n"
    for at, until, state in stretches(changes, end):
        window = format_offset(at) if at == until else f"{format_offset(at)} to {format_offset(until)}"
        yield f"      - {{at: {window}, {stands(environment, location)}, state: {state}}}\n"


def _series(metric_alarm: MetricAlarm, control: MetricControl, case: _Case) -> list[Published]:
    """The series of the alarm's metrics with which it compares the values of a case."""
    moved = [None if value is None else control.value(value) for value in case.values]
    series = published(metric_alarm, control.moved, control.constant, moved, apart=case.apart)
    if not case.alone:
        return series
    metric = stats_of(metric_alarm)[control.moved].metric
    return [published_metric for published_metric in series if published_metric.metric == metric]


def _rows(series: Published) -> tuple[tuple[float, ...] | None, ...]:
    assert isinstance(series.values, tuple)
    return series.values
