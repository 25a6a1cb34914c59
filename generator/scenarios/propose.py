"""Tests for every alarm as it is now: just on the quiet side, just beyond and back, without data; a text to start from.

What is expected is what the alarm does today, so the tests pin it: whoever changes a threshold, a window or the
treatment of missing data later sees what that changes. Whether today's answer is the right one, a person has to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from generator.evaluate.simulate import play
from generator.evaluate.template.template import CompositeAlarm, MetricAlarm
from generator.evaluate.types import Alarm, Published
from generator.scenarios.environment import Stage, Standing
from generator.scenarios.notation import MOST_VALUES
from generator.scenarios.propose_composites import of_composite
from generator.scenarios.proposed_text import flat, given_text, named_test, stands, stretches, title
from generator.scenarios.scenario import START
from generator.scenarios.target_value import (
    APART,
    Drive,
    counts,
    drive_of,
    is_expression,
    others_of,
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


def proposed(stages: Sequence[Stage]) -> str:
    """The tests of all stages, as the text of a file."""
    return _HEAD + "".join(line for stage in stages for line in _of_stage(stage))


def _of_stage(stage: Stage) -> Iterator[str]:
    seen: set[object] = set()
    apart = _apart(stage)
    for standing in stage.standing:
        about = stage.alarms.get(standing.alarm)
        if not standing.ours:
            continue
        if about is None:
            yield f"  # {flat(standing)} cannot be evaluated offline: {flat(_unknown(stage, standing.alarm))}\n"
            continue
        # What is the same in several accounts is tested in the first of them.
        same = (standing.key, standing.about, _alike(about))
        if same in seen:
            continue
        seen.add(same)
        there = replace(standing, region=standing.alarm.region) if standing.alarm in apart else standing
        if isinstance(about, CompositeAlarm):
            yield from of_composite(stage, there, about)
        else:
            yield from _metric(stage, there, about)
    yield from _left_out(stage)


def _apart(stage: Stage) -> set[Alarm]:
    """The alarms that are not the same in all Regions of their account."""
    forms: dict[tuple[str, str, str], dict[object, list[Alarm]]] = {}
    for standing in stage.standing:
        about = stage.alarms.get(standing.alarm)
        if about is not None and standing.ours:
            place = (standing.key, standing.account, standing.about)
            forms.setdefault(place, {}).setdefault(_alike(about), []).append(standing.alarm)
    return {alarm for found in forms.values() if len(found) > 1 for alarms in found.values() for alarm in alarms}


def _left_out(stage: Stage) -> Iterator[str]:
    """The alarms that no account makes with these parameters, by the condition that leaves them out."""
    by_condition: dict[str, list[str]] = {}
    for name, condition in (pair for contents in stage.contents[:1] for pair in contents.left_out.items()):
        if name and all(name in contents.left_out for contents in stage.contents):
            by_condition.setdefault(condition, []).append(flat(name))
    for condition, names in by_condition.items():
        yield f"  # not made with these parameters, as {flat(condition)} is false: {', '.join(names)}\n"


def _unknown(stage: Stage, alarm: Alarm) -> str:
    return next((each.unknown[alarm] for each in stage.contents if alarm in each.unknown), "")


def _alike(about: MetricAlarm | CompositeAlarm) -> object:
    """The alarm less where it stands."""
    nowhere = Alarm("", "", "")
    if isinstance(about, CompositeAlarm):
        return about.rule
    entries = tuple(
        replace(one, stat=replace(one.stat, metric=replace(one.stat.metric, account="", region="")))
        if one.stat
        else one
        for one in about.entries
    )
    return replace(about, alarm=nowhere, entries=entries)


def _metric(stage: Stage, standing: Standing, about: MetricAlarm) -> Iterator[str]:
    drive = drive_of(stage, about)
    if drive is None or about.threshold is None:
        yield f"  # no test is proposed for {flat(standing)}: nothing simple moves what it compares\n"
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
    yield from _test(stage, standing, about, drive, "is quiet at its edge", just)
    for name, values in stories:
        yield from _test(stage, standing, about, drive, name, values)
    if len({one.stat.metric for one in about.entries if one.stat}) > 1:
        loud = [*calm, *[beyond] * of, *calm]
        yield from _test(stage, standing, about, drive, "with data of one metric only", loud, alone=True)
    statistic = next((one.stat.statistic for one in about.entries if one.stat), "")
    if not is_expression(about) and statistic in APART:
        pair = [*calm, *[edge] * of, *calm, *spread, *calm]
        yield from _test(stage, standing, about, drive, f"looks at the {statistic} of several values", pair, apart=True)


def _values(about: MetricAlarm, drive: Drive) -> tuple[float, float, float]:
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
    stage: Stage,
    standing: Standing,
    about: MetricAlarm,
    drive: Drive,
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
        yield f"  # no test that {flat(standing)} {name}: it would take more than {MOST_VALUES:,} values\n"
        return
    end = START + (len(values) + 1) * period
    played = play(stage.contents, series, (), START, end, still=others_of(stage, about.alarm))
    changes = [(one.at, one.after) for one in played.transitions if one.alarm == about.alarm]
    yield from named_test(stage, f"{title(stage, standing)} {name}")
    yield f"    interval: {shown(START + period)}\n" if period != 60 else ""
    yield "    given:\n"
    for one in series:
        yield from given_text(stage, one, standing.region)
    yield "    expect:\n"
    for at, until, state in stretches(changes, end):
        window = shown(at) if at == until else f"{shown(at)} to {shown(until)}"
        yield f"      - {{at: {window}, {stands(stage, standing)}, state: {state}}}\n"


def _rows(one: Published) -> tuple[tuple[float, ...] | None, ...]:
    assert isinstance(one.values, tuple)
    return one.values
