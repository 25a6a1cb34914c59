"""Two builds over the same capture: which alarms differ, and what that does to their firings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from generator.backtest.account_alarms import same_condition
from generator.backtest.backtest import AlarmBacktest, Backtest
from generator.evaluate.types import AlarmId


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm of which a build changes something. before, after: None where it was not judged or does not exist.

    reasons: why a side was not judged; nothing where the side has no such alarm.
    """

    alarm: AlarmId
    kind: Literal["added", "removed", "changed"]
    before: AlarmBacktest | None
    after: AlarmBacktest | None
    reasons: tuple[str, str] = ("", "")

    @property
    def difference(self) -> int:
        """Firings more than before."""
        before, after = (side.totals.firings if side else 0 for side in (self.before, self.after))
        return after - before


def alarm_changes(before: Backtest, after: Backtest) -> tuple[AlarmChange, ...]:
    """The alarms that are added or removed, have another condition, or fire otherwise as a composite's children do."""
    alarms = sorted(_all(before).keys() | _all(after), key=lambda alarm: (alarm.name, alarm.account, alarm.region))
    changes = (_change(alarm, before, after) for alarm in alarms)
    return tuple(change for change in changes if change)


def _all(result: Backtest) -> Mapping[AlarmId, object]:
    return {**result.alarms, **result.not_judged}


def _change(alarm: AlarmId, before: Backtest, after: Backtest) -> AlarmChange | None:
    was, now = before.alarms.get(alarm), after.alarms.get(alarm)
    reasons = before.not_judged.get(alarm, ""), after.not_judged.get(alarm, "")
    if alarm not in _all(before):
        return AlarmChange(alarm, "added", None, now, reasons)
    if alarm not in _all(after):
        return AlarmChange(alarm, "removed", was, None, reasons)
    if was and now and (was.firings != now.firings or not same_condition(was.resource, now.resource)):
        return AlarmChange(alarm, "changed", was, now)
    if bool(was) != bool(now):
        return AlarmChange(alarm, "changed", was, now, reasons)
    return None
