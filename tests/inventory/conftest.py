"""The day of the tests is that of their captures."""

from __future__ import annotations

import datetime

import pytest

TODAY = datetime.date(2026, 11, 30)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waivers and the age of a capture are judged by this day."""
    monkeypatch.setattr("generator.cli.coverage_run.today", lambda: TODAY)
