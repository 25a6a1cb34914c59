"""A backtest as parts of a report: data first, then what cannot be judged, firings and incidents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from generator.backtest.backtest import AlarmBacktest, Backtest
from generator.backtest.captured_metric import DataWindow
from generator.backtest.incidents import IncidentCounts
from generator.backtest.judged import metric_in_words
from generator.backtest.night import Night
from generator.backtest.tables import BacktestPart
from generator.backtest.words import a_month
from generator.evaluate.types import AlarmId
from generator.wording import first_of, length_in_words, list_in_words, pluralize, share_in_words

_DAY = 86_400
_FIRST = 2


@dataclass(frozen=True, slots=True)
class Names:
    """What people call accounts. regions: whether a Region is named beside an account, as there are several."""

    accounts: Mapping[str, str]
    regions: bool

    def location(self, alarm: AlarmId) -> str:
        """`checkout`, or `checkout eu-west-1`."""
        account = self.accounts.get(alarm.account, alarm.account)
        return f"{account} {alarm.region}" if self.regions else account


def window_in_words(window: DataWindow) -> str:
    """`2026-11-15 to 2026-11-30, 15 days of minutes`."""
    coarse = window.fine_from - window.start
    before = f" and {pluralize(round(coarse / _DAY), 'day')} of five minutes before" if coarse > 0 else ""
    fine = pluralize(round((window.end - window.fine_from) / _DAY), "day")
    return f"{_day(window.start)} to {_day(window.end)}, {fine} of minutes{before}"


def headline(environment: str, result: Backtest, window: DataWindow) -> str:
    """The first line."""
    judged, unknown = len(result.alarms), len(result.not_judged)
    counts = f"{pluralize(judged, 'alarm')} judged, {unknown:,} not"
    return f"Backtest of {environment}: {window_in_words(window)}; {counts}"


def data_part(result: Backtest, names: Names, most: int, *, is_complete: bool) -> BacktestPart:
    """How much data each alarm has. is_complete: whether all of the capture was read."""
    metric_alarms = [alarm for alarm in result.alarms.values() if alarm.coverage]
    whole = [alarm for alarm in metric_alarms if alarm.coverage and alarm.coverage.periods == 1]
    partly = sorted(
        (alarm for alarm in metric_alarms if alarm.coverage and alarm.coverage.periods < 1),
        key=lambda alarm: alarm.coverage.periods if alarm.coverage else 0,
    )
    before = [f"{pluralize(len(whole), 'alarm')} with data in every period"] if whole else []
    if not result.alarms:
        before = ["no alarm can be judged by this capture"]
    if not is_complete:
        before.append("the capture is incomplete: gaps may be its own; `obsgen capture` reads what is missing")
    rows = [_coverage_row(alarm, names) for alarm in partly]
    head = ("alarm", "account", "periods with data", "first", "last", "metric")
    return BacktestPart("Data", before, head, rows[:most], frozenset({2}), more(rows, most))


def _coverage_row(alarm: AlarmBacktest, names: Names) -> tuple[str, ...]:
    coverage = alarm.coverage
    assert coverage
    metric = metric_in_words(coverage.metric.metric)
    ends = (time_in_words(coverage.first), time_in_words(coverage.last))
    return (alarm.alarm.name, names.location(alarm.alarm), share_in_words(coverage.periods), *ends, metric)


def not_judged_part(result: Backtest, names: Names, most: int) -> BacktestPart | None:
    """Alarms without a number, with the reason."""
    by_reason: dict[str, list[AlarmId]] = {}
    for alarm, reason in sorted(result.not_judged.items(), key=lambda item: (item[0].name, names.location(item[0]))):
        by_reason.setdefault(reason, []).append(alarm)
    rows = [_reason_row(reason, alarms, names) for reason, alarms in by_reason.items()]
    head = ("alarms", "account", "reason")
    return BacktestPart("Not judged", (), head, rows[:most], frozenset(), more(rows, most)) if rows else None


def _reason_row(reason: str, alarms: Sequence[AlarmId], names: Names) -> tuple[str, ...]:
    alarm_names, locations = ({function(alarm): None for alarm in alarms} for function in (_name, names.location))
    return (first_of([*alarm_names], _FIRST), first_of([*locations], _FIRST), reason)


def _name(alarm: AlarmId) -> str:
    return alarm.name


def firings_part(result: Backtest, names: Names, night: Night, most: int) -> BacktestPart:
    """How often each alarm fired, most often first."""
    fired = sorted(
        (alarm for alarm in result.alarms.values() if alarm.totals.firings),
        key=lambda alarm: (-alarm.totals.firings, -alarm.totals.seconds, alarm.alarm.name, names.location(alarm.alarm)),
    )
    rows = [_firing_row(alarm, names) for alarm in fired]
    head = ("alarm", "account", "firings", "a month", "in ALARM", "longest", "at night", "")
    quiet = len(result.alarms) - len(fired)
    after = [*more(rows, most), *([f"{pluralize(quiet, 'alarm')} without a firing"] if quiet else [])]
    kinds = sorted({word for alarm in result.alarms.values() for word in alarm.approximate})
    if kinds:
        after.append(f"approximate: {list_in_words(kinds)}")
    title = f"Firings (night: {night.hours} {night.zone})"
    return BacktestPart(title, (), head, rows[:most], frozenset(range(2, 7)), after)


def _firing_row(alarm: AlarmBacktest, names: Names) -> tuple[str, ...]:
    totals = alarm.totals
    return (
        alarm.alarm.name,
        names.location(alarm.alarm),
        f"{totals.firings:,}",
        a_month(alarm.a_month),
        length_in_words(totals.seconds),
        length_in_words(totals.longest),
        f"{totals.at_night:,}",
        list_in_words(
            [*(["still in ALARM"] if totals.is_open else []), *(["approximate"] if alarm.approximate else [])]
        ),
    )


def incidents_part(counts: IncidentCounts | str) -> BacktestPart:
    """What the incident function makes of the firings; or why they are not counted."""
    if isinstance(counts, str):
        return BacktestPart("Incidents after grouping", [counts])
    numbers = pluralize(counts.incidents, "incident"), pluralize(counts.firings, "firing")
    sentences = [f"{numbers[0]} of {numbers[1]}, {counts.at_night:,} at night"]
    if counts.incidents:
        sentences.append(
            f"by kind: {_counts_in_words(counts.kinds)}; by severity: {_counts_in_words(counts.severities)}"
        )
    if counts.opened:
        sentences.append(f"channels that an incident opens in: {_counts_in_words(counts.opened)}")
    return BacktestPart("Incidents after grouping", sentences)


def _counts_in_words(counts: Counter[str]) -> str:
    return ", ".join(
        f"{name} {number:,}" for name, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def more(rows: Sequence[object], most: int) -> list[str]:
    """The sentence about the rows that are left out, if there are any."""
    return [f"and {len(rows) - most:,} more"] if len(rows) > most else []


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def time_in_words(at: int | None) -> str:
    """`2026-11-15 04:30`, in UTC."""
    return "none" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
