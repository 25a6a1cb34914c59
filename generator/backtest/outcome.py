"""All that one run finds out about an environment, as parts of a report and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.backtest.against import AlarmChange
from generator.backtest.against_report import against_part, with_incidents
from generator.backtest.backtest import AlarmBacktest, Backtest
from generator.backtest.captured_metric import DataWindow
from generator.backtest.firings import FiringTotals
from generator.backtest.incidents import IncidentCounts
from generator.backtest.judged import metric_in_words
from generator.backtest.night import Night
from generator.backtest.report import Names, data_part, firings_part, incidents_part, not_judged_part
from generator.backtest.suggest import Suggestion, Trial
from generator.backtest.suggest_report import suggest_part
from generator.backtest.tables import BacktestPart
from generator.backtest.verify import Verification
from generator.backtest.verify_report import verify_part
from generator.backtest.words import condition
from generator.evaluate.types import AlarmId
from generator.wording import format_utc


@dataclass(frozen=True, slots=True)
class Against:
    """revision: as it was written. changes: None where the environment did not exist then.

    incidents: those before, or why they are not counted; None where they were not asked for.
    """

    revision: str
    changes: tuple[AlarmChange, ...] | None
    incidents: IncidentCounts | str | None = None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Thresholds that fire at most so often a month."""

    most_a_month: float
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """tolerance: in seconds."""

    tolerance: int
    verification: Verification


@dataclass(frozen=True, slots=True)
class BacktestOutcome:
    """incidents: the counts, or why there are none. These and the last three: None where they were not asked for.

    is_complete: whether the capture has all that it was to have.
    """

    environment: str
    window: DataWindow
    names: Names
    night: Night
    result: Backtest
    incidents: IncidentCounts | str | None
    is_complete: bool = True
    verified: Verified | None = None
    against: Against | None = None
    suggested: Suggestions | None = None

    def parts(self, most: int) -> Iterator[BacktestPart]:
        """Data first, then what is not judged, then numbers. most: rows of each table."""
        names = self.names
        yield data_part(self.result, names, most, is_complete=self.is_complete)
        not_judged = not_judged_part(self.result, names, most)
        if not_judged:
            yield not_judged
        if not self.result.alarms:
            return
        if self.verified:
            yield verify_part(self.verified.verification, names, self.verified.tolerance, most)
        yield firings_part(self.result, names, self.night, most)
        if self.incidents is not None:
            yield incidents_part(self.incidents)
        if self.against:
            part = against_part(self.against.changes, self.against.revision, names, most)
            yield with_incidents(part, self.against.incidents, self.incidents)
        if self.suggested:
            yield suggest_part(self.suggested.suggestions, self.suggested.most_a_month, names, most)

    def data(self) -> dict[str, Any]:
        """The outcome as JSON values. Times are UTC, lengths in seconds."""
        window, night = self.window, self.night
        data: dict[str, Any] = {
            "environment": self.environment,
            "from": format_utc(1000 * window.start),
            "minutes_from": format_utc(1000 * window.fine_from),
            "to": format_utc(1000 * window.end),
            "complete": self.is_complete,
            "night": {"hours": night.hours, "zone": night.zone},
            "alarms": [_alarm(row) for row in self.result.alarms.values()],
            "not_judged": [
                {**_id(alarm), "reason": reason} for alarm, reason in sorted(self.result.not_judged.items(), key=_order)
            ],
        }
        if self.incidents is not None:
            data["incidents"] = _incidents(self.incidents)
        if self.verified:
            data["verify"] = _verified(self.verified)
        if self.against:
            changes = self.against.changes
            rows = None if changes is None else [_change(change) for change in changes]
            data["against"] = {"revision": self.against.revision, "changes": rows}
            if self.against.incidents is not None:
                data["against"]["incidents"] = _incidents(self.against.incidents)
        if self.suggested:
            rows_ = [_suggestion(suggestion) for suggestion in self.suggested.suggestions]
            data["suggest"] = {"most_a_month": self.suggested.most_a_month, "alarms": rows_}
        return data


def _order(item: tuple[AlarmId, str]) -> tuple[str, str, str]:
    return item[0].name, item[0].account, item[0].region


def _id(alarm: AlarmId) -> dict[str, Any]:
    return {"alarm": alarm.name, "account": alarm.account, "region": alarm.region}


def _totals(totals: FiringTotals, a_month: float) -> dict[str, Any]:
    return {
        "firings": totals.firings,
        "a_month": round(a_month, 2),
        "in_alarm_s": totals.seconds,
        "longest_s": totals.longest,
        "at_night": totals.at_night,
    }


def _alarm(row: AlarmBacktest) -> dict[str, Any]:
    coverage = row.coverage
    data: dict[str, Any] = {
        **_id(row.alarm),
        "condition": condition(row.resource),
        **_totals(row.totals, row.a_month),
        "evaluated_s": row.seconds,
        "approximate": list(row.approximate),
        "times": [
            {"from": format_utc(1000 * firing.at), "to": None if firing.is_open else format_utc(1000 * firing.end)}
            for firing in row.firings
        ],
    }
    if coverage:
        ends = [None if at is None else format_utc(1000 * at) for at in (coverage.first, coverage.last)]
        metric = metric_in_words(coverage.metric.metric)
        data["coverage"] = {"metric": metric, "periods": round(coverage.periods, 6), "first": ends[0], "last": ends[1]}
    return data


def _incidents(counts: IncidentCounts | str) -> dict[str, Any]:
    if isinstance(counts, str):
        return {"not_counted": counts}
    return {
        "count": counts.incidents,
        "at_night": counts.at_night,
        "kinds": dict(sorted(counts.kinds.items())),
        "severities": dict(sorted(counts.severities.items())),
        "channels": dict(sorted(counts.opened.items())),
    }


def _verified(verified: Verified) -> dict[str, Any]:
    verification = verified.verification
    alarms = [
        {
            **_id(alarm.alarm),
            "since": format_utc(1000 * alarm.since),
            "matched": alarm.matched,
            "missed": [format_utc(1000 * at) for at in sorted(alarm.missed)],
            "extra": [format_utc(1000 * at) for at in sorted(alarm.extra)],
        }
        for alarm in verification.alarms
    ]
    not_compared = [{**_id(alarm), "reason": reason} for alarm, reason in verification.not_compared.items()]
    counts = {
        "matched": verification.matched,
        "missed": verification.missed,
        "extra": verification.extra,
        "delay_s": verification.delay,
    }
    return {"tolerance_s": verified.tolerance, **counts, "alarms": alarms, "not_compared": not_compared}


def _change(change: AlarmChange) -> dict[str, Any]:
    data: dict[str, Any] = {**_id(change.alarm), "kind": change.kind}
    for name, side, reason in zip(("before", "after"), (change.before, change.after), change.reasons, strict=True):
        if side:
            data[name] = {"condition": condition(side.resource), **_totals(side.totals, side.a_month)}
        else:
            data[name] = {"not_judged": reason} if reason else None
    return data


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    trials = {
        "present": suggestion.present,
        "suggested": suggestion.suggested,
        "next": suggestion.next,
        "quietest": suggestion.quietest,
    }
    return {**_id(suggestion.alarm), **{name: _trial(trial) for name, trial in trials.items()}}


def _trial(trial: Trial | None) -> dict[str, Any] | None:
    return None if trial is None else {"threshold": trial.threshold, **_totals(trial.totals, trial.a_month)}
