"""What the file asks for of every critical alarm."""

from __future__ import annotations

from collections.abc import Iterator

from generator.model.alarm_locations import AnyAlarm, severity_locations
from generator.model.estate import Estate


def alarms_without(estate: Estate, required: str) -> Iterator[AnyAlarm]:
    """The alarms and composites that are critical somewhere and do not have it; none where the file does not ask.

    required: `owner` or `runbook`. Of an alarm over each account, which is written once, the first.
    """
    if required not in estate.required:
        return
    alarms: dict[str, AnyAlarm] = {}
    candidates: tuple[AnyAlarm, ...] = (*estate.alarms, *estate.composites)
    for alarm in candidates:
        if not getattr(alarm, required) and any(
            severity == "critical" for severity, _ in severity_locations(alarm, estate)
        ):
            alarms.setdefault(alarm.key, alarm)
    yield from alarms.values()
