"""The windows of an objective: its own pairs or those of the SRE workbook, within what one alarm can look back.

A period is a multiple of a minute up to a day, and periods of an hour or more may last seven days together:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (2026-11-30)
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from generator.findings import Finding, Path
from generator.resolve.alarms.burn_rate_windows import BURN_RATE_WINDOWS, BurnRateWindows
from generator.spec.slos import SloSpec, WindowsSpec
from generator.wording import duration_as_written

_MINUTE, _DAY = 60, 86_400
_LONGEST = 7 * _DAY
# The longest pair looks back three days, which has to be less than half of it.
_SHORTEST = 7 * _DAY


def pairs_of(spec: SloSpec) -> tuple[BurnRateWindows, ...]:
    """The pairs of both alarms."""
    own = tuple(
        BurnRateWindows(pair.alarm, 0, pair.long, pair.short, Decimal(str(pair.burn_rate))) for pair in spec.windows
    )
    return own or BURN_RATE_WINDOWS


def as_written(burn_rate: Decimal) -> str:
    """A burn rate in a message: two decimals at most, and no exponent."""
    return f"{burn_rate:,.2f}".rstrip("0").rstrip(".")


def window_faults(spec: SloSpec, path: Path) -> Iterator[Finding]:
    """R07: windows that no alarm can have, or that say nothing about this objective."""
    if not spec.windows and spec.window < _SHORTEST:
        message = f"the window of {duration_as_written(spec.window)} is too short for a burn rate over three days"
        yield Finding("R07", message, (*path, "window"), hint="use at least 7d, such as 30d")
    if spec.minimum_traffic is not None and all(pair.speed == "slow" for pair in pairs_of(spec)):
        message = "`minimum_traffic` is for the fast alarm, and no pair of `windows` belongs to it"
        yield Finding("R07", message, (*path, "minimum_traffic"), hint="remove it, or add a fast pair")
    most = Decimal(100) / (100 - Decimal(str(spec.objective)))
    lengths: dict[tuple[str, int], Path] = {}
    for index, pair in enumerate(spec.windows):
        at: Path = (*path, "windows", index)
        yield from _lengths(pair, spec.window, at)
        if pair.burn_rate >= most:
            message = f"with {spec.objective:g} % the burn rate is {as_written(most)} if everything fails,"
            message += f" so it never exceeds {pair.burn_rate:g}"
            yield Finding("R07", message, (*at, "burn_rate"), hint=f"use less than {as_written(most)}")
        for name, length in (("long", pair.long), ("short", pair.short)):
            first = lengths.setdefault((pair.alarm, length), (*at, name))
            if first[:-1] != at:
                message = f"the {pair.alarm} alarm has another window of {duration_as_written(length)}"
                also = ((first, "the other"),)
                yield Finding("R07", message, (*at, name), hint="use different windows in one alarm", also=also)


def rare_runs(spec: SloSpec, every: int, path: Path) -> Iterator[Finding]:
    """R07: runs at an interval that is longer than a window. Between two of them there is nothing bad in that window,
    so the alarm of a failure ends and fires again with each run.

    every: in seconds. path: of the key of what runs.
    """
    most = Decimal(100) / (100 - Decimal(str(spec.objective)))
    windows = [pair.short_s for pair in pairs_of(spec) if pair.factor(spec.window) < most]
    shortest = min(windows, default=every)
    if every > shortest:
        interval, window = duration_as_written(every), duration_as_written(shortest)
        message = f"it runs every {interval}, so a window of {window} may be without a run"
        yield Finding("R07", message, path, hint=f"run it every {window} or more often, or set longer `windows`")


def _lengths(pair: WindowsSpec, window: int, at: Path) -> Iterator[Finding]:
    for name, length in (("long", pair.long), ("short", pair.short)):
        written = duration_as_written(length)
        if length % (_MINUTE if length <= _DAY else _DAY):
            unit = "minutes" if length <= _DAY else "days"
            message = f"an alarm cannot look back {written}: up to a day it takes whole minutes, beyond whole days"
            yield Finding("R07", message, (*at, name), hint=f"use whole {unit}")
        elif length > _LONGEST:
            message = f"an alarm looks back seven days at most, not {written}"
            yield Finding("R07", message, (*at, name), hint="use 7d or less")
    if pair.short >= pair.long:
        message = "the shorter window is not shorter than the longer one"
        yield Finding("R07", message, (*at, "short"), hint="a twelfth is usual, such as 5m of 1h")
    elif pair.long * 2 > window:
        message = f"a window of {duration_as_written(pair.long)} is more than half of the objective's"
        yield Finding("R07", message, (*at, "long"), hint="use at most half of `window`")
