"""What the report function knows besides the event store's settings: reports, channels, objectives, compliance.

From the same file, handlers/events/settings.json.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from handlers import events
from handlers.reports.coverage import Coverage, coverage_of


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric in each account. dimensions: names and values. stat: what counts it, such as Sum or SampleCount.

    unit: of the data that is used; empty for data of any unit.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """Metric math over metrics of one account, by ID."""

    expression: str
    metrics: tuple[tuple[str, Metric], ...]


@dataclass(frozen=True, slots=True)
class Target:
    """An objective. objective: percent. window_s: seconds. is_bad: whether the numerator counts what is bad, not good.

    is_together: whether all accounts have one budget; else each has its own. is_of_hub: whether its metrics are the
    hub's own. account_ids: the members that have it; empty for all.
    """

    title: str
    objective: float
    window_s: int
    numerator: Metric | Formula
    total: Metric | Formula
    is_bad: bool
    is_together: bool
    is_of_hub: bool = False
    account_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who gets a report, and in which time zone its days are. zone_rules: that time zone's (TZif); may be empty."""

    channels: tuple[str, ...]
    time_zone: str
    zone_rules: bytes = b""


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """reports: by name. channels: entries of channels by name. sender: the address of mails through Amazon SES.

    compliance: whether tags are checked. account_ids: whose metrics are read. coverage: None without a lock.
    """

    reports: Mapping[str, Schedule]
    channels: Mapping[str, Mapping[str, Any]]
    sender: str = ""
    targets: tuple[Target, ...] = ()
    compliance: bool = False
    account_ids: tuple[str, ...] = field(default=())
    coverage: Coverage | None = None


def report_settings_of(data: Mapping[str, Any]) -> ReportSettings:
    """From the parsed file."""
    return ReportSettings(
        reports={name: _schedule(schedule) for name, schedule in data.get("reports", {}).items()},
        channels=data.get("channels", {}),
        sender=data.get("sender", ""),
        targets=tuple(_target(schedule) for schedule in data.get("slos", ())),
        compliance=bool(data.get("compliance")),
        account_ids=tuple(sorted(data.get("accounts", {}))),
        coverage=coverage_of(data["coverage"]) if "coverage" in data else None,
    )


def _schedule(data: Mapping[str, Any]) -> Schedule:
    return Schedule(tuple(data["channels"]), data["time_zone"], base64.b64decode(data.get("zone_rules", "")))


def _target(data: Mapping[str, Any]) -> Target:
    is_bad = "bad" in data
    numerator = _counts(data["bad" if is_bad else "good"])
    total, together, of_hub = _counts(data["total"]), bool(data.get("together")), bool(data.get("of_hub"))
    return Target(
        data["title"],
        data["objective"],
        data["window"],
        numerator,
        total,
        is_bad,
        together,
        of_hub,
        tuple(data.get("accounts", ())),
    )


def _counts(data: Mapping[str, Any]) -> Metric | Formula:
    if "expression" not in data:
        return _metric(data)
    return Formula(data["expression"], tuple((id_, _metric(metric)) for id_, metric in sorted(data["metrics"].items())))


def _metric(data: Mapping[str, Any]) -> Metric:
    dimensions = tuple(sorted(data.get("dimensions", {}).items()))
    return Metric(data["namespace"], data["name"], dimensions, data["stat"], data.get("unit", ""))


@cache
def read_report_settings() -> ReportSettings:
    """The table in the event store's package."""
    path = Path(str(events.__file__)).parent / "settings.json"
    return report_settings_of(json.loads(path.read_text(encoding="utf-8")))
