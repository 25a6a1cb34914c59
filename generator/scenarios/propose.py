"""Tests for every alarm as it is now: just on the quiet side, just beyond and back, without data; a text to start from.

What is expected is what the alarm does today, so the tests pin it: whoever changes a threshold, a window or the
treatment of missing data later sees what that changes. Whether today's answer is the right one, a person has to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice, product
from types import MappingProxyType

from generator.evaluate import metric_math
from generator.evaluate.alarm_rule import Problem, parse
from generator.evaluate.play import Alarm, Metric, Published, State
from generator.evaluate.statistics import enough_samples
from generator.evaluate.template import CompositeAlarm, MetricAlarm, MetricStat
from generator.evaluate.world import play
from generator.scenarios.scenario import START
from generator.scenarios.stage import Stage, Standing
from generator.scenarios.verdict import shown

_HEAD = """\
# Tests that `obsgen test --generate` proposed: what every alarm does today. Read them before you believe them.
version: 1
tests:
"""
_GREATER, _OR_EQUAL = "Greater", "OrEqualTo"
_COUNTING = ("Sum", "SampleCount")
# Periods without data after which every alarm has made up its mind.
_SILENCE = 6
# What the other metrics of an expression are while one of them moves: nothing, or so many that a share of them is a
# whole number.
_OTHERS = (0.0, 100_000.0, 10_000.0, 1000.0, 1.0)
_COMBINATIONS = 4096
# Values of which this is the statistic, and no other is the same.
_APART: Mapping[str, Callable[[float], tuple[float, ...]]] = MappingProxyType(
    {
        "Sum": lambda value: (value - math.floor(value / 2), math.floor(value / 2)),
        "Average": lambda value: (value - abs(value) / 2, value + abs(value) / 2),
        "Maximum": lambda value: (value, value - abs(value) / 2, value - abs(value)),
        "Minimum": lambda value: (value, value + abs(value) / 2),
    }
)
_QUERIED = {"SUM": "Sum", "AVG": "Average", "MAX": "Maximum", "MIN": "Minimum", "COUNT": "SampleCount"}
_SECONDS = 60
_EITHER: tuple[State, ...] = ("OK", "ALARM")


@dataclass(frozen=True, slots=True)
class _Drive:
    """How to bring what an alarm compares to a value: metric `moved` is (value - base) / slope, all others constant."""

    moved: int
    others: float
    base: float
    slope: float

    def value(self, wanted: float) -> float:
        found = (wanted - self.base) / self.slope
        return round(found) if math.isclose(found, round(found), rel_tol=1e-12, abs_tol=1e-9) else found


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
    drive = _drive(stage, about)
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
    if not _is_expression(about) and statistic in _APART:
        pair = [*calm, *[edge] * of, *calm, *spread, *calm]
        yield from _test(stage, standing, about, drive, f"looks at the {statistic} of several values", pair, apart=True)


def _values(about: MetricAlarm, drive: _Drive) -> tuple[float, float, float]:
    """The last value that does not breach, the first that does, and one far from both."""
    threshold = about.threshold or 0.0
    up = 1 if about.comparison.startswith(_GREATER) else -1
    step = min(1.0, abs(threshold) * 1e-4) or 1e-4
    if _counts(about, drive) and float(drive.value(threshold)).is_integer():
        # One more event, which may be less than one where what is compared is a share.
        step = abs(drive.slope)
    far = 0.0 if up * threshold > 0 and up > 0 else threshold - up * max(1.0, abs(threshold))
    if _is_expression(about) and up * (threshold - drive.base) > step:
        # Nothing of what is counted is quiet, and less than nothing there is not.
        far = drive.base
    if _OR_EQUAL in about.comparison:
        return _rounded(threshold - up * step), threshold, far
    return threshold, _rounded(threshold + up * step), far


def _counts(about: MetricAlarm, drive: _Drive) -> bool:
    """Whether what moves is a number of events."""
    stats = _stats(about)
    return stats[drive.moved].statistic in _COUNTING


def _stats(about: MetricAlarm) -> list[MetricStat]:
    """What an alarm is fed by: its metrics, and for a query that takes any, one that it would find."""
    found = []
    for entry in about.entries:
        query = None if entry.stat else metric_math.parse(entry.expression)
        if entry.stat:
            found.append(entry.stat)
        elif isinstance(query, metric_math.Selection) and not query.conditions and not query.groups:
            dimensions = tuple((label, "any") for label in sorted(query.labels or ()))
            metric = Metric(about.alarm.account, about.alarm.region, query.namespace, query.metric, dimensions)
            found.append(MetricStat(metric, _QUERIED[query.function], entry.period or _SECONDS))
    return found


def _is_expression(about: MetricAlarm) -> bool:
    return any(one.expression for one in about.entries)


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


def _drive(stage: Stage, about: MetricAlarm) -> _Drive | None:
    """What to move, so that what the alarm compares moves with it in a straight line.

    Best so that the threshold is reached exactly, and for what is counted with a whole number.
    """
    stats = _stats(about)
    drives: list[_Drive] = []
    for moved in range(len(stats)):
        for others in _OTHERS if len(stats) > 1 else _OTHERS[:1]:
            seen = [_compared(stage, about, moved, others, x) for x in (1.0, 2.0, 4.0)]
            if None in seen:
                continue
            low, middle, high = (one for one in seen if one is not None)
            slope = middle - low
            if not slope or not math.isclose(high, low + 3 * slope, rel_tol=1e-9, abs_tol=1e-12):
                continue
            drive = _Drive(moved, others, low - slope, slope)
            if about.threshold is None or _is_exact(stage, about, drive, about.threshold):
                return drive
            drives.append(drive)
    return drives[0] if drives else None


def _is_exact(stage: Stage, about: MetricAlarm, drive: _Drive, threshold: float) -> bool:
    if len(about.entries) == 1:
        return True
    wanted = drive.value(threshold)
    if wanted < 0 or (_counts(about, drive) and not float(wanted).is_integer()):
        return False
    return _compared(stage, about, drive.moved, drive.others, wanted) == threshold


def _compared(stage: Stage, about: MetricAlarm, moved: int, others: float, x: float) -> float | None:
    """What the alarm compares with its threshold where one metric is x and the others are constant."""
    period = _period(about)
    published = _published(about, moved, others, [x] * 3)
    still = _others(stage, about.alarm)
    played = play(stage.contents, published, (), START, START + 3 * period, still=still)
    watched = next((one for one in played.watched if one.alarm == about.alarm), None)
    return watched.values[-1] if watched and watched.values else None


def _published(
    about: MetricAlarm, moved: int, others: float, values: Sequence[float | None], *, apart: bool = False
) -> list[Published]:
    """The series of all metrics of an alarm. apart: periods have several values, of which only the statistic is so."""
    stats = _stats(about)
    period = _period(about)
    made: dict[Metric, Published] = {}
    for index, stat in enumerate(stats):
        series = values if index == moved else [None if one is None else others for one in values]
        samples = tuple(_samples(about, stat.statistic, one, apart=apart) for one in series)
        made.setdefault(stat.metric, Published(stat.metric, START, period, samples, stat.unit or "None"))
    return list(made.values())


def _samples(about: MetricAlarm, statistic: str, value: float | None, *, apart: bool) -> tuple[float, ...] | None:
    if value is None:
        return None
    if statistic == "SampleCount":
        return (1.0,) * max(0, round(value))
    if about.keeps_on_low_samples:
        return (value,) * enough_samples(statistic)
    return _APART[statistic](value) if apart else (value,)


def _period(about: MetricAlarm) -> int:
    return max([one.stat.period for one in about.entries if one.stat] + [one.period or 0 for one in about.entries])


def _others(stage: Stage, alarm: Alarm) -> frozenset[Alarm]:
    return frozenset(one.alarm for one in stage.standing if one.alarm != alarm)


def _test(
    stage: Stage,
    standing: Standing,
    about: MetricAlarm,
    drive: _Drive,
    name: str,
    values: Sequence[float | None],
    *,
    apart: bool = False,
    alone: bool = False,
) -> Iterator[str]:
    period = _period(about)
    stats = _stats(about)
    moved = [None if one is None else drive.value(one) for one in values]
    published = _published(about, drive.moved, drive.others, moved, apart=apart)
    if alone:
        published = [one for one in published if one.metric == stats[drive.moved].metric]
    end = START + (len(values) + 1) * period
    played = play(stage.contents, published, (), START, end, still=_others(stage, about.alarm))
    changes = [(one.at, one.after) for one in played.transitions if one.alarm == about.alarm]
    yield f"  - name: {_quoted(f'{_title(stage, standing)} {name}')}\n"
    yield f"    environment: {stage}\n" if stage.package else f"    template: {stage}\n"
    yield f"    interval: {shown(START + period)}\n" if period != 60 else ""
    yield "    given:\n"
    for one in published:
        yield from _given(stage, one)
    yield "    expect:\n"
    for at, until, state in _stretches(changes, end):
        account = f", account: {_place(standing)}" if stage.package else ""
        window = shown(at) if at == until else f"{shown(at)} to {shown(until)}"
        yield f"      - {{at: {window}, alarm: {standing.key}{account}, state: {state}}}\n"


def _stretches(changes: Sequence[tuple[int, State]], end: int) -> Iterator[tuple[int, int, State]]:
    """From when to when the alarm is in which state."""
    if not changes or changes[0][0] > START:
        changes = [(START, "INSUFFICIENT_DATA"), *changes]
    for (at, state), following in zip(changes, [*(change[0] for change in changes[1:]), end + 1], strict=True):
        yield at, following - 1, state


def _given(stage: Stage, one: Published) -> Iterator[str]:
    names = {number: name for name, number in stage.accounts.items()}
    dimensions = ", ".join(f"{_quoted(key)}: {_quoted(value)}" for key, value in one.metric.dimensions)
    metric = f"namespace: {_quoted(one.metric.namespace)}, name: {_quoted(one.metric.name)}"
    metric += f", dimensions: {{{dimensions}}}" if dimensions else ""
    account = (
        f"account: {_quoted(names.get(one.metric.account, one.metric.account))}\n        " if stage.package else ""
    )
    yield f"      - {account}metric: {{{metric}}}\n"
    assert isinstance(one.values, tuple)
    yield f'        series: "{_notation(one.values)}"\n'


def _notation(values: Iterable[tuple[float, ...] | None]) -> str:
    """The series in the notation of tests."""
    parts = []
    for value, run in groupby(values):
        more = len(list(run)) - 1
        if value is None:
            parts.append(f"_x{more + 1}" if more else "_")
        else:
            one = _number(value[0]) if len(value) == 1 else f"[{' '.join(_several(value))}]"
            parts.append(f"{one}x{more}" if more else one)
    return " ".join(parts)


def _several(values: tuple[float, ...]) -> Iterator[str]:
    """The values of one period, equal ones together."""
    for value, run in groupby(values):
        more = len(list(run)) - 1
        yield f"{_number(value)}x{more}" if more > 1 else " ".join([_number(value)] * (1 + more))


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


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
    beside = standing.alarm
    name = child.rsplit(":alarm:", 1)[-1]
    return next((one for one in stage.standing if one.alarm == Alarm(beside.account, beside.region, name)), None)


def _rule_test(
    stage: Stage, standing: Standing, holds: bool, states: Mapping[str, State], keys: Mapping[str, Standing | None]
) -> Iterator[str]:
    if any(one is None for one in keys.values()):
        return
    known = {child: one for child, one in keys.items() if one is not None}
    on = [f"{one.key}{_about(one)}" for child, one in known.items() if states[child] == "ALARM"]
    how = "in ALARM" if holds else "quiet"
    name = f"{_title(stage, standing)} is {how} with {' and '.join(on) or 'nothing'}"
    yield f"  - name: {_quoted(name)}\n"
    yield f"    environment: {stage}\n" if stage.package else f"    template: {stage}\n"
    yield "    given:\n"
    for child, one in known.items():
        account = f", account: {_place(one)}" if stage.package else ""
        yield f"      - {{alarm: {one.key}{account}, state: {states[child]}}}\n"
    account = f", account: {_place(standing)}" if stage.package else ""
    yield "    expect:\n"
    yield f"      - {{at: 0m, alarm: {standing.key}{account}, state: {'ALARM' if holds else 'OK'}}}\n"


def _about(standing: Standing) -> str:
    return f" of {standing.about}" if standing.about else ""


def _title(stage: Stage, standing: Standing) -> str:
    place = standing.about or standing.account
    return f"{stage}: {standing.key} in {place}" if place else standing.key


def _place(standing: Standing) -> str:
    return _quoted(standing.about or standing.account or standing.alarm.account)


def _quoted(text: str) -> str:
    """Text as YAML: bare where it is a plain word, in quotes elsewhere."""
    is_bare = text.replace("-", "").replace("/", "").replace("_", "").isalnum() and text[0].isalpha()
    if is_bare and text.lower() not in ("true", "false", "yes", "no", "on", "off", "null", "y", "n"):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
