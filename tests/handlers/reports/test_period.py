"""Periods of reports: days of the wall clock, the same for the same scheduled time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from generator.model.time_zones import time_zone_rules
from handlers.reports import period as period_of
from handlers.reports.period import period


@pytest.mark.parametrize(
    ("scheduled", "hours", "labels"),
    [
        # Europe/Berlin puts its clocks forward on 2026-03-29 and back on 2026-10-25 (IANA's tz database).
        ("2026-03-29T06:00:00", 23, ("08:00", "07:00")),
        ("2026-10-25T07:00:00", 25, ("08:00", "07:00")),
        ("2026-11-29T07:00:00", 24, ("08:00", "07:00")),
    ],
)
def test_a_day_has_the_hours_of_the_wall_clock(scheduled: str, hours: int, labels: tuple[str, str]) -> None:
    over = period("daily", datetime.fromisoformat(scheduled).replace(tzinfo=UTC), "Europe/Berlin")
    steps = list(over.buckets())
    assert len(steps) == hours == (over.end_ms - over.start_ms) // 3_600_000
    assert (steps[0][1], steps[-1][1]) == labels
    assert (over.start.hour, over.end.hour) == (8, 8)


def test_a_week_has_seven_days_and_the_one_before_it_ends_where_it_begins() -> None:
    over = period("weekly", datetime(2026, 3, 30, 6, tzinfo=UTC), "Europe/Berlin")
    assert [label for _, label in over.buckets()] == [
        "Mon 23",
        "Tue 24",
        "Wed 25",
        "Thu 26",
        "Fri 27",
        "Sat 28",
        "Sun 29",
    ]
    assert over.before().end_ms == over.start_ms
    assert (over.end_ms - over.start_ms) // 3_600_000 == 167


def test_a_zone_without_data_is_read_as_utc_and_said_so() -> None:
    over = period("daily", datetime(2026, 11, 29, 7, tzinfo=UTC), "Mars/Olympus_Mons")
    assert over.time_zone == "UTC"
    assert over.end.hour == 7


def test_the_rules_that_the_build_sends_along_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """No runtime of Lambda is documented to have a table of time zones."""

    def nothing(_: str) -> None:
        raise ZoneInfoNotFoundError

    nothing.from_file = ZoneInfo.from_file  # type: ignore[attr-defined]  # as the class has it
    monkeypatch.setattr(period_of, "ZoneInfo", nothing)
    over = period("daily", datetime(2026, 3, 29, 6, tzinfo=UTC), "Europe/Berlin", time_zone_rules("Europe/Berlin"))
    assert (over.time_zone, over.end.hour, len(list(over.buckets()))) == ("Europe/Berlin", 8, 23)


def test_rules_that_are_none_make_a_report_in_utc() -> None:
    assert period("daily", datetime(2026, 3, 29, 6, tzinfo=UTC), "Europe/Berlin", b"none").time_zone == "UTC"
