"""Simulated firings against those that CloudWatch recorded, of alarms that the accounts have as they are built.

A match begins within a tolerance of its counterpart: CloudWatch evaluates when data has arrived, some minutes later
than a simulation that has all data. Firings before the first full window, and before the alarm's last update, are left
out on both sides. At both ends of what is compared, one side of a pair may be just outside: a simulated firing shortly
before and a recorded one shortly after serve as matches, and are not counted by themselves.

An alarm that was made or updated while its condition held fires then, and the simulation has been in ALARM for long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from generator.backtest.account_alarms import AccountAlarm, same_condition
from generator.backtest.backtest import AlarmBacktest, Backtest
from generator.evaluate.template.contents import MetricAlarm
from generator.evaluate.types import AlarmId


@dataclass(frozen=True, slots=True)
class VerifiedAlarm:
    """Firings of one alarm. missed: recorded, not simulated; extra: simulated, not recorded.

    delays: by how many seconds each recorded one came after the simulated one.
    """

    alarm: AlarmId
    since: int
    matched: int
    missed: tuple[int, ...]
    extra: tuple[int, ...]
    delays: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """alarms: those that were compared. not_compared: the reason of each other alarm that was judged."""

    alarms: tuple[VerifiedAlarm, ...]
    not_compared: Mapping[AlarmId, str]

    @property
    def matched(self) -> int:
        """Firings that were recorded and simulated."""
        return sum(alarm.matched for alarm in self.alarms)

    @property
    def missed(self) -> int:
        """Firings that were recorded only."""
        return sum(len(alarm.missed) for alarm in self.alarms)

    @property
    def extra(self) -> int:
        """Firings that were simulated only."""
        return sum(len(alarm.extra) for alarm in self.alarms)

    @property
    def delay(self) -> float | None:
        """The median delay of CloudWatch in seconds; None without a match."""
        delays = [delay for alarm in self.alarms for delay in alarm.delays]
        return median(delays) if delays else None


def verification(
    result: Backtest, accounts: Mapping[AlarmId, AccountAlarm], history: tuple[int, int], tolerance: int
) -> Verification:
    """Compare a backtest that began with the accounts' own states.

    history: begin and end of what was recorded. tolerance: in seconds.
    """
    compared: list[VerifiedAlarm] = []
    not_compared: dict[AlarmId, str] = {}
    for alarm, row in result.alarms.items():
        account = accounts.get(alarm)
        reason = _reason(row, account)
        if reason or account is None:
            not_compared[alarm] = reason
            continue
        since = max(history[0], account.updated, row.end - row.seconds + _warm(row))
        compared.append(_compared(row, account, _Span(since, row.end, history[1], tolerance)))
    return Verification(tuple(compared), not_compared)


def _reason(row: AlarmBacktest, account: AccountAlarm | None) -> str:
    """Why an alarm is not compared; nothing where it is."""
    if account is None:
        return "the account has no alarm of that name"
    if account.changes is None:
        return "the history of its account is not in the capture"
    if account.resource is None or not same_condition(row.resource, account.resource):
        return "the account's alarm has another condition"
    if account.updated >= row.end:
        return "the account's alarm was updated after the data"
    return ""


def _warm(row: AlarmBacktest) -> int:
    """How long data is needed before an evaluation sees only what was captured."""
    if not isinstance(row.resource, MetricAlarm):
        return 0
    periods = [entry.stat.period for entry in row.resource.entries if entry.stat]
    return max(periods, default=0) * row.resource.periods


@dataclass(frozen=True, slots=True)
class _Span:
    """What is compared: from `since` until the data ends. history_end: of what was recorded. All in seconds."""

    since: int
    end: int
    history_end: int
    tolerance: int


def _compared(row: AlarmBacktest, account: AccountAlarm, span: _Span) -> VerifiedAlarm:
    since, end = span.since, span.end
    changes = [change.at for change in account.changes or () if change.after == "ALARM"]
    recorded = [at for at in changes if since <= at <= end + span.tolerance]
    fires_anew = since == account.updated and account.state_at(since) not in (None, "ALARM")
    firings = [since if fires_anew and firing.at < since < firing.end else firing.at for firing in row.firings]
    simulated = [at for at in firings if since - span.tolerance <= at]
    matched = _matched(row.alarm, since, recorded, simulated, span.tolerance)
    # Later ones may have been recorded after the history ends.
    last_extra = min(end, span.history_end - span.tolerance)
    return replace(
        matched,
        missed=tuple(at for at in matched.missed if at < end),
        extra=tuple(at for at in matched.extra if since <= at < last_extra),
    )


def _matched(
    alarm: AlarmId, since: int, recorded: Sequence[int], simulated: Sequence[int], tolerance: int
) -> VerifiedAlarm:
    """Pairs in order of time: the earliest of both sides match if they are near enough, or the earlier one has none."""
    delays: list[int] = []
    missed: list[int] = []
    extra: list[int] = []
    left, right = list(reversed(recorded)), list(reversed(simulated))
    while left and right:
        delay = left[-1] - right[-1]
        if abs(delay) <= tolerance:
            delays.append(delay)
            left.pop()
            right.pop()
        elif delay < 0:
            missed.append(left.pop())
        else:
            extra.append(right.pop())
    return VerifiedAlarm(
        alarm, since, len(delays), (*missed, *reversed(left)), (*extra, *reversed(right)), tuple(delays)
    )
