"""Critical alarms without a field that the file requires of them."""

from __future__ import annotations

from collections.abc import Iterator

from generator.model.alarm_locations import AnyAlarm, severity_locations
from generator.model.estate import Estate
from generator.model.event_rules import EventRule


def alarms_without(estate: Estate, required: str) -> Iterator[AnyAlarm | EventRule]:
    """The alarms, composites and event rules that are critical somewhere and lack a field, if the file requires it.

    required: `owner` or `runbook`. An alarm over each account, which is one entry of the file, is returned once.
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
    yield from (rule for rule in estate.event_rules if rule.severity == "critical" and not getattr(rule, required))
