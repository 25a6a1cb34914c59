"""Reports of sample data, in all their forms, made by the function's own code; see report_runner."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from generator.drill.package_run import answer_of

RUNNER = Path(__file__).with_name("report_runner.py")
# What the function's package has of the handlers.
FOLDERS = ("handlers/reports/", "handlers/events/", "handlers/common/")
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_ONE_TIME = re.compile(r"cron\(([0-9]+) ([0-9]+) (?:\* \* \?|\? \* ([A-Z]{3})) \*\)")


def preview(
    handlers: Mapping[str, bytes], settings: Any, ends: Mapping[str, int], alarms: Sequence[str]
) -> dict[str, str]:
    """File name to text. Raises PackageFailed.

    handlers: sources, path to content. settings: the parsed events.json. ends: of each report the end of its period, in
    milliseconds since 1970. alarms: names of alarms that members have, those first that the sample should show.
    """
    package = {path: code for path, code in handlers.items() if path.startswith(FOLDERS)}
    package["handlers/__init__.py"] = b""
    request = {"settings": settings, "ends": dict(ends), "alarms": list(alarms)}
    answer: dict[str, str] = answer_of(RUNNER, package, request, "the report function")
    return answer


def last_due(expression: str, time_zone: str, now: datetime) -> datetime:
    """When a schedule was due last; the whole hour before now where that is not one time of each day or of a weekday.

    expression: `cron(…)` with the six fields of EventBridge Scheduler. now: with its offset.
    """
    one_time = _ONE_TIME.fullmatch(expression)
    if not one_time:
        return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    minute, hour, weekday = one_time.groups()
    local_now = now.astimezone(ZoneInfo(time_zone))
    for back in range(8):
        day = (local_now - timedelta(days=back)).replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        if day <= local_now and weekday in (None, _WEEKDAYS[day.weekday()]):
            return day
    raise AssertionError("each weekday comes within eight days")
