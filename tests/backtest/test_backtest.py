"""`obsgen backtest`: alarms of a spec over a capture, as a command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.captures import minutes, write_capture
from tests.command import Done, obsgen
from tests.support import spec

ALPHA, BETA, HUB, REGION = "222222222222", "333333333333", "111111111111", "us-east-1"
ERRORS = ("Shop", "Errors", {})
DAYS, DAY = 15, 1440
START = "2026-11-15T00:00:00Z"
RETRIES = """
alarms:
  retries:
    metric: {namespace: Shop, name: Retries}
    statistic: Sum
    period: 5m
    threshold: "> 100"
"""


def written(folder: Path, change: str = "") -> None:
    (folder / "observability.yaml").write_text(spec(change), encoding="utf-8")


def of_minutes(*peaks: tuple[int, int, float], usual: float | None = 0.0) -> list[float | None]:
    """15 days of minutes. peaks: first minute, how many, value."""
    values: list[float | None] = [usual] * (DAYS * DAY)
    for first, count, value in peaks:
        values[first : first + count] = [value] * count
    return values


def captured(folder: Path, rows: dict[tuple[str, str], Any], **description: Any) -> Path:
    return write_capture(folder / "captured", rows, **description)


def metric_rows(account: str, values: Sequence[float | None], key: Any = ERRORS, **keys: Any) -> list[dict[str, Any]]:
    return minutes(key, values, account=account, start=START, **keys)


def run(folder: Path, *words: str) -> Done:
    return obsgen(folder, "backtest", "--capture", "captured", *words)


def table_row(output: str, *words: str) -> list[str]:
    """The cells of the row that has these words."""
    (line,) = (line for line in output.splitlines() if all(word in line.split() for word in words))
    return [cell for cell in line.strip().split("  ") if cell]


def test_firings(tmp_path: Path) -> None:
    written(tmp_path)
    # 12:00 on the first day for 10 minutes, 23:00 on the second for one.
    peaks = of_minutes((720, 10, 9.0), (DAY + 1380, 1, 9.0))
    captured(tmp_path, {(ALPHA, REGION): {"metric-data": metric_rows(ALPHA, peaks)}})
    done = run(tmp_path)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert "2026-11-15 to 2026-11-30, 15 days of minutes" in done.stdout
