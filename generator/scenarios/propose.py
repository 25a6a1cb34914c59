"""Tests for every alarm as it is now: just on the quiet side, just beyond and back, without data; a text to start from.

What is expected is what the alarm does today, so the tests pin it: whoever changes a threshold, a window or the
treatment of missing data later sees what that changes. Whether today's answer is the right one, a person has to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, product

from generator.evaluate.alarm_rule import Problem, parse
from generator.evaluate.composite_order import named
from generator.evaluate.play import Alarm, State
from generator.evaluate.template import CompositeAlarm, MetricAlarm
from generator.evaluate.world import play
from generator.scenarios.drive import (
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
from generator.scenarios.proposed_text import about_text, given_text, place, quoted, stretches, title
from generator.scenarios.scenario import START
from generator.scenarios.stage import Stage, Standing
from generator.scenarios.verdict import shown

_HEAD = """\
# Tests that `obsgen test --generate` proposed: what every alarm does today. Read them before you believe them.
version: 1
tests:
"""
_GREATER, _OR_EQUAL = "Greater", "OrEqualTo"
# Periods without data after which every alarm has made up its mind.
_SILENCE = 6
_COMBINATIONS = 4096
_EITHER: tuple[State, ...] = ("OK", "ALARM")


def proposed(stages: Sequence[Stage]) -> str:
    """The tests of all stages, as the text of a file."""
    return _HEAD + "".join(line for stage in stages for line in _of_stage(stage))


def _of_stage(stage: Stage) -> Iterator[str]:
    seen: set[object] = set()
    for standing in stage.standing:
        about = stage.alarms.get(standing.alarm)
        if not standing.ours:
            continue
        if about is None:
            yield f"  # {standing} cannot be evaluated offline: {_unknown(stage, standing.alarm)}\n"
            continue
        # What is the same in several accounts is tested in the first of them.
        same = (standing.key, standing.about, _alike(about))
        if same in seen:
            continue
        seen.add(same)
        if isinstance(about, CompositeAlarm):
            yield from _composite(stage, standing, about)
        else:
            yield from _metric(stage, standing, about)


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
        yield f"  # no test is proposed for {standing}: nothing simple moves what it compares\n"
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
    end = START + (len(values) + 1) * period
    played = play(stage.contents, series, (), START, end, still=others_of(stage, about.alarm))
    changes = [(one.at, one.after) for one in played.transitions if one.alarm == about.alarm]
    yield f"  - name: {quoted(f'{title(stage, standing)} {name}')}\n"
    yield f"    environment: {stage}\n" if stage.package else f"    template: {stage}\n"
    yield f"    interval: {shown(START + period)}\n" if period != 60 else ""
    yield "    given:\n"
    for one in series:
        yield from given_text(stage, one)
    yield "    expect:\n"
    for at, until, state in stretches(changes, end):
        account = f", account: {place(standing)}" if stage.package else ""
        window = shown(at) if at == until else f"{shown(at)} to {shown(until)}"
        yield f"      - {{at: {window}, alarm: {standing.key}{account}, state: {state}}}\n"


def _composite(stage: Stage, standing: Standing, about: CompositeAlarm) -> Iterator[str]:
    """For each part of the rule a test in which it decides: with it the composite is in ALARM, and without."""
    rule = parse(about.rule)
    if isinstance(rule, Problem):
        return
    keys = {child: _key_of(stage, standing, child) for child in rule.children}
    done: set[tuple[State, ...]] = set()
    for child in rule.children:
        for states in islice(product(_EITHER, repeat=len(rule.children)), _COMBINATIONS):
            now: dict[str, State] = dict(zip(rule.children, states, strict=True))
            flipped: State = "OK" if now[child] == "ALARM" else "ALARM"
            other = {**now, child: flipped}
            if rule.holds(now) == rule.holds(other):
                continue
            for chosen in (now, other):
                if tuple(chosen.values()) not in done:
                    done.add(tuple(chosen.values()))
                    yield from _rule_test(stage, standing, rule.holds(chosen), chosen, keys)
            break


def _key_of(stage: Stage, standing: Standing, child: str) -> Standing | None:
    meant = named(child, standing.alarm)
    return stage.known_as.get(meant) if isinstance(meant, Alarm) else None


def _rule_test(
    stage: Stage, standing: Standing, holds: bool, states: Mapping[str, State], keys: Mapping[str, Standing | None]
) -> Iterator[str]:
    if any(one is None for one in keys.values()):
        return
    known = {child: one for child, one in keys.items() if one is not None}
    on = [f"{one.key}{about_text(one)}" for child, one in known.items() if states[child] == "ALARM"]
    how = "in ALARM" if holds else "quiet"
    name = f"{title(stage, standing)} is {how} with {' and '.join(on) or 'nothing'}"
    yield f"  - name: {quoted(name)}\n"
    yield f"    environment: {stage}\n" if stage.package else f"    template: {stage}\n"
    yield "    given:\n"
    for child, one in known.items():
        account = f", account: {place(one)}" if stage.package else ""
        yield f"      - {{alarm: {one.key}{account}, state: {states[child]}}}\n"
    account = f", account: {place(standing)}" if stage.package else ""
    yield "    expect:\n"
    yield f"      - {{at: 0m, alarm: {standing.key}{account}, state: {'ALARM' if holds else 'OK'}}}\n"
