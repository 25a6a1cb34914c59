"""Tests for every alarm as it is now: just on the quiet side, just beyond and back, without data; a text to start from.

What is expected is what the alarm does today, so the tests pin it: whoever changes a threshold, a window or the
treatment of missing data later sees what that changes. Whether today's answer is the right one, a person has to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import CompositeAlarm, MetricAlarm
from generator.evaluate.types import AlarmId, Published
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.notation import MOST_VALUES
from generator.scenarios.propose_composites import of_composite
from generator.scenarios.proposed_text import flat, given_text, named_test, stands, stretches, title
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
# Periods without data after which every alarm has made up its mind.
_SILENCE = 6


def proposed(environments: Sequence[SimulatedEnvironment]) -> str:
    """The tests of all stages, as the text of a file."""
    return _HEAD + "".join(line for environment in environments for line in _of_environment(environment))


def _of_environment(environment: SimulatedEnvironment) -> Iterator[str]:
    seen: set[object] = set()
    apart = _apart(environment)
    for location in environment.locations:
        resource = environment.alarms.get(location.alarm)
        if not location.is_own:
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
    """The alarm less where it stands."""
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


def _metric(environment: SimulatedEnvironment, location: AlarmLocation, metric_alarm: MetricAlarm) -> Iterator[str]:
    drive = metric_control(environment, metric_alarm)
    if drive is None or metric_alarm.threshold is None:
        yield f"  # no test is proposed for {flat(location)}: its value does not follow a single metric\n"
        return
    edge, beyond, quiet = _values(metric_alarm, drive)
    needed, of = metric_alarm.datapoints, metric_alarm.periods
    calm: list[float | None] = [quiet] * (of + 1)
    spread = _spread(needed, of, beyond, quiet)
    stories: list[tuple[str, list[float | None]]] = [
        ("fires just beyond, and recovers", [*calm, *spread, *calm, *[quiet] * 2]),
        ("without data, from OK", [*calm, *[None] * (of + _SILENCE), *calm]),
        ("without data, from ALARM", [*calm, *[beyond] * of, *[None] * (of + _SILENCE), *calm]),
    ]
    just: list[float | None] = [*calm, *[edge] * (of + 1), *calm]
    if needed > 1:
        just += [*_spread(needed - 1, of, beyond, quiet), *calm, *_spread(needed, of + 1, beyond, quiet), *calm]
    yield from _test(environment, location, metric_alarm, drive, "is quiet at its edge", just)
    for name, values in stories:
        yield from _test(environment, location, metric_alarm, drive, name, values)
    if len({entry.stat.metric for entry in metric_alarm.entries if entry.stat}) > 1:
        loud = [*calm, *[beyond] * of, *calm]
        yield from _test(environment, location, metric_alarm, drive, "with data of one metric only", loud, alone=True)
    statistic = next((entry.stat.statistic for entry in metric_alarm.entries if entry.stat), "")
    if not is_expression(metric_alarm) and statistic in APART:
        pair = [*calm, *[edge] * of, *calm, *spread, *calm]
        yield from _test(
            environment, location, metric_alarm, drive, f"looks at the {statistic} of several values", pair, apart=True
        )


def _values(metric_alarm: MetricAlarm, drive: MetricControl) -> tuple[float, float, float]:
    """The last value that does not breach, the first that does, and one far from both."""
    threshold = metric_alarm.threshold or 0.0
    up = 1 if metric_alarm.comparison.startswith(_GREATER) else -1
    step = min(1.0, abs(threshold) * 1e-4) or 1e-4
    if counts(metric_alarm, drive) and float(drive.value(threshold)).is_integer():
        # One more event, which may be less than one where what is compared is a share.
        step = abs(drive.slope)
    far = 0.0 if up * threshold > 0 and up > 0 else threshold - up * max(1.0, abs(threshold))
    if drive.slope == 1 and stats_of(metric_alarm)[drive.moved].statistic == "SampleCount" and threshold > 1:
        # A sample is there in every period, so that quiet is not the same as silent.
        far = 1.0 if up > 0 else far
    if is_expression(metric_alarm) and up * (threshold - drive.base) > step:
        # Nothing of what is counted is quiet, and less than nothing there is not.
        far = drive.base
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
    drive: MetricControl,
    name: str,
    values: Sequence[float | None],
    *,
    apart: bool = False,
    alone: bool = False,
) -> Iterator[str]:
    period = period_of(metric_alarm)
    stats = stats_of(metric_alarm)
    moved = [None if metric_series is None else drive.value(metric_series) for metric_series in values]
    series = published(metric_alarm, drive.moved, drive.constant, moved, apart=apart)
    if alone:
        series = [metric_series for metric_series in series if metric_series.metric == stats[drive.moved].metric]
    if any(
        sum(len(period_values or ()) or 1 for period_values in _rows(metric_series)) > MOST_VALUES
        for metric_series in series
    ):
        yield f"  # no test that {flat(location)} {name}: it would need more than {MOST_VALUES:,} values\n"
        return
    end = START + (len(values) + 1) * period
    result = simulate(
        environment.contents, series, (), START, end, frozen=other_alarms(environment, metric_alarm.alarm)
    )
    changes = [
        (metric_series.at, metric_series.after)
        for metric_series in result.transitions
        if metric_series.alarm == metric_alarm.alarm
    ]
    yield from named_test(environment, f"{title(environment, location)} {name}")
    yield f"    interval: {format_offset(START + period)}\n" if period != 60 else ""
    yield "    given:\n"
    for metric_series in series:
        yield from given_text(environment, metric_series, location.region)
    yield "    expect:\n"
    for at, until, state in stretches(changes, end):
        window = format_offset(at) if at == until else f"{format_offset(at)} to {format_offset(until)}"
        yield f"      - {{at: {window}, {stands(environment, location)}, state: {state}}}\n"


def _rows(series: Published) -> tuple[tuple[float, ...] | None, ...]:
    assert isinstance(series.values, tuple)
    return series.values
