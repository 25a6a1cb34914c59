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
from generator.scenarios.verdict import shown

_HEAD = """\
# Tests that `obsgen test --generate` proposed: what every alarm does today. Read them before you believe them.
version: 1
tests:
"""
_GREATER, _OR_EQUAL = "Greater", "OrEqualTo"
# Periods without data after which every alarm has made up its mind.
_SILENCE = 6


def proposed(environments: Sequence[SimulatedEnvironment]) -> str:
    """The tests of all stages, as the text of a file."""
    return _HEAD + "".join(line for environment in environments for line in _of_stage(environment))


def _of_stage(environment: SimulatedEnvironment) -> Iterator[str]:
    seen: set[object] = set()
    apart = _apart(environment)
    for location in environment.location:
        about = environment.alarms.get(location.alarm)
        if not location.ours:
            continue
        if about is None:
            yield f"  # {flat(location)} cannot be evaluated offline: {flat(_unknown(environment, location.alarm))}\n"
            continue
        # What is the same in several accounts is tested in the first of them.
        same = (location.key, location.about, _alike(about))
        if same in seen:
            continue
        seen.add(same)
        there = replace(location, region=location.alarm.region) if location.alarm in apart else location
        if isinstance(about, CompositeAlarm):
            yield from of_composite(environment, there, about)
        else:
            yield from _metric(environment, there, about)
    yield from _left_out(environment)


def _apart(environment: SimulatedEnvironment) -> set[AlarmId]:
    """The alarms that are not the same in all Regions of their account."""
    forms: dict[tuple[str, str, str], dict[object, list[AlarmId]]] = {}
    for location in environment.location:
        about = environment.alarms.get(location.alarm)
        if about is not None and location.ours:
            place = (location.key, location.account, location.about)
            forms.setdefault(place, {}).setdefault(_alike(about), []).append(location.alarm)
    return {alarm for found in forms.values() if len(found) > 1 for alarms in found.values() for alarm in alarms}


def _left_out(environment: SimulatedEnvironment) -> Iterator[str]:
    """The alarms that no account makes with these parameters, by the condition that leaves them out."""
    by_condition: dict[str, list[str]] = {}
    for name, condition in (pair for contents in environment.contents[:1] for pair in contents.left_out.items()):
        if name and all(name in contents.left_out for contents in environment.contents):
            by_condition.setdefault(condition, []).append(flat(name))
    for condition, names in by_condition.items():
        yield f"  # not made with these parameters, as {flat(condition)} is false: {', '.join(names)}\n"


def _unknown(environment: SimulatedEnvironment, alarm: AlarmId) -> str:
    return next((each.unknown[alarm] for each in environment.contents if alarm in each.unknown), "")


def _alike(about: MetricAlarm | CompositeAlarm) -> object:
    """The alarm less where it stands."""
    nowhere = AlarmId("", "", "")
    if isinstance(about, CompositeAlarm):
        return about.rule
    entries = tuple(
        replace(one, stat=replace(one.stat, metric=replace(one.stat.metric, account="", region="")))
        if one.stat
        else one
        for one in about.entries
    )
    return replace(about, alarm=nowhere, entries=entries)


def _metric(environment: SimulatedEnvironment, location: AlarmLocation, about: MetricAlarm) -> Iterator[str]:
    drive = metric_control(environment, about)
    if drive is None or about.threshold is None:
        yield f"  # no test is proposed for {flat(location)}: nothing simple moves what it compares\n"
        return
    edge, beyond, quiet = _values(about, drive)
    needed, of = about.datapoints, about.periods
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
    yield from _test(environment, location, about, drive, "is quiet at its edge", just)
    for name, values in stories:
        yield from _test(environment, location, about, drive, name, values)
    if len({one.stat.metric for one in about.entries if one.stat}) > 1:
        loud = [*calm, *[beyond] * of, *calm]
        yield from _test(environment, location, about, drive, "with data of one metric only", loud, alone=True)
    statistic = next((one.stat.statistic for one in about.entries if one.stat), "")
    if not is_expression(about) and statistic in APART:
        pair = [*calm, *[edge] * of, *calm, *spread, *calm]
        yield from _test(
            environment, location, about, drive, f"looks at the {statistic} of several values", pair, apart=True
        )


def _values(about: MetricAlarm, drive: MetricControl) -> tuple[float, float, float]:
    """The last value that does not breach, the first that does, and one far from both."""
    threshold = about.threshold or 0.0
    up = 1 if about.comparison.startswith(_GREATER) else -1
    step = min(1.0, abs(threshold) * 1e-4) or 1e-4
    if counts(about, drive) and float(drive.value(threshold)).is_integer():
        # One more event, which may be less than one where what is compared is a share.
        step = abs(drive.slope)
    far = 0.0 if up * threshold > 0 and up > 0 else threshold - up * max(1.0, abs(threshold))
    if drive.slope == 1 and stats_of(about)[drive.moved].statistic == "SampleCount" and threshold > 1:
        # A sample is there in every period, so that quiet is not the same as silent.
        far = 1.0 if up > 0 else far
    if is_expression(about) and up * (threshold - drive.base) > step:
        # Nothing of what is counted is quiet, and less than nothing there is not.
        far = drive.base
    if _OR_EQUAL in about.comparison:
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
    about: MetricAlarm,
    drive: MetricControl,
    name: str,
    values: Sequence[float | None],
    *,
    apart: bool = False,
    alone: bool = False,
) -> Iterator[str]:
    period = period_of(about)
    stats = stats_of(about)
    moved = [None if one is None else drive.value(one) for one in values]
    series = published(about, drive.moved, drive.others, moved, apart=apart)
    if alone:
        series = [one for one in series if one.metric == stats[drive.moved].metric]
    if any(sum(len(each or ()) or 1 for each in _rows(one)) > MOST_VALUES for one in series):
        yield f"  # no test that {flat(location)} {name}: it would take more than {MOST_VALUES:,} values\n"
        return
    end = START + (len(values) + 1) * period
    played = simulate(environment.contents, series, (), START, end, still=other_alarms(environment, about.alarm))
    changes = [(one.at, one.after) for one in played.transitions if one.alarm == about.alarm]
    yield from named_test(environment, f"{title(environment, location)} {name}")
    yield f"    interval: {shown(START + period)}\n" if period != 60 else ""
    yield "    given:\n"
    for one in series:
        yield from given_text(environment, one, location.region)
    yield "    expect:\n"
    for at, until, state in stretches(changes, end):
        window = shown(at) if at == until else f"{shown(at)} to {shown(until)}"
        yield f"      - {{at: {window}, {stands(environment, location)}, state: {state}}}\n"


def _rows(one: Published) -> tuple[tuple[float, ...] | None, ...]:
    assert isinstance(one.values, tuple)
    return one.values
