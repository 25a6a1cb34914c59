"""A verification as a part of the report."""

from __future__ import annotations

from collections import Counter

from generator.backtest.report import Names, more, time_in_words
from generator.backtest.tables import BacktestPart
from generator.backtest.verify import Verification, VerifiedAlarm
from generator.wording import first_of, pluralize

_FIRST = 2


def verify_part(verification: Verification, names: Names, tolerance: int, most: int) -> BacktestPart:
    """How far simulated firings agree with recorded ones."""
    sentences = []
    if verification.alarms:
        sentences.append(
            f"{pluralize(len(verification.alarms), 'alarm')} compared: {verification.matched:,} of "
            f"{pluralize(verification.matched + verification.missed, 'recorded firing')} matched within "
            f"{pluralize(tolerance // 60, 'minute')}, {verification.missed:,} missed, {verification.extra:,} extra"
        )
    if verification.delay is not None:
        sentences.append(f"CloudWatch fired {verification.delay / 60:+.1f} min from the simulated time (median)")
    for reason, count in sorted(Counter(verification.not_compared.values()).items()):
        sentences.append(f"not compared: {pluralize(count, 'alarm')}: {reason}")
    different = sorted(
        (alarm for alarm in verification.alarms if alarm.missed or alarm.extra),
        key=lambda alarm: (-len(alarm.missed) - len(alarm.extra), alarm.alarm.name, names.location(alarm.alarm)),
    )
    rows = [_row(alarm, names) for alarm in different]
    head = ("alarm", "account", "matched", "missed", "extra", "missed at", "extra at")
    return BacktestPart(
        "Match with the accounts' own history", sentences, head, rows[:most], frozenset({2, 3, 4}), more(rows, most)
    )


def _row(alarm: VerifiedAlarm, names: Names) -> tuple[str, ...]:
    times = [first_of([time_in_words(at) for at in sorted(side)], _FIRST) for side in (alarm.missed, alarm.extra)]
    counts = (f"{alarm.matched:,}", f"{len(alarm.missed):,}", f"{len(alarm.extra):,}")
    return (alarm.alarm.name, names.location(alarm.alarm), *counts, *times)
