"""Scores: how many alarms are sound, by account, by owner and by week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from generator.capture.capture import Capture
from generator.hygiene.timeline import ALARM, DAY_MS, Timeline
from generator.hygiene.types import AlarmRef, FindingLevel, HygieneFinding, Score, Thresholds, Week
from generator.wording import format_utc

_WEEK_MS = 7 * DAY_MS
_SHORT_MS = 5 * 60_000


def scores(owners: Mapping[AlarmRef, str], findings: Sequence[HygieneFinding]) -> tuple[Score, ...]:
    """The score of each account and each owner: the share of alarms without a problem. owners: of every alarm."""
    kinds: tuple[tuple[str, Callable[[AlarmRef], str]], ...] = (
        ("account", lambda ref: ref.account_name),
        ("owner", lambda ref: owners[ref]),
    )
    unsound = {finding.alarm for finding in findings if finding.level is FindingLevel.PROBLEM}
    result: list[Score] = []
    for kind, name_of in kinds:
        alarms = Counter(map(name_of, owners))
        problems = Counter(map(name_of, unsound))
        rules: dict[str, Counter[str]] = {name: Counter() for name in alarms}
        for finding in findings:
            rules[name_of(finding.alarm)][finding.rule] += 1
        result += [
            Score(kind, name, alarms[name], alarms[name] - problems[name], dict(sorted(rules[name].items())))
            for name in sorted(alarms)
        ]
    return tuple(result)


def weeks(lines: Sequence[Timeline], capture: Capture, thresholds: Thresholds) -> tuple[Week, ...]:
    """The weeks of the history, the last one ends with the capture; days before the first whole week are left out."""
    result: list[Week] = []
    end = capture.to_ms
    while lines and end - _WEEK_MS >= capture.from_ms:
        result.append(_week(lines, end - _WEEK_MS, end, thresholds))
        end -= _WEEK_MS
    return tuple(reversed(result))


def _week(lines: Sequence[Timeline], from_ms: int, to_ms: int, thresholds: Thresholds) -> Week:
    alarms = firings = short = flapping = firing = 0
    for line in lines:
        part = line.between(from_ms, to_ms)
        if part is None:
            continue
        alarms += 1
        firings += len(part.firings)
        short += sum(1 for span in part.firings if not span.is_open and span.to_ms - span.from_ms < _SHORT_MS)
        if part.busiest_day()[0] >= thresholds.flaps:
            flapping += 1
        elif part.days == 7 and part.share_in(ALARM) == 1.0:
            firing += 1
    return Week(format_utc(from_ms), format_utc(to_ms), alarms, firings, short, flapping, firing)
